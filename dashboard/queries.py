"""What pages ask: a scope in, frames and totals out.

Pages know nothing of windows, tokens or retries; this module knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pandas as pd

from agentops_client import AgentOpsError, ProjectMetrics, TracePage

from .scope import Scope
from .upstream import Answer, Kind, Question, Reading, Upstream
from .windows import COMPARE_STEP, ROLLING, Grid, Window, rolling_grid

#: A request that takes longer than this is worth telling the reader.
SLOW = timedelta(seconds=5)


class NoData(Exception):
    """A page has nothing true to show, because AgentOps failed.

    Attributes:
        error: the cause.
        since: when it began, as far as this process knows.
        retry_at: when the next automatic try goes out.
        last_success_at: when AgentOps last answered anything well, or None for never.
    """

    def __init__(
        self, error: AgentOpsError, since: datetime, retry_at: datetime, last_success_at: datetime | None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.since = since
        self.retry_at = retry_at
        self.last_success_at = last_success_at


@dataclass(frozen=True)
class Totals:
    """Figures of one stretch of time, as AgentOps counts them; None is *unknown*, never zero.

    Attributes:
        window: the stretch; its end is the one that was asked for.
        asked_at: when the oldest answer in it was asked.
        cost_usd: stored prompt + completion cost. USD.
        prompt_tokens, completion_tokens, total_tokens: tokens; `total` may exceed the sum of the two.
        spans: stored spans that started in the window.
        traces: distinct traces with a span in the window.
        success, failed, indeterminate: of these, by the status of their last-started span.
        without: windows inside that failed and are therefore not in the figures.
        plan_limited: AgentOps cut the answer down to what the free plan may see.
    """

    window: Window
    asked_at: datetime | None = None
    cost_usd: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    spans: int | None = None
    traces: int | None = None
    success: int | None = None
    failed: int | None = None
    indeterminate: int | None = None
    without: tuple[Window, ...] = ()
    plan_limited: bool = False


@dataclass(frozen=True)
class Emptiness:
    """Why a range is empty: ``never`` (nothing in this project), ``range`` (the newest trace lies
    elsewhere, at `newest_at`), ``plan`` (the free plan hides what is older) or ``unknown`` (not told yet).
    """

    reason: str
    newest_at: datetime | None = None


@dataclass(frozen=True)
class Clocks:
    """The two clocks of a page, and whether an answer is being waited for.

    Attributes:
        fetched_at: when the newest window's figures were fetched; None before the first.
        newest_at: start of the newest trace in range, or None.
        waiting_since: since when the oldest request has been under way, if that is worth telling.
        known, wanted: windows answered, and windows of the view.
    """

    fetched_at: datetime | None
    newest_at: datetime | None
    waiting_since: datetime | None
    known: int
    wanted: int


@dataclass(frozen=True)
class Overview:
    """All that the Overview shows.

    Attributes:
        grid: the windows looked at.
        windows: one row a window, oldest first, see :func:`window_frame`.
        totals: the whole range.
        closed, previous: the range's closed part and the equal stretch before it; None until known.
        emptiness: set when nothing was recorded in the range.
        clocks: when it was fetched, and what is still under way.
    """

    grid: Grid
    windows: pd.DataFrame
    totals: Totals
    closed: Totals | None
    previous: Totals | None
    emptiness: Emptiness | None
    clocks: Clocks


def overview(upstream: Upstream, scope: Scope, *, wait_s: float) -> Overview:
    """Answers for the Overview, as far as they arrive within `wait_s` seconds.

    Raises:
        NoData: AgentOps is out of reach, or failed on the newest window.
    """
    now = upstream.now()
    grid = scope.grid(now)
    first = [Question(Kind.USAGE, grid.newest), *_pairs([grid.whole]), Question(Kind.TRACES, grid.newest)]
    compared = _pairs(_compared(grid)[0]) if grid.compared is not None else []
    usage = [Question(Kind.USAGE, w) for w in reversed(grid.windows)]
    traces = [Question(Kind.TRACES, w) for w in reversed(grid.windows)]
    reading = upstream.read(list(dict.fromkeys([*first, *compared, *usage, *traces])), wait_s=wait_s)
    _raise_if_down(reading, grid, now)
    frame = window_frame(grid, reading)
    totals = _totals(upstream, grid, reading, wait_s)
    closed, previous = _comparison(upstream, grid)
    emptiness, latest_at = None, None
    if totals.spans == 0:
        emptiness = _emptiness(upstream, grid, totals, wait_s)
        latest_at = emptiness.newest_at
    return Overview(grid, frame, totals, closed, previous, emptiness, _clocks(reading, grid, now, latest_at))


def check(upstream: Upstream, *, wait_s: float) -> datetime | None:
    """When AgentOps answered the newest minute's metrics; None when it has not within `wait_s` seconds.

    Raises:
        NoData: it failed.
    """
    now = upstream.now()
    grid = rolling_grid(ROLLING["1h"], "1m", ZoneInfo("UTC"), now)
    question = Question(Kind.USAGE, grid.newest)
    reading = upstream.read([question], wait_s=wait_s)
    _raise_if_down(reading, grid, now)
    answer = reading.answers.get(question)
    return answer.answered_at if answer is not None else None


def window_frame(grid: Grid, reading: Reading) -> pd.DataFrame:
    """One row a window, oldest first.

    Columns: ``start``, ``end`` (UTC); ``open`` (has not ended yet); ``usage``, ``outcome`` (state of
    the two answers: ``known``, ``empty`` (known, and nothing was recorded), ``waiting``, ``failed``);
    ``cause`` (of a failure, else None); ``cost_usd``, ``prompt_tokens``, ``completion_tokens``,
    ``total_tokens``, ``spans`` from the metrics; ``traces``, ``success``, ``failed``,
    ``indeterminate``, ``cache_read_tokens``, ``reasoning_tokens`` from the list. NaN is unknown.
    """
    rows = []
    for window in grid.windows:
        usage = reading.answers.get(Question(Kind.USAGE, window))
        outcome = reading.answers.get(Question(Kind.TRACES, window))
        failed = next((a.error.cause for a in (usage, outcome) if a and a.value is None and a.error), None)
        row: dict[str, object] = {
            "start": window.start,
            "end": window.end,
            "open": window.end > grid.now,
            "usage": _state(usage),
            "outcome": _state(outcome),
            "cause": failed,
        }
        rows.append(row | _usage_columns(usage) | _outcome_columns(outcome))
    return pd.DataFrame(rows)


_USAGE = ("cost_usd", "prompt_tokens", "completion_tokens", "total_tokens")
_OUTCOME = ("success", "failed", "indeterminate", "cache_read_tokens", "reasoning_tokens")


def _state(answer: Answer | None) -> str:
    if answer is None:
        return "waiting"
    if isinstance(answer.value, ProjectMetrics):
        return "known" if answer.value.spans_total else "empty"
    if isinstance(answer.value, TracePage):
        return "known" if answer.value.total else "empty"
    return "failed"


def _usage_columns(answer: Answer | None) -> dict[str, object]:
    value = answer.value if answer else None
    if not isinstance(value, ProjectMetrics):
        return dict.fromkeys((*_USAGE, "spans"), float("nan"))
    return {
        "cost_usd": _number(value.cost_usd),
        "prompt_tokens": _number(value.prompt_tokens),
        "completion_tokens": _number(value.completion_tokens),
        "total_tokens": _number(value.total_tokens),
        "spans": float(value.spans_total),
    }


def _outcome_columns(answer: Answer | None) -> dict[str, object]:
    value = answer.value if answer else None
    if not isinstance(value, TracePage):
        return dict.fromkeys((*_OUTCOME, "traces"), float("nan"))
    metrics = value.metrics
    return {
        "traces": float(value.total),
        "success": _number(metrics.success_count),
        "failed": _number(metrics.fail_count),
        "indeterminate": _number(metrics.indeterminate_count),
        "cache_read_tokens": _number(metrics.cache_read_input_tokens),
        "reasoning_tokens": _number(metrics.reasoning_tokens),
    }


def _number(value: object) -> float:
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]


def _pairs(windows: Iterable[Window]) -> list[Question]:
    return [Question(kind, window) for window in windows for kind in (Kind.USAGE, Kind.TRACES)]


def _raise_if_down(reading: Reading, grid: Grid, now: datetime) -> None:
    if reading.outage is not None:
        out = reading.outage
        raise NoData(out.error, out.since, out.retry_at, reading.last_success_at)
    for question in _pairs([grid.newest]):
        answer = reading.answers.get(question)
        if answer is not None and answer.value is None and answer.error is not None:
            retry_at = answer.retry_at or now
            raise NoData(answer.error, answer.asked_at, retry_at, reading.last_success_at)


def _totals_of(window: Window, usage: Answer | None, traces: Answer | None) -> Totals:
    metrics = usage.value if usage else None
    page = traces.value if traces else None
    asked = [a.asked_at for a in (usage, traces) if a and a.value is not None]
    totals = Totals(window, min(asked, default=None))
    known: dict[str, object] = {}
    if usage is not None and isinstance(metrics, ProjectMetrics):
        known |= {
            "window": Window(window.start, usage.until),
            "cost_usd": None if metrics.cost_usd is None else float(metrics.cost_usd),
            "prompt_tokens": metrics.prompt_tokens,
            "completion_tokens": metrics.completion_tokens,
            "total_tokens": metrics.total_tokens,
            "spans": metrics.spans_total,
            "plan_limited": metrics.freeplan_truncated,
        }
    if isinstance(page, TracePage):
        known |= {
            "traces": page.total,
            "success": page.metrics.success_count,
            "failed": page.metrics.fail_count,
            "indeterminate": page.metrics.indeterminate_count,
            "plan_limited": page.freeplan_truncated or bool(known.get("plan_limited")),
        }
    return replace(totals, **known)  # type: ignore[arg-type]


def _totals(upstream: Upstream, grid: Grid, reading: Reading, wait_s: float) -> Totals:
    """Figures of the whole range; where that question fails, of the windows that can be had."""
    usage, traces = (reading.answers.get(q) for q in _pairs([grid.whole]))
    bad = [
        w
        for w in grid.windows
        if any((a := reading.answers.get(q)) is not None and a.value is None for q in _pairs([w]))
    ]
    if not bad or all(a is None or a.value is not None for a in (usage, traces)):
        return _totals_of(grid.whole, usage, traces)
    stretches = _stretches(grid.windows, set(bad))
    answers = upstream.read(_pairs(stretches), wait_s=wait_s).answers
    parts = [_totals_of(w, *(answers.get(q) for q in _pairs([w]))) for w in stretches]
    summed = {name: _sum(getattr(p, name) for p in parts) for name in _SUMMED}
    return Totals(
        grid.whole,
        min((p.asked_at for p in parts if p.asked_at), default=None),
        **summed,  # type: ignore[arg-type]
        without=tuple(bad),
        plan_limited=any(p.plan_limited for p in parts),
    )


_SUMMED = (
    "cost_usd",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "spans",
    "traces",
    "success",
    "failed",
    "indeterminate",
)


def _sum(values: Iterable[float | None]) -> float | None:
    """The sum, or None when any part is unknown: a sum of some is not the sum."""
    parts = list(values)
    return None if not parts or any(v is None for v in parts) else sum(v for v in parts if v is not None)


def _stretches(windows: Sequence[Window], bad: set[Window]) -> list[Window]:
    """The longest runs of neighbouring windows without the bad ones."""
    runs = [list(run) for is_bad, run in groupby(windows, key=lambda w: w in bad) if not is_bad]
    return [Window(run[0].start, run[-1].end) for run in runs]


def _compared(grid: Grid) -> list[list[Window]]:
    """The stretch that is compared and the equal one before it; then both one step earlier."""
    now = grid.compared
    if now is None:
        return []
    before = now.shifted(-now.length)
    step = max(grid.windows[0].length, COMPARE_STEP)
    return [[now, before], [now.shifted(-step), before.shifted(-step)]]


def _comparison(upstream: Upstream, grid: Grid) -> tuple[Totals | None, Totals | None]:
    """Figures of the closed part and of the equal stretch before it, or of both one step earlier.

    Just after a bucket has closed, the new pair has not been asked yet; the old one is as true.
    """
    for stretches in _compared(grid):
        answers = upstream.known(_pairs(stretches))
        if all(a is not None and a.value is not None for a in answers):
            closed, previous = (
                _totals_of(w, answers[2 * i], answers[2 * i + 1]) for i, w in enumerate(stretches)
            )
            return closed, previous
    return None, None


def _emptiness(upstream: Upstream, grid: Grid, totals: Totals, wait_s: float) -> Emptiness:
    if totals.plan_limited:
        return Emptiness("plan")
    question = Question(Kind.LATEST, grid.whole)
    answer = upstream.read([question], wait_s=wait_s).answers.get(question)
    if answer is None or not isinstance(answer.value, TracePage):
        return Emptiness("unknown")
    if not answer.value.traces:
        return Emptiness("never")
    return Emptiness("range", answer.value.traces[0].started_at)


def _clocks(reading: Reading, grid: Grid, now: datetime, latest_at: datetime | None) -> Clocks:
    newest = reading.answers.get(Question(Kind.USAGE, grid.newest))
    pages = (reading.answers.get(Question(Kind.TRACES, w)) for w in (grid.newest, grid.whole))
    activity = reading.answers.get(Question(Kind.USAGE, grid.whole))
    if activity is not None and isinstance(activity.value, ProjectMetrics) and latest_at is None:
        latest_at = activity.value.ended_at  # where the list shows no row although there are traces
    starts = [
        a.value.traces[0].started_at for a in pages if a and isinstance(a.value, TracePage) and a.value.traces
    ]
    since = reading.asking_since
    answered = {q.window for q in reading.answers if q.kind is Kind.USAGE} & {
        q.window for q in reading.answers if q.kind is Kind.TRACES
    }
    return Clocks(
        fetched_at=newest.answered_at if newest and newest.value is not None else None,
        newest_at=max(starts, default=latest_at),
        waiting_since=since if since is not None and now - since > SLOW else None,
        known=sum(w in answered for w in grid.windows),
        wanted=len(grid.windows),
    )
