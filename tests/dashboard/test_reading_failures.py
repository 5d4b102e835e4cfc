"""Failed traces with their last innermost error, and outcomes window by window."""

from __future__ import annotations

from dashboard.archive.reading.failures import failures, outcomes_over_time
from tests.dashboard.archived import END, HOUR, START, archive, at, call, failed, span, tool, trace

LIMIT = failed("limit", "RateLimitError")


def test_failed_traces_come_newest_first_with_their_last_innermost_error() -> None:
    db = archive(
        traces=[
            trace("old", "failed", started_at=at(1), name="run"),
            trace("new", "failed", started_at=at(2), name="run"),
            trace("good", started_at=at(3)),
        ],
        spans=[
            call("old", "gpt-4o", span_id="a", started_at=at(1), **LIMIT),
            tool("new", span_id="t", started_at=at(2)) | failed("gone", "TimeoutError"),
            call(
                "new",
                "gpt-4o",
                span_id="c",
                parent_id="p",
                started_at=at(2.1),
                **LIMIT,
            ),
            span("new", span_id="p", started_at=at(2.05), **LIMIT),
        ],
    )
    found = failures(db, START, END)
    assert found.total == 2
    assert found.frame["trace_id"].tolist() == ["new", "old"]
    assert found.frame["error_type"].tolist() == ["RateLimitError", "RateLimitError"]
    assert found.frame["model"].tolist() == ["gpt-4o", "gpt-4o"]
    assert found.frame["error_group"].tolist() == ["limit", "limit"]


def test_a_failed_trace_without_a_failed_span_names_no_error() -> None:
    db = archive(traces=[trace("t1", "failed")], spans=[span("t1")])
    row = failures(db, START, END).frame.iloc[0]
    assert (row["error_type"], row["error_group"], row["model"]) == ("", "", "")


def test_the_rest_of_many_is_counted() -> None:
    db = archive(traces=[trace(f"t{n}", "failed", started_at=at(n)) for n in range(5)])
    found = failures(db, START, END, limit=2)
    assert found.frame["trace_id"].tolist() == ["t4", "t3"]
    assert found.total == 5


def test_outcomes_are_counted_in_the_window_in_which_a_trace_began() -> None:
    db = archive(
        traces=[
            trace("a", started_at=at(0)),
            trace("b", "failed", started_at=at(0.9)),
            trace("c", "indeterminate", started_at=at(2)),
        ]
    )
    frame = outcomes_over_time(db, [START + n * HOUR for n in range(4)])
    told = frame[["bucket", "success", "failed", "indeterminate"]].to_numpy().tolist()
    assert told == [[0, 1, 1, 0], [2, 0, 0, 1]]
