"""A trace in one row: outcome and what decided, duration, names, tags, and the tables' form."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pandas as pd
import pytest
from pydantic import ValidationError

from dashboard.archive import schema
from tests.dashboard.made_traces import READ_AT, llm, made, made_trace, span, tidied, trace


def ended(state: str) -> dict[str, str]:
    return {"agentops.session.end_state": state}


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        ("Success", "ERROR", ("success", "end_state")),
        ("ok", "UNSET", ("success", "end_state")),
        ("Fail", "OK", ("failed", "end_state")),
        ("Error", "OK", ("failed", "end_state")),
        ("Indeterminate", "OK", ("success", "root")),
        ("Shutdown", "ERROR", ("failed", "root")),
        ("", "UNSET", ("indeterminate", "none")),
        ("Indeterminate", "UNSET", ("indeterminate", "none")),
    ],
)
def test_the_roots_word_then_its_status(state: str, status: str, expected: tuple[str, str]) -> None:
    row = made_trace(span("a", status=status, attributes=ended(state)), span("b", parent="a"))
    assert (row["outcome"], row["outcome_by"]) == expected


@pytest.mark.parametrize(
    ("last", "expected"), [("OK", ("success", "last_span")), ("ERROR", ("failed", "last_span"))]
)
def test_then_the_span_that_ended_last(last: str, expected: tuple[str, str]) -> None:
    other = "ERROR" if last == "OK" else "OK"
    row = made_trace(
        span("a", lasts=9),
        span("b", parent="a", at=0, lasts=6, status=last),
        span("c", parent="a", at=3, lasts=2, status=other),  # started last, ended first
        span("d", parent="a", at=7, lasts=1),
    )
    assert (row["outcome"], row["outcome_by"]) == expected


def test_of_two_that_end_together_the_outer_decides() -> None:
    row = made_trace(
        span("a", lasts=2),
        span("c", parent="b", lasts=1, status="ERROR"),
        span("b", parent="a", lasts=1, status="OK"),
    )
    assert row["outcome"] == "success"


@pytest.mark.parametrize(
    ("status", "expected"), [("OK", ("indeterminate", "none")), ("ERROR", ("failed", "last_span"))]
)
def test_without_its_root_a_trace_is_no_success(status: str, expected: tuple[str, str]) -> None:
    row = made_trace(span("b", parent="gone", status=status))
    assert (row["outcome"], row["outcome_by"], row["has_root"]) == (*expected, False)


def test_several_roots() -> None:
    row = made_trace(span("a", at=2, status="OK"), span("b", "first", at=0, lasts=1, status="ERROR"))
    assert (row["outcome"], row["outcome_by"], row["name"]) == ("success", "last_span", "first")
    assert row["duration_s"] == 3.0
    row = made_trace(span("a", attributes=ended("Success")), span("b", attributes=ended("Error")))
    assert row["outcome"] == "failed"


def test_duration_is_the_only_roots_own() -> None:
    row = made_trace(span("a", lasts=2), span("b", parent="a", at=1, lasts=5))
    assert row["duration_s"] == 2.0
    assert row["ended_at"] - row["started_at"] == pd.Timedelta(seconds=6)  # of the span that ended last


def test_duration_without_a_root_is_last_end_less_first_start() -> None:
    assert (
        made_trace(span("a", parent="gone", at=-1, lasts=2), span("b", parent="a", lasts=5))["duration_s"]
        == 6.0
    )


def test_what_took_part() -> None:
    row = made_trace(
        span("run", "run.session"),
        span("boss", "boss.agent", parent="run"),
        span("boss2", "boss.agent", parent="run"),
        llm("ask", "b", parent="boss"),
        llm("ask2", "a", parent="boss"),
        span("look", "look.tool", parent="boss"),
        tags=["x", "y", "x"],
    )
    assert (row["agents"], row["models"], row["tools"], row["tags"]) == (
        ["boss"],
        ["a", "b"],
        ["look"],
        ["x", "y"],
    )
    assert (row["name"], row["service"], row["spans"]) == ("run.session", "shop", 6)


@pytest.mark.parametrize(
    ("said", "tags"), [('["x", "y", 3, ""]', ["x", "y"]), ("plain", []), ('{"a": 1}', []), ("[" * 9_999, [])]
)
def test_tags_of_the_root_where_the_answer_has_none(said: str, tags: list[str]) -> None:
    assert made_trace(span("a", attributes={"agentops.tags": said}))["tags"] == tags


def test_truncated_by_the_free_plan() -> None:
    assert made_trace(span("a"), freeplan_truncated=True)["truncated"] is True
    assert made_trace(span("a"))["truncated"] is False
    assert made_trace({**span("a"), "freeplan_truncated": True})["truncated"] is True


def test_not_reported_is_not_zero() -> None:
    row = made_trace(span("a"))
    for name in ("prompt_tokens", "total_tokens", "reported_usd", "estimated_usd"):
        assert pd.isna(row[name])
    assert row["unpriced_tokens"] == 0


def test_the_columns_are_the_archives_in_their_order() -> None:
    for result in (tidied(trace(span("a"))), tidied()):
        assert list(result.spans) == list(schema.SPANS)
        assert list(result.traces) == list(schema.TRACES)
        times = result.traces[["started_at", "ended_at", "read_at"]].dtypes
        assert {str(dtype) for dtype in [*times, result.spans.started_at.dtype]} == {"datetime64[us]"}


@pytest.mark.parametrize("is_empty", [False, True])
def test_the_archive_can_hold_every_column(is_empty: bool) -> None:
    spans = (span("a"), llm("b", tokens=(1, 2), cost="0.1"), llm("c", tokens=(1, 2)), span("a"))
    result = tidied() if is_empty else tidied(trace(*spans, tags=["x"]))
    for frame, columns in ((result.spans, schema.SPANS), (result.traces, schema.TRACES)):
        casts = ", ".join(
            f"CAST(ROUND({name}, 12) AS {kind}) AS {name}"
            if kind.startswith("DEC")
            else f"{name}::{kind} AS {name}"
            for name, kind in columns.items()
        )
        stored = duckdb.sql(f"SELECT {casts} FROM frame")
        assert stored.columns == list(columns)
        assert len(stored.fetchall()) == len(frame)


def test_times_are_utc_without_zone() -> None:
    wire = span("a")
    wire["start_time"] = "2026-11-01T21:00:00.000001+09:00"
    result = tidied(trace(wire))
    assert result.spans.started_at[0] == pd.Timestamp("2026-11-01 12:00:00.000001")
    assert result.traces.read_at[0] == pd.Timestamp(READ_AT).tz_localize(None)


def test_times_at_the_calendars_ends() -> None:
    early, late = span("a"), span("b", lasts=9_000_000_000)
    early["start_time"] = datetime(1, 1, 1, tzinfo=UTC).isoformat()
    late["start_time"] = datetime(9999, 12, 31, tzinfo=UTC).isoformat()
    table = made(early, late)
    assert table.started_at["a"].year == 1 and table.started_at["b"].year == 9999
    assert made_trace(early, late)["duration_s"] > 3e11


def test_a_trace_without_spans_has_no_row() -> None:
    result = tidied(trace(trace_id="empty"), trace(span("a"), trace_id="full"))
    assert list(result.traces.trace_id) == ["full"]


def test_a_negative_duration_does_not_reach_this_package() -> None:
    with pytest.raises(ValidationError):
        trace({**span("a"), "duration": -1})
