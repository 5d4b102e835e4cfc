"""What is usual at a time of the week: the same stretch in past weeks, as far as the project was there."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

#: From so many past weeks on, something can be called unusual.
WEEKS_NEEDED = 2


def weeks_with_history(hours: Sequence[float | None], days: Sequence[float | None]) -> list[bool]:
    """Which past weeks say what is usual.

    An empty hour in a week before the project's first trace says nothing; an empty one after it does.

    Args:
        hours: traces of the hour in each past week, the latest week first; None is unknown.
        days: traces of that hour's whole day; asked only of weeks with an empty hour, else None.

    Returns:
        For each week, whether its hour is known and the project had a trace in it, on its day, or in an
        earlier week.
    """
    lived = [bool(hour) or bool(day) for hour, day in zip(hours, days, strict=True)]
    return [hour is not None and any(lived[week:]) for week, hour in enumerate(hours)]


def usual(values: Sequence[float]) -> float | None:
    """The median of past weeks: one odd week does not move it. None without any."""
    return float(median(values)) if values else None
