"""What is usual: which past weeks count, their median, and the same time of the week on the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.metrics.usual import usual, weeks_with_history
from dashboard.queries.usual import floor, weeks_before


@pytest.mark.parametrize(
    ("hours", "days", "counted"),
    [
        ([5, 7, 6, 9], [None] * 4, [True] * 4),
        ([5, 7, 0, 0], [None, None, 0, 0], [True, True, False, False]),  # the project is two weeks old
        ([5, 0, 0, 9], [None, 0, 0, None], [True] * 4),  # an older week shows that it was there
        ([5, 0, 0, 0], [None, 80, 80, 0], [True, True, True, False]),  # quiet hours of busy days
        ([5, None, 6, None], [None] * 4, [True, False, True, False]),  # unknown is not zero
        ([0, 0, 0, 0], [0, 0, 0, 0], [False] * 4),
    ],
)
def test_an_empty_hour_counts_only_once_the_project_was_there(
    hours: list[float | None], days: list[float | None], counted: list[bool]
) -> None:
    assert weeks_with_history(hours, days) == counted


def test_usual_is_the_median_and_unknown_without_any_week() -> None:
    assert usual([10, 12, 90]) == 12
    assert usual([10, 12]) == 11
    assert usual([]) is None


def test_a_week_before_is_the_same_time_on_the_wall_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moment = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)  # 14:00 in Berlin, a day after the clocks went forward
    assert weeks_before(moment, 1, berlin) == datetime(2026, 3, 23, 13, 0, tzinfo=UTC)
    assert weeks_before(moment, 1, ZoneInfo("Asia/Seoul")) == moment - timedelta(weeks=1)


def test_stretches_end_at_a_quarter_of_an_hour() -> None:
    assert floor(datetime(2026, 3, 2, 14, 14, 59, 9, tzinfo=UTC)) == datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    assert floor(datetime(2026, 3, 2, 14, 45, tzinfo=UTC)) == datetime(2026, 3, 2, 14, 45, tzinfo=UTC)
