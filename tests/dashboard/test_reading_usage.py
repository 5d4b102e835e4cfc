"""Calls, tokens and costs: which row they come from, and that none counts twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isnan
from typing import Any

import pandas as pd
import pytest

from dashboard.archive.reading import (
    unpriced_models,
    usage_by,
    usage_by_quarter_hour,
    usage_over_time,
    waste,
)  # fmt: skip
from tests.dashboard.archived import END, HOUR, START, archive, at, call, failed, paid, span, tool, trace


def by_key(frame: pd.DataFrame, key: str = "key") -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in frame.to_dict("records")}


def test_cost_is_the_sum_of_its_three_sources_and_unpriced_tokens_stand_apart() -> None:
    db = archive(
        spans=[
            call(**paid(0.1, total_tokens=10)),
            call(**paid(0.2, "estimated", total_tokens=20)),
            call(**paid(0.4, "own", total_tokens=40)),
            call(cost_source="unpriced", total_tokens=80),
        ]
    )
    [row] = usage_by(db, START, END, "model").to_dict("records")
    assert (row["reported_usd"], row["estimated_usd"], row["own_usd"], row["cost_usd"]) == (
        0.1,
        0.2,
        0.4,
        0.7,
    )
    assert (row["total_tokens"], row["unpriced_tokens"], row["calls"], row["spans"]) == (150, 80, 4, 4)


def test_decimals_are_summed_exactly() -> None:
    db = archive(spans=[call(**paid(0.1)) for _ in range(10)])
    assert usage_by(db, START, END, "none")["cost_usd"].iloc[0] == 1.0  # ten doubles make 0.9999999999999999


def test_what_is_not_reported_is_not_zero() -> None:
    [row] = usage_by(
        archive(spans=[call(total_tokens=5, cost_source="unpriced")]), START, END, "model"
    ).to_dict("records")
    assert isnan(row["cost_usd"])
    assert isnan(row["cache_read_tokens"])
    assert row["unpriced_tokens"] == 5


def test_a_span_belongs_to_the_window_in_which_it_started_and_duplicates_to_none() -> None:
    db = archive(
        spans=[
            call(**paid(1), started_at=at(-0.001)),
            call(**paid(2), started_at=at(0)),
            call(**paid(4), started_at=at(0.999)),
            call(**paid(8), started_at=at(1)),
            call(**paid(16), started_at=at(3)),
            call(**paid(32), started_at=at(0), duplicate=True),
        ]
    )
    frame = usage_over_time(db, [START, START + HOUR, START + 3 * HOUR], "none")
    assert frame[["bucket", "key", "cost_usd"]].values.tolist() == [[0, "", 6.0], [1, "", 8.0]]
    assert usage_by(db, START, START + 3 * HOUR, "none")["cost_usd"].tolist() == [14.0]


@pytest.mark.parametrize("minutes", [[0, 60, 120, 180], [0, 50, 80, 180], [0, 7, 8, 61, 180], [0, 180]])
def test_windows_of_any_width_take_each_span_once(minutes: list[int]) -> None:
    db = archive(spans=[call(started_at=at(minute / 60)) for minute in range(180)])
    frame = usage_over_time(db, [START + timedelta(minutes=minute) for minute in minutes], "none")
    widths = [after - before for before, after in pairwise(minutes)]
    assert frame["calls"].tolist() == widths


def test_edges_out_of_order_are_refused() -> None:
    for edges in ([START], [START, START], [START, END, START]):
        with pytest.raises(ValueError, match="ascending"):
            usage_over_time(archive(), edges, "none")
    with pytest.raises(ValueError, match="zone"):
        usage_by(archive(), datetime(2026, 3, 1), END, "none")  # noqa: DTZ001


def test_only_a_called_model_is_a_call() -> None:
    db = archive(
        spans=[
            call(**failed()),
            call(),
            span(kind="llm", model="gpt", **paid(1)),  # a wrapper: its cost counts, the call is below it
            tool(**failed()),
        ]
    )
    rows = by_key(usage_by(db, START, END, "model"))
    assert rows.keys() == {"gpt"}  # the tool has no usage, so there is no row of no model
    assert (rows["gpt"]["calls"], rows["gpt"]["errors"], rows["gpt"]["cost_usd"]) == (2, 1, 1.0)


def test_a_tool_with_a_cost_is_usage_of_no_model() -> None:
    rows = by_key(usage_by(archive(spans=[tool(**paid(3)), call(**paid(1))]), START, END, "model"))
    assert {key: row["cost_usd"] for key, row in rows.items()} == {"": 3.0, "gpt": 1.0}


def test_a_trace_counts_in_each_of_its_tags_once() -> None:
    db = archive(
        spans=[call("t1", **paid(1)), call("t1", **paid(1)), call("t2", **paid(4)), call("t3", **paid(8))],
        traces=[trace("t1", tags=["a", "b"]), trace("t2", tags=["b"]), trace("t3")],
    )
    rows = by_key(usage_by(db, START, END, "tag"))
    assert {key: row["cost_usd"] for key, row in rows.items()} == {"a": 2.0, "b": 6.0, "": 8.0}
    over_time = usage_over_time(db, [START, END], "tag")
    assert dict(zip(over_time["key"], over_time["cost_usd"], strict=True)) == {"": 8.0, "a": 2.0, "b": 6.0}


@pytest.mark.parametrize("by", ["provider", "agent", "service"])
def test_keys(by: Any) -> None:
    db = archive(spans=[call(**paid(1), **{by: "x"}), call(**paid(2))])
    assert usage_by(db, START, END, by)[["key", "cost_usd"]].values.tolist() == [["", 2.0], ["x", 1.0]]


def test_nothing_is_an_empty_frame_with_its_columns() -> None:
    assert usage_over_time(archive(), [START, END], "model").empty
    assert {"key", "calls", "errors"} <= set(usage_by(archive(), START, END, "tag").columns)


def test_quarters_of_an_hour() -> None:
    db = archive(
        spans=[
            call(**paid(1), started_at=at(0.2)),
            call(**paid(2), started_at=at(0.24)),
            call(started_at=at(0.25)),
        ]
    )
    frame = usage_by_quarter_hour(db, START, END)
    assert frame["at"].tolist() == [pd.Timestamp(START), pd.Timestamp(START + HOUR / 4)]
    assert str(frame["at"].dt.tz) == str(UTC)
    assert frame["cost_usd"].fillna(-1).tolist() == [3.0, -1.0]
    assert frame["calls"].tolist() == [2, 1]


def test_unpriced_usage_that_is_only_a_total_is_told_apart() -> None:
    without = {"cost_source": "unpriced", "price_model": "azure/x\nx"}
    db = archive(
        spans=[
            call(model="x", prompt_tokens=3, total_tokens=5, **without),
            call(model="x", prompt_tokens=1, total_tokens=2, **without),
            call(model="x", total_tokens=100, **without),
            call(model="y", **paid(1, total_tokens=9)),
        ]
    )
    frame = unpriced_models(db, START, END)
    assert frame[["model", "only_total", "calls", "total_tokens", "price_model"]].values.tolist() == [
        ["x", True, 1, 100, "azure/x\nx"], ["x", False, 2, 7, "azure/x\nx"],
    ]  # fmt: skip


def test_waste_counts_no_dollar_twice() -> None:
    db = archive(
        spans=[
            # a failed trace is wasted whole, whatever is in it
            call("bad", **paid(1), retried=True), call("bad", **paid(2)),
            # a failed attempt with a call below it, and its second attempt
            tool("a", span_id="try", started_at=at(1), retried=True, duration_s=5.0, **failed(), **paid(4)),
            call("a", parent_id="try", started_at=at(1), **paid(8)),
            tool("a", started_at=at(2), repeated=True, **paid(1000)),  # the retry itself: no waste
            # the same input again, with a repeated tool inside
            tool("a", span_id="again", started_at=at(3), repeated=True, duration_s=7.0, **paid(16)),
            tool("a", "x", parent_id="again", started_at=at(3), repeated=True, duration_s=6.0, **paid(32)),
            call("a", **paid(2000)),
        ],
        traces=[trace("bad", "failed"), trace("a")],
    )  # fmt: skip
    rows = by_key(waste(db, START, END), "category")
    assert {key: (row["count"], row["cost_usd"]) for key, row in rows.items()} == {
        "failed_traces": (1, 3.0), "retries": (1, 12.0), "repeated_tools": (2, 48.0),
    }  # fmt: skip
    assert rows["retries"]["seconds"] == 5.0
    assert rows["repeated_tools"]["seconds"] == 7.0  # the inner one ran inside of the outer one
    assert isnan(rows["failed_traces"]["seconds"])
    assert rows["retries"]["total_usd"] == 3063.0
    assert rows["repeated_tools"]["share"] == 48 / 3063


def test_what_is_repeated_inside_of_a_retried_attempt_is_the_retrys() -> None:
    db = archive(
        spans=[
            tool(span_id="try", retried=True, **failed()),
            tool(name="inner", parent_id="try", repeated=True, **paid(5)),
        ],
        traces=[trace()],
    )
    assert waste(db, START, END)["cost_usd"].tolist() == [0.0, 5.0, 0.0]


def test_a_cycle_of_parents_ends() -> None:
    db = archive(
        spans=[
            tool(span_id="x", parent_id="y", repeated=True, **paid(1)),
            tool(span_id="y", parent_id="x", **paid(2)),
        ]
    )
    assert waste(db, START, END)["cost_usd"].tolist() == [0.0, 0.0, 3.0]


def test_no_waste_of_nothing() -> None:
    frame = waste(archive(), START, END)
    assert frame["count"].tolist() == [0, 0, 0]
    assert frame["cost_usd"].tolist() == [0.0, 0.0, 0.0]
    assert frame["share"].isna().all()
