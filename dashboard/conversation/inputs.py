"""What went into an agent, task, tool or workflow, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentops_client import Span

from .attributes import find
from .json_text import indented, written
from .visible import visible, without_bytes

_INPUTS = (
    "gen_ai.tool.call.arguments", "tool.parameters", "tool.arguments", "tool.input", "traceloop.entity.input",
    "input.value", "ai.toolCall.args", "gcp.vertex.agent.tool_call_args", "mcp.request.argument", "input",
)  # fmt: skip
_OUTPUTS = (
    "gen_ai.tool.call.result", "tool.result", "tool.output", "traceloop.entity.output", "output.value",
    "ai.toolCall.result", "gcp.vertex.agent.tool_response", "mcp.response.value", "output",
)  # fmt: skip


def inputs_outputs(span: Span) -> tuple[str, str]:
    """Input and output as texts, JSON indented; "" for what the span does not say.

    ``agentops.<kind>.input`` of any kind comes before the conventions of others, ``entity`` last of these.
    """
    attributes = span.span_attributes
    return _told(attributes, "input", _INPUTS), _told(attributes, "output", _OUTPUTS)


def _told(attributes: Mapping[str, Any], way: str, paths: tuple[str, ...]) -> str:
    ours = find(attributes, "agentops")
    kinds = sorted(ours, key=lambda kind: kind == "entity") if isinstance(ours, dict) else []
    for path in (*(f"agentops.{kind}.{way}" for kind in kinds), *paths):
        value = find(attributes, path)
        if isinstance(value, str):
            if value.strip():
                return visible(without_bytes(indented(value) or value))
        elif value is not None and value not in ({}, []):
            return written(value)
    return ""
