"""Usage by the days and hours of a time zone, from quarters of an hour in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

import pandas as pd

_QUARTER = pd.Timedelta(minutes=15)


def heat_map(
    quarters: pd.DataFrame, *, start: datetime, end: datetime, zone: tzinfo, column: str = "cost_usd"
) -> pd.DataFrame:
    """Mean of an hour, by weekday and hour of the day.

    Args:
        quarters: ``at`` (UTC, start of the quarter) and ``column``; quarters with nothing may be absent.
        start, end: the range that was read, aware; not beyond now, for an hour that has not been yet
            would count as an empty one.

    Returns:
        168 rows: ``weekday`` (0 is Monday), ``hour``, ``mean`` (sum of the column / hours), ``hours`` (how
        much of such hours the range holds: 4.0 are four whole ones; the hour that a change of clocks
        repeats counts twice, the one it skips not at all). ``mean`` is NaN where the range holds less
        than a minute of it.
    """
    first, last = pd.Timestamp(start).tz_convert("UTC"), pd.Timestamp(end).tz_convert("UTC")
    grid = pd.date_range(first.floor(_QUARTER), last, freq=_QUARTER, inclusive="left")
    begin, finish = pd.Series(grid), pd.Series(grid + _QUARTER)
    held = finish.where(finish < last, last) - begin.where(begin > first, first)
    cells = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    hours = _by_hour(pd.Series(grid), held / pd.Timedelta(hours=1), zone).reindex(cells, fill_value=0.0)
    sums = _by_hour(quarters["at"], quarters[column], zone).reindex(cells, fill_value=0.0)
    found = pd.DataFrame({"mean": sums / hours.where(hours >= 1 / 60), "hours": hours})
    return found.reset_index()


def _by_hour(at: pd.Series[pd.Timestamp], value: pd.Series[float], zone: tzinfo) -> pd.Series[float]:
    local = at.dt.tz_convert(zone)
    keys = [local.dt.day_of_week.rename("weekday"), local.dt.hour.rename("hour")]
    return value.astype("float64").groupby(keys).sum()


def daily(quarters: pd.DataFrame, *, start: datetime, end: datetime, zone: tzinfo) -> pd.DataFrame:
    """Usage of each day of the zone that the range touches.

    Args:
        quarters: ``at`` (UTC), ``cost_usd``, ``reported_usd``, ``total_tokens``, ``calls``.
        start, end: the range that was read, aware.

    Returns:
        ``day`` (date), ``start``, ``end`` (UTC; 23 or 25 hours apart when clocks change), the four sums
        (0 where nothing was recorded or nothing has a cost), ``from_midnight`` (the range holds the day's
        beginning) and ``complete`` (all of it).
    """
    names = ["cost_usd", "reported_usd", "total_tokens", "calls"]
    first_day = pd.Timestamp(start).tz_convert(zone).date()
    last_day = pd.Timestamp(end - timedelta(microseconds=1)).tz_convert(zone).date()
    days = [stamp.date() for stamp in pd.date_range(first_day, last_day, freq="D")]
    sums = quarters[names].astype("float64").groupby(quarters["at"].dt.tz_convert(zone).dt.date).sum()
    found = sums.reindex(pd.Index(days), fill_value=0.0).rename_axis("day").reset_index()
    starts = _midnights(days, zone)
    ends = _midnights([day + timedelta(days=1) for day in days], zone)
    found.insert(1, "start", starts)
    found.insert(2, "end", ends)
    found["from_midnight"] = starts >= pd.Timestamp(start)
    found["complete"] = found["from_midnight"] & (ends <= pd.Timestamp(end))
    return found


def _midnights(days: Sequence[date], zone: tzinfo) -> pd.Series[pd.Timestamp]:
    """First instants of days, UTC. Where clocks skip midnight, the day begins when they have."""
    naive = pd.Series(pd.to_datetime(pd.Index(days)))
    local = naive.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return local.dt.tz_convert("UTC")
