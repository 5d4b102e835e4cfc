"""Who calls whom in a frame of spans: by hand, and as the archive answers the same question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
from pandas.testing import assert_frame_equal

from dashboard.archive.reading import edges as archived
from dashboard.metrics import edges
from tests.dashboard.archive_frames import opened
from tests.dashboard.made_traces import READ_AT, llm, span, tidied, trace

#: An agent that asks a model three times, once in vain, and runs a tool.
SPANS = (
    span("s", "run.session", lasts=9),
    span("a", "planner.agent", parent="s", at=1, lasts=8),
    llm("m1", parent="a", at=1, lasts=1, tokens=(10, 1), cost="0.5"),
    llm("m2", parent="a", at=2, lasts=2, tokens=(10, 1), cost="0.25"),
    llm("m3", parent="a", at=4, lasts=3, status="ERROR"),
    span("t", "search.tool", parent="a", at=8, lasts=0.5),
)


def row(frame: pd.DataFrame, caller: str, node: str) -> dict[str, object]:
    (found,) = frame[(frame.caller == caller) & (frame.node == node)].to_dict("records")
    return found


def test_calls_errors_durations_and_cost_by_hand() -> None:
    found = edges(tidied(trace(*SPANS)).spans)
    asked = row(found, "planner", "gpt-4o")
    assert (asked["calls"], asked["errors"], asked["n"], asked["p50_s"], asked["total_s"]) == (3, 1, 3, 2, 6)
    assert asked["cost_usd"] == 0.75
    assert asked["p95_s"] == 2.9  # linear between 2 s and 3 s: 2 + 0.9
    ran = row(found, "planner", "search")
    assert (ran["caller_kind"], ran["node_kind"], ran["calls"], ran["errors"]) == ("agent", "tool", 1, 0)
    assert pd.isna(ran["cost_usd"])
    assert found["calls"].tolist() == sorted(found["calls"], reverse=True)


def test_the_archive_says_the_same() -> None:
    tidy = tidied(trace(*SPANS))
    archive = opened()
    archive.put(tidy)
    start = READ_AT.astimezone(UTC) - timedelta(days=400)
    with archive.reading() as db:
        said = archived(db, start, datetime(2100, 1, 1, tzinfo=UTC)).frame
    mine = edges(tidy.spans)
    assert_frame_equal(mine, said[mine.columns], check_dtype=False)


def test_without_spans_there_are_no_calls() -> None:
    assert edges(tidied(trace(*SPANS)).spans.iloc[:0]).empty
