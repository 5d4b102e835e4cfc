"""Who called whom, loops, blocked guardrails, calls made again and calls made twice."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.dashboard.made_traces import llm, made, span


def steps(table: pd.DataFrame) -> dict[str, str]:
    """``caller > node`` of each span, ``kind:name`` each."""
    return {
        str(name): f"{row.caller_kind}:{row.caller} > {row.node_kind}:{row.node}"
        for name, row in table.iterrows()
    }


def tool(span_id: str, name: str = "search", given: str = "", **rest: Any) -> dict[str, Any]:
    attributes = {"agentops.span.kind": "tool", "agentops.tool.input": given}
    return span(span_id, f"{name}.tool", attributes=attributes, **rest)


def test_from_the_service_over_agents_to_models_and_tools() -> None:
    table = made(
        span("run", "run.session"),
        span("boss", "boss.agent", parent="run"),
        span("step", "step.task", parent="boss"),
        llm("ask", "gpt-4o", parent="step"),
        tool("look", parent="step"),
        span("check", "guardrail", parent="run", attributes={"guardrail_name": "pii"}),
    )
    assert steps(table) == {
        "run": ": > service:shop",
        "boss": "service:shop > agent:boss",
        "step": "agent:boss > :",
        "ask": "agent:boss > model:gpt-4o",
        "look": "agent:boss > tool:search",
        "check": "service:shop > guardrail:pii",
    }
    assert not table.loop.any()


def test_a_span_of_another_service_is_that_service_or_is_called_by_it() -> None:
    table = made(
        span("boss", "boss.agent", service="client"),
        span("post", "POST /v1/chat", parent="boss", service="proxy"),
        span("auth", "auth", parent="post", service="proxy"),
        llm("ask", "gpt-4o", parent="auth", service="proxy"),
        llm("direct", "gpt-4o", parent="boss", service="proxy"),
    )
    assert steps(table) == {
        "boss": "service:client > agent:boss",
        "post": "agent:boss > service:proxy",
        "auth": "service:proxy > :",
        "ask": "service:proxy > model:gpt-4o",
        "direct": "service:proxy > model:gpt-4o",
    }


def test_of_models_above_each_other_the_lowest_is_the_node() -> None:
    table = made(
        llm("outer", "alias"),
        span("between", parent="outer"),
        llm("inner", "gpt-4o", parent="between"),
        span("raw", "raw_gen_ai_request", parent="inner"),
    )
    assert steps(table) == {
        "outer": ": > service:shop",
        "between": "service:shop > :",
        "inner": "service:shop > model:gpt-4o",
        "raw": "model:gpt-4o > :",
    }


def test_without_a_service_name_there_is_no_service() -> None:
    table = made(span("run", "run.session", service=""), llm("ask", "m", parent="run", service=""))
    assert steps(table) == {"run": ": > :", "ask": ": > model:m"}


def test_an_orphan_starts_a_flow_of_its_own() -> None:
    assert steps(made(span("run"), llm("ask", "m", parent="gone")))["ask"] == "service:shop > model:m"


def test_a_loop_is_the_same_node_among_its_ancestors() -> None:
    table = made(
        span("a", "boss.agent"),
        span("b", "aide.agent", parent="a"),
        span("c", "boss.agent", parent="b"),
        span("d", "aide.agent", parent="a"),
        span("e", "other", parent="c", service="other"),
        span("f", "other", parent="e", service="shop"),
    )
    assert table.loop.to_dict() == {"a": False, "b": False, "c": True, "d": False, "e": False, "f": True}


@pytest.mark.parametrize(
    ("status", "attributes", "blocked"),
    [
        ("ERROR", {}, True),
        ("OK", {}, False),
        ("OK", {"guardrail_status": "guardrail_intervened"}, True),
        ("OK", {"guardrail_status": "guardrail_failed_to_respond"}, True),
        ("OK", {"guardrail_status": "success"}, False),
        ("UNSET", {"guardrail.status": "Blocked"}, True),
        ("UNSET", {"tripwire_triggered": "True"}, True),
        ("UNSET", {"tripwire_triggered": "false"}, False),
    ],
)
def test_blocked(status: str, attributes: dict[str, str], blocked: bool) -> None:
    table = made(
        span("a", "guardrail", status=status, attributes=attributes),
        span("b", "x.tool", status=status, attributes=attributes),
    )
    assert table.blocked.to_dict() == {"a": blocked, "b": False}


def test_a_failed_call_that_its_parent_makes_again_was_retried() -> None:
    answered = {"gen_ai.response.model": "gpt-4o-2024-08-06"}
    table = made(
        span("run"),
        llm("first", parent="run", at=0, lasts=1, status="ERROR"),
        llm("second", parent="run", at=1, lasts=1, status="ERROR"),
        llm("third", parent="run", at=3, status="OK", more=answered),
        llm("other", "gpt-4o-mini", parent="run", at=0, lasts=1, status="ERROR"),
        llm("meanwhile", parent="run", at=0.5, lasts=9, status="ERROR"),
        llm("elsewhere", parent="first", at=0, lasts=1, status="ERROR"),
        tool("look", parent="run", at=0, lasts=1, status="ERROR"),
        tool("look2", parent="run", at=2),
        tool("count", "count", parent="run", at=0),
        tool("count2", "count", parent="run", at=5, lasts=0, status="ERROR"),  # is not its own retry
    )
    assert [name for name, again in table.retried.items() if again] == ["first", "second", "look"]


def test_a_tool_run_twice_with_the_same_input_is_repeated() -> None:
    wish = {"tool.name": "search", "tool.parameters": "x"}
    table = made(
        tool("late", given="x", at=5),
        tool("early", given="x", at=1),
        tool("other", given="y", at=6),
        tool("fetch", "fetch", given="x", at=6),
        tool("blank", at=7),
        tool("blank2", at=8),
        span("wish", "tool_call.search", span_type="tool", at=0, attributes=wish),
    )
    assert [name for name, twice in table.repeated.items() if twice] == ["late"]
