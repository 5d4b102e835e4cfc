"""What a span is and what it is called, by each thing that can say it."""

from __future__ import annotations

import pytest

from tests.dashboard.made_traces import made, span


@pytest.mark.parametrize(
    ("name", "span_type", "attributes", "kind"),
    [
        ("x", None, {"agentops.span.kind": "Workflow"}, "workflow"),
        ("x.tool", "request", {"agentops.span.kind": "agent"}, "agent"),
        ("x", None, {"agentops.span.kind": "operation"}, "task"),
        ("x.agent", None, {"agentops.span.kind": "surprise"}, "agent"),
        ("x", None, {"gen_ai.operation.name": "chat"}, "llm"),
        ("x", None, {"gen_ai.operation.name": "acompletion"}, "llm"),
        ("x", None, {"gen_ai.operation.name": "embeddings"}, "llm"),
        ("execute_tool x", None, {"gen_ai.operation.name": "execute_tool"}, "tool"),
        ("x", None, {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}, "agent"),
        ("x", None, {"openinference.span.kind": "CHAIN"}, "workflow"),
        ("x", None, {"openinference.span.kind": "LLM"}, "llm"),
        ("x", None, {"llm.request.type": "completion"}, "llm"),
        ("litellm_request", None, {}, "llm"),
        ("raw_gen_ai_request", "request", {"gen_ai.usage.prompt_tokens": "5"}, "other"),
        ("run.session", "other", {}, "session"),
        ("a.b.task", None, {}, "task"),
        ("x.operation", None, {}, "task"),
        ("x.guardrail", None, {}, "guardrail"),
        ("guardrail", "other", {}, "guardrail"),
        ("check", None, {"guardrail_name": "pii"}, "guardrail"),
        ("openai.chat.completion", "request", {}, "llm"),
        ("x", "tool", {}, "tool"),
        ("x", None, {"gen_ai.request.model": "gpt-4o"}, "llm"),
        ("x", None, {"gen_ai.usage.input_tokens": "5"}, "llm"),
        ("x", None, {"gen_ai.usage.total_cost": "5"}, "other"),
        ("POST /v1/chat/completions", "other", {}, "other"),
        ("", None, {}, "other"),
    ],
)
def test_kind(name: str, span_type: str | None, attributes: dict[str, str], kind: str) -> None:
    assert made(span("a", name, span_type=span_type, attributes=attributes)).kind["a"] == kind


def test_agent_is_the_nearest_above_or_the_span_itself() -> None:
    table = made(
        span("run", "run.session"),
        span("boss", "boss.agent", parent="run"),
        span("step", "step.task", parent="boss"),
        span("aide", "whatever", parent="step", attributes={
            "agentops.span.kind": "agent", "gen_ai.agent.name": "Aide", "operation.name": "aide_function",
        }),
        span("search", "search.tool", parent="aide"),
    )  # fmt: skip
    assert table.agent.to_dict() == {
        "run": "", "boss": "boss", "step": "boss", "aide": "Aide", "search": "Aide",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "attributes", "tool"),
    [
        ("get_weather.tool", {}, "get_weather"),
        ("tool_call.get_weather", {}, "get_weather"),
        ("x.tool", {"operation.name": "look up\nall"}, "look up all"),
        ("x.tool", {"tool.name": "search", "operation.name": "f"}, "search"),
        ("x.tool", {"gen_ai.tool.name": "search"}, "search"),
        ("mcp.read.file", {}, "mcp.read.file"),
    ],
)
def test_a_tools_name(name: str, attributes: dict[str, str], tool: str) -> None:
    assert made(span("a", name, span_type="tool", attributes=attributes)).tool["a"] == tool


def test_a_request_for_a_tool_is_no_second_run_of_it() -> None:
    asked = span("asked", "tool_call.weather", span_type="tool", attributes={"tool.name": "weather"})
    ran = span("ran", "weather.tool", attributes={"agentops.span.kind": "tool"})
    assert made(asked, ran).kind.to_dict() == {"asked": "other", "ran": "tool"}
    assert made(asked, ran).tool.to_dict() == {"asked": "", "ran": "weather"}
    # where only the request is seen, it stands for the call
    other = span("ran", "news.tool", attributes={"agentops.span.kind": "tool"})
    assert made(asked, other).kind.to_dict() == {"asked": "tool", "ran": "tool"}


def test_model_provider_and_names_for_a_price() -> None:
    table = made(
        span("a", attributes={
            "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "stand-in", "gen_ai.system": "OpenAI",
            "litellm.provider.model": "openai/gpt-4o",
        }),
        span("b", attributes={"gen_ai.request.model": "gpt-4o", "gen_ai.provider.name": "azure"}),
        span("c", "litellm_request", attributes={"litellm.provider.model": "m", "error.llm_provider": "x"}),
    )  # fmt: skip
    assert list(table.model) == ["stand-in", "gpt-4o", "m"]
    assert list(table.provider) == ["openai", "azure", "x"]
    assert list(table.price_model) == ["stand-in\ngpt-4o\nopenai/gpt-4o", "gpt-4o", "m"]


def test_attributes_may_also_come_with_dotted_names() -> None:
    wire = span("a")
    wire["span_attributes"] = {"gen_ai.request.model": "m", "gen_ai": {"system": "openai"}}
    row = made(wire).loc["a"]
    assert (row.kind, row.model, row.provider) == ("llm", "m", "openai")
