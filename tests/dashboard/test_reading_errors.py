"""Error groups, and what failed or slow traces have in common."""

from __future__ import annotations

from datetime import UTC
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.archive.reading import agents, differences, error_groups
from tests.dashboard.archived import END, START, archive, at, call, failed, paid, span, tool, trace


def test_what_callers_hand_on_is_no_second_error() -> None:
    db = archive(
        spans=[
            span(span_id="root", **failed("429 from #")),
            span(span_id="agent", parent_id="root", **failed("429 from #")),
            call(parent_id="agent", **failed("429 from #", "RateLimitError")),
            call(parent_id="agent", **failed("429 from #", "RateLimitError")),
        ]
    )
    frame, groups = error_groups(db, START, END)
    assert groups == 1
    assert frame[["error_type", "error_group", "count", "traces"]].values.tolist() == [
        ["RateLimitError", "429 from #", 2, 1]
    ]


def test_a_caller_with_another_message_failed_itself() -> None:
    db = archive(
        spans=[
            span(span_id="silent", **failed("Error")),
            span(span_id="named", **failed("ValueError", "ValueError")),
            call(parent_id="named", **failed("timeout")),
            span(span_id="own", parent_id="silent", **failed("gave up")),
            call(parent_id="own", **failed("timeout")),
        ]
    )
    assert sorted(error_groups(db, START, END).frame["error_group"]) == [
        "ValueError",
        "gave up",
        "timeout",
    ]


def test_a_silent_failure_without_a_failed_child_counts() -> None:
    db = archive(spans=[span(span_id="x", parent_id="x", **failed("")), span(parent_id="x")])
    assert error_groups(db, START, END).frame[["error_group", "count"]].values.tolist() == [["", 1]]


def test_a_child_just_after_the_range_still_tells_that_the_caller_only_handed_on() -> None:
    db = archive(
        spans=[
            span(span_id="root", started_at=at(23.9), **failed()),
            call(parent_id="root", started_at=at(24.1), **failed()),
        ]
    )
    assert error_groups(db, START, END).frame.empty


def test_a_group_tells_whom_it_hit_when_and_what_it_burnt() -> None:
    db = archive(
        spans=[
            call("t1", "b", agent="planner", started_at=at(1), **failed()),
            call("t1", "a", agent="writer", started_at=at(2), **failed()),
            tool("t2", agent="planner", started_at=at(3), **failed()),
            call("t3", started_at=at(4), **failed()),
            call("t4", started_at=at(5), **failed()),
            call("t5", **failed("other")),
            call("t5", status="OK"),
            call("t5", **failed("twice"), duplicate=True),
        ],
        traces=[
            trace("t1", "failed", reported_usd=1.0, estimated_usd=0.5),
            trace("t2", "success", reported_usd=100.0),
            trace("t3", "failed", reported_usd=4.0),
            trace("t5", "success"),
        ],
    )
    frame, groups = error_groups(db, START, END, limit=1)
    [row] = frame.to_dict("records")
    assert (groups, row["count"], row["traces"], row["share"]) == (2, 5, 4, 5 / 6)
    assert (row["first_seen"], row["last_seen"]) == (
        pd.Timestamp(at(1), tz=UTC),
        pd.Timestamp(at(5), tz=UTC),
    )
    assert row["models"] == ["a", "b", "gpt"]
    assert row["agents"] == ["planner", "writer"]
    assert row["cost_usd"] == 5.5  # t1 once, though it met the error twice; t2 did not fail
    assert row["examples"] == ["t4", "t3", "t2"]
    rest = error_groups(db, START, END).frame.iloc[1]
    assert rest["agents"] == []
    assert isnan(rest["cost_usd"])


def test_without_errors_there_is_no_group() -> None:
    frame, groups = error_groups(archive(spans=[call()]), START, END)
    assert groups == 0
    assert "examples" in frame.columns
    assert frame.empty


def test_an_agents_errors_are_innermost_too() -> None:
    db = archive(
        spans=[
            span(span_id="a", kind="agent", agent="planner", **failed()),
            call(parent_id="a", agent="planner", **failed()),
        ]
    )
    assert agents(db, START, END)["errors"].tolist() == [1]


def told(frame: pd.DataFrame, attribute: str) -> dict[str, tuple[Any, ...]]:
    found = frame[frame["attribute"] == attribute]
    columns = ("bad_n", "bad_total", "rest_n", "rest_total")
    return {row["value"]: tuple(row[name] for name in columns) for row in found.to_dict("records")}


def test_failed_traces_against_all_others() -> None:
    db = archive(
        traces=[
            trace("t1", "failed", models=["a", "b"], service="api", spans=5, started_at=at(15.9)),
            trace("t2", "failed", models=["a"], tags=["x"], spans=6, started_at=at(15)),
            trace("t3", "success", models=["b"], spans=1, started_at=at(14.5)),
            trace("t4", "indeterminate", spans=101, started_at=at(14)),
            trace("t5", "failed", models=["c"], started_at=at(24)),
        ]
    )
    frame = differences(db, START, END, "failed", zone=ZoneInfo("Asia/Seoul"))
    assert told(frame, "model") == {"a": (2, 2, 0, 2), "b": (1, 2, 1, 2), "": (0, 2, 1, 2)}
    assert told(frame, "tag") == {"x": (1, 2, 0, 2), "": (1, 2, 2, 2)}
    assert told(frame, "service") == {"api": (1, 2, 0, 2), "": (1, 2, 2, 2)}
    assert told(frame, "hour") == {"23": (0, 2, 2, 2), "00": (2, 2, 0, 2)}  # 14 and 15 o'clock UTC
    assert told(frame, "spans") == {
        "2–5": (1, 2, 0, 2), "6–20": (1, 2, 0, 2), "1": (0, 2, 1, 2), "> 100": (0, 2, 1, 2),
    }  # fmt: skip


def test_slow_is_longer_than_the_95th_percentile() -> None:
    slow = [trace(f"s{n}", duration_s=60.0, tools=["crawl"]) for n in range(5)]
    fast = [trace(f"f{n}", duration_s=1.0) for n in range(96)]  # the 95th percentile of 101 is the 96th
    frame = differences(archive(traces=[*slow, *fast, trace("none")]), START, END, "slow", zone=UTC)
    assert told(frame, "tool") == {"": (0, 5, 97, 97), "crawl": (5, 5, 0, 97)}


def test_only_the_most_frequent_values_are_compared() -> None:
    db = archive(
        traces=[trace("t1", models=["a"]), trace("t2", models=["a"]), trace("t3", "failed", models=["b"])]
    )
    frame = differences(db, START, END, "failed", zone=UTC, most=1)
    assert told(frame, "model") == {"a": (0, 1, 2, 2)}


def test_nothing_differs_without_traces() -> None:
    assert differences(archive(), START, END, "slow", zone=UTC).empty


def test_groups_of_paid_calls_do_not_need_their_trace() -> None:
    [row] = error_groups(archive(spans=[call(**failed(), **paid(1))]), START, END).frame.to_dict("records")
    assert isnan(row["cost_usd"])
