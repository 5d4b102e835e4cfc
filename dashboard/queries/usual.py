"""What the same time of past weeks was like: settled windows, a few questions each quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..answers import Totals, totals_of
from ..archive import reading
from ..archive.shared import Shelf
from ..metrics.arrivals import PastStretch
from ..metrics.usual import usual, weeks_with_history
from ..questions import Answer, Kind, Question
from ..upstream import Upstream
from ..windows import HOUR, MINUTE, Window
from .common import pairs
from .spans import ask, coverage_of

WEEKS = 4
#: Latest stretches that are told apart from silence; they end at a quarter of an hour, so that all viewers
#: ask for the same ones.
STRETCHES = (15 * MINUTE, 30 * MINUTE, 45 * MINUTE)


@dataclass(frozen=True)
class PastHour:
    """One hour of a past week.

    Attributes:
        totals: as AgentOps counts it.
        span_cost_usd: from its spans; None while too few of them have been read.
    """

    totals: Totals
    span_cost_usd: float | None


@dataclass(frozen=True)
class Usual:
    """The same hour of past weeks that say what is usual, the latest first.

    Attributes:
        end: where the hour ends in the present week, at a quarter of an hour.
        hours: see above; empty without history, and until all answers are there.
        stretches: its last 15, 30 and 45 minutes in each of these weeks.
        waiting: some answer is still to come.
    """

    end: datetime
    hours: tuple[PastHour, ...]
    stretches: tuple[PastStretch, ...]
    waiting: bool

    @property
    def traces_per_min(self) -> float | None:
        """Median of the weeks; None without history."""
        counts = [h.totals.traces / 60 for h in self.hours if h.totals.traces is not None]
        return usual(counts)

    def costs_usd(self, *, by_spans: bool) -> list[float]:
        """Cost of the hour in each week that knows it, of one source."""
        costs = [h.span_cost_usd if by_spans else h.totals.cost_usd for h in self.hours]
        return [c for c in costs if c is not None]


def usual_at(
    upstream: Upstream, shelf: Shelf, zone: ZoneInfo, now: datetime, *, lag: timedelta, wait_s: float
) -> Usual:
    """What was usual around `now` in up to four past weeks, by the wall clock of `zone`.

    Args:
        lag: how long after its start a trace is seen; the latest so long is left out.
    """
    end = floor(now - lag)
    ends = [weeks_before(end, week, zone) for week in range(1, WEEKS + 1)]
    hours = [Window(e - HOUR, e) for e in ends]
    parts = [[Question(Kind.TRACES, Window(e - long, e)) for long in STRETCHES] for e in ends]
    wanted = [*pairs(hours), *(question for part in parts for question in part)]
    answers = dict(upstream.read(wanted, wait_s=wait_s, beside=True).answers)
    days = _empty_days(upstream, hours, answers, zone, wait_s)
    answers |= days
    known = [totals_of(h, *(answers.get(q) for q in pairs([h]))) for h in hours]
    lived = weeks_with_history(
        [None if t.plan_limited else t.traces for t in known],
        [_count(days.get(_day(h, zone))) for h in hours],
    )
    waiting = any(q not in answers for q in wanted) or any(
        t.traces == 0 and _day(h, zone) not in answers for h, t in zip(hours, known, strict=True)
    )
    counted = [week for week in range(WEEKS) if lived[week] and not waiting]
    return Usual(
        end,
        tuple(PastHour(known[week], _span_cost(shelf, hours[week], known[week], now)) for week in counted),
        tuple(
            PastStretch(end - long, end, _counts([answers.get(parts[week][i]) for week in counted]))
            for i, long in enumerate(STRETCHES)
        ),
        waiting,
    )


def floor(moment: datetime) -> datetime:
    """The last quarter of an hour at or before `moment`, the same on every clock of the world."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def weeks_before(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The same time of the week by the wall clock of `zone`, in UTC."""
    wall = moment.astimezone(zone).replace(tzinfo=None) - timedelta(weeks=weeks)
    return wall.replace(tzinfo=zone).astimezone(moment.tzinfo)


def _empty_days(
    upstream: Upstream, hours: list[Window], answers: dict[Question, Answer], zone: ZoneInfo, wait_s: float
) -> dict[Question, Answer]:
    """Whether anything happened on the days of empty hours: else the project may not have been there."""
    empty = [h for h in hours if _count(answers.get(Question(Kind.TRACES, h))) == 0]
    if not empty:
        return {}
    return dict(upstream.read([_day(h, zone) for h in empty], wait_s=wait_s, beside=True).answers)


def _day(hour: Window, zone: ZoneInfo) -> Question:
    midnight = hour.start.astimezone(zone).replace(hour=0, minute=0)
    end = (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return Question(Kind.TRACES, Window(*(m.astimezone(hour.start.tzinfo) for m in (midnight, end))))


def _count(answer: Answer | None) -> int | None:
    return getattr(answer.value, "total", None) if answer is not None else None


def _counts(answers: list[Answer | None]) -> tuple[float, ...]:
    return tuple(float(n) for answer in answers if (n := _count(answer)) is not None)


def _span_cost(shelf: Shelf, hour: Window, known: Totals, now: datetime) -> float | None:
    if not known.traces or not coverage_of(shelf, hour, known.traces, now).enough:
        return None
    return ask(shelf, reading.totals, hour.start, hour.end).cost_usd
