"""One span as the collector stores it, and the table row that is made of it.

`Span` holds what upstream's table holds (all attribute values are text). `SpanRow` adds, once and at
intake, every number that upstream's queries compute per span, so that lists and metrics are plain sums over
typed columns. OTLP intake and the demonstration data both go through `to_row`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from pydantic_core import to_json

from agentops_lite.prices import database_cost, token_price
from agentops_lite.wire_text import decimal9, decimal9_or_zero, float_or_zero, go_float, unsigned_or_zero

PROMPT_TOKENS = "gen_ai.usage.prompt_tokens"
COMPLETION_TOKENS = "gen_ai.usage.completion_tokens"
TOTAL_TOKENS = "gen_ai.usage.total_tokens"
CACHE_READ_TOKENS = "gen_ai.usage.cache_read_input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning_tokens"
PROMPT_COST = "gen_ai.usage.prompt_cost"
COMPLETION_COST = "gen_ai.usage.completion_cost"
TOTAL_COST = "gen_ai.usage.total_cost"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
TAGS = "agentops.tags"


@dataclass(frozen=True)
class Event:
    name: str
    at_ns: int
    attributes: dict[str, str]


@dataclass(frozen=True)
class Link:
    trace_id: str
    span_id: str
    trace_state: str
    attributes: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stored span. `parent_span_id` is empty for a root; `status_code` is Unset, Ok, Error or
    anything odd.
    """

    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str = ""
    trace_state: str = ""
    name: str
    kind: str = "Internal"
    service_name: str
    scope_name: str = ""
    scope_version: str = ""
    start_ns: int
    duration_ns: int
    status_code: str = "Unset"
    status_message: str = ""
    resource: dict[str, str]
    attributes: dict[str, str]
    events: list[Event] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


class SpanRow(NamedTuple):
    """The columns of the spans table after `seq`, in the table's order."""

    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    span_name: str
    span_kind: str
    service_name: str
    scope_name: str
    scope_version: str
    start_ns: int
    duration_ns: int
    status_code: str
    status_message: str
    tags: str
    cost_model: str
    prompt_tokens: int
    completion_tokens: int
    cache_read_tokens: int
    reasoning_tokens: int
    total_tokens: int
    list_cost: float
    list_cost_exact: Decimal
    prompt_cost: Decimal
    completion_cost: Decimal
    attributes: str
    resource: str
    events: str
    links: str


def with_collector_costs(attributes: dict[str, str]) -> dict[str, str]:
    """The collector's addition: prompt and completion cost for a known *response* model, as Go prints the
    product.

    A cost that the sender wrote itself is overwritten, as the collector does; an unknown model adds nothing.
    Recordings: otlp/0001 and trace_detail/sdk_research_agent_tool_ok, public/*_metrics.
    """
    price = token_price(attributes.get(RESPONSE_MODEL, ""))
    if price is None:
        return attributes
    added = {}
    for tokens, cost, per_token in (
        (PROMPT_TOKENS, PROMPT_COST, price.prompt),
        (COMPLETION_TOKENS, COMPLETION_COST, price.completion),
    ):
        text = attributes.get(tokens)
        if text is not None:
            added[cost] = go_float(float_or_zero(text) * float(per_token))
    return {**attributes, **added} if added else attributes


def to_row(span: Span) -> SpanRow:
    """All per-span numbers of upstream's list and metrics queries, computed once."""
    get = span.attributes.get
    prompt = unsigned_or_zero(get(PROMPT_TOKENS, ""))
    completion = unsigned_or_zero(get(COMPLETION_TOKENS, ""))
    cache_read = unsigned_or_zero(get(CACHE_READ_TOKENS, ""))
    reasoning = unsigned_or_zero(get(REASONING_TOKENS, ""))
    total_text = get(TOTAL_TOKENS, "")
    model = get(RESPONSE_MODEL, "") or get(REQUEST_MODEL, "")
    table_prompt, table_completion = database_cost(prompt, completion, model) if model else (0.0, 0.0)
    total_cost, prompt_cost, completion_cost = (
        get(TOTAL_COST, ""),
        get(PROMPT_COST, ""),
        get(COMPLETION_COST, ""),
    )
    return SpanRow(
        project_id=span.project_id,
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        trace_state=span.trace_state,
        span_name=span.name,
        span_kind=span.kind,
        service_name=span.service_name,
        scope_name=span.scope_name,
        scope_version=span.scope_version,
        start_ns=span.start_ns,
        duration_ns=span.duration_ns,
        status_code=span.status_code,
        status_message=span.status_message,
        tags=get(TAGS, ""),
        cost_model=model,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cache_read_tokens=cache_read,
        reasoning_tokens=reasoning,
        total_tokens=unsigned_or_zero(total_text)
        if total_text
        else prompt + completion + cache_read + reasoning,
        list_cost=float_or_zero(total_cost) if total_cost else table_prompt + table_completion,
        list_cost_exact=decimal9_or_zero(total_cost)
        if total_cost
        else decimal9(table_prompt + table_completion),
        prompt_cost=decimal9_or_zero(prompt_cost) if prompt_cost else decimal9(table_prompt),
        completion_cost=decimal9_or_zero(completion_cost) if completion_cost else decimal9(table_completion),
        attributes=_json(span.attributes),
        resource=_json(span.resource),
        events=events_text(span.events),
        links=_json([[k.trace_id, k.span_id, k.trace_state, k.attributes] for k in span.links])
        if span.links
        else "[]",
    )


def events_text(events: list[Event], *, at_ns: int | None = None) -> str:
    """The events column; `at_ns`: as if all had happened then."""
    if not events:
        return "[]"
    return _json([[e.at_ns if at_ns is None else at_ns, e.name, e.attributes] for e in events])


def _json(value: object) -> str:
    return to_json(value).decode()
