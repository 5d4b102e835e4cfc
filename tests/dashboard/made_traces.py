"""Traces made by hand, in the form in which AgentOps sends them: nested attributes, leaves as texts.

made(span("a", "run.session"), span("b", "ask", parent="a", attributes={"gen_ai.system": "openai"}))
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from agentops_client import Trace
from dashboard.pricing import PriceBook, price_book
from dashboard.spans import Tidy, tidy

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
READ_AT = datetime(2026, 11, 2, tzinfo=UTC)
LIBRARY_ONLY = price_book(None)


def span(
    span_id: str,
    name: str = "work",
    *,
    parent: str = "",
    at: float = 0.0,
    lasts: float = 1.0,
    status: str = "UNSET",
    message: str = "",
    attributes: dict[str, Any] | None = None,
    raised: tuple[str, str] | None = None,
    service: str = "shop",
    span_type: str | None = None,
) -> dict[str, Any]:
    """One span; ``at`` and ``lasts`` are seconds, ``attributes`` have dotted names, ``raised`` is type and
    message of an exception event."""
    started = START + timedelta(seconds=at)
    wire: dict[str, Any] = {
        "span_id": span_id,
        "parent_span_id": parent,
        "span_name": name,
        "span_kind": "Internal",
        "span_type": span_type,
        "service_name": service,
        "start_time": started.isoformat(),
        "end_time": (started + timedelta(seconds=lasts)).isoformat(),
        "duration": round(lasts * 1e9),
        "status_code": status,
        "status_message": message,
        "span_attributes": nested(attributes or {}),
        "event_timestamps": [],
        "event_names": [],
        "event_attributes": [],
    }
    if raised is not None:
        wire["event_timestamps"] = [started.isoformat()]
        wire["event_names"] = ["exception"]
        wire["event_attributes"] = [{"exception.type": raised[0], "exception.message": raised[1]}]
    return wire


def llm(
    span_id: str,
    model: str = "gpt-4o",
    *,
    parent: str = "",
    tokens: tuple[int, int] | None = None,
    cost: str | None = None,
    more: dict[str, Any] | None = None,
    **rest: Any,
) -> dict[str, Any]:
    """A model's call with (prompt, completion) tokens and a total cost in the SDK's dialect."""
    attributes = {"agentops.span.kind": "llm", "gen_ai.request.model": model, **usage(tokens, cost)}
    return span(span_id, "ask", parent=parent, attributes={**attributes, **(more or {})}, **rest)


def usage(tokens: tuple[int, int] | None = None, cost: str | None = None) -> dict[str, str]:
    attributes = {}
    if tokens is not None:
        attributes["gen_ai.usage.prompt_tokens"] = str(tokens[0])
        attributes["gen_ai.usage.completion_tokens"] = str(tokens[1])
    if cost is not None:
        attributes["gen_ai.usage.total_cost"] = cost
    return attributes


def nested(attributes: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in attributes.items():
        here = tree
        *above, last = name.split(".")
        for part in above:
            here = here.setdefault(part, {})
        here[last] = value
    return tree


def trace(*spans: dict[str, Any], trace_id: str = "t", **more: Any) -> Trace:
    return Trace.model_validate({"trace_id": trace_id, "spans": list(spans), **more})


def tidied(*traces: Trace, book: PriceBook = LIBRARY_ONLY) -> Tidy:
    return tidy(traces, book=book, read_at=READ_AT)


def made(*spans: dict[str, Any], book: PriceBook = LIBRARY_ONLY, **more: Any) -> pd.DataFrame:
    """The span table of one trace, by span id."""
    return tidied(trace(*spans, **more), book=book).spans.set_index("span_id")


def made_trace(*spans: dict[str, Any], book: PriceBook = LIBRARY_ONLY, **more: Any) -> dict[str, Any]:
    """The row of one trace."""
    table = tidied(trace(*spans, **more), book=book).traces
    assert len(table) == 1
    return {
        str(name): value.item() if hasattr(value, "item") else value for name, value in table.iloc[0].items()
    }
