"""One trace as OTLP/JSON, which any OpenTelemetry collector takes in again.

Ids are hex, 64-bit numbers text, times nanoseconds since 1970. AgentOps keeps every attribute as text and
times to the microsecond: a value becomes a number or a truth value again where its name says that it is
one, and where that is written just like the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from agentops_client import Span, Trace

from .flat import flat

_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_STATUS_CODES = {"UNSET": 0, "OK": 1, "ERROR": 2}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_COUNT_NAME = re.compile(
    r"(?:^|[._])(?:tokens|count|max_tokens|max_iterations|top_k|seed|port|status_code|pid)$"
)
_NUMBER_NAME = re.compile(r"(?:^|[._])(?:cost|temperature|top_p|frequency_penalty|presence_penalty)$")
_FLAG_NAME = re.compile(r"(?:^|\.)(?:is_[a-z_]+|stream|streaming|escaped)$")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_BROKEN = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,16}[1-9])?")
_SMALL = re.compile(r"-?[1-9](?:\.[0-9]{0,16}[1-9])?e-(?:[7-9]|[1-9][0-9])")


def otlp_json(trace: Trace) -> bytes:
    """An ``ExportTraceServiceRequest`` with all the trace's spans, by resource; UTF-8."""
    resources: dict[str, dict[str, Any]] = {}
    for span in trace.spans:
        attributes = _resource(span)
        key = json.dumps(attributes)
        if key not in resources:
            resources[key] = {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": []}]}
        resources[key]["scopeSpans"][0]["spans"].append(_span(trace.trace_id, span))
    document = {"resourceSpans": list(resources.values())}
    # lone surrogates have no place in protobuf's texts
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _span(trace_id: str, span: Span) -> dict[str, Any]:
    start_ns = _ns(span.started_at)
    document: dict[str, Any] = {
        "traceId": _id(trace_id),
        "spanId": _id(span.span_id),
        "parentSpanId": _id(span.parent_span_id or ""),
        "name": span.name,
        "kind": _KINDS.get(span.kind.lower().removeprefix("span_kind_"), 0),
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + span.duration_ns),
        "attributes": _attributes(flat(span.attributes) | flat(span.span_attributes)),
        "status": {"code": _STATUS_CODES[span.status]},
        "events": [
            {
                # an event of unknown time happened within the span, at the earliest when it began
                "timeUnixNano": str(start_ns if event.at is None else _ns(event.at)),
                "name": event.name,
                "attributes": _attributes(flat(event.attributes)),
            }
            for event in span.events
        ],
        "links": [
            {
                "traceId": _id(link.trace_id),
                "spanId": _id(link.span_id),
                "attributes": _attributes(flat(link.attributes)),
            }
            for link in span.links
        ],
    }
    if span.status_message:
        document["status"]["message"] = span.status_message
    return document


def _resource(span: Span) -> list[dict[str, Any]]:
    named = flat(span.resource_attributes)
    if span.service_name:
        named.setdefault("service.name", span.service_name)
    return _attributes(named)


def _attributes(named: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _typed(name, value)} for name, value in named.items()]


def _typed(name: str, value: Any) -> dict[str, Any]:  # noqa: PLR0911 - one return a type
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
    text = str(value)
    if _FLAG_NAME.search(name) and text in ("true", "false"):
        return {"boolValue": text == "true"}
    if _COUNT_NAME.search(name) and _WHOLE.fullmatch(text):
        return {"intValue": text}
    if _NUMBER_NAME.search(name) and _is_shortest(text):
        return {"doubleValue": float(text)}
    return {"stringValue": text}


def _is_shortest(text: str) -> bool:
    """Whether a double that is read from `text` is written like it again by AgentOps' collector."""
    if not (_BROKEN.fullmatch(text) or _SMALL.fullmatch(text)):
        return False
    exact = Decimal(text)
    written_small = "e" in text
    return Decimal(repr(float(text))) == exact and (
        exact == 0 or written_small == (abs(exact) < Decimal("1e-6"))
    )


def _id(text: str) -> str:
    return text.replace("-", "").lower()


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND * 1_000
