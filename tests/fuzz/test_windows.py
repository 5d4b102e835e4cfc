"""Windows: aligned, adjacent, none twice; and which of them is asked again, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.scope import EARLIEST_YEAR
from dashboard.settings import zone_names
from dashboard.windows import (
    BUCKETS,
    DAY,
    HOUR,
    LONGEST,
    MAX_BUCKETS,
    RECHECK_AT,
    ROLLING,
    SECOND,
    Grid,
    Window,
    absolute_grid,
    allowed_buckets,
    asked_end,
    automatic_bucket,
    live_interval,
    next_ask,
    rolling_grid,
)
from tests.fuzz.odd_values import moments as drawn_moments

#: Half hours of daylight saving, midnights that do not exist, a day that was left out, odd offsets.
STRANGE = (
    "UTC",
    "Asia/Seoul",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Africa/Monrovia",
    "Pacific/Chatham",
    "America/Scoresbysund",
    "Asia/Pyongyang",
    "Africa/El_Aaiun",
)
zones = st.one_of(st.sampled_from(STRANGE), st.sampled_from(sorted(zone_names()))).map(ZoneInfo)
#: Changes of clocks and the day that Samoa left out, beside any moment that a range may begin in.
TURNS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2026, 4, 24, 22, tzinfo=UTC),
    datetime(2000, 1, 1, tzinfo=UTC),
)
moments = st.one_of(
    st.builds(
        lambda turn, seconds: turn + timedelta(seconds=seconds),
        st.sampled_from(TURNS),
        st.integers(0, 2 * 86_400),
    ),
    drawn_moments(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)),
)
lengths = st.one_of(
    st.sampled_from(tuple(ROLLING.values())),
    st.integers(1, int(LONGEST.total_seconds())).map(lambda s: timedelta(seconds=s)),
    st.integers(1, 200_000).map(lambda s: timedelta(seconds=s)),
)


def partition(grid: Grid) -> None:
    """Adjacent, in order, none of them empty."""
    assert grid.windows
    for before, after in pairwise(grid.windows):
        assert before.end == after.start
    for window in grid.windows:
        assert window.start < window.end and window.start <= grid.now


def on_the_grid(edge: datetime, size: timedelta, zone: ZoneInfo) -> bool:
    """Whether the wall clock shows a whole number of buckets since midnight, or midnight does not exist."""
    local = edge.astimezone(zone)
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone).astimezone(UTC)
    if size >= DAY:
        return edge == midnight
    clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    since = edge - midnight if size <= HOUR else clock
    return since % size == timedelta() or not _exists(edge, zone)


def _exists(edge: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks did not jump within the three hours before: then the wanted wall time was left out."""
    return edge.astimezone(zone).utcoffset() == (edge - 3 * HOUR).astimezone(zone).utcoffset()


@given(name=st.sampled_from(tuple(ROLLING)), data=st.data(), zone=zones, now=moments)
def test_a_rolling_range_is_cut_without_gap_up_to_now(
    name: str, data: st.DataObject, zone: ZoneInfo, now: datetime
) -> None:
    span = ROLLING[name]
    bucket = data.draw(st.sampled_from((*allowed_buckets(span, rolling=True), automatic_bucket(span))))
    grid = rolling_grid(span, bucket, zone, now)
    partition(grid)
    assert grid.newest.start <= now < grid.newest.end
    closed = grid.closed
    assert closed is not None and closed.length >= span and closed.end == grid.newest.start
    # a bucket more where clocks change or the grid of days does not meet the range
    assert closed.length < span + BUCKETS[bucket] + 25 * HOUR
    assert len(grid.windows) <= MAX_BUCKETS + 5
    assert all(on_the_grid(window.start, BUCKETS[bucket], zone) for window in grid.windows)
    compared = grid.compared
    assert compared is not None and compared.length == closed.length and compared.end <= closed.end
    later = data.draw(drawn_moments(grid.newest.start, grid.newest.end - SECOND))
    assert rolling_grid(span, bucket, zone, later).windows == grid.windows


@given(start=moments, length=lengths, data=st.data(), zone=zones)
@example(datetime(2026, 3, 29, tzinfo=UTC), DAY, None, ZoneInfo("Antarctica/Troll"))
def test_an_absolute_range_is_cut_to_exactly_its_bounds(
    start: datetime, length: timedelta, data: st.DataObject | None, zone: ZoneInfo
) -> None:
    start = start.replace(microsecond=0)
    end = start + length
    bucket = data.draw(st.sampled_from(allowed_buckets(length))) if data else "1h"
    now = (
        data.draw(st.sampled_from((start + SECOND, start + length / 2 + SECOND, end + DAY))) if data else end
    )
    grid = absolute_grid(start, end, bucket, zone, now)
    partition(grid)
    assert grid.windows[0].start == start and grid.whole == Window(start, end)
    assert grid.newest.end == end or grid.newest.end > now
    assert len(grid.windows) <= MAX_BUCKETS + 5
    assert all(on_the_grid(window.start, BUCKETS[bucket], zone) for window in grid.windows[1:])
    over = absolute_grid(start, end, bucket, zone, end)
    assert over.windows[: len(grid.windows)] == grid.windows and not over.live
    assert sum((window.length for window in over.windows), timedelta()) == length


@given(start=moments, length=lengths, ahead=st.integers(0, 10**6))
def test_a_range_that_has_not_begun_is_refused(start: datetime, length: timedelta, ahead: int) -> None:
    start = start.replace(microsecond=0)
    for end, now in (
        (start, start + DAY),
        (start - length, start + DAY),
        (start + length, start - ahead * SECOND),
    ):
        try:
            absolute_grid(start, end, "1h", ZoneInfo("UTC"), now)
        except ValueError as error:
            assert "begin before it ends" in str(error)
        else:
            raise AssertionError("a range without a moment in it was cut")


windows = st.builds(
    lambda start, length: Window(start.replace(microsecond=0), start.replace(microsecond=0) + length),
    moments,
    lengths,
)


@given(window=windows, data=st.data())
def test_an_open_window_is_never_asked_up_to_where_another_ends(window: Window, data: st.DataObject) -> None:
    into = data.draw(st.floats(0, window.length.total_seconds() * 2))
    now = window.start + timedelta(seconds=into)
    end = asked_end(window, now)
    if window.end <= now:
        assert end == window.end
        return
    assert end.tzinfo is UTC and not end.microsecond
    assert timedelta() < end - now <= 13 * SECOND
    assert end.timestamp() % 5 != 0, "closed windows end at multiples of five seconds"
    assert asked_end(window, now + timedelta(microseconds=1)) - end in (timedelta(), 10 * SECOND)


@given(window=windows, first=st.floats(-2, 3))
def test_a_window_is_asked_ever_later_and_at_last_never_more(window: Window, first: float) -> None:
    asked_at = window.end + timedelta(seconds=first * min(window.length.total_seconds(), 40_000))
    before: timedelta | None = None
    closed_asks = 0
    while (again := next_ask(window, asked_at)) is not None:
        assert again > asked_at
        if asked_at < window.end:
            assert again <= window.end and again - asked_at <= live_interval(window.length)
            asked_at = max(again, window.end - SECOND) if again < window.end else again
            continue
        closed_asks += 1
        age = again - window.end
        assert age in RECHECK_AT and (before is None or age > before)
        before, asked_at = age, again
    assert closed_asks <= len(RECHECK_AT) and asked_at - window.end >= RECHECK_AT[-1]


@given(length=lengths, rolling=st.booleans())
def test_allowed_buckets_cut_into_a_readable_number(length: timedelta, rolling: bool) -> None:
    names = allowed_buckets(length, rolling=rolling)
    assert names and list(names) == [name for name in BUCKETS if name in names]
    for name in names:
        pieces = length / BUCKETS[name]
        assert pieces <= MAX_BUCKETS or name == "7d"
    if not rolling:
        assert automatic_bucket(length) in names
