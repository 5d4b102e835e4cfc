"""One trace in one row."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from agentops_client import Trace

from .attributes import PICO, USD_MAX, one_line, text
from .costing import Cost
from .counting import Counted
from .facts import Facts
from .kinds import AGENT, LLM, TOOL
from .outcome import duration_ns, outcome
from .tree import Tree
from .usage import Usage

_NAME_MAX = 500
#: A trace's dollars fit the archive's column; only junk adds up to more.
_SUM_MAX_USD = math.nextafter(USD_MAX, 0)


def summary(
    trace: Trace, spans: Sequence[Facts], tree: Tree, counted: Sequence[Counted | None], costs: Sequence[Cost]
) -> tuple[Any, ...]:
    """The trace's values in the order of the table, without ``read_at``."""
    head = min(
        (spans[root] for root in tree.roots), key=lambda span: span.start_ns, default=None
    ) or min(spans, key=lambda span: span.start_ns)  # fmt: skip
    usages = [count.usage for count in counted if count is not None]
    reported = _sum(usage.cost for usage in usages)
    estimates = [cost.estimated_usd for cost in costs if cost.estimated_usd is not None]
    return (
        trace.trace_id,
        head.name[:_NAME_MAX].replace("\0", ""),
        head.service,
        min(span.start_ns for span in spans) // 1_000,
        max(span.end_ns for span in spans) // 1_000,
        duration_ns(spans, tree) / 1e9,
        *outcome(spans, tree),
        len(spans),
        sum(span.status == "ERROR" for span in spans),
        _tags(trace, head),
        _labels(span.label for span in spans if span.kind == AGENT),
        _labels(span.model for span in spans if span.kind == LLM),
        _labels(span.label for span in spans if span.kind == TOOL),
        bool(tree.roots),
        trace.freeplan_truncated or any(span.span.freeplan_truncated for span in spans),
        _sum(usage.prompt for usage in usages),
        _sum(usage.completion for usage in usages),
        _sum(usage.cache_read for usage in usages),
        _sum(usage.reasoning for usage in usages),
        _sum(usage.total for usage in usages),
        _usd(None if reported is None else reported / PICO),
        _usd(math.fsum(estimates) if estimates else None),
        sum(
            _tokens(count.usage)
            for count, cost in zip(counted, costs, strict=True)
            if count is not None and cost.source == "unpriced"
        ),
    )


def _tags(trace: Trace, head: Facts) -> list[str]:
    """The trace's tags, each once; where the answer has none, those that the SDK wrote on the root."""
    tags: Iterable[Any] = trace.tags
    if not trace.tags:
        try:
            read = json.loads(text(head.span.span_attributes, "agentops.tags") or "[]")
        except (ValueError, RecursionError):
            read = []
        tags = read if isinstance(read, list) else []
    return list(dict.fromkeys(one_line(tag) for tag in tags if isinstance(tag, str) and tag.strip()))


def _labels(labels: Iterable[str]) -> list[str]:
    return sorted({label for label in labels if label})


def _tokens(usage: Usage) -> int:
    return usage.total or (usage.prompt or 0) + (usage.completion or 0)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _usd(total: float | None) -> float | None:
    return None if total is None else min(total, _SUM_MAX_USD)
