"""Filters as SQL: which traces of a range are in the list, and in which order.

Text in here is ours; what a reader asks for is bound as a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dashboard.filters import Filters

from .frames import between

COST_USD: Final = """CASE WHEN reported_usd IS NOT NULL OR estimated_usd IS NOT NULL
    THEN CAST(coalesce(reported_usd, 0) + coalesce(estimated_usd, 0) AS DOUBLE) END"""

_IN_RANGE = "started_at >= $start AND started_at < $end"

#: No span of a trace starts before the trace.
_WITH = """trace_id IN (
    SELECT trace_id FROM spans WHERE kind IN ('agent', 'llm') AND NOT duplicate AND started_at >= $start
    GROUP BY trace_id HAVING {})"""
_KINDS: Final = {
    "agent": _WITH.format("bool_or(kind = 'agent')"),
    "llm": _WITH.format("bool_and(kind = 'llm')"),
}

_TEXT = """(contains(lower(trace_id), lower($text)) OR contains(lower(name), lower($text))
    OR len(list_filter(tags, lambda tag: contains(lower(tag), lower($text)))) > 0)"""

#: Column of the list → what it is sorted by. NULL comes last both ways, and so does text that is "".
_KEYS: Final[Mapping[str, str]] = {
    **{name: f"nullif(lower({name}), '')" for name in ("name", "service", "outcome", "outcome_by")},
    **{
        name: f"nullif(lower(array_to_string({name}, ', ')), '')"
        for name in ("agents", "tags", "models", "tools")
    },
    **{
        name: name
        for name in (
            "trace_id", "started_at", "duration_s", "spans", "errors", "prompt_tokens", "completion_tokens",
            "total_tokens", "reported_usd", "estimated_usd", "unpriced_tokens",
        )
    },
    "cost_usd": COST_USD,
}  # fmt: skip


def condition(start: datetime, end: datetime, filters: Filters) -> tuple[str, dict[str, object]]:
    """What a row of ``traces`` must meet to be in the list, and the values of its parameters."""
    parts, values = [_IN_RANGE], between(start, end)
    if filters.statuses:
        parts.append("list_contains($statuses::VARCHAR[], coalesce(outcome, 'indeterminate'))")
        values["statuses"] = sorted(filters.statuses)
    if filters.kind != "all":
        parts.append(_KINDS[filters.kind])
    for column, wanted in (("models", filters.models), ("agents", filters.agents), ("tags", filters.tags)):
        if wanted:
            none = f" OR coalesce(len({column}), 0) = 0" if "" in wanted else ""
            parts.append(f"(list_has_any({column}, ${column}::VARCHAR[]){none})")
            values[column] = sorted(wanted)
    if filters.services:
        parts.append("list_contains($services::VARCHAR[], coalesce(service, ''))")
        values["services"] = sorted(filters.services)
    for column, name, bound in (
        (f"({COST_USD}) >=", "cost_min", filters.cost_min_usd),
        (f"({COST_USD}) <=", "cost_max", filters.cost_max_usd),
        ("duration_s >=", "duration_min", filters.duration_min_s),
        ("duration_s <=", "duration_max", filters.duration_max_s),
    ):
        if bound is not None:
            parts.append(f"{column} ${name}::DOUBLE")
            values[name] = float(bound)
    if filters.has_errors:
        parts.append("errors > 0")
    if filters.text:
        parts.append(_TEXT)
        values["text"] = filters.text
    return " AND ".join(parts), values


def order(filters: Filters) -> str:
    """The list's order; traces that are alike in it stand by id, so that each has one place."""
    direction = "DESC" if filters.descending else "ASC"
    return f"{_KEYS[filters.sort]} {direction} NULLS LAST, trace_id"
