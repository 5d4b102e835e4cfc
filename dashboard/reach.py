"""Whether AgentOps is within reach, judged by what came back. No thread, no clock, no lock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from agentops_client import AgentOpsError

from .questions import Answer, Kind, Outage, Question
from .windows import Window

#: During an outage one probe goes out so often.
PROBE_EVERY = timedelta(seconds=3)
#: So many failures in a row, a page's newest window among them, are an outage.
FAILURES_IN_A_ROW = 3
#: How long a page's newest window counts as looked at.
LOOKED_AT = timedelta(minutes=1)

#: Causes that concern one question and need not concern the next.
_ONE_QUESTION = frozenset(
    {
        "upstream_failed",
        "timed_out",
        "answer_unreadable",
        "answer_too_large",
        "bad_request",
        "connection_lost",
    }
)


def _way(question: Question) -> Kind:
    """Metrics and the list may fail each for itself, and one of them does not vouch for the other."""
    return Kind.USAGE if question.kind is Kind.USAGE else Kind.TRACES


class Reach:
    """What is known of AgentOps' health, and the outage that stands in front of all questions.

    Attributes:
        outage: why AgentOps is out of reach, or None.
        last_success_at: when it last answered anything well; None for never.
    """

    def __init__(self) -> None:
        self.outage: Outage | None = None
        self.last_success_at: datetime | None = None
        self._failures = dict.fromkeys(Kind, 0)  # since the last success of the same way of asking
        self._failing_since: datetime | None = None
        self._outage_way = Kind.USAGE
        self._looked_at: dict[Window, datetime] = {}

    def looked_at(self, newest: Window, now: datetime) -> None:
        """A page shows `newest` as its newest window."""
        self._looked_at = {w: at for w, at in self._looked_at.items() if now - at < LOOKED_AT}
        if newest.end > now:  # somebody's wish for a bad old range is no outage for others
            self._looked_at[newest] = now

    def probe(self, now: datetime) -> Question | None:
        """What to ask to find out whether the outage has ended, if it is time for that. The present minute
        asked the way that failed: the same whoever asks, and cheap."""
        if self.outage is None or now < self.outage.retry_at:
            return None
        self.outage = replace(self.outage, retry_at=now + PROBE_EVERY)
        minute = now.replace(second=0, microsecond=0)
        return Question(self._outage_way, Window(minute, minute + timedelta(minutes=1)))

    def probe_now(self, now: datetime) -> None:
        """The next probe need not wait."""
        if self.outage is not None:
            self.outage = replace(self.outage, retry_at=now)

    def succeeded(self, question: Question, at: datetime) -> Outage | None:
        """Takes note of a good answer; returns the outage that it ended."""
        self.last_success_at = at
        way = _way(question)
        self._failures[way] = 0
        ended = self.outage if way is self._outage_way else None
        if ended is not None:
            self.outage = None
        if self.outage is None and not any(self._failures.values()):
            self._failing_since = None
        return ended

    def failed(
        self, question: Question, error: AgentOpsError, now: datetime, known: Mapping[Question, Answer]
    ) -> None:
        """Takes note of a failure, which may begin an outage; `known`: what came back so far."""
        way = _way(question)
        self._failures[way] += 1
        self._failing_since = self._failing_since or now
        unreachable = error.cause not in _ONE_QUESTION or error.phase == "connect"
        many = sum(self._failures.values()) >= FAILURES_IN_A_ROW
        if unreachable or (many and self._blind(question, known)):
            wait = timedelta(seconds=error.retry_after_s or 0)
            self._outage_way = way
            self.outage = Outage(error, self._failing_since, now + max(wait, PROBE_EVERY))

    def set_back(self, by: timedelta, now: datetime) -> None:
        """The clock was set back to `now`: what it dated moves along, and the next probe need not wait."""
        self._looked_at.clear()
        if self.last_success_at is not None:
            self.last_success_at -= by
        if self._failing_since is not None:
            self._failing_since -= by
        if self.outage is not None:
            self.outage = replace(self.outage, since=self.outage.since - by, retry_at=now)

    def _blind(self, failed: Question, known: Mapping[Question, Answer]) -> bool:
        """Whether a newest window that somebody looks at has failed: old ones alone are no outage."""
        if failed.window in self._looked_at:
            return True
        newest = (known.get(Question(kind, w)) for w in self._looked_at for kind in Kind)
        return any(answer is not None and answer.value is None for answer in newest)
