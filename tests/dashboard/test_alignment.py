"""Two traces step by step: what is the same step, what was added and lost, in which order."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from agentops_client import Trace
from dashboard.alignment import Comparison, Step, compare
from tests.dashboard.made_traces import llm, span, tidied, trace
from tests.recorded import load, names

SIGNS = {"both": " ", "lost": "-", "added": "+"}
RECORDED = [
    name
    for name in names("trace_detail")
    if isinstance(load(name).body, dict) and "spans" in load(name).body
]  # fmt: skip


def table(*spans: dict[str, Any]) -> pd.DataFrame:
    return tidied(trace(*spans)).spans


def below(*called: str, root: str = "root") -> pd.DataFrame:
    """A root and its children, one a second."""
    children = [span(f"{i}", name, parent="r", at=i) for i, name in enumerate(called)]
    return table(span("r", root, lasts=1000), *children)


def told(found: Comparison) -> list[str]:
    """Sign, depth and name of each row."""
    return [f"{SIGNS[step.state]}{'.' * step.depth}{step.shown.name}" for step in found.steps]


def named(found: Comparison, name: str) -> Step:
    return next(step for step in found.steps if step.shown.name == name)


def of_pairs(found: Comparison) -> list[tuple[str, str]]:
    return [(step.this.span_id, step.other.span_id) for step in found.steps if step.this and step.other]


# ---- what is the same step ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_trace_does_not_differ_from_itself(name: str) -> None:
    spans = tidied(Trace.model_validate(load(name).body)).spans
    found = compare(spans, spans)
    assert found.identical
    assert of_pairs(found) == [(step.shown.span_id, step.shown.span_id) for step in found.steps]
    assert len(found.steps) == len(spans)


def test_a_call_in_the_middle_is_added_and_those_after_it_stay() -> None:
    this, other = below("ask", "search", "ask", "pay"), below("ask", "search", "ask", "look", "ask", "pay")
    assert told(compare(this, other)) == [
        " root", " .ask", " .search", " .ask", "+.look", "+.ask", " .pay"
    ]  # fmt: skip
    assert told(compare(other, this)) == [
        " root", " .ask", " .search", " .ask", "-.look", "-.ask", " .pay"
    ]  # fmt: skip


def test_of_equal_siblings_the_later_ones_are_added() -> None:
    found = compare(below("ask", "ask"), below("ask", "ask", "ask"))
    assert of_pairs(found) == [("r", "r"), ("0", "0"), ("1", "1")]
    assert told(found)[-1] == "+.ask"


def test_equal_siblings_are_told_apart_by_what_they_did() -> None:
    def turns(*tools: str) -> pd.DataFrame:
        spans = [span("r", "root", lasts=1000)]
        for i, tool in enumerate(tools):
            spans += [
                span(f"turn{i}", "turn", parent="r", at=10 * i, lasts=9),
                span(f"step{i}", "step", parent=f"turn{i}", at=10 * i, lasts=8),
                span(f"tool{i}", tool, parent=f"step{i}", at=10 * i),
            ]
        return table(*spans)

    found = compare(turns("search", "pay"), turns("search", "weigh", "pay"))
    assert [(step.state, step.shown.span_id) for step in found.steps if step.shown.name == "turn"] == [
        ("both", "turn0"), ("added", "turn1"), ("both", "turn1")
    ]  # fmt: skip
    assert found.counts()["added"] == 3


def grouped(*groups: tuple[str, str]) -> pd.DataFrame:
    """Children of a root, each with a name and the names of what stands below it."""
    spans = [span("r", "root", lasts=1000)]
    for i, (name, inner) in enumerate(groups):
        spans.append(span(f"{i}", name, parent="r", at=20 * i, lasts=19))
        spans += [
            span(f"{i}.{j}", called, parent=f"{i}", at=20 * i + j) for j, called in enumerate(inner.split())
        ]
    return table(*spans)


def test_equal_siblings_are_matched_by_what_they_have_in_common() -> None:
    this = grouped(("turn", "search ask"), ("turn", "pay"))
    other = grouped(("turn", "weigh"), ("turn", "search read"), ("turn", "pay read"))
    found = compare(this, other)
    assert [pair for pair in of_pairs(found) if "." not in pair[0]] == [("r", "r"), ("0", "1"), ("1", "2")]
    assert told(found)[1:3] == ["+.turn", "+..weigh"]


def test_lost_ones_stand_before_added_ones_and_take_all_below_with_them() -> None:
    this = table(
        span("r", "root"),
        span("a", "plan", parent="r"),
        span("b", "ask", parent="a"),
        span("c", "end", parent="r", at=1),
    )
    other = table(
        span("r", "root"),
        span("a", "guess", parent="r"),
        span("b", "ask", parent="a"),
        span("c", "end", parent="r", at=1),
    )
    found = compare(this, other)
    assert told(found) == [" root", "-.plan", "-..ask", "+.guess", "+..ask", " .end"]
    assert [step.parent for step in found.steps] == [None, 0, 1, 0, 3, 0]


def test_the_kind_belongs_to_the_step() -> None:
    plain = table(span("r", "root"), span("a", "search", parent="r"))
    tool = table(
        span("r", "root"), span("a", "search", parent="r", attributes={"agentops.span.kind": "tool"})
    )
    assert told(compare(plain, tool)) == [" root", "-.search", "+.search"]


def test_roots_are_the_same_step_whatever_they_are_called() -> None:
    found = compare(below("ask", root="chat 1"), below("ask", root="talk"))
    assert told(found) == [" chat 1", " .ask"]
    assert found.steps[0].changes == ("renamed",)
    assert found.steps[1].changes == ()


def test_ids_and_numbers_in_a_name_may_differ_but_equal_names_go_first() -> None:
    found = compare(below("job 7f3a91c2"), below("job 99c1d004"))
    assert named(found, "job 7f3a91c2").changes == ("renamed",)
    found = compare(below("step 1", "step 2", "step 3"), below("step 1", "step 3"))
    assert told(found) == [" root", " .step 1", "-.step 2", " .step 3"]
    assert not any(step.changes for step in found.steps)
    found = compare(grouped(("step 1", "ask")), grouped(("step 2", "pay"), ("step 1", "look")))
    assert told(found)[1:4] == ["+.step 2", "+..pay", " .step 1"]


# ---- models ------------------------------------------------------------------------------------------


def test_a_changed_model_is_the_same_step() -> None:
    this, other = (table(span("r", "root"), llm("a", model, parent="r")) for model in ("gpt-4o", "o3-mini"))
    step = compare(this, other).steps[1]
    assert (step.state, step.changes) == ("both", ("model",))
    assert step.this is not None
    assert step.other is not None
    assert (step.this.label, step.other.label) == ("gpt-4o", "o3-mini")


def test_a_model_in_the_name_is_no_part_of_it() -> None:
    def chat(name: str, model: str) -> pd.DataFrame:
        call = llm("a", model, parent="r") | {"span_name": name}
        return table(span("r", "root"), call)

    found = compare(chat("chat gpt-4o", "gpt-4o-2024-08-06"), chat("chat openai/o3-mini", "o3-mini"))
    assert [step.changes for step in found.steps] == [(), ("model",)]


def test_a_call_that_failed_before_its_model_answered_has_no_other_model() -> None:
    answered = {"gen_ai.response.model": "gpt-4o-2024-08-06"}
    this = table(llm("a", "gpt-4o", status="ERROR"))
    other = table(llm("a", "gpt-4o", more=answered))
    assert compare(this, other).steps[0].changes == ("no_longer_failed",)
    other_version = table(llm("a", "gpt-4o", more={"gen_ai.response.model": "gpt-4o-2024-05-13"}))
    assert compare(other, other_version).steps[0].changes == ("model",)


# ---- odd traces --------------------------------------------------------------------------------------


def test_a_trace_without_spans() -> None:
    empty = below().iloc[:0]
    assert compare(empty, empty).steps == ()
    assert told(compare(empty, below("ask"))) == ["+root", "+.ask"]
    assert told(compare(below("ask"), empty)) == ["-root", "-.ask"]


def test_orphans_stand_at_the_top_after_the_root() -> None:
    whole = below("ask")
    rootless = table(span("0", "ask", parent="r"))
    assert told(compare(whole, rootless)) == ["-root", "-.ask", "+ask"]
    both = table(span("x", "late", parent="gone", at=-5), span("r", "root"))
    assert told(compare(both, both)) == [" root", " late"]


def test_cycles_and_duplicates_have_one_answer() -> None:
    cycle = table(span("a", "one", parent="b"), span("b", "two", parent="a", at=1))
    assert told(compare(cycle, cycle)) == [" one", " .two"]
    twice = table(span("r", "root"), span("a", "ask", parent="r"), span("a", "ask", parent="r"))
    assert told(compare(twice, below("ask"))) == [" root", " .ask"]
