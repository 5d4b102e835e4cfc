"""Where the month is heading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import sqrt

import pandas as pd
import pytest

from dashboard.metrics import month_end, projection


def days(first: date, costs: Sequence[float]) -> pd.DataFrame:
    """Neighbouring days, read whole but for the last, which is today."""
    count = len(costs)
    return pd.DataFrame(
        {
            "day": [first + timedelta(n) for n in range(count)],
            "cost_usd": [float(usd) for usd in costs],
            "calls": [1 if usd else 0 for usd in costs],
            "from_midnight": True,
            "complete": [True] * (count - 1) + [False],
        }
    )


def test_spent_so_far_and_the_mean_for_what_remains() -> None:
    # April has 30 days. 1st to 4th: 1, 2, 3, and today, the 4th, 2 so far.
    found = projection(days(date(2026, 4, 1), [1, 2, 3, 2]), today=date(2026, 4, 4))
    assert (found.spent_usd, found.remaining_days, found.days, found.by_weekday) == (8.0, 26, 3, False)
    assert found.projected_usd == 8 + 26 * 2
    half = 1.2816 * 1 * sqrt(26)  # the standard deviation of 1, 2, 3 is 1; today has cost what it may
    assert (found.low_usd, found.high_usd) == pytest.approx((60 - half, 60 + half))
    assert found.why_not is None


def test_what_today_is_still_expected_to_cost_counts() -> None:
    found = projection(days(date(2026, 4, 27), [5, 5, 5, 1]), today=date(2026, 4, 30))
    assert found.why_not == "month_not_covered"
    found = projection(days(date(2026, 4, 1), [5] * 29 + [1]), today=date(2026, 4, 30))
    assert (found.spent_usd, found.projected_usd, found.remaining_days) == (146.0, 150.0, 0)
    found = projection(days(date(2026, 4, 1), [5] * 29 + [9]), today=date(2026, 4, 30))
    assert found.projected_usd == 154.0  # what today cost too much does not come back


def test_the_band_never_reaches_below_what_is_spent() -> None:
    found = projection(days(date(2026, 4, 1), [*[1] * 20, 1000, *[1] * 8]), today=date(2026, 4, 29))
    assert found.low_usd == found.spent_usd == 1028.0


def test_from_fourteen_days_on_weekdays_have_means_of_their_own() -> None:
    # 2026-06-01 is a Monday. Weekdays cost 10, weekends nothing; today is Monday the 15th.
    week = [10, 10, 10, 10, 10, 0, 0]
    found = projection(days(date(2026, 6, 1), [*week, *week, 10]), today=date(2026, 6, 15))
    assert found.by_weekday
    assert found.days == 14
    assert found.projected_usd == 110 + 10 * 11  # eleven working days from the 16th to the 30th
    assert found.low_usd == found.high_usd == found.projected_usd  # no day differs from its weekday's mean
    thirteen = projection(days(date(2026, 6, 1), [*week, *week[:6], 0]), today=date(2026, 6, 14))
    assert not thirteen.by_weekday


def test_the_spread_by_weekday_has_seven_degrees_fewer() -> None:
    # Two weeks of 9 and 11 on each weekday: 14 residuals of 1, so s = sqrt(14 / 7).
    found = projection(days(date(2026, 6, 1), [9] * 7 + [11] * 7 + [10]), today=date(2026, 6, 15))
    assert found.projected_usd == 150 + 150
    assert found.high_usd == pytest.approx(300 + 1.2816 * sqrt(2) * sqrt(15))


def test_only_the_last_28_days_are_looked_back_on_and_none_before_anything_was_recorded() -> None:
    long = projection(days(date(2026, 3, 1), [1000] * 3 + [1] * 28 + [1]), today=date(2026, 4, 1))
    assert (long.days, long.projected_usd) == (28, 30.0)
    young = projection(days(date(2026, 4, 1), [0] * 10 + [3, 3, 3, 3]), today=date(2026, 4, 14))
    assert (young.days, young.projected_usd) == (3, 12.0 + 16 * 3)


@pytest.mark.parametrize(
    ("budget", "day", "exhausted"),
    [(8.0, date(2026, 4, 4), True), (6.5, date(2026, 4, 4), True), (3.0, date(2026, 4, 2), True),
     (10.0, date(2026, 4, 5), False), (10.5, date(2026, 4, 6), False), (60.0, date(2026, 4, 30), False),
     (60.1, None, False), (None, None, False)],
)  # fmt: skip
def test_the_day_on_which_the_budget_runs_out(
    budget: float | None, day: date | None, exhausted: bool
) -> None:
    found = projection(days(date(2026, 4, 1), [1, 2, 3, 2]), today=date(2026, 4, 4), budget_usd=budget)
    assert (found.exhausted_on, found.exhausted) == (day, exhausted)


def test_under_three_complete_days_nothing_is_projected_but_a_spent_budget_is_told() -> None:
    found = projection(days(date(2026, 4, 1), [1, 2, 3]), today=date(2026, 4, 3), budget_usd=5)
    assert (found.why_not, found.days, found.spent_usd, found.projected_usd) == ("too_few_days", 2, 6.0, None)
    assert (found.exhausted, found.exhausted_on) == (True, date(2026, 4, 3))


def test_a_month_that_was_not_read_from_its_first_day_has_no_known_spend() -> None:
    read = days(date(2026, 4, 1), [1, 2, 3, 2])
    read.loc[0, ["from_midnight", "complete"]] = False
    half = days(date(2026, 4, 1), [1, 2, 3, 2])
    half.loc[1, "complete"] = False
    gap = days(date(2026, 4, 1), [1, 2, 3, 2]).drop(index=1)
    for frame in (read, half, gap, read.iloc[:0]):
        found = projection(frame, today=date(2026, 4, 4), budget_usd=1)
        assert (found.why_not, found.spent_usd, found.exhausted) == ("month_not_covered", None, False)


def test_on_the_first_of_the_month_the_days_before_tell() -> None:
    found = projection(days(date(2026, 3, 28), [2, 2, 2, 2, 1]), today=date(2026, 4, 1))
    assert (found.spent_usd, found.projected_usd) == (1.0, 60.0)


def test_what_is_left_of_today_widens_the_band() -> None:
    found = projection(days(date(2026, 4, 1), [1, 2, 3, 0.5]), today=date(2026, 4, 4))
    assert found.projected_usd == 8 + 26 * 2  # today becomes 2, as every day
    assert found.high_usd == pytest.approx(60 + 1.2816 * sqrt(27))


def test_without_any_day_nothing_is_known() -> None:
    found = projection(days(date(2026, 4, 1), [0, 0, 0, 0]).iloc[:0], today=date(2026, 4, 4))
    assert (found.days, found.why_not) == (0, "month_not_covered")


def test_the_last_day_of_a_month() -> None:
    assert month_end(date(2028, 2, 3)) == date(2028, 2, 29)
