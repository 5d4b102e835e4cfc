"""Agents, tools, models, edges; totals and single traces."""

from __future__ import annotations

import pandas as pd

from dashboard.archive.reading import (
    agents,
    by_ids,
    costliest,
    edges,
    failed_newest,
    models,
    slowest,
    tools,
    totals,
)
from tests.dashboard.archived import END, START, archive, at, call, failed, paid, span, tool, trace


def test_agents() -> None:
    db = archive(
        spans=[
            span("t1", kind="agent", agent="planner", duration_s=2.0),
            call("t1", agent="planner", duration_s=50.0, **paid(1, total_tokens=7)),
            tool("t1", agent="planner"),
            span("t2", kind="agent", agent="planner", duration_s=4.0),
            call("t2", agent="planner", **failed(), **paid(2)),
            call("t3", agent="planner"),
            call("t1", agent="writer", **paid(0.5, "own")),
            call("t1", **paid(100)),
        ],
        traces=[trace("t1", "success"), trace("t2", "failed")],
    )
    frame = agents(db, START, END).set_index("agent")
    planner = frame.loc["planner"]
    assert list(frame.index) == ["planner", "writer"]
    assert planner[["traces", "success", "failed", "indeterminate"]].tolist() == [3, 1, 1, 1]
    assert planner[["errors", "calls", "tool_calls", "spans", "n"]].tolist() == [1, 3, 1, 6, 2]
    assert (planner["cost_usd"], planner["total_tokens"], planner["p95_s"]) == (3.0, 7.0, 3.9)
    assert frame.loc["writer", ["own_usd", "errors"]].tolist() == [0.5, 0]


def test_tools() -> None:
    db = archive(
        spans=[
            tool(duration_s=1.0, **paid(0.25)),
            tool(duration_s=3.0, repeated=True),
            tool("t2", **failed()),
            tool(name="mail"),
            tool(duplicate=True),
        ]
    )
    frame = tools(db, START, END).set_index("tool")
    assert list(frame.index) == ["search", "mail"]
    search = frame.loc["search"]
    assert search[["calls", "traces", "failures", "repeated", "n"]].tolist() == [3, 2, 1, 1, 2]
    assert search[["p50_s", "total_s", "cost_usd"]].tolist() == [2.0, 4.0, 0.25]
    assert pd.isna(frame.loc["mail", "cost_usd"])


def test_models() -> None:
    db = archive(
        spans=[
            call(provider="openai", duration_s=1.0, **paid(1, prompt_tokens=10)),
            call(provider="azure", duration_s=3.0, **failed()),
            span(kind="llm", model="gpt", duration_s=99.0, **paid(2)),
            call(model="", **paid(9)),
            tool(**paid(50)),
        ]
    )
    frame = models(db, START, END).set_index("model")
    assert list(frame.index) == ["", "gpt"]
    gpt = frame.loc["gpt"]
    assert gpt["providers"] == ["azure", "openai"]
    assert gpt[["calls", "failures", "n", "p50_s"]].tolist() == [2, 1, 2, 2.0]
    assert gpt[["cost_usd", "cost_per_call_usd", "prompt_tokens"]].tolist() == [3.0, 1.5, 10.0]
    assert frame.loc["", "providers"] == []


def test_edges_count_calls_and_tell_what_is_left_out() -> None:
    entry = {"node_kind": "service", "node": "api"}
    used = {"caller_kind": "agent", "caller": "planner"}
    db = archive(
        spans=[
            span(**entry),
            tool(**used, duration_s=1.0, **failed()),
            tool(**used, duration_s=3.0, loop=True, **paid(2)),
            span(**used, kind="guardrail", node_kind="guardrail", node="pii", blocked=True),
            span(name="no node"),
        ]
    )
    frame, pairs = edges(db, START, END, limit=1)
    assert pairs == 3
    names = [
        "caller_kind",
        "caller",
        "node_kind",
        "node",
        "calls",
        "errors",
        "blocked",
        "loops",
        "n",
        "p50_s",
    ]
    assert frame[names].values.tolist() == [["agent", "planner", "tool", "search", 2, 1, 0, 1, 2, 2.0]]
    assert frame[["total_s", "cost_usd"]].values.tolist() == [[4.0, 2.0]]
    everything = edges(db, START, END)
    assert everything.left_out == 0
    assert set(everything.frame["caller_kind"]) == {"", "agent"}
    assert everything.frame["blocked"].sum() == 1
    assert edges(archive(), START, END).total == 0


def test_totals() -> None:
    db = archive(
        spans=[
            call(**paid(1, prompt_tokens=3, total_tokens=4)),
            call(**paid(2, "estimated")),
            call(**paid(4, "own")),
            call(cost_source="unpriced", total_tokens=6),
            tool(**paid(8)),
            tool(**paid(16, "estimated")),
            call(**paid(1000), started_at=at(24)),
        ],
        traces=[
            trace("a", duration_s=1.0), trace("b", "failed", duration_s=3.0), trace("c", "indeterminate"),
            trace("d", started_at=at(-1)),
        ],
    )  # fmt: skip
    found = totals(db, START, END)
    assert (found.traces, found.success, found.failed, found.indeterminate) == (3, 1, 1, 1)
    assert (found.durations, found.p50_s) == (2, 2.0)
    assert (found.reported_usd, found.estimated_usd, found.own_usd, found.cost_usd) == (9.0, 18.0, 4.0, 31.0)
    assert (found.tool_cost_usd, found.tool_reported_usd) == (24.0, 8.0)
    assert (found.prompt_tokens, found.completion_tokens, found.total_tokens) == (3, None, 10)
    assert (found.unpriced_tokens, found.calls, found.spans) == (6, 4, 6)


def test_totals_of_nothing_are_unknown_and_not_zero() -> None:
    found = totals(archive(), START, END)
    assert (found.traces, found.calls, found.spans, found.unpriced_tokens) == (0, 0, 0, 0)
    assert (found.cost_usd, found.p95_s, found.total_tokens, found.tool_cost_usd) == (None, None, None, None)


def test_lists_of_traces() -> None:
    db = archive(
        traces=[
            trace("a", reported_usd=1.0, estimated_usd=0.5, duration_s=3.0, tags=["x"], total_tokens=7),
            trace("b", "failed", reported_usd=1.2, duration_s=9.0, started_at=at(2)),
            trace("c", "failed", started_at=at(3)),
            trace("d", "failed", started_at=at(24), reported_usd=99.0, duration_s=99.0),
        ]
    )
    top = costliest(db, START, END)
    assert top[["trace_id", "cost_usd"]].values.tolist() == [["a", 1.5], ["b", 1.2]]
    assert top["tags"].tolist() == [["x"], []]
    assert (top["total_tokens"].iloc[0], top["estimated_usd"].iloc[0]) == (7.0, 0.5)
    assert slowest(db, START, END)["trace_id"].tolist() == ["b", "a"]
    assert slowest(db, START, END, n=1)["trace_id"].tolist() == ["b"]
    assert failed_newest(db, START, END)["trace_id"].tolist() == ["c", "b"]
    assert by_ids(db, ["a", "d", "unknown"])["trace_id"].tolist() == ["d", "a"]
    assert by_ids(db, []).empty
