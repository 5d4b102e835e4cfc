"""What a span is (session, agent, task, workflow, tool, llm, guardrail, other), and what it is called."""

from __future__ import annotations

from typing import Final

from agentops_client import Span

from .attributes import find, label, one_line, text

AGENT: Final = "agent"
GUARDRAIL: Final = "guardrail"
LLM: Final = "llm"
OTHER: Final = "other"
TOOL: Final = "tool"
#: Kinds whose usage is a total over what ran inside.
ROLL_UPS: Final = frozenset({"session", "agent", "task", "workflow", "other"})

TOOL_CALL: Final = "tool_call."

_SPAN_KINDS = {
    "session": "session",
    "agent": AGENT,
    "task": "task",
    "operation": "task",
    "workflow": "workflow",
    "chain": "workflow",
    "team": "workflow",
    "tool": TOOL,
    "llm": LLM,
    "guardrail": GUARDRAIL,
    "http": OTHER,
    "text": OTHER,
}
_OPERATIONS = {
    **dict.fromkeys(
        (
            "acompletion", "aembedding", "aresponses", "atext_completion", "chat", "completion", "embedding",
            "embeddings", "generate_content", "image_generation", "rerank", "responses", "speech",
            "text_completion", "transcription",
        ),
        LLM,
    ),
    "execute_tool": TOOL,
    "create_agent": AGENT,
    "invoke_agent": AGENT,
    "invoke_workflow": "workflow",
}  # fmt: skip
_OPENINFERENCE = {
    "llm": LLM,
    "embedding": LLM,
    "agent": AGENT,
    "tool": TOOL,
    "retriever": TOOL,
    "chain": "workflow",
    "guardrail": GUARDRAIL,
}
_SUFFIXES = {
    "session": "session",
    "agent": AGENT,
    "task": "task",
    "operation": "task",
    "workflow": "workflow",
    "tool": TOOL,
    "guardrail": GUARDRAIL,
    "llm": LLM,
}
_TYPES = {"request": LLM, "tool": TOOL, "agent": AGENT}


def kind_of(span: Span, *, uses_model: bool) -> str:
    """The kind by the first thing that says it, SDK's own word first. ``uses_model``: the span names a
    model that was asked, or reports tokens."""
    attributes = span.span_attributes
    said = _SPAN_KINDS.get(text(attributes, "agentops.span.kind").lower())
    if said is not None:
        return said
    if span.name == "raw_gen_ai_request":
        return OTHER
    if span.name == "guardrail" or find(attributes, "guardrail_name") is not None:
        return GUARDRAIL
    return (
        _OPERATIONS.get(text(attributes, "gen_ai.operation.name").lower())
        or _OPENINFERENCE.get(text(attributes, "openinference.span.kind").lower())
        or (LLM if span.name == "litellm_request" or text(attributes, "llm.request.type") else None)
        or _SUFFIXES.get(span.name.rpartition(".")[2] if "." in span.name else "")
        or _TYPES.get((span.span_type or "").lower())
        or (LLM if uses_model else OTHER)
    )


def agent_label(span: Span) -> str:
    named = label(span.span_attributes, "gen_ai.agent.name", "agentops.agent.name", "operation.name")
    return named or bare_name(span.name)


def tool_label(span: Span) -> str:
    named = label(span.span_attributes, "tool.name", "gen_ai.tool.name", "operation.name")
    return named or bare_name(span.name)


def guardrail_label(span: Span) -> str:
    named = label(span.span_attributes, "guardrail_name", "guardrail.name", "operation.name")
    return named or bare_name(span.name)


def bare_name(name: str) -> str:
    """A span's name without what says its kind: ``search.tool``, ``tool_call.search`` → ``search``."""
    name = one_line(name).removeprefix(TOOL_CALL)
    front, _, last = name.rpartition(".")
    return front if front and last in _SUFFIXES else name
