"""The on-call page's verdict: figures against their limits, ranked, with what stands behind them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from .confidence import gate, wilson
from .judgement import Judgement, Level, Limits, Metric
from .kpis import ENOUGH
from .runs import Stretch, joined, run_of
from .usual import WEEKS_NEEDED, usual

#: What failures have in common is told of at least so many.
ENOUGH_FAILURES = 5
#: Costs are judged in stretches of at least this.
COST_STRETCH_MIN = 10.0

_BAD: tuple[Level, ...] = ("critical", "warning")
#: Of two equally bad findings, the one that explains the other comes first.
_RANK: tuple[Metric, ...] = ("outage", "arrivals", "error_rate", "p95", "cost")


@dataclass(frozen=True)
class Verdict:
    """How things stand.

    Attributes:
        level: the worst of the judgements; ``ok`` only where the error rate is known and fine.
        reasons: the bad ones, worst first.
        judgements: all of them by metric.
    """

    level: Level
    reasons: tuple[Judgement, ...]
    judgements: dict[Metric, Judgement]


def verdict(judgements: Sequence[Judgement]) -> Verdict:
    """The verdict over `judgements`, one a metric."""
    by_metric = {judgement.metric: judgement for judgement in judgements}
    reasons = sorted(
        (j for j in judgements if j.level in _BAD), key=lambda j: (_BAD.index(j.level), _RANK.index(j.metric))
    )
    if reasons:
        return Verdict(reasons[0].level, tuple(reasons), by_metric)
    rate = by_metric.get("error_rate")
    return Verdict("ok" if rate is not None and rate.level == "ok" else "unknown", (), by_metric)


def outage(since: datetime | None) -> Verdict:
    """The verdict while AgentOps gives no answer: nothing else is known."""
    return verdict([Judgement("outage", "critical", since=since)])


def rate_level(failed: int, decided: int, limits: Limits) -> Level:
    """The level of an error rate: exceeded is a limit that the lower end of Wilson's 95 % interval reaches.

    So chance alone raises no alarm; and of fewer than ten decided traces nothing is critical, however
    many failed.
    """
    interval = wilson(failed, decided)
    if interval is None:
        return "unknown"
    level = limits.level(interval[0])
    return "warning" if level == "critical" and decided < ENOUGH else level


def error_rate(
    windows: pd.DataFrame, success: int | None, failed: int | None, limits: Limits, failures: pd.DataFrame
) -> Judgement:
    """failed / (success + failed) of the hour, and of the run of bad windows up to now.

    Windows are joined backwards from now until each group has ten decided traces; a group is bad when its
    rate reaches the warning limit. Judged are the bad groups up to now, whole; what is told is the rate
    since the first window in which one of their traces failed. An hour that is bad without such a run is a
    warning.

    Args:
        windows: ``start``, ``end`` (UTC), ``success``, ``failed`` (NaN counts as nothing decided).
        success, failed: of the whole hour; None is unknown.
        failures: see :func:`mostly`.
    """
    if success is None or failed is None:
        return Judgement("error_rate", "unknown", why="waiting")
    decided = success + failed
    if decided == 0:
        return Judgement("error_rate", "unknown", n=0, why="none_decided")
    hour = rate_level(failed, decided, limits)
    starts, ends = windows["start"].tolist(), windows["end"].tolist()
    bad: list[float] = windows["failed"].fillna(0).tolist()
    all_of: list[float] = (windows["failed"].fillna(0) + windows["success"].fillna(0)).tolist()
    groups = joined(all_of, ENOUGH)
    stretches = []
    for group in groups:
        n = sum(all_of[group])
        failing = [i for i in range(group.start, group.stop) if bad[i]]
        first, last = (failing[0], failing[-1]) if failing else (group.start, group.stop - 1)
        judged = sum(bad[group]) / n >= limits.warning if n else None
        stretches.append(Stretch(starts[first], ends[last], judged))
    run = run_of(stretches)
    if run.since is not None:
        first = starts.index(run.since)
        whole = next(group.start for group in groups if group.start <= first < group.stop)
        # Counted from the first failure on, one failure would always be 100 %.
        level = rate_level(int(sum(bad[whole:])), int(sum(all_of[whole:])), limits)
        if level in _BAD:
            kind, model = mostly(failures, run.since)
            n = sum(all_of[first:])
            return Judgement(
                "error_rate", level, sum(bad[first:]) / n, limits.of(level), int(n), since=run.since,
                at_least=not any(all_of[:first]), error_type=kind, model=model,
            )  # fmt: skip
    if hour in _BAD:
        kind, model = mostly(failures, None)
        return Judgement(
            "error_rate", "warning", failed / decided, limits.of(hour), decided,
            better_since=run.better_since, error_type=kind, model=model,
        )  # fmt: skip
    return Judgement("error_rate", hour, failed / decided, limits.warning, decided)


def mostly(failures: pd.DataFrame, since: datetime | None) -> tuple[str, str]:
    """Error type and model that most failed traces have; "" where there is no majority or fewer than five.

    Args:
        failures: failed traces with ``started_at`` (UTC), ``error_type``, ``model`` ("" is none).
        since: only those that began then or later; None: all.

    Returns:
        The type of more than half of them; the model of more than half of those with that type (of all,
        where no type has a majority).
    """
    if since is not None:
        failures = failures[failures["started_at"] >= since]
    if len(failures) < ENOUGH_FAILURES:
        return "", ""
    kind = _majority(failures["error_type"])
    alike = failures[failures["error_type"] == kind] if kind else failures
    return kind, _majority(alike["model"])


def _majority(names: pd.Series) -> str:
    counts = names[names != ""].value_counts()
    return str(counts.index[0]) if len(counts) and counts.iloc[0] > len(names) / 2 else ""


def latency(
    bins: pd.DataFrame, p95_s: float | None, n: int, limits: Limits | None, now: datetime
) -> Judgement:
    """The 95th percentile of durations: of the newest stretch with ten traces, else of the hour.

    A stretch that ended less than the hour's p95 ago is not called good: its slow traces still run.

    Args:
        bins: ``start``, ``end`` (UTC), ``n``, ``p95_s``, oldest first.
        p95_s, n: of the whole hour; None is unknown.
        limits: seconds; None for none.
    """
    if p95_s is None or gate(n):
        return Judgement("p95", "unknown", n=n, why="too_few")
    if limits is None:
        return Judgement("p95", "unknown", p95_s, n=n, why="no_limit")
    stretches: list[Stretch] = []
    newest: dict[Hashable, Any] = {}
    for row in bins.to_dict("records"):
        told, bad = row["n"] >= ENOUGH, row["p95_s"] >= limits.warning
        settled = row["end"] <= now - timedelta(seconds=p95_s)
        judged = bool(bad) if told and (bad or settled) else None
        stretches.append(Stretch(row["start"], row["end"], judged))
        newest = row if judged is not None else newest
    run, hour = run_of(stretches), limits.level(p95_s)
    if run.since is not None:
        level = limits.level(newest["p95_s"])
        return Judgement(
            "p95", level, float(newest["p95_s"]), limits.of(level), int(newest["n"]), since=run.since,
            at_least=run.at_least,
        )  # fmt: skip
    if hour in _BAD:
        level = "warning" if run.better_since is not None else hour
        return Judgement("p95", level, p95_s, limits.of(hour), n, better_since=run.better_since)
    return Judgement("p95", "ok", p95_s, limits.warning, n)


def cost(
    windows: pd.DataFrame,
    usd_per_h: float | None,
    past_usd: Sequence[float],
    traces: int | None,
    limits: Limits,
) -> Judgement:
    """Cost of the hour as a multiple of the usual one (the median of past weeks).

    Bad only where it is also more than in any of these weeks, and with at least ten traces.

    Args:
        windows: ``start``, ``end`` (UTC), ``cost_usd`` (NaN is unknown or nothing).
        usd_per_h: of the hour; None is unknown.
        past_usd: of the same hour in past weeks, from the same source.
        limits: multiples.
    """
    normal = usual(past_usd)
    if usd_per_h is None:
        return Judgement("cost", "unknown", why="waiting")
    if len(past_usd) < WEEKS_NEEDED or not normal:
        return Judgement("cost", "unknown", why="no_history")
    factor = usd_per_h / normal
    level = limits.level(factor)
    if level == "ok" or usd_per_h <= max(past_usd) or (traces or 0) < ENOUGH:
        return Judgement("cost", "ok", factor, limits.warning)
    lengths = (windows["end"] - windows["start"]).dt.total_seconds() / 60
    minutes: list[float] = lengths.where(windows["cost_usd"].notna(), 0).tolist()
    spent: list[float] = windows["cost_usd"].fillna(0).tolist()
    starts, ends = windows["start"].tolist(), windows["end"].tolist()
    stretches = []
    for group in joined(minutes, COST_STRETCH_MIN):
        long = sum(minutes[group])
        bad = sum(spent[group]) / long * 60 >= limits.warning * normal if long else None
        stretches.append(Stretch(starts[group.start], ends[group.stop - 1], bad))
    run = run_of(stretches)
    return Judgement("cost", level, factor, limits.of(level), since=run.since, at_least=run.at_least)
