"""Calls that were blocked, made again, or made twice the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from .attributes import text
from .facts import Facts
from .kinds import GUARDRAIL, LLM, TOOL

_BLOCKING = ("intervened", "blocked", "failed")
_TOOL_INPUT = (
    "agentops.tool.input",
    "tool.parameters",
    "gen_ai.tool.call.arguments",
    "agentops.entity.input",
)


def is_blocked(span: Facts) -> bool:
    """A guardrail that failed, says that it stepped in, or whose tripwire went off."""
    if span.kind != GUARDRAIL:
        return False
    if span.status == "ERROR":
        return True
    attributes = span.span.span_attributes
    said = text(attributes, "guardrail_status", "guardrail.status", "agentops.guardrail.status").lower()
    tripped = text(
        attributes,
        "tripwire_triggered",
        "guardrail.tripwire_triggered",
        "agentops.guardrail.tripwire_triggered",
    )
    return any(word in said for word in _BLOCKING) or tripped.lower() == "true"


def retried(spans: Sequence[Facts]) -> list[bool]:
    """Failed llm and tool spans after whose end the same call starts under the same parent."""
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    for position, span in enumerate(spans):
        if span.kind in (LLM, TOOL):
            # the model asked for: a failed call has no answer that could name a version
            called = span.asked if span.kind == LLM else span.label
            groups.setdefault((span.parent_id, span.kind, called, span.name), []).append(position)
    found = [False] * len(spans)
    for group in groups.values():
        if len(group) == 1:
            continue
        by_start = sorted(group, key=lambda position: spans[position].start_ns)
        last, last_but_one = by_start[-1], by_start[-2]
        for position in group:
            other = last_but_one if position == last else last
            if spans[position].status == "ERROR":
                found[position] = spans[other].start_ns >= spans[position].end_ns
    return found


def repeated(spans: Sequence[Facts]) -> list[bool]:
    """Runs of a tool with the input of an earlier run in the trace; without an input nothing is said."""
    seen: set[tuple[str, bytes]] = set()
    found = [False] * len(spans)
    runs = [i for i, span in enumerate(spans) if span.kind == TOOL and not span.is_tool_request]
    for position in sorted(runs, key=lambda i: spans[i].start_ns):
        given = text(spans[position].span.span_attributes, *_TOOL_INPUT)
        if not given:
            continue
        run = (spans[position].label, blake2b(given.encode("utf-8", "replace"), digest_size=16).digest())
        found[position] = run in seen
        seen.add(run)
    return found
