"""What a figure of few traces is worth, and which differences are more than chance."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from dashboard.metrics import compare_shares, gate, gated, success_level, wilson
from dashboard.metrics.compare import p_of_shares


def test_wilsons_interval() -> None:
    assert wilson(0, 0) is None
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(1, 1, z=1.0) == pytest.approx((0.5, 1.0))


@pytest.mark.parametrize(
    ("success", "failed", "level"),
    [
        (95, 5, "good"),
        (949, 51, "fair"),
        (80, 20, "fair"),
        (799, 201, "poor"),
        (0, 0, "unknown"),
        (1, 0, "good"),
    ],
)
def test_success_level(success: int, failed: int, level: str) -> None:
    assert success_level(success, failed) == level


def test_high_percentiles_are_withheld_under_ten() -> None:
    assert (gate(9), gate(10)) == ("too_few", None)
    frame = gated(pd.DataFrame({"n": [9, 10], "p50_s": [1.0, 1.0], "p95_s": [2.0, 2.0]}))
    assert frame["p95_s"].isna().tolist() == [True, False]
    assert frame["p50_s"].tolist() == [1.0, 1.0]
    assert frame["withheld"].tolist() == [True, False]
    assert "p99_s" not in frame.columns


def test_fishers_exact_test() -> None:
    # The lady tasting tea: 3 of 4 against 1 of 4; tables of 0, 1, 3, 4 are no likelier: 34 / 70.
    assert p_of_shares(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert p_of_shares(4, 4, 0, 4) == pytest.approx(2 / 70)
    assert p_of_shares(2, 4, 2, 4) == pytest.approx(1.0)


def test_pooled_z_test() -> None:
    # 60 % against 40 % of 100 each: z = 0.2 / sqrt(0.25 × 0.02) = 2.828, p = 0.00468
    assert p_of_shares(60, 100, 40, 100) == pytest.approx(0.00468, abs=1e-5)
    assert p_of_shares(40, 100, 60, 100) == p_of_shares(60, 100, 40, 100)


def test_what_all_or_none_have_tells_nothing() -> None:
    assert p_of_shares(5, 5, 9, 9) == p_of_shares(0, 5, 0, 9) == p_of_shares(0, 0, 3, 9) == 1.0


def counts(*rows: tuple[str, int, int], bad_total: int = 100, rest_total: int = 900) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["value", "bad_n", "rest_n"])
    return frame.assign(attribute="model", bad_total=bad_total, rest_total=rest_total)


def verdicts(frame: pd.DataFrame, **options: Any) -> list[tuple[str, str]]:
    found = compare_shares(frame, **options)
    return list(zip(found["value"], found["verdict"], strict=True))


def test_the_strongest_difference_comes_first_and_small_n_is_told() -> None:
    frame = counts(("same", 50, 450), ("more", 61, 180), ("few", 9, 0), ("less", 10, 450))
    found = compare_shares(frame)
    assert found["value"].tolist() == ["more", "less", "same", "few"]
    assert found["verdict"].tolist() == ["significant", "significant", "not_significant", "too_few"]
    assert found["points"].tolist() == pytest.approx([41.0, -40.0, 0.0, 9.0])
    assert found[["bad_share", "rest_share"]].iloc[0].tolist() == [0.61, 0.2]
    assert found["p_value"].isna().tolist() == [False, False, False, True]


def test_a_side_with_few_traces_is_not_judged() -> None:
    assert verdicts(counts(("x", 9, 0), ("y", 9, 900), bad_total=9)) == [("x", "too_few"), ("y", "too_few")]


def test_the_more_is_compared_the_stronger_a_difference_must_be() -> None:
    # 17 % against 9 %: p is about 0.011, alone significant, among ten not.
    one = ("x", 17, 81)
    assert verdicts(counts(one)) == [("x", "significant")]
    others = [(f"same{n}", 10, 90) for n in range(9)]
    found = dict(verdicts(counts(one, *others)))
    assert found["x"] == "not_significant"


def test_holm_adjusts_in_order() -> None:
    found = compare_shares(counts(("a", 60, 180), ("b", 17, 81), ("c", 50, 450))).set_index("value")
    assert found.loc["a", "p_adjusted"] == pytest.approx(3 * found.loc["a", "p_value"])
    assert found.loc["b", "p_adjusted"] == pytest.approx(2 * found.loc["b", "p_value"])
    assert found.loc["c", "p_adjusted"] == 1.0


def test_an_adjusted_value_is_never_below_a_smaller_ones() -> None:
    found = compare_shares(counts(("a", 17, 81), ("b", 83, 819)))  # b is all that a is not: the same p
    assert found["p_value"].iloc[0] == pytest.approx(found["p_value"].iloc[1])
    assert found["p_adjusted"].tolist() == pytest.approx([2 * found["p_value"].iloc[0]] * 2)


def test_nothing_to_compare() -> None:
    assert compare_shares(counts().astype({"bad_n": "int64", "rest_n": "int64"})).empty
    assert verdicts(counts(("x", 0, 50), bad_total=0)) == [("x", "too_few")]
