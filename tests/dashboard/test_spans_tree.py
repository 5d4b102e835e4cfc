"""Parent links of every sort, the time a span spent itself, and sizes that must not matter."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tests.dashboard.made_traces import llm, made, made_trace, span, tidied, trace


def self_times(*spans: dict[str, Any]) -> dict[str, float]:
    return {name: round(value, 9) for name, value in made(*spans).self_s.items()}


def test_self_time_is_without_the_union_of_the_childrens() -> None:
    assert self_times(
        span("a", lasts=10),
        span("b", parent="a", at=1, lasts=3),
        span("c", parent="a", at=2, lasts=3),  # overlaps b: together 1 to 5
        span("d", parent="a", at=7, lasts=1),
        span("e", parent="b", at=1, lasts=1),  # no child of a
    ) == {"a": 5.0, "b": 2.0, "c": 3.0, "d": 1.0, "e": 1.0}


def test_children_beyond_their_parent_are_clipped_to_it() -> None:
    assert self_times(span("a", at=5, lasts=2), span("early", parent="a", at=0, lasts=6)) == {
        "a": 1,
        "early": 6,
    }
    assert self_times(span("a", lasts=2), span("late", parent="a", at=1.5, lasts=9)) == {"a": 1.5, "late": 9}
    assert self_times(span("a", lasts=2), span("apart", parent="a", at=50, lasts=9)) == {"a": 2, "apart": 9}
    assert self_times(span("a", lasts=0), span("b", parent="a", lasts=1)) == {"a": 0, "b": 1}
    assert self_times(span("a", lasts=2), span("b", parent="a", at=1, lasts=0)) == {"a": 2, "b": 0}


def test_children_may_come_before_their_parents() -> None:
    spans = [span("c", parent="b"), span("b", "b.agent", parent="a"), span("a", "a.agent")]
    assert made(*spans).agent.to_dict() == {"c": "b", "b": "b", "a": "a"}


def test_an_orphan_is_a_top_but_no_root() -> None:
    row = made_trace(span("b", "b.task", parent="gone"), llm("c", parent="b"))
    assert row["has_root"] is False and row["name"] == "b.task"
    assert made(span("b", parent="gone")).parent_id["b"] == "gone"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_cycle_is_cut_at_its_first_started_span(order: tuple[int, ...]) -> None:
    # y → z → x → y, and w below z; x started first
    spans = [
        span("x", "x.agent", parent="y", at=1),
        span("y", "y.agent", parent="z", at=3),
        span("z", "z.task", parent="x", at=2),
    ]
    table = made(*(spans[i] for i in order), span("w", parent="z", at=4))
    assert table.agent.to_dict() == {"x": "x", "y": "y", "z": "x", "w": "x"}
    row = made_trace(*spans)
    assert row["has_root"] is False and row["name"] == "x.agent"
    assert row["duration_s"] == 3.0


def test_a_span_that_is_its_own_parent() -> None:
    row = made_trace(span("a", parent="a", lasts=2), span("b", parent="a", lasts=1))
    assert (row["has_root"], row["spans"], row["duration_s"]) == (False, 2, 2.0)


def test_a_duplicate_hides_nothing() -> None:
    table = made(span("a", lasts=4), span("b", parent="a", lasts=1), span("b", parent="a", at=2, lasts=1))
    assert list(table.duplicate) == [False, False, True]
    assert table.self_s["a"] == 3.0


def chain(length: int) -> list[dict[str, Any]]:
    made_spans = [llm("s0", tokens=(1, 1))]
    made_spans += [
        llm(f"s{i}", parent=f"s{i - 1}", tokens=(1, 1))
        if i % 2
        else span(f"s{i}", "x.agent", parent=f"s{i - 1}")
        for i in range(1, length)
    ]
    return made_spans


def wide(length: int) -> list[dict[str, Any]]:
    return [
        span("s0", "x.agent"),
        *(llm(f"s{i}", parent="s0", at=i, tokens=(i, 1)) for i in range(1, length)),
    ]


def cycle(length: int) -> list[dict[str, Any]]:
    return [span(f"s{i}", parent=f"s{(i + 1) % length}", at=i) for i in range(length)]


@pytest.mark.parametrize("shape", [chain, wide, cycle])
def test_ten_thousand_spans_take_ten_times_a_thousand(shape: Any) -> None:
    def seconds(length: int) -> float:
        whole = trace(*shape(length))
        began = time.process_time()
        assert len(tidied(whole).spans) == length
        return time.process_time() - began

    # quadratic work would make it a hundred times
    assert seconds(10_000) < 30 * min(seconds(1_000), seconds(1_000))


def test_any_tree_has_an_answer() -> None:
    chance = random.Random(20261122)
    for _ in range(150):
        spans, leaf_tokens = _random_spans(chance)
        result = tidied(trace(*spans))
        table, row = result.spans, result.traces.iloc[0]
        kept = table[~table.duplicate]
        assert ((kept.self_s >= 0) & (kept.self_s <= kept.duration_s)).all()
        assert row["spans"] == len(kept)
        assert row["total_tokens"] >= leaf_tokens
        assert row["total_tokens"] == kept.total_tokens.sum()
        assert table.kind.isin(
            ["session", "agent", "task", "workflow", "tool", "llm", "guardrail", "other"]
        ).all()
        # counted once: never more than everything that was said
        assert row["total_tokens"] <= sum(_said(wire) for wire in spans)


def _random_spans(chance: random.Random) -> tuple[list[dict[str, Any]], int]:
    """Spans with any parent links, cycles among them, and the tokens of those that have no child."""
    size = chance.randrange(1, 25)
    ids = [f"s{i}" for i in range(size)]
    spans = []
    for span_id in ids:
        kind = chance.choice(["session", "agent", "task", "workflow", "tool", "llm", "guardrail", "x", ""])
        attributes = {"agentops.span.kind": kind, "gen_ai.request.model": chance.choice(["gpt-4o", "ours"])}
        if chance.random() < 0.7:
            attributes["gen_ai.usage.prompt_tokens"] = str(chance.choice([0, 10, 10, 20, 30]))
        if chance.random() < 0.6:
            attributes["gen_ai.usage.completion_tokens"] = str(chance.choice([0, 5, 5, 10]))
        if chance.random() < 0.4:
            attributes["gen_ai.usage.total_cost"] = chance.choice(["0", "0.1", "0.2", "junk", "0.3"])
        spans.append(
            span(
                span_id,
                f"n.{kind}",
                parent=chance.choice(["", "gone", *ids]),
                at=chance.uniform(-5, 5),
                lasts=chance.choice([0, 0.5, chance.uniform(0, 9)]),
                status=chance.choice(["OK", "ERROR", "UNSET"]),
                attributes=attributes,
            )
        )
    spans.append(llm("more", tokens=(1, 1)))
    parents = {wire["parent_span_id"] for wire in spans}
    return spans, sum(_said(wire) for wire in spans if wire["span_id"] not in parents)


def _said(wire: dict[str, Any]) -> int:
    usage = wire["span_attributes"].get("gen_ai", {}).get("usage", {})
    return int(usage.get("prompt_tokens", 0)) + int(usage.get("completion_tokens", 0))
