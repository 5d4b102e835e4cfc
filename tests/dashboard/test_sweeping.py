"""Which windows of the trace list are due: the grid, what was listed, the ages of a closed window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dashboard.archive.sweeping import (
    CHECK_AT,
    due,
    grid,
    halves,
    last_listed,
    listed_until,
    next_listing,
)
from dashboard.windows import Window


@dataclass(frozen=True)
class Sweep:
    start: datetime
    end: datetime
    asked_at: datetime
    failed: str = ""


def at(text: str, day: int = 22) -> datetime:
    parts = [int(part) for part in text.split(":")]
    return datetime(2026, 11, day, *parts, tzinfo=UTC)


def window(start: str, end: str) -> Window:
    return Window(at(start), at(end))


def ages(moments: list[datetime], end: datetime) -> list[float]:
    return [(moment - end).total_seconds() for moment in moments]


def test_windows_are_hours_before_and_five_minutes_in_the_last_two_hours() -> None:
    windows = grid(at("07:30"), at("10:12"), at("10:12:30"))
    # 09:12:30 lies in the hour of 09:00, from which on windows are fine
    assert windows[-2:] == [window("08:00", "09:00"), window("07:00", "08:00")]
    assert windows[0] == window("10:10", "10:15")
    assert windows[-3] == window("09:00", "09:05")
    assert len(windows) == 2 + 12 + 3
    assert all(newer.start == older.end for newer, older in pairwise(windows))


def test_a_range_ahead_of_the_present_has_no_windows() -> None:
    assert grid(at("11:00"), at("12:00"), at("10:12")) == []
    assert grid(at("10:00"), at("10:00"), at("10:12")) == []


def test_a_range_inside_a_window_gets_that_window() -> None:
    assert grid(at("03:10"), at("03:20"), at("10:12")) == [window("03:00", "04:00")]
    assert grid(at("10:01"), at("10:03"), at("10:12")) == [window("10:00", "10:05")]


def test_never_listed_windows_are_due_newest_first() -> None:
    assert due(at("07:00"), at("09:00"), now=at("12:00"), sweeps=[]) == [
        window("08:00", "09:00"),
        window("07:00", "08:00"),
    ]


def test_an_open_window_is_due_every_fifteen_seconds_and_soon_after_its_end() -> None:
    present = window("10:10", "10:15")
    assert next_listing(present, (at("10:12:00"), False)) == at("10:12:15")
    assert next_listing(present, (at("10:14:50"), False)) == at("10:15:05")
    assert next_listing(present, (at("10:12:00"), True)) == at("10:13:00")


def test_a_closed_window_is_listed_at_these_ages_and_then_never_more() -> None:
    closed = window("08:00", "09:00")
    moments, asked_at = [], closed.end - timedelta(seconds=1)
    while (again := next_listing(closed, (asked_at, False))) is not None:
        moments.append(again)
        asked_at = again
    assert ages(moments, closed.end) == [5, 45, 180, 600, 1800, 3600, 7200, 21600, 86400]
    assert [age.total_seconds() for age in CHECK_AT] == ages(moments, closed.end)


def test_steps_are_longer_than_upstream_keeps_an_answer() -> None:
    steps = [b - a for a, b in pairwise(CHECK_AT)]
    assert min(steps) > timedelta(seconds=30)


def test_a_window_that_failed_is_listed_again_every_six_hours_also_when_old() -> None:
    old = Window(at("08:00", day=20), at("09:00", day=20))
    assert next_listing(old, (at("12:00"), False)) is None
    assert next_listing(old, (at("12:00"), True)) == at("18:00")
    young = window("08:00", "09:00")
    assert next_listing(young, (at("09:00:10"), True)) == at("09:00:45")


def test_a_window_counts_as_listed_by_its_pieces_and_as_old_as_its_oldest_moment() -> None:
    hour = window("08:00", "09:00")
    first, second = (
        Sweep(at("08:00"), at("08:30"), at("11:00")),
        Sweep(at("08:30"), at("09:00"), at("10:00")),
    )
    assert last_listed(hour, [first]) is None
    assert last_listed(hour, [first, second]) == (at("10:00"), False)


def test_the_latest_sweep_over_a_moment_counts() -> None:
    hour = window("08:00", "09:00")
    failed = Sweep(at("08:10"), at("08:11"), at("10:00"), "upstream_failed")
    rest = [Sweep(at("08:00"), at("08:10"), at("10:00")), Sweep(at("08:11"), at("09:00"), at("10:00"))]
    assert last_listed(hour, [*rest, failed]) == (at("10:00"), True)
    assert last_listed(hour, [*rest, failed, Sweep(hour.start, hour.end, at("11:00"))]) == (
        at("11:00"),
        False,
    )


def test_fine_windows_hand_over_to_their_hour_when_it_is_an_hour_old() -> None:
    fine = [
        Sweep(begin := at("08:00") + k * timedelta(minutes=5), begin + timedelta(minutes=5), at("09:59:59"))
        for k in range(12)
    ]
    assert due(at("08:00"), at("09:00"), now=at("09:59:59"), sweeps=fine) == []
    # listed at an age of 59 min 59 s: the check at one hour is due
    assert due(at("08:00"), at("09:00"), now=at("10:00:00"), sweeps=fine) == [window("08:00", "09:00")]


def test_a_sweep_of_a_clock_that_was_wrong_settles_nothing() -> None:
    hour = window("07:00", "08:00")
    ahead = Sweep(hour.start, hour.end, datetime(2030, 1, 1, tzinfo=UTC))
    assert due(hour.start, hour.end, now=at("12:00"), sweeps=[ahead]) == [hour]


def test_a_settled_day_has_nothing_due() -> None:
    hours = [at("00:00", day=20) + k * timedelta(hours=1) for k in range(25)]
    sweeps = [Sweep(begin, end, at("12:00")) for begin, end in pairwise(hours)]
    assert due(at("00:00", day=20), at("00:00", day=21), now=at("13:00"), sweeps=sweeps) == []


def test_an_open_window_is_never_asked_up_to_its_own_end() -> None:
    present = window("10:10", "10:15")
    assert listed_until(present, at("10:12:30")) == at("10:12:30")
    assert listed_until(present, at("10:12:30") + timedelta(milliseconds=1)) == at("10:12:31")
    assert listed_until(present, at("10:14:59") + timedelta(milliseconds=1)) == at("10:14:59")
    assert listed_until(present, at("10:15:00")) == at("10:15:00")


@pytest.mark.parametrize(
    ("start", "end", "middle"),
    [("08:00", "09:00", "08:30"), ("08:00", "08:05", "08:02:30"), ("08:00:00", "08:01:15", "08:00:37")],
)
def test_halves_meet_on_a_whole_second(start: str, end: str, middle: str) -> None:
    assert halves(window(start, end)) == (window(start, middle), window(middle, end))


def test_a_minute_is_not_halved() -> None:
    assert halves(window("08:00", "08:01")) is None
    assert halves(window("08:00:00", "08:00:37")) is None
