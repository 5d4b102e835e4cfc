"""The values that rules watch: few questions to AgentOps, known answers first, never in the way of pages.

Windows are aligned and over, so that each is asked once: they end at the last whole minute that is one and a
half minutes ago (those over 15 minutes, every five minutes; over two hours, every quarter of an hour). By
then their spans are stored, as far as they will be soon, and their traces quiet enough to be read. A rule
takes the newest window that is answered, this one or the one before; else its value is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agentops_client import TracePage
from dashboard.answers import Totals, totals_of
from dashboard.archive import ArchiveUnreadable, reading
from dashboard.archive.shared import Shelf
from dashboard.queries.spans import ask, coverage_of
from dashboard.questions import Answer, Kind, Question
from dashboard.reach import FAILURES_IN_A_ROW, PROBE_EVERY
from dashboard.upstream import Upstream
from dashboard.windows import HOUR, MINUTE, Window

from .rules import Rule

#: So long after its end a window is asked.
SETTLED_AFTER = timedelta(seconds=90)
#: Questions about windows that one look may ask, and how long it waits for each.
PER_LOOK, WAIT_S = 4, 5.0
#: Pages are given way to for so long.
GIVE_WAY_S, GIVE_WAY_STEP_S = 5.0, 0.05
#: An answer as young as this shows that AgentOps answers; one as old as the second shows nothing any more.
JUST_NOW, TOO_OLD = timedelta(seconds=15), timedelta(minutes=3)
#: The 95th percentile of fewer durations is unknown.
LEAST_DURATIONS = 10
#: A name for the question for the newest trace, which has no window.
_EVER = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC))


@dataclass(frozen=True)
class Measured:
    """A value in the metric's unit. None is unknown, and `why` says why: ``outage``, ``waiting`` (not
    answered yet, or that question failed), ``no_outcome`` or ``few`` (too few traces), ``not_read`` (the
    archive does not cover the window), ``no_trace`` (none ever), ``not_told`` (AgentOps does not read this
    usage)."""

    value: float | None
    why: str = ""


class Measures:
    """Takes the values of `rules`.

    Args:
        shelf: the span archive.
        wait: waits so many seconds; it may return early, when everything ends.
    """

    def __init__(
        self,
        upstream: Upstream,
        shelf: Callable[[], Shelf],
        rules: Sequence[Rule],
        *,
        wait: Callable[[float], object],
    ) -> None:
        self._upstream, self._shelf, self._rules, self._wait = upstream, shelf, rules, wait
        self._turn = 0

    def take(self) -> dict[str, Measured]:
        """A value a rule, by name. Asks what is due, and waits for it a few seconds at most."""
        self._look_for_upstream()
        if self._upstream.outage is None:
            self._ask_what_is_due()
        return {rule.name: self._measured(rule) for rule in self._rules}

    # ---- questions

    def _look_for_upstream(self) -> None:
        """Asks for the present minute, as readiness does, unless AgentOps has just answered something. It is
        down only when it failed several times in a row."""
        known = self._upstream.read([], wait_s=0)
        last, now = known.last_success_at, self._upstream.now()
        if known.outage is None and last is not None and timedelta() <= now - last < JUST_NOW:
            return
        minute = now.replace(second=0, microsecond=0)
        question = Question(Kind.USAGE, Window(minute, minute + MINUTE))
        for tries in range(FAILURES_IN_A_ROW):
            if tries:
                self._wait(PROBE_EVERY.total_seconds())
            found = self._upstream.read([question], wait_s=WAIT_S)
            answer = found.answers.get(question)
            if found.outage is not None or answer is None or answer.value is not None:
                return

    def _ask_what_is_due(self) -> None:
        now = self._upstream.now()
        wanted = [
            Question(kind, settled(length, now))
            for length, kind in dict.fromkeys(
                (rule.window, kind)
                for rule in self._rules
                if rule.window
                for kind in _KINDS[rule.metric.name]
            )
        ]
        missing = [
            question
            for question, answer in zip(wanted, self._upstream.known(wanted), strict=True)
            if not _good(question, answer)
        ]
        if missing:  # whoever was left out comes first the next time
            self._turn = (self._turn + PER_LOOK) % len(missing) if len(missing) > PER_LOOK else 0
            missing = missing[self._turn :] + missing[: self._turn]
        if any(rule.metric.name == "newest_trace_age_s" for rule in self._rules):
            missing.insert(0, Question(Kind.LATEST, _EVER))
        for question in missing[: PER_LOOK + 1]:
            self._give_way()
            if self._upstream.read([question], wait_s=WAIT_S, beside=True).outage is not None:
                return

    def _give_way(self) -> None:
        for _ in range(int(GIVE_WAY_S / GIVE_WAY_STEP_S)):
            if not self._upstream.busy:
                return
            self._wait(GIVE_WAY_STEP_S)

    # ---- values

    def _measured(self, rule: Rule) -> Measured:
        out = self._upstream.outage is not None
        name = rule.metric.name
        if name == "upstream_down":
            return Measured(1.0) if out else self._answers_now()
        if out:
            return Measured(None, "outage")
        if name == "newest_trace_age_s":
            return self._newest_age()
        now = self._upstream.now()
        for window in (settled(rule.window, now), settled(rule.window, now - step_of(rule.window))):
            questions = [Question(kind, window) for kind in _KINDS[name]]
            answers = dict(zip(_KINDS[name], self._upstream.known(questions), strict=True))
            if all(_good(question, answers[question.kind]) for question in questions):
                totals = totals_of(window, answers.get(Kind.USAGE), answers.get(Kind.TRACES))
                return self._of_window(rule, totals)
        return Measured(None, "waiting")

    def _answers_now(self) -> Measured:
        last = self._upstream.read([], wait_s=0).last_success_at
        if last is not None and self._upstream.now() - last < TOO_OLD:
            return Measured(0.0)
        return Measured(None, "waiting")

    def _newest_age(self) -> Measured:
        question, now = Question(Kind.LATEST, _EVER), self._upstream.now()
        (answer,) = self._upstream.known([question])
        if answer is None or not isinstance(answer.value, TracePage) or now - answer.asked_at > TOO_OLD:
            return Measured(None, "waiting")
        if not answer.value.traces:
            return Measured(None, "no_trace")
        return Measured(max(0.0, (now - answer.value.traces[0].started_at).total_seconds()))

    def _of_window(self, rule: Rule, totals: Totals) -> Measured:
        name = rule.metric.name
        if name == "error_rate":
            return _error_rate(totals, rule.min_traces)
        if name == "failed_traces":
            return _known(totals.failed)
        if name == "traces_per_minute":
            return _known(totals.traces, rule.window / MINUTE)
        return self._p95(totals) if name == "p95_s" else self._usage(rule, totals)

    def _p95(self, totals: Totals) -> Measured:
        if totals.traces is not None and totals.traces < LEAST_DURATIONS:
            return Measured(None, "few")
        spans = self._spans(totals)
        if spans is None:
            return Measured(None, "not_read")
        few = spans.p95_s is None or spans.durations < LEAST_DURATIONS
        return Measured(None, "few") if few else Measured(spans.p95_s)

    def _usage(self, rule: Rule, totals: Totals) -> Measured:
        """Cost or tokens: of the spans where they have been read, else as AgentOps says."""
        if totals.spans == 0:
            return Measured(0.0)
        spans = self._spans(totals)
        if rule.metric.name == "cost_per_hour_usd":
            per, own, read = rule.window / HOUR, totals.cost_usd, None if spans is None else spans.cost_usd
        else:
            per, own = rule.window / MINUTE, totals.total_tokens
            read = None if spans is None else spans.total_tokens
        if spans is not None and not spans.calls:
            read = read or 0.0  # no model was called: nothing is known to be missing
        if read is not None:
            return Measured(read / per)
        if not totals.total_tokens:  # usage that AgentOps does not read (current litellm)
            return Measured(None, "not_told")
        return _known(own, per)

    def _spans(self, totals: Totals) -> reading.Totals | None:
        """Figures of the window's spans, where the archive has read (nearly) all of its traces."""
        window = totals.window
        shelf = self._shelf()
        try:
            if not coverage_of(shelf, window, totals.traces, self._upstream.now()).enough:
                return None
            return ask(shelf, reading.totals, window.start, window.end)
        except ArchiveUnreadable:
            return None


_TOLD = (Kind.USAGE, Kind.TRACES)
#: How the window of each metric is asked.
_KINDS: dict[str, tuple[Kind, ...]] = {
    "error_rate": (Kind.TRACES,),
    "failed_traces": (Kind.TRACES,),
    "traces_per_minute": (Kind.TRACES,),
    "p95_s": (Kind.TRACES,),
    "cost_per_hour_usd": _TOLD,
    "tokens_per_minute": _TOLD,
}


def step_of(length: timedelta) -> timedelta:
    """How often a window of this length moves on."""
    return MINUTE if length <= 15 * MINUTE else 5 * MINUTE if length <= 2 * HOUR else 15 * MINUTE


def settled(length: timedelta, now: datetime) -> Window:
    """The newest aligned window of this length that is over and settled."""
    step_s = step_of(length).total_seconds()
    end = datetime.fromtimestamp((now - SETTLED_AFTER).timestamp() // step_s * step_s, UTC)
    return Window(end - length, end)


def _good(question: Question, answer: Answer | None) -> bool:
    """Whether there is a value for the whole window."""
    return answer is not None and answer.value is not None and answer.asked_at >= question.window.end


def _error_rate(totals: Totals, least: int) -> Measured:
    if totals.failed is None or totals.success is None:
        return Measured(None, "waiting")
    decided = totals.success + totals.failed
    if not decided:
        return Measured(None, "no_outcome")
    return Measured(None, "few") if decided < least else Measured(totals.failed / decided)


def _known(value: float | None, per: float = 1.0) -> Measured:
    return Measured(None, "waiting") if value is None else Measured(value / per)
