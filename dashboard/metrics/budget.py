"""Where the month is heading: spend to its end, with a band, and the day on which a budget runs out."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

import pandas as pd

#: Complete days that are looked back on; so many are needed; so many tell weekdays apart.
LOOK_BACK, FEWEST, TELLS_WEEKDAYS = 28, 3, 14

#: Half width of an 80 % interval of a normal distribution, in standard deviations.
_Z_80 = 1.2816

_PATH = ("day", "expected_usd", "low_usd", "high_usd")


@dataclass(frozen=True)
class Projection:
    """Spend of a month, at its end.

    Attributes:
        spent_usd: from the first of the month until now; None when the days do not reach back to it.
        projected_usd, low_usd, high_usd: at the end of the month, and its 80 % band; None with `why_not`.
        days: complete days that it rests on.
        by_weekday: each weekday has a mean of its own.
        remaining_days: days of the month after today.
        budget_usd: as given.
        exhausted_on: day on which spend reaches the budget: past when `exhausted`, else expected; None
            when not this month, or not known.
        exhausted: the budget is spent already.
        why_not: ``"month_not_covered"`` or ``"too_few_days"``; None with a projection.
    """

    spent_usd: float | None
    projected_usd: float | None
    low_usd: float | None
    high_usd: float | None
    days: int
    by_weekday: bool
    remaining_days: int
    budget_usd: float | None
    exhausted_on: date | None
    exhausted: bool
    why_not: str | None = None


def projection(days: pd.DataFrame, *, today: date, budget_usd: float | None = None) -> Projection:
    """Spend until now + what each remaining day is expected to cost.

    The expectation is the mean of the last up to 28 complete days before today (not of those before
    anything was recorded), of the same weekday where there are 14 or more. What today is still
    expected to cost counts as well. The band is ± 1.2816·s·√k for k days to come: s is the standard
    deviation of the days around their means (of n days n − 1 are free, n − 7 by weekday), days taken as
    independent. It never reaches below what is spent.

    Args:
        days: as `daily` gives them, neighbouring days in order, the last one today.
        today: in the same zone.
        budget_usd: for the calendar month.
    """
    this_month, past = _this_month(days, today), _past(days, today)
    spent = None if this_month is None else float(this_month["cost_usd"].sum())
    reached = (
        None if this_month is None else _reached(this_month, this_month["cost_usd"].cumsum(), budget_usd)
    )
    exhausted = reached is not None
    why_not = "month_not_covered" if spent is None else "too_few_days" if len(past) < FEWEST else None
    path = _path(days, today)
    if not exhausted:
        reached = _reached(path, path["expected_usd"], budget_usd)
    projected, low, high = (float(path[name].iloc[-1]) if len(path) else None for name in _PATH[1:])
    return Projection(
        spent, projected, low, high, len(past), len(past) >= TELLS_WEEKDAYS, (month_end(today) - today).days,
        budget_usd, reached, exhausted, why_not,
    )  # fmt: skip


def _path(days: pd.DataFrame, today: date) -> pd.DataFrame:
    """The month's spend, expected and its band, by the end of today and of each day after it."""
    this_month, past = _this_month(days, today), _past(days, today)
    if this_month is None or len(past) < FEWEST:
        return pd.DataFrame(
            {name: pd.Series(dtype="float64" if name != "day" else "object") for name in _PATH}
        )
    means, spread = _expectation(past)
    spent, spent_today = float(this_month["cost_usd"].sum()), float(this_month["cost_usd"].iloc[-1])
    still_today = max(0.0, means[today.weekday()] - spent_today)
    rows = []
    expected = spent + still_today
    for n in range((month_end(today) - today).days + 1):
        day = today + timedelta(n)
        expected += means[day.weekday()] if n else 0.0
        half = _Z_80 * spread * sqrt(n + (still_today > 0))
        rows.append((day, expected, max(spent, expected - half), expected + half))
    return pd.DataFrame(rows, columns=list(_PATH))


def month_end(today: date) -> date:
    """The last day of the month."""
    return today.replace(day=calendar.monthrange(today.year, today.month)[1])


def _this_month(days: pd.DataFrame, today: date) -> pd.DataFrame | None:
    """The days from the first to today; None unless each of them was read, as far as it is over."""
    first = today.replace(day=1)
    found = days[_where(days, lambda day: first <= day <= today)]
    covered = (
        list(found["day"]) == [first + timedelta(n) for n in range(today.day)]
        and bool(found["from_midnight"].all())
        and bool(found["complete"].iloc[:-1].all())
    )
    return found if covered else None


def _past(days: pd.DataFrame, today: date) -> pd.DataFrame:
    """The complete days to look back on, none of them before anything was recorded."""
    begun = ((days["cost_usd"] > 0) | (days["calls"] > 0)).cummax()
    return days[begun & days["complete"] & _where(days, lambda day: day < today)].tail(LOOK_BACK)


def _where(days: pd.DataFrame, holds: Callable[[date], bool]) -> pd.Series[bool]:
    return pd.Series([holds(day) for day in days["day"]], index=days.index, dtype="bool")


def _reached(days: pd.DataFrame, sums: pd.Series[float], budget_usd: float | None) -> date | None:
    """The first day by whose end the sum is the budget."""
    over = [] if budget_usd is None else list(days["day"][sums >= budget_usd])
    return over[0] if over else None


def _expectation(past: pd.DataFrame) -> tuple[dict[int, float], float]:
    """Expected cost by weekday, and the standard deviation of a day around it."""
    cost = past["cost_usd"].reset_index(drop=True)
    if len(past) < TELLS_WEEKDAYS:
        return dict.fromkeys(range(7), float(cost.mean())), float(cost.std(ddof=1))
    weekday = pd.Series([day.weekday() for day in past["day"]])
    residuals = cost - cost.groupby(weekday).transform("mean")
    means = {int(str(key)): float(value) for key, value in cost.groupby(weekday).mean().items()}
    return means, sqrt(float((residuals**2).sum()) / (len(cost) - 7))
