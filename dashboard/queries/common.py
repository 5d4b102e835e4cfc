"""What every page's question has in common: totals of the range, failure, emptiness, the two clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from agentops_client import AgentOpsError, ProjectMetrics, TracePage

from ..answers import Totals, summed, totals_of
from ..questions import Kind, Question, Reading
from ..upstream import Upstream
from ..windows import Grid, Window

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
        complete: whether every question of the page has an answer, comparisons included.
        error: why AgentOps gave no answer for one of these windows, or for the range as a whole.
    """

    fetched_at: datetime | None
    newest_at: datetime | None
    waiting_since: datetime | None
    known: int
    wanted: int
    complete: bool
    error: AgentOpsError | None = None


def pairs(windows: Iterable[Window]) -> list[Question]:
    return [Question(kind, window) for window in windows for kind in (Kind.USAGE, Kind.TRACES)]


def raise_if_down(reading: Reading, grid: Grid, now: datetime) -> None:
    if reading.outage is not None:
        out = reading.outage
        raise NoData(out.error, out.since, out.retry_at, reading.last_success_at)
    for question in pairs([grid.newest]):
        answer = reading.answers.get(question)
        if answer is not None and answer.value is None and answer.error is not None:
            retry_at = answer.retry_at or now
            raise NoData(answer.error, answer.asked_at, retry_at, reading.last_success_at)


def totals(upstream: Upstream, grid: Grid, reading: Reading, wait_s: float) -> Totals:
    """Figures of the whole range; where that question fails, of the windows that can be had."""
    whole = grid.whole
    usage, traces = (reading.answers.get(q) for q in pairs([whole]))
    if usage is None and traces is None:
        whole = _one_bucket_earlier(grid)
        usage, traces = upstream.known(pairs([whole]))
    bad = [
        w
        for w in grid.windows
        if any((a := reading.answers.get(q)) is not None and a.value is None for q in pairs([w]))
    ]
    error = next((a.error for a in (traces, usage) if a is not None and a.value is None), None)
    if error is None:
        return totals_of(whole, usage, traces)
    told = replace(totals_of(whole, usage, traces), error=error)
    if usage is not None and usage.value is not None:
        return told
    if not bad:
        # Too much for one question; cost and tokens add up over the windows, traces that cross do not.
        parts = [totals_of(w, reading.answers.get(Question(Kind.USAGE, w)), None) for w in grid.windows]
        return replace(told, **_usage_of(summed(parts, grid.whole, ())))
    stretches = _stretches(grid.windows, set(bad))
    answers = upstream.read(pairs(stretches), wait_s=wait_s, beside=True).answers
    parts = [totals_of(w, *(answers.get(q) for q in pairs([w]))) for w in stretches]
    return replace(summed(parts, grid.whole, tuple(bad)), error=error)


def _usage_of(totals: Totals) -> dict[str, Any]:
    names = ("window", "asked_at", "cost_usd", "prompt_tokens", "completion_tokens", "total_tokens", "spans")
    return {name: getattr(totals, name) for name in names}


def _one_bucket_earlier(grid: Grid) -> Window:
    """The whole range as it was before the newest bucket began: shown until the new one is known."""
    first, last = grid.windows[0], grid.windows[-1]
    return Window(grid.whole.start - first.length, max(last.start, grid.whole.start))


def _stretches(windows: Sequence[Window], bad: set[Window]) -> list[Window]:
    """The longest runs of neighbouring windows without the bad ones."""
    runs = [list(run) for is_bad, run in groupby(windows, key=lambda w: w in bad) if not is_bad]
    return [Window(run[0].start, run[-1].end) for run in runs]


def emptiness(upstream: Upstream, grid: Grid, totals: Totals, wait_s: float) -> Emptiness:
    if totals.plan_limited:
        return Emptiness("plan")
    question = Question(Kind.LATEST, grid.whole)
    answer = upstream.read([question], wait_s=wait_s, beside=True).answers.get(question)
    if answer is None or not isinstance(answer.value, TracePage):
        return Emptiness("unknown")
    if not answer.value.traces:
        return Emptiness("never")
    return Emptiness("range", answer.value.traces[0].started_at)


def clocks(
    reading: Reading,
    grid: Grid,
    now: datetime,
    latest_at: datetime | None,
    *,
    complete: bool,
    windows: Sequence[Window] | None = None,
) -> Clocks:
    """The two clocks; `windows` are those that the page shows (default: all of the grid)."""
    shown = grid.windows if windows is None else windows
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
    told = (reading.answers.get(q) for q in pairs([*shown, grid.whole]))
    return Clocks(
        fetched_at=newest.answered_at if newest and newest.value is not None else None,
        newest_at=max(starts, default=latest_at),
        waiting_since=since if since is not None and now - since > SLOW else None,
        known=sum(w in answered for w in shown),
        complete=complete,
        wanted=len(shown),
        error=next((a.error for a in told if a is not None and a.value is None and a.error), None),
    )
