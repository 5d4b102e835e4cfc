"""Days, hours and axes in reporting zones with every kind of change of clocks, from the reader's view to the
sums: a span of one dollar starts every half hour, so that a day costs twice its hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from dashboard.archive.reading import usage_by_quarter_hour, usage_over_time
from dashboard.export.columns import COLUMNS
from dashboard.export.comma_separated import csv_pieces
from dashboard.export.json_lines import time_text
from dashboard.figures import TimeAxis
from dashboard.metrics import daily, heat_map
from dashboard.scope import Scope
from dashboard.text import Formats
from dashboard.windows import Grid
from tests.dashboard.archived import archive, call, paid

NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
HALF = timedelta(minutes=30)


@dataclass(frozen=True)
class Case:
    """A day of a zone: its first instant (UTC), its length, what it costs, and how the axis names the zone
    over the day before, this one and the next."""

    zone: str
    day: date
    begins: str
    hours: float
    usd: float
    axis: str

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


CASES = [
    Case("Asia/Seoul", date(2026, 11, 1), "2026-10-31T15:00", 24, 48, "Asia/Seoul (UTC+9)"),
    Case("UTC", date(2026, 11, 1), "2026-11-01T00:00", 24, 48, "UTC"),
    # Clocks skip 02:00 to 03:00, and repeat 01:00 to 02:00.
    Case(
        "America/New_York", date(2026, 3, 8), "2026-03-08T05:00", 23, 46,
        "America/New_York (UTC−5 → UTC−4)",
    ),
    Case(
        "America/New_York", date(2026, 11, 1), "2026-11-01T04:00", 25, 50,
        "America/New_York (UTC−4 → UTC−5)",
    ),
    Case("Asia/Kathmandu", date(2026, 11, 1), "2026-10-31T18:15", 24, 48, "Asia/Kathmandu (UTC+5:45)"),
    # Half an hour back at 02:00, and half an hour on.
    Case(
        "Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00", 24.5, 49,
        "Australia/Lord_Howe (UTC+11 → UTC+10:30)",
    ),
    Case(
        "Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T13:30", 23.5, 47,
        "Australia/Lord_Howe (UTC+10:30 → UTC+11)",
    ),
]  # fmt: skip
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.zone} {case.day}")


def midnight(case: Case, days: int) -> datetime:
    """The first instant of the day so many days later."""
    return datetime.combine(case.day + timedelta(days=days), time(), case.tz).astimezone(UTC)


def view(case: Case, bucket: str, *, days: tuple[int, int] = (-15, 15)) -> Grid:
    """What a reader sees who chose whole days around the case's in its zone."""
    scope = Scope(
        "custom",
        case.zone,
        "en",
        0,
        start=midnight(case, days[0]),
        end=midnight(case, days[1]),
        bucket=bucket,
    )
    return scope.grid(NOW)


def spent(grid: Grid) -> pd.DataFrame:
    """The archive's answer for each window of the view: a dollar every half hour from its start on."""
    start, end = grid.whole.start, grid.whole.end
    starts = [start + n * HALF for n in range(int((end - start) / HALF))]
    db = archive(spans=[call(**paid(1.0, started_at=at.replace(tzinfo=None))) for at in starts])
    edges = [*(window.start for window in grid.windows), end]
    found = usage_over_time(db, edges, "none").set_index("bucket")["cost_usd"]
    quarters = usage_by_quarter_hour(db, start, end)
    return pd.DataFrame(
        {
            "start": pd.to_datetime([window.start for window in grid.windows], utc=True),
            "end": pd.to_datetime([window.end for window in grid.windows], utc=True),
            "cost_usd": found.reindex(range(len(grid.windows))).tolist(),
        }
    ).assign(quarters=[quarters] * len(grid.windows))


@each_case
def test_a_bar_of_a_day_holds_what_was_spent_between_its_midnights(case: Case) -> None:
    windows = spent(view(case, "1d"))
    day = windows.iloc[15]
    assert day["start"] == pd.Timestamp(case.begins, tz="UTC")
    assert (day["end"] - day["start"]) / pd.Timedelta(hours=1) == case.hours
    assert day["cost_usd"] == case.usd
    others = windows.drop(index=15)
    assert set(others["cost_usd"]) == {48.0}
    assert windows["cost_usd"].sum() == 29 * 48 + case.usd


@each_case
def test_the_days_of_the_month_are_the_same_days(case: Case) -> None:
    grid = view(case, "1d")
    quarters = spent(grid)["quarters"].iloc[0]
    days = daily(quarters, start=grid.whole.start, end=grid.whole.end, zone=case.tz).set_index("day")
    assert days.loc[case.day, "cost_usd"] == case.usd
    assert days.loc[case.day, "start"] == pd.Timestamp(case.begins, tz="UTC")
    assert days["complete"].all()
    assert days["cost_usd"].sum() == 29 * 48 + case.usd


#: Weekday and hour (0 is Monday) of the hour that the clocks change, and hours of it in that one day.
CHANGED = {
    ("America/New_York", 3): (6, 2, 0.0),
    ("America/New_York", 11): (6, 1, 2.0),
    ("Australia/Lord_Howe", 4): (6, 1, 1.5),
    ("Australia/Lord_Howe", 10): (6, 2, 0.5),
}


@each_case
def test_an_hour_of_the_heat_map_is_the_readers_and_costs_two_dollars_however_long_it_was(case: Case) -> None:
    grid = view(case, "1h", days=(0, 1))
    quarters = spent(grid)["quarters"].iloc[0]
    cells = heat_map(quarters, start=grid.whole.start, end=grid.whole.end, zone=case.tz)
    held = cells[cells["hours"] > 0].set_index(["weekday", "hour"])
    assert set(held.index.get_level_values("weekday")) == {case.day.weekday()}
    assert held["hours"].sum() == case.hours
    assert set(held["mean"].round(9)) == {2.0}
    weekday, hour, long = CHANGED.get((case.zone, case.day.month), (case.day.weekday(), 2, 1.0))
    there = cells[(cells["weekday"] == weekday) & (cells["hour"] == hour)]
    assert there["hours"].item() == long


@each_case
@pytest.mark.parametrize("bucket", ["30m", "1h"])
def test_no_window_of_a_day_is_lost_or_drawn_upon_another(case: Case, bucket: str) -> None:
    windows = spent(view(case, bucket, days=(-1, 2)))
    assert windows["cost_usd"].sum() == 2 * 48 + case.usd
    axis = TimeAxis.of(windows["start"], windows["end"], case.tz, case.axis)
    assert axis.positions(windows["start"]).is_monotonic_increasing
    assert axis.positions(windows["start"]).is_unique


@each_case
def test_the_axis_names_the_zone_and_every_offset_that_held(case: Case) -> None:
    grid, formats = view(case, "1d"), Formats("ko", case.tz)
    assert formats.zone_name(grid.windows[0].start, grid.windows[-1].end) == case.axis


def test_a_range_that_ends_with_the_change_has_one_offset() -> None:
    zone = ZoneInfo("America/New_York")
    start, change = datetime(2026, 3, 7, 5, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert Formats("en", zone).zone_name(start, change) == "America/New_York (UTC−5)"
    assert Formats("en", zone).zone_name(start) == "America/New_York (UTC−5)"


def test_where_one_wall_clock_time_would_name_two_windows_the_axis_keeps_one_offset() -> None:
    case = CASES[3]
    windows = spent(view(case, "1h", days=(0, 1)))
    axis = TimeAxis.of(windows["start"], windows["end"], case.tz, case.axis)
    assert axis.title == "America/New_York (UTC−4)"
    assert axis.positions(windows["start"])[-1] == pd.Timestamp("2026-11-02T00:00")  # 23:00 in UTC−5
    half = CASES[5]
    windows = spent(view(half, "30m", days=(0, 1)))
    title = TimeAxis.of(windows["start"], windows["end"], half.tz, half.axis).title
    assert title == "Australia/Lord_Howe (UTC+11)"


def test_exported_times_say_that_they_are_utc() -> None:
    assert COLUMNS["started_at"] == "time"
    seoul = datetime(2026, 11, 2, 0, 30, tzinfo=ZoneInfo("Asia/Seoul"))
    assert time_text(seoul) == "2026-11-01T15:30:00.000000Z"
    row = {name: {"texts": [], "count": 1, "number": 1.0}.get(kind, "x") for name, kind in COLUMNS.items()}
    frame = pd.DataFrame([row | {"started_at": pd.Timestamp(seoul)}])
    heading, line = b"".join(csv_pieces([frame])).decode().splitlines()
    at = heading.split(",").index("started_at")
    assert line.split(",")[at] == "2026-11-01T15:30:00.000000Z"
