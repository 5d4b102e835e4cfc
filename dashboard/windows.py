"""Aligned time windows: how a range is cut, and when a window must be asked again.

AgentOps filters *spans* by their start, and neighbouring windows ``[a, b)`` and ``[b, c)``
partition cleanly (design notes on upstream, "Time"). So totals and lines are built from windows
whose bounds are whole UTC seconds on a grid of the reporting time zone: a bucket of a day runs from
local midnight to local midnight, also across a change of daylight saving time.

Nothing here asks a clock: the present is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

#: Ranges that follow the present, by their name in the URL.
ROLLING: dict[str, timedelta] = {
    "15m": 15 * MINUTE,
    "1h": HOUR,
    "6h": 6 * HOUR,
    "24h": DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
}

#: Bucket sizes, by their name in the URL, ascending.
BUCKETS: dict[str, timedelta] = {
    "1s": SECOND,
    "5s": 5 * SECOND,
    "10s": 10 * SECOND,
    "30s": 30 * SECOND,
    "1m": MINUTE,
    "2m": 2 * MINUTE,
    "5m": 5 * MINUTE,
    "10m": 10 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "3h": 3 * HOUR,
    "6h": 6 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "7d": 7 * DAY,
}

#: The smallest bucket of a range that follows the present: more windows than that begin and end
#: between two refreshes than may be asked.
SMALLEST_ROLLING = "30s"

#: A range is cut into at least and at most so many buckets (fewer only where it is too short).
MIN_BUCKETS, MAX_BUCKETS = 24, 120
#: The automatic bucket is the largest that still gives so many.
GOOD_BUCKETS = 28
#: The longest range that can be asked for: 120 buckets of seven days.
LONGEST = MAX_BUCKETS * BUCKETS["7d"]

#: The end of a window that is still open moves in steps of this, so that viewers who look at
#: different moments ask the same question.
LIVE_STEP = 10 * SECOND

#: Buckets of five seconds and more end at multiples of five seconds; this is none.
BESIDE_EDGES = 3 * SECOND

#: Comparisons with the stretch before move on in steps of this, or of a bucket if that is longer.
COMPARE_STEP = 5 * MINUTE

#: Ages (since its end) at which a closed window is asked again. A span is stored when it *ends*
#: under the time when it *started*, so late ones land in old windows. Steps are longer than the
#: five minutes for which AgentOps keeps a metrics answer.
RECHECK_AT: tuple[timedelta, ...] = tuple(
    timedelta(seconds=s) for s in (310, 640, 1_300, 2_600, 5_200, 10_400, 21_600)
)


@dataclass(frozen=True, order=True)
class Window:
    """A half-open span of time ``[start, end)``; both aware, UTC, whole seconds."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name, moment in (("start", self.start), ("end", self.end)):
            if moment.tzinfo is not UTC or moment.microsecond:
                raise ValueError(f"Window.{name} must be whole seconds in UTC, not {moment!r}")
        if self.end <= self.start:
            raise ValueError(f"a window ends after it starts, not {self.start} to {self.end}")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def shifted(self, by: timedelta) -> Window:
        return Window(self.start + by, self.end + by)


@dataclass(frozen=True)
class Grid:
    """A range cut into windows.

    Attributes:
        windows: adjacent windows, oldest first; the last may still be open.
        now: the present that the grid was made for.
        rolling: whether the range follows the present (else it is absolute and ends when it ends).
        bucket: the name of the bucket size.
        end: of an absolute range, also while that lies ahead; None for a rolling one.
    """

    windows: tuple[Window, ...]
    now: datetime
    rolling: bool
    bucket: str
    end: datetime | None = None

    @property
    def whole(self) -> Window:
        """The range as one window; an absolute one to its end, so that it stays the same question."""
        return Window(self.windows[0].start, self.end or self.windows[-1].end)

    @property
    def newest(self) -> Window:
        return self.windows[-1]

    @property
    def live(self) -> bool:
        """Whether the newest window is still open."""
        return self.newest.end > self.now

    @property
    def closed(self) -> Window | None:
        """The part of the range made of windows that have ended, or None when none has."""
        ended = [w for w in self.windows if w.end <= self.now]
        return Window(ended[0].start, ended[-1].end) if ended else None

    @property
    def compared(self) -> Window | None:
        """What is compared with the equal stretch before it: closed windows as long as the range.

        It moves on in steps of ``COMPARE_STEP`` at least, so that views in small buckets do not ask for
        a new pair of stretches every few seconds. None when no window has closed, and for an absolute
        range until it is over.
        """
        closed = self.closed
        if closed is None or not self.rolling:
            return None if self.live else closed
        step = COMPARE_STEP.total_seconds()
        ends = [w.end for w in self.windows if w.end <= self.now]
        end = next((e for e in reversed(ends) if e.timestamp() % step == 0), ends[-1])
        return Window(end - closed.length, end)


def allowed_buckets(span: timedelta, *, rolling: bool = False) -> tuple[str, ...]:
    """Names of the bucket sizes that cut `span` into 24 to 120 pieces, ascending.

    Below 24 seconds the smallest bucket is offered alone. Rolling ranges have none below 30 seconds.
    """
    smallest = BUCKETS[SMALLEST_ROLLING] if rolling else SECOND
    fitting = tuple(
        n for n, size in BUCKETS.items() if size >= smallest and MIN_BUCKETS <= span / size <= MAX_BUCKETS
    )
    return fitting or (next((n for n, s in BUCKETS.items() if span / s <= MAX_BUCKETS), "7d"),)


def automatic_bucket(span: timedelta) -> str:
    """The largest allowed bucket that still gives a line with some shape (28 points)."""
    allowed = allowed_buckets(span)
    good = [n for n in allowed if span / BUCKETS[n] >= GOOD_BUCKETS]
    return good[-1] if good else allowed[0]


def rolling_grid(span: timedelta, bucket: str, zone: ZoneInfo, now: datetime) -> Grid:
    """Windows for the last `span` up to `now`: the closed ones cover at least `span`.

    The newest window is the open one that holds `now`; so "24 h" in buckets of 30 minutes is 48
    closed windows and the present one.
    """
    size = BUCKETS[bucket]
    edges = _edges(_floor_s(now - span - size), _floor_s(now) + size + 2 * HOUR, size, zone)
    last = max(i for i, edge in enumerate(edges) if edge <= now)
    wanted_start = edges[last] - span
    first = max(i for i, edge in enumerate(edges[: last + 1]) if edge <= wanted_start)
    return Grid(_between(edges[first : last + 2]), now, True, bucket)


def absolute_grid(start: datetime, end: datetime, bucket: str, zone: ZoneInfo, now: datetime) -> Grid:
    """Windows for ``[start, end)``: exactly these bounds, inner edges on the zone's grid.

    Windows that have not begun yet are left out.

    Raises:
        ValueError: `start` is not before `end` and before `now`.
    """
    if not start < min(end, now):
        raise ValueError("a range must begin before it ends, and not in the future")
    size = BUCKETS[bucket]
    inner = [e for e in _edges(start, end, size, zone) if start < e < end]
    windows = _between([start, *inner, end])
    return Grid(tuple(w for w in windows if w.start <= now), now, False, bucket, end)


def asked_end(window: Window, now: datetime) -> datetime:
    """The end to ask for: an open window's moves with the present, in steps of ``LIVE_STEP``.

    AgentOps keeps a metrics answer for five minutes by its exact bounds. An open window is therefore
    never asked up to a moment at which some window ends (a few seconds beside the step, also beyond its
    own end): the partial answer would be given again for the closed window.
    """
    if window.end <= now:
        return window.end
    step = LIVE_STEP.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // step + 1) * step, UTC) + BESIDE_EDGES


def next_ask(window: Window, asked_at: datetime) -> datetime | None:
    """When `window`, last asked at `asked_at`, must be asked again; None when it is settled.

    An open window is asked again after :func:`live_interval`; one that has closed since at once;
    a closed one at the ages of ``RECHECK_AT``, and after the last of these never more.
    """
    if asked_at < window.end:
        return min(window.end, asked_at + live_interval(window.length))
    age = asked_at - window.end
    return next((window.end + at for at in RECHECK_AT if at > age), None)


def live_interval(length: timedelta) -> timedelta:
    """How often an open window of this length is worth asking.

    What a question costs AgentOps grows with the range: a day 50 ms, 30 days of 167,000 spans
    about a second, during which it serves nobody else.
    """
    if length <= 2 * DAY:
        return LIVE_STEP
    return MINUTE if length <= 10 * DAY else 5 * MINUTE


@lru_cache(maxsize=256)
def _day_start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall_time(), zone).astimezone(UTC)


def _edges(start: datetime, end: datetime, size: timedelta, zone: ZoneInfo) -> list[datetime]:
    """Grid edges from the last one at or before `start` to the first at or after `end`, UTC.

    Up to an hour: equal steps from each local midnight on (so that :00 and :30 stay where the reader
    expects them, also in zones with odd offsets). Above: the wall clock's 00:00, 06:00 ..., so that
    every local day is cut alike, also on the days of 23 and 25 hours. Weeks begin on Monday.
    """
    day = start.astimezone(zone).date()
    if size > DAY:
        day -= timedelta(days=day.weekday() + 7)
    last_day = end.astimezone(zone).date() + max(size, DAY)
    edges: list[datetime] = []
    while day <= last_day:
        if size >= DAY:
            edges.append(_day_start(day, zone))
            day += size
            continue
        begin, finish = _day_start(day, zone), _day_start(day + DAY, zone)
        if size <= HOUR:
            lowest = max(0, (start - begin) // size)
            highest = min(-((begin - finish) // size), (end - begin) // size + 2)
            edges += [begin + k * size for k in range(lowest, highest)]
        else:
            wall = [datetime.combine(day, wall_time()) + k * size for k in range(int(DAY / size))]
            edges += [w.replace(tzinfo=zone).astimezone(UTC) for w in wall]
        day += DAY
    edges = sorted(set(edges))
    first = max(i for i, e in enumerate(edges) if e <= start)
    last = min(i for i, e in enumerate(edges) if e >= end)
    return edges[first : last + 1]


def _between(edges: list[datetime]) -> tuple[Window, ...]:
    return tuple(Window(a, b) for a, b in pairwise(edges))


def _floor_s(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
