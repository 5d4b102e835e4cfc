"""Traces in, two frames out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from agentops_client import Trace
from dashboard.pricing import PriceBook

from . import columns
from .calls import is_blocked, repeated, retried
from .costing import Cost, cost_of
from .counting import Counted, count_once
from .errors import error_of
from .facts import Facts, read, settle_tool_requests
from .flow import Step, flow
from .kinds import AGENT, TOOL
from .summary import summary
from .tree import NO_PARENT, Tree, grow, self_times_ns
from .usage import Usage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME_MAX = 500
_ID_MAX = 128
_NOTHING = Counted(Usage())


@dataclass(frozen=True)
class Tidy:
    """``spans``, one row a span, and ``traces``, one row a trace, as the archive stores them.

    Times are UTC without zone, durations seconds, costs US dollars; NaN and <NA> are *not reported*.
    """

    spans: pd.DataFrame
    traces: pd.DataFrame


def tidy(traces: Iterable[Trace], *, book: PriceBook, read_at: datetime) -> Tidy:
    """The rows of these traces. ``read_at`` is aware; a trace without spans has no row.

    Whatever upstream sent has an answer: junk attributes are not reported ones, cycles are cut, a
    span id that comes again marks a duplicate, which has a row but no usage and no part in the trace.
    """
    read_us = (read_at - _EPOCH) // timedelta(microseconds=1)
    span_rows: list[tuple[Any, ...]] = []
    trace_rows: list[tuple[Any, ...]] = []
    for trace in traces:
        if not trace.spans:
            continue
        spans, duplicates = _facts(trace)
        tree = grow(spans)
        counted = count_once(spans, tree)
        costs = [cost_of(span, count, book) for span, count in zip(spans, counted, strict=True)]
        span_rows += _rows(trace.trace_id, spans, tree, counted, costs)
        span_rows += (_duplicate_row(trace.trace_id, span) for span in duplicates)
        trace_rows.append((*summary(trace, spans, tree, counted, costs), read_us))
    return Tidy(columns.frame(span_rows, columns.SPANS), columns.frame(trace_rows, columns.TRACES))


def _facts(trace: Trace) -> tuple[list[Facts], list[Facts]]:
    """The spans, and those whose id came before."""
    firsts: dict[str, Facts] = {}
    duplicates: list[Facts] = []
    for span in trace.spans:
        facts = read(span)
        if firsts.setdefault(facts.span_id, facts) is not facts:
            duplicates.append(facts)
    spans = list(firsts.values())
    settle_tool_requests(spans)
    return spans, duplicates


def _rows(
    trace_id: str, spans: list[Facts], tree: Tree, counted: list[Counted | None], costs: list[Cost]
) -> Iterable[tuple[Any, ...]]:
    own_ns = self_times_ns(spans, tree)
    steps = flow(spans, tree)
    again, twice = retried(spans), repeated(spans)
    agents = _agents(spans, tree)
    for position, span in enumerate(spans):
        yield _row(
            trace_id,
            span,
            self_ns=own_ns[position],
            agent=agents[position],
            counted=counted[position] or _NOTHING,
            cost=costs[position],
            step=steps[position],
            flags=(is_blocked(span), again[position], twice[position], False),
        )


def _duplicate_row(trace_id: str, span: Facts) -> tuple[Any, ...]:
    return _row(
        trace_id,
        span,
        self_ns=span.duration_ns,
        agent=span.label if span.kind == AGENT else "",
        counted=_NOTHING,
        cost=Cost("none"),
        step=Step(),
        flags=(False, False, False, True),
    )


def _agents(spans: list[Facts], tree: Tree) -> list[str]:
    """The nearest agent at or above each span."""
    found = [""] * len(spans)
    for position in tree.order:
        parent = tree.parent[position]
        if spans[position].kind == AGENT:
            found[position] = spans[position].label
        elif parent != NO_PARENT:
            found[position] = found[parent]
    return found


def _row(
    trace_id: str,
    span: Facts,
    *,
    self_ns: int,
    agent: str,
    counted: Counted,
    cost: Cost,
    step: Step,
    flags: tuple[bool, bool, bool, bool],
) -> tuple[Any, ...]:
    usage = counted.usage
    return (
        trace_id,
        span.span_id,
        span.parent_id[:_ID_MAX],
        span.start_ns // 1_000,
        span.duration_ns / 1e9,
        self_ns / 1e9,
        span.name[:_NAME_MAX].replace("\0", ""),
        span.kind,
        span.service,
        agent,
        span.label if span.kind == TOOL else "",
        span.model,
        span.provider,
        span.status,
        *error_of(span.span),
        usage.prompt,
        usage.completion,
        usage.cache_read,
        usage.reasoning,
        usage.total,
        cost.reported_usd,
        cost.estimated_usd,
        cost.source,
        "\n".join(span.price_names),
        *step.node,
        *step.caller,
        step.loop,
        *flags,
    )
