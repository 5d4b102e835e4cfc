"""What can be asked of AgentOps, what came back, and what is worth asking next. Pure: no thread, no clock.

A *question* is one window asked one way (:class:`Kind`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agentops_client import AgentOpsError, ProjectMetrics, TracePage

from .windows import Window, next_ask

#: Questions that a refresh may ask once a page has its first answers ...
PER_REFRESH = 4
#: ... and where buckets are so short that a new one begins at nearly every refresh.
PER_REFRESH_SHORT = 8
#: ... and in a custom range that is not over yet, in buckets of a few seconds.
PER_REFRESH_TINY = 24
#: A page that misses more answers than this is new: it may ask for all of them.
FILL_ABOVE = 8
#: The first so many questions of a page (newest metrics, and the range's totals) go before the others ...
FIRST = 3
#: ... unless its buckets are shorter than this.
SHORT_BUCKET = timedelta(minutes=5)
TINY_BUCKET = timedelta(seconds=30)
#: An open window that waits counts so many times as long as a closed one that is only checked again.
OPEN_WEIGHT = 10


class Kind(StrEnum):
    """How a window is asked."""

    USAGE = "usage"
    """Metrics of the window: cost, prompt, completion and total tokens, counts of spans."""
    TRACES = "traces"
    """The trace list with one row: traces by outcome, cache-read and reasoning tokens, newest trace."""
    LATEST = "latest"
    """The unfiltered list with one row: the newest trace ever. The window is only its name."""


@dataclass(frozen=True)
class Question:
    kind: Kind
    window: Window


@dataclass(frozen=True)
class Answer:
    """What came back for a question.

    Attributes:
        value: :class:`ProjectMetrics` for usage, :class:`TracePage` otherwise; None when it failed.
        error: why there is no value, or, beside a value, why its last recheck failed.
        asked_at, answered_at: when the request behind `value` (or `error`) went out and came back.
        until: the end asked for, which lies before the window's while that is open.
        failures: failed attempts since the last good one.
        retry_at: when a failed question may be asked again.
    """

    value: ProjectMetrics | TracePage | None
    error: AgentOpsError | None
    asked_at: datetime
    answered_at: datetime
    until: datetime
    failures: int = 0
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Outage:
    """AgentOps does not answer: why, since when, and when the next probe goes out."""

    error: AgentOpsError
    since: datetime
    retry_at: datetime


@dataclass(frozen=True)
class Reading:
    """Answers to the questions wanted, as far as they are there.

    Attributes:
        answers: by question; one that was never answered is absent.
        asking: how many of the questions wanted are under way or waiting for their turn.
        asking_since: when the oldest request now under way went out.
        outage: set while AgentOps is out of reach.
        last_success_at: when AgentOps last answered anything well.
    """

    answers: Mapping[Question, Answer]
    asking: int
    asking_since: datetime | None
    outage: Outage | None
    last_success_at: datetime | None


def due_at(question: Question, answer: Answer) -> datetime | None:
    """When an answered question must be asked again; None for never."""
    if answer.retry_at is not None:
        return answer.retry_at
    if question.kind is Kind.LATEST:
        return answer.asked_at + timedelta(seconds=30)
    return next_ask(question.window, answer.asked_at)


def budget_of(wanted: Sequence[Question]) -> int:
    """How many questions a refresh of the page that wants these may ask."""
    length = wanted[0].window.length if wanted else SHORT_BUCKET
    if length < TINY_BUCKET:
        return PER_REFRESH_TINY
    return PER_REFRESH_SHORT if length < SHORT_BUCKET else PER_REFRESH


def choose(
    wanted: Sequence[Question], known: Mapping[Question, Answer], now: datetime, budget: int
) -> list[Question]:
    """The questions worth asking now, most urgent first.

    A page that lacks more than ``FILL_ABOVE`` answers gets all of them asked, in its own order.
    Otherwise `budget` at most, in this order: the newest window if it failed or has just begun, and the
    range's totals if they failed (a page without them says so, and waits for them); windows
    that have closed since they were asked, whose figures are partial; other open windows that were never
    asked; the first of the page's order; then whatever has waited longest, so that nothing starves.
    Where buckets are short, only the very first of the page's order has precedence.
    """
    missing = [q for q in wanted if q not in known]
    partial = [q for q in wanted if q in known and known[q].asked_at < q.window.end <= now]
    if len(missing) > FILL_ABOVE:
        return [*missing, *partial]
    waited: dict[Question, timedelta] = {}
    for question in wanted:
        due = due_at(question, known[question]) if question in known else question.window.end
        if due is not None and due <= now:
            waited[question] = now - due
    begun = [q for q in missing if q.window.end > now]
    # Without its newest window a whole page cannot be shown; nothing saved is worth that.
    newest = wanted[0].window if wanted else None
    failed = [q for q in waited if q in known and known[q].value is None]
    lead = [q for q in (*begun, *failed) if q.window == newest or (q in failed and q in wanted[:FIRST])]
    first = wanted[: FIRST if wanted and wanted[0].window.length >= SHORT_BUCKET else 1]
    urgent = [q for q in first if q in waited and q not in begun]
    partial = [q for q in partial if q in waited]

    def patience(question: Question) -> timedelta:
        return waited[question] * (OPEN_WEIGHT if question.window.end > now else 1)

    rest = sorted((q for q in waited if q not in urgent), key=patience, reverse=True)
    chosen = dict.fromkeys([*lead, *partial, *begun, *urgent, *rest])
    return list(chosen)[: max(budget, len(lead))]
