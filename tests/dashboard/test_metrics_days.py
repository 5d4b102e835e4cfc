"""Days and hours of a time zone, through changes of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from dashboard.metrics import daily, heat_map

SEOUL, BERLIN, KOLKATA = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def quarters(*said: tuple[datetime, float]) -> pd.DataFrame:
    frame = pd.DataFrame({"at": [at for at, _ in said], "cost_usd": [usd for _, usd in said]})
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame.assign(reported_usd=frame["cost_usd"], total_tokens=10.0, calls=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def cell(frame: pd.DataFrame, weekday: int, hour: int) -> tuple[float, float]:
    row = frame[(frame["weekday"] == weekday) & (frame["hour"] == hour)].iloc[0]
    return float(row["mean"]), float(row["hours"])


def test_a_cell_is_the_mean_of_the_hours_that_the_range_holds() -> None:
    # Two weeks hold each hour twice; 2026-03-02 is a Monday.
    start = utc(2026, 3, 2)
    frame = heat_map(
        quarters((utc(2026, 3, 2, 9), 1.0), (utc(2026, 3, 2, 9, 45), 2.0), (utc(2026, 3, 9, 9), 5.0)),
        start=start, end=start + timedelta(days=14), zone=UTC,
    )  # fmt: skip
    assert len(frame) == 168
    assert cell(frame, 0, 9) == (4.0, 2.0)
    assert cell(frame, 0, 10) == (0.0, 2.0)
    assert frame["hours"].sum() == 14 * 24


def test_hours_out_of_the_range_have_no_mean_and_parts_of_hours_count_as_parts() -> None:
    frame = heat_map(
        quarters((utc(2026, 3, 2, 9, 30), 1.0)),
        start=utc(2026, 3, 2, 9, 20),
        end=utc(2026, 3, 2, 9, 50),
        zone=UTC,
    )
    assert cell(frame, 0, 9) == (2.0, 0.5)  # a dollar in half an hour
    assert frame["mean"].notna().sum() == 1


def test_the_hour_that_clocks_repeat_counts_twice_and_the_skipped_one_not_at_all() -> None:
    back = heat_map(  # 2026-10-25, a Sunday: 02:00 to 03:00 happens twice in Berlin
        quarters((utc(2026, 10, 25, 0), 3.0), (utc(2026, 10, 25, 1), 5.0)),
        start=utc(2026, 10, 24, 22), end=utc(2026, 10, 25, 23), zone=BERLIN,
    )  # fmt: skip
    assert cell(back, 6, 2) == (4.0, 2.0)
    assert back["hours"].sum() == 25
    on = heat_map(quarters(), start=utc(2026, 3, 28, 23), end=utc(2026, 3, 29, 22), zone=BERLIN)
    assert on["hours"].sum() == 23
    assert on.loc[(on["weekday"] == 6) & (on["hour"] == 2), "hours"].item() == 0


def test_zones_off_the_full_hour_sort_quarters_rightly() -> None:
    frame = heat_map(
        quarters((utc(2026, 3, 2, 3, 15), 1.0), (utc(2026, 3, 2, 3, 30), 2.0)),
        start=utc(2026, 3, 2, 0), end=utc(2026, 3, 2, 6), zone=KOLKATA,
    )  # fmt: skip
    assert cell(frame, 0, 8)[0] == 1.0  # 08:45
    assert cell(frame, 0, 9)[0] == 2.0  # 09:00


def test_days_are_those_of_the_zone_and_know_whether_they_were_read_whole() -> None:
    frame = daily(
        quarters((utc(2026, 3, 1, 14, 45), 1.0), (utc(2026, 3, 1, 15), 2.0), (utc(2026, 3, 1, 16), 4.0)),
        start=utc(2026, 3, 1, 12), end=utc(2026, 3, 3, 16), zone=SEOUL,
    )  # fmt: skip
    assert frame["day"].tolist() == [date(2026, 3, day) for day in (1, 2, 3, 4)]
    assert frame["cost_usd"].tolist() == [1.0, 6.0, 0.0, 0.0]
    assert frame["calls"].tolist() == [1, 2, 0, 0]
    assert frame["from_midnight"].tolist() == [False, True, True, True]
    assert frame["complete"].tolist() == [False, True, True, False]
    assert frame["start"].iloc[1] == pd.Timestamp(2026, 3, 1, 15, tz="UTC")
    assert frame["end"].iloc[1] == pd.Timestamp(2026, 3, 2, 15, tz="UTC")


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_is_as_long_as_it_is(day: tuple[int, int, int], hours: int) -> None:
    start = datetime(*day, tzinfo=BERLIN)
    frame = daily(quarters(), start=start, end=start + timedelta(days=1), zone=BERLIN)
    assert ((frame["end"] - frame["start"]) / pd.Timedelta(hours=1)).tolist() == [hours]
    assert frame["complete"].tolist() == [True]


def test_a_day_of_unknown_cost_adds_nothing() -> None:
    frame = daily(
        quarters((utc(2026, 3, 1), float("nan"))), start=utc(2026, 3, 1), end=utc(2026, 3, 2), zone=UTC
    )
    assert frame[["cost_usd", "calls"]].values.tolist() == [[0.0, 1.0]]
