"""Metrics by values that one can check in the head."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from dashboard.metrics import (
    count_change,
    incomparable,
    rate_change,
    ratio,
    ratio_change,
    success_rate,
    token_parts,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("success", "failed", "rate"),
    [(9, 1, 0.9), (5, 0, 1.0), (0, 4, 0.0), (0, 0, None), (None, 1, None), (1, None, None)],
)
def test_success_rate_is_undefined_without_an_outcome(
    success: int | None, failed: int | None, rate: float | None
) -> None:
    assert success_rate(success, failed) == rate


def test_ratio_of_nothing_is_unknown_and_not_zero() -> None:
    assert ratio(3.0, 4) == 0.75
    assert ratio(0.0, 4) == 0.0
    assert ratio(3.0, 0) is None
    assert ratio(None, 4) is None
    assert ratio(3.0, None) is None


def test_relative_change() -> None:
    assert ratio_change(12.0, 10.0).value == pytest.approx(0.2)
    assert ratio_change(5.0, 10.0).value == -0.5
    assert ratio_change(0.0, 0.0).value == 0.0
    assert (ratio_change(3.0, 0.0).value, ratio_change(3.0, 0.0).why_not) == (None, "no_previous")
    assert ratio_change(None, 1.0).why_not == "unknown"


def test_change_of_a_rate_is_in_points_and_withheld_for_few() -> None:
    assert rate_change(95, 5, 90, 10).value == pytest.approx(5.0)
    assert rate_change(8, 1, 90, 10).why_not == "too_few"
    assert rate_change(90, 10, 8, 1).why_not == "too_few"
    assert rate_change(None, 10, 8, 1).why_not == "unknown"


def test_change_of_a_count() -> None:
    assert count_change(3, 10).value == -7
    assert count_change(None, 10).why_not == "unknown"


def test_what_cannot_be_compared_says_why() -> None:
    assert incomparable(None) == "unknown"
    assert incomparable(0) == "no_previous"
    assert incomparable(9) == "too_few"
    assert incomparable(10) is None


def test_token_parts_add_up_to_the_total() -> None:
    windows = pd.DataFrame(
        {
            "prompt_tokens": [100.0, 0.0],
            "completion_tokens": [40.0, 0.0],
            "total_tokens": [140.0, 30.0],
            "cache_read_tokens": [60.0, 0.0],
            "reasoning_tokens": [10.0, 0.0],
        }
    )
    parts = token_parts(windows)
    assert parts.iloc[0].to_dict() == {
        "prompt": 40, "cache_read": 60, "completion": 30, "reasoning": 10, "unsplit": 0,
    }  # fmt: skip
    assert parts.iloc[1]["unsplit"] == 30  # as litellm 1.106 arrives: a total without parts
    assert parts.sum(axis=1).tolist() == windows["total_tokens"].tolist()


def test_token_parts_never_go_below_zero_and_keep_the_unknown_unknown() -> None:
    windows = pd.DataFrame(
        {
            "prompt_tokens": [10.0, 10.0, NAN],
            "completion_tokens": [5.0, 5.0, NAN],
            "total_tokens": [15.0, 15.0, NAN],
            "cache_read_tokens": [25.0, NAN, NAN],
            "reasoning_tokens": [9.0, NAN, NAN],
        }
    )
    parts = token_parts(windows)
    assert parts.iloc[0].to_dict() == {
        "prompt": 0,
        "cache_read": 10,
        "completion": 0,
        "reasoning": 5,
        "unsplit": 0,
    }
    assert parts.iloc[1]["prompt"] == 10
    assert math.isnan(parts.iloc[1]["cache_read"])
    assert parts.iloc[2].isna().all()
