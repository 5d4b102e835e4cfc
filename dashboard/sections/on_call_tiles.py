"""The on-call page's four tiles: figure, level, what it was held against."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from .. import metrics
from ..metrics.judgement import Judgement
from ..metrics.usual import usual
from ..metrics.verdict import Verdict
from ..panels import Page
from ..panels.watch import Tile, watch_tiles
from ..queries.on_call import OnCall
from ..settings import dashboard_settings
from .on_call import clock, compared_by_spans, multiple, unread


def tiles(found: Verdict, view: OnCall, page: Page) -> None:
    """Draws error rate, p95, traces per minute and cost per hour."""
    judgements = found.judgements
    watch_tiles(
        [
            _error_rate(judgements["error_rate"], view, page),
            _p95(judgements["p95"], view, page),
            _arrivals(judgements["arrivals"], view, page),
            _cost(judgements["cost"], view, page),
        ],
        label=page.words("on_call.tiles"),
    )


def _error_rate(judged: Judgement, view: OnCall, page: Page) -> Tile:
    words, formats, frame = page.words, page.formats, view.windows
    limits = dashboard_settings().oncall_error_rate
    success, failed = view.success, view.failed
    rate = metrics.success_rate(success, failed)
    first = words("on_call.error_rate.none_decided")
    if rate is not None and success is not None and failed is not None:
        first = words(
            "on_call.error_rate.failed_of", failed=formats.count(failed), n=formats.count(success + failed)
        )
    elif judged.why == "waiting":
        first = unread(view, page)
    if judged.since is not None:
        second = words(
            "on_call.error_rate.now", value=formats.percent(judged.value), time=clock(judged.since, page),
            n=formats.count(judged.n),
        )  # fmt: skip
    else:
        second = words("on_call.limits", **_told(limits, formats.percent))
    line = frame["failed"] / (frame["failed"] + frame["success"])
    return _tile(
        judged, page, None if rate is None else formats.percent(1 - rate), (first, second),
        about=(_source(view, page),), line=line, limit=limits[0],
    )  # fmt: skip


def _p95(judged: Judgement, view: OnCall, page: Page) -> Tile:
    words, formats, limits = page.words, page.formats, dashboard_settings().oncall_p95_s
    if view.spans is None:
        return _tile(judged, page, None, (words("kpi.unread"),))
    n = view.spans.totals.durations
    if judged.why == "too_few":
        told = words("gate.too_few", n=formats.count(n), least=formats.count(metrics.ENOUGH))
        return _tile(judged, page, None, (told,))
    if judged.since is not None:
        second = words(
            "on_call.p95.now", value=formats.duration(judged.value), time=clock(judged.since, page),
            n=formats.count(judged.n),
        )  # fmt: skip
    elif limits is None:
        second = words("on_call.p95.no_limit")
    else:
        second = words("on_call.limits", **_told(limits, formats.duration))
    return _tile(
        judged, page, formats.duration(view.spans.totals.p95_s), (f"n = {formats.count(n)}", second),
        about=(words("kpi.from_spans"),), line=view.spans.latency["p95_s"],
        limit=limits[0] if limits else None,
    )  # fmt: skip


def _arrivals(judged: Judgement, view: OnCall, page: Page) -> Tile:
    words, past, frame = page.words, view.usual, view.view.windows
    normal, weeks = past.traces_per_min, len(past.hours)
    if past.waiting:
        first = words("on_call.arrivals.usual_waiting")
    elif normal is None:
        first = words("on_call.arrivals.no_history")
    elif weeks == 1:
        first = words("on_call.arrivals.usual_one", usual=multiple(normal))
    else:
        first = words("on_call.arrivals.usual", usual=multiple(normal), weeks=page.formats.count(weeks))
    notes = [first]
    if judged.why == "too_small":
        notes.append(words("on_call.arrivals.too_small"))
    minutes = (frame["end"] - frame["start"]).dt.total_seconds() / 60
    line = (frame["traces"] / minutes)[~frame["open"]]  # the newest bucket is not over: that is no fall
    value = view.traces_per_min
    return _tile(
        judged, page, None if value is None else multiple(value), tuple(notes),
        about=(words("kpi.from_metrics"),), line=line, limit=normal,
    )  # fmt: skip


def _cost(judged: Judgement, view: OnCall, page: Page) -> Tile:
    words, formats = page.words, page.formats
    shown_by, compared_by = view.spans is not None, compared_by_spans(view)
    normal = usual(view.usual.costs_usd(by_spans=compared_by))
    about: tuple[str, ...] = ()
    if view.usual.waiting:
        first = words("on_call.arrivals.usual_waiting")
    elif judged.value is None:
        first = words("on_call.cost.no_history")
    elif shown_by == compared_by:
        first = words("on_call.cost.usual", value=multiple(judged.value), usual=formats.usd(normal))
    else:  # what is shown has no past to be compared with
        first = words("on_call.cost.usual_metrics", value=multiple(judged.value))
        now = formats.usd(view.usd_per_h(by_spans=compared_by))
        about = (words("on_call.cost.against", now=now, usual=formats.usd(normal)),)
    frame = view.windows
    hours = (frame["end"] - frame["start"]).dt.total_seconds() / 3600
    usd = view.usd_per_h(by_spans=shown_by)
    return _tile(
        judged, page, None if usd is None else formats.usd(usd), (first, _source(view, page)),
        about=about, line=(frame["cost_usd"] / hours)[~frame["open"]],
        limit=normal if shown_by == compared_by else None,
    )  # fmt: skip


def _tile(
    judged: Judgement,
    page: Page,
    value: str | None,
    notes: tuple[str, ...],
    *,
    about: tuple[str, ...] = (),
    line: pd.Series | None = None,
    limit: float | None = None,
) -> Tile:
    words = page.words
    return Tile(
        words(f"on_call.{judged.metric}.label"),
        "–" if value is None else value,
        judged.level,
        words(f"on_call.level_{judged.level}"),
        notes,
        (words(f"on_call.{judged.metric}.help"), *about),
        line.tolist() if line is not None else (),
        limit,
    )


def _source(view: OnCall, page: Page) -> str:
    return page.words("kpi.from_spans" if view.spans else "kpi.from_metrics")


def _told(limits: tuple[float, float], text: Callable[[float], str]) -> dict[str, str]:
    return {name: text(limit) for name, limit in zip(("warning", "critical"), limits, strict=True)}
