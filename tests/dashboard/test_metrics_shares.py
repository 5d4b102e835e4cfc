"""Largest parts and the rest; shares; costs per unit."""

from __future__ import annotations

from math import isnan

import pandas as pd
import pytest

from dashboard.metrics import REST, cache_hit_rate, cost_per_1k_tokens, cost_per_call, shares, top_and_rest

NAN = float("nan")


def test_the_rest_is_summed_into_one() -> None:
    frame = pd.DataFrame(
        {
            "key": ["a", "b", "c", "d"],
            "cost_usd": [1.0, 8.0, 2.0, 4.0],
            "calls": [1, 1, 5, 1],
            "traces": [1] * 4,
        }
    )
    found = top_and_rest(frame, "cost_usd", 2)
    assert found[["key", "cost_usd", "calls", "rest", "keys"]].values.tolist() == [
        ["b", 8.0, 1, False, 1], ["d", 4.0, 1, False, 1], [REST, 3.0, 6, True, 2],
    ]  # fmt: skip
    assert found["traces"].fillna(-1).tolist() == [1, 1, -1]  # one trace may stand behind a and c


def test_over_time_the_same_keys_are_kept_in_each_bucket() -> None:
    frame = pd.DataFrame(
        {"bucket": [0, 0, 0, 1, 1], "key": ["a", "b", "c", "b", "c"], "cost_usd": [5.0, 1.0, 2.0, 1.0, 1.5]}
    )
    found = top_and_rest(frame, "cost_usd", 1)
    assert found[["bucket", "key", "cost_usd"]].values.tolist() == [
        [0, "a", 5.0],
        [0, REST, 3.0],
        [1, REST, 2.5],
    ]
    assert found.loc[found["rest"], "keys"].tolist() == [2, 2]


def test_few_keys_leave_no_rest_and_an_unknown_cost_stays_unknown() -> None:
    frame = pd.DataFrame({"key": ["a", "", "…"], "cost_usd": [NAN, 1.0, 2.0]})
    found = top_and_rest(frame, "cost_usd", 3)
    assert found["key"].tolist() == ["…", "", "a"]
    assert not found["rest"].any()  # a model may have that name
    assert isnan(found["cost_usd"].iloc[2])


def test_an_empty_frame_stays_empty() -> None:
    empty = pd.DataFrame(
        {"bucket": pd.Series(dtype="int64"), "key": pd.Series(dtype="str"), "x": pd.Series(dtype=float)}
    )
    found = top_and_rest(empty, "x")
    assert found.empty
    assert {"bucket", "key", "x", "rest", "keys"} == set(found.columns)


def test_shares() -> None:
    assert shares(pd.Series([1.0, 3.0])).tolist() == [0.25, 0.75]
    assert shares(pd.Series([0.0, 0.0])).isna().all()
    assert shares(pd.Series([1.0, NAN])).fillna(-1).tolist() == [1.0, -1.0]


def test_cost_per_call_and_per_thousand_tokens() -> None:
    frame = pd.DataFrame(
        {
            "cost_usd": [1.0, NAN, 2.0, 3.0],
            "calls": [4, 4, 0, 1],
            "total_tokens": [3000.0, 10.0, NAN, 5.0],
            "unpriced_tokens": [1000, 0, 0, 5],
        }
    )
    assert cost_per_call(frame).fillna(-1).tolist() == [0.25, -1, -1, 3.0]
    assert cost_per_1k_tokens(frame).fillna(-1).tolist() == [0.5, -1, -1, -1]


@pytest.mark.parametrize(
    ("cached", "prompt", "rate"),
    [
        (30, 40, 0.75),
        (0, 40, 0.0),
        (50, 40, 1.0),
        (None, 40, None),
        (NAN, 40, None),
        (3, 0, None),
        (3, None, None),
    ],
)
def test_cache_hit_rate(cached: float | None, prompt: float | None, rate: float | None) -> None:
    assert cache_hit_rate(cached, prompt) == rate


def test_no_prompt_tokens_known_is_no_rate() -> None:
    assert cache_hit_rate(3, NAN) is None
