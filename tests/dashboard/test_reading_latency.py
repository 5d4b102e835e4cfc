"""Percentiles, histogram and scatter."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.archive.reading import durations, latency_over_time, latency_total, points
from tests.dashboard.archived import END, HOUR, START, archive, at, call, failed, paid, span, tool, trace


def test_percentiles_are_exact_and_interpolated() -> None:
    db = archive(traces=[trace(f"t{n}", duration_s=float(n)) for n in range(101)])
    assert latency_total(db, START, END, "trace") == (101, 50.0, 95.0, 99.0)
    two = archive(traces=[trace("a", duration_s=1.0), trace("b", duration_s=2.0), trace("c")])
    assert latency_total(two, START, END, "trace")[:2] == (2, 1.5)  # a trace without duration is none


def test_without_durations_there_is_no_percentile() -> None:
    assert latency_total(archive(), START, END, "llm") == (0, None, None, None)
    assert latency_over_time(archive(), [START, END], "llm").empty
    assert durations(archive(), START, END, "llm").empty


def test_each_kind_of_duration_is_its_own() -> None:
    db = archive(
        spans=[
            call(duration_s=1.0), tool(duration_s=2.0), span(kind="llm", duration_s=9.0),
            call(duration_s=9.0, duplicate=True), span(kind="agent", duration_s=9.0),
        ],
        traces=[trace(duration_s=4.0)],
    )  # fmt: skip
    assert [latency_total(db, START, END, of)[:2] for of in ("llm", "tool", "trace")] == [
        (1, 1.0), (1, 2.0), (1, 4.0),
    ]  # fmt: skip


def test_windows() -> None:
    db = archive(
        spans=[
            call(duration_s=1.0),
            call(duration_s=3.0, started_at=at(0.5)),
            call(duration_s=8.0, started_at=at(5)),
        ]
    )
    frame = latency_over_time(db, [START, START + HOUR, START + 2 * HOUR, END], "llm")
    assert frame[["bucket", "n", "p50_s"]].values.tolist() == [[0, 2, 2.0], [2, 1, 8.0]]


def test_bins_are_neighbours_and_hold_each_duration() -> None:
    said = [
        (0.0, "OK"),
        (0.001, "OK"),
        (0.0015, "OK"),
        (1.0, "OK"),
        (1.2, "ERROR"),
        (1.4, "UNSET"),
        (10.0, "OK"),
    ]
    db = archive(spans=[call(duration_s=seconds, status=status) for seconds, status in said])
    frame = durations(db, START, END, "llm")
    assert frame["low_s"].iloc[0] == 0.0
    assert frame["high_s"].iloc[:-1].tolist() == frame["low_s"].iloc[1:].tolist()
    held = frame[frame[["success", "failed", "indeterminate"]].sum(axis=1) > 0]
    assert held[["success", "failed", "indeterminate"]].values.tolist() == [
        [2, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0],
    ]  # fmt: skip
    assert held["low_s"].tolist() == pytest.approx([0, 10 ** (-23 / 8), 1, 10 ** (1 / 8), 10])
    assert (10 ** (-23 / 8) < 0.0015) and (10 ** (1 / 8) < 1.4)


def test_a_scatter_keeps_failed_and_slow_traces_and_says_how_many_there_are() -> None:
    ordinary = [trace(f"ok{n:04}", duration_s=1.0, started_at=at(n / 100)) for n in range(1000)]
    bad = [trace(f"bad{n}", "failed", duration_s=0.5) for n in range(20)]
    db = archive(traces=[*ordinary, *bad, trace("slow", duration_s=99.0), trace("none")])
    frame, total = points(db, START, END, limit=100)
    assert (len(frame), total) == (100, 1021)
    assert (frame["outcome"] == "failed").sum() == 20
    assert "slow" in set(frame["trace_id"])
    assert frame["started_at"].is_monotonic_increasing
    kept = frame[frame["outcome"] == "success"]["started_at"]
    halves = (kept < pd.Timestamp(START + 5 * HOUR)).mean()
    assert 0.25 < halves < 0.75  # a sample of all hours, not their beginning


def test_too_many_failed_traces_leave_room_for_others() -> None:
    db = archive(
        traces=[trace(f"bad{n}", "failed", duration_s=1.0) for n in range(300)]
        + [trace(f"ok{n}", duration_s=0.1) for n in range(300)]
    )
    frame, total = points(db, START, END, limit=100)
    assert total == 600
    assert 50 <= (frame["outcome"] == "failed").sum() < 95


def test_a_point_has_its_traces_cost() -> None:
    db = archive(
        spans=[call(**failed(), **paid(9))],
        traces=[trace(duration_s=1.0, reported_usd=1.0, estimated_usd=0.5), trace("t2", duration_s=1.0)],
    )
    assert points(db, START, END).frame["cost_usd"].fillna(-1).tolist() == [1.5, -1.0]
