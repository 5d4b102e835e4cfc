"""Windows: alignment in the reporting zone, counts, and when a window is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dashboard.windows import (
    BUCKETS,
    LIVE_STEP,
    RECHECK_AT,
    ROLLING,
    Window,
    absolute_grid,
    allowed_buckets,
    asked_end,
    automatic_bucket,
    next_ask,
    rolling_grid,
)

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
KATHMANDU = ZoneInfo("Asia/Kathmandu")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-11-22T05:07:03.25")


@pytest.mark.parametrize(
    ("name", "bucket", "count"),
    [
        ("15m", "30s", 31),
        ("1h", "2m", 31),
        ("6h", "10m", 37),
        ("24h", "30m", 49),
        ("7d", "6h", 29),
        ("30d", "1d", 31),
    ],
)
def test_each_range_has_its_automatic_bucket(name: str, bucket: str, count: int) -> None:
    assert automatic_bucket(ROLLING[name]) == bucket
    assert len(rolling_grid(ROLLING[name], bucket, SEOUL, NOW).windows) == count


def test_a_rolling_day_is_48_closed_half_hours_and_the_open_one() -> None:
    grid = rolling_grid(ROLLING["24h"], "30m", SEOUL, NOW)
    assert grid.newest == Window(at("2026-11-22T05:00:00"), at("2026-11-22T05:30:00"))
    assert grid.closed == Window(at("2026-11-21T05:00:00"), at("2026-11-22T05:00:00"))
    assert grid.compared == grid.closed
    assert grid.live


@pytest.mark.parametrize("zone", [SEOUL, NEW_YORK, KATHMANDU, ZoneInfo("Australia/Lord_Howe")], ids=str)
@pytest.mark.parametrize("name", ROLLING)
def test_windows_are_adjacent_and_hold_the_present_at_any_moment_of_the_year(
    name: str, zone: ZoneInfo
) -> None:
    span = ROLLING[name]
    for bucket in allowed_buckets(span, rolling=True):
        for hours in range(0, 366 * 24, 397):
            now = at("2026-01-01T00:00:30") + timedelta(hours=hours)
            grid = rolling_grid(span, bucket, zone, now)
            assert all(a.end == b.start for a, b in pairwise(grid.windows))
            assert grid.newest.start <= now < grid.newest.end
            assert grid.closed is not None
            assert grid.closed.length >= span


def test_comparisons_in_small_buckets_move_on_every_five_minutes() -> None:
    grid = rolling_grid(ROLLING["15m"], "30s", SEOUL, NOW)
    assert grid.compared == Window(at("2026-11-22T04:50:00"), at("2026-11-22T05:05:00"))


def test_days_run_from_local_midnight_to_local_midnight() -> None:
    grid = rolling_grid(ROLLING["30d"], "1d", SEOUL, NOW)
    assert {w.start.astimezone(SEOUL).hour for w in grid.windows} == {0}
    assert grid.newest.start == at("2026-11-21T15:00:00")  # midnight in Seoul, nine hours ahead


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)],
    ids=["spring", "autumn", "plain"],
)
def test_a_day_with_a_change_of_clocks_has_23_or_25_hours(day: str, hours: int) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK).astimezone(UTC)
    grid = absolute_grid(start, start + timedelta(days=24), "1d", NEW_YORK, NOW)
    assert grid.windows[0].length == timedelta(hours=hours)


def test_buckets_above_an_hour_follow_the_wall_clock_over_the_change() -> None:
    grid = rolling_grid(ROLLING["7d"], "6h", NEW_YORK, at("2026-11-03T12:00:00"))
    assert {w.start.astimezone(NEW_YORK).hour for w in grid.windows} == {0, 6, 12, 18}
    assert max(w.length for w in grid.windows) == timedelta(hours=7)


def test_buckets_of_an_hour_start_at_full_local_hours_in_odd_zones() -> None:
    grid = rolling_grid(ROLLING["24h"], "1h", KATHMANDU, NOW)  # UTC+5:45
    assert {w.start.astimezone(KATHMANDU).minute for w in grid.windows} == {0}


def test_an_absolute_range_keeps_its_exact_bounds() -> None:
    start, end = at("2026-11-20T06:00:07"), at("2026-11-20T18:00:09")
    grid = absolute_grid(start, end, "30m", SEOUL, NOW)
    assert (grid.whole.start, grid.whole.end) == (start, end)
    assert grid.windows[0].end == at("2026-11-20T06:30:00")
    assert not grid.live
    assert grid.closed == grid.whole


def test_an_absolute_range_into_the_future_stops_at_the_window_that_holds_the_present() -> None:
    present = NOW.replace(microsecond=0)
    grid = absolute_grid(present - timedelta(hours=6), present + timedelta(days=1), "1h", SEOUL, NOW)
    assert grid.newest.start <= NOW < grid.newest.end
    assert grid.whole.end == present + timedelta(days=1)  # the same question until the range is over
    assert grid.compared is None


def test_a_range_that_begins_in_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the future"):
        absolute_grid(NOW + timedelta(hours=1), NOW + timedelta(hours=2), "1m", SEOUL, NOW)


def test_windows_refuse_other_zones_fractions_and_wrong_order() -> None:
    for start, end in [
        (datetime(2026, 1, 1, tzinfo=SEOUL), at("2026-01-02T00:00:00")),
        (at("2026-01-01T00:00:00.5"), at("2026-01-02T00:00:00")),
        (at("2026-01-02T00:00:00"), at("2026-01-02T00:00:00")),
    ]:
        with pytest.raises(ValueError, match=r"whole seconds in UTC|ends after"):
            Window(start, end)


@pytest.mark.parametrize("seconds", [1, 20, 60, 3_600, 100_000, 86_400 * 30, 86_400 * 840])
def test_allowed_buckets_give_24_to_120_windows(seconds: int) -> None:
    for name in allowed_buckets(timedelta(seconds=seconds)):
        assert timedelta(seconds=seconds) / BUCKETS[name] <= 120


def test_an_open_window_is_asked_up_to_the_next_step_of_the_present() -> None:
    window = Window(at("2026-11-22T05:00:00"), at("2026-11-22T05:30:00"))
    assert asked_end(window, NOW) == at("2026-11-22T05:07:13")
    assert asked_end(window, at("2026-11-22T05:29:55")) == at("2026-11-22T05:30:03")
    assert asked_end(window, window.end) == window.end
    assert asked_end(window, at("2026-11-23T00:00:00")) == window.end


def test_an_open_window_never_asks_the_question_of_a_closed_one() -> None:
    for bucket in (size for size in BUCKETS.values() if size >= timedelta(seconds=5)):
        edges = {at("2026-11-22T00:00:00") + k * bucket for k in range(int(timedelta(days=1) / bucket) + 2)}
        for seconds in range(0, 86_400, 7):
            now = at("2026-11-22T00:00:00") + timedelta(seconds=seconds)
            open_window = Window(at("2026-11-22T00:00:00"), at("2026-11-23T00:00:00"))
            assert asked_end(open_window, now) not in edges


def test_rolling_ranges_have_no_buckets_below_half_a_minute() -> None:
    assert allowed_buckets(ROLLING["15m"], rolling=True) == ("30s",)
    assert "10s" in allowed_buckets(ROLLING["15m"])


def test_a_window_is_asked_at_growing_ages_and_then_never_more() -> None:
    window = Window(at("2026-11-22T05:00:00"), at("2026-11-22T05:30:00"))
    assert next_ask(window, at("2026-11-22T05:07:00")) == at("2026-11-22T05:07:00") + LIVE_STEP
    assert next_ask(window, at("2026-11-22T05:29:55")) == window.end  # asked once more when it closes
    asked, ages = window.end, []
    while (due := next_ask(window, asked)) is not None:
        ages.append(due - window.end)
        asked = due
    assert tuple(ages) == RECHECK_AT
    assert min(b - a for a, b in pairwise((timedelta(), *ages))) > timedelta(
        minutes=5
    )  # metrics are kept 5 min


def test_long_ranges_are_asked_less_often() -> None:
    month = Window(at("2026-10-22T00:00:00"), at("2026-11-23T00:00:00"))
    assert next_ask(month, NOW) == NOW + timedelta(minutes=5)
