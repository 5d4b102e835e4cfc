"""Time on an axis that knows no time zones.

Plotly's date axes are naive. Moments are therefore drawn at the reporting zone's wall-clock time.
Where the clocks are set back inside the range and buckets are so small that one wall-clock time would
name two of them, the axis keeps the offset of the range's start instead, and its title names that one
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd


@dataclass(frozen=True)
class TimeAxis:
    """How moments of one range stand on an axis.

    Attributes:
        zone: what the axis' times are in: the reporting zone, or one of fixed offset.
        title: the axis' title, which names the zone.
        start, end: bounds of the range, aware.
    """

    zone: ZoneInfo
    title: str
    start: datetime
    end: datetime

    @classmethod
    def of(cls, starts: pd.Series, ends: pd.Series, zone: ZoneInfo, name: str) -> TimeAxis:
        """The axis for windows given by their bounds (UTC); `name` is how readers know the zone."""
        if starts.dt.tz_convert(zone).dt.tz_localize(None).duplicated().any():
            asked, zone = zone, _fixed(starts.iloc[0].tz_convert(zone).utcoffset() or timedelta())
            offset = zone.key.replace("Etc/GMT-", "UTC+").replace("Etc/GMT+", "UTC−")
            name = offset if offset == "UTC" else f"{asked.key} ({offset})"
        return cls(zone, name, starts.iloc[0].to_pydatetime(), ends.iloc[-1].to_pydatetime())

    def positions(self, moments: pd.Series) -> pd.DatetimeIndex:
        """Naive times for the axis."""
        return pd.DatetimeIndex(moments).tz_convert(self.zone).tz_localize(None)

    def position(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def _fixed(offset: timedelta) -> ZoneInfo:
    """The zone of that offset by its IANA name (whose signs are inverted); UTC for odd ones."""
    hours, rest = divmod(round(offset.total_seconds()), 3600)
    return ZoneInfo("UTC" if rest or not hours else f"Etc/GMT{-hours:+d}")
