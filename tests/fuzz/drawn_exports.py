"""OTLP exports, valid in form, odd in what they say; as protobuf and in OTLP's JSON."""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tests.fuzz.odd_values import ODD_TEXTS

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MAX_NS = 2**63 - 1

#: Protobuf's texts are Unicode: half a surrogate pair has no place in them.
texts = st.one_of(
    st.sampled_from([text for text in ODD_TEXTS if not any("\ud800" <= c <= "\udfff" for c in text)]),
    st.text(max_size=8),
)
values = st.recursive(
    st.one_of(
        texts.map(lambda text: AnyValue(string_value=text)),
        st.booleans().map(lambda flag: AnyValue(bool_value=flag)),
        st.integers(-(2**63), 2**63 - 1).map(lambda number: AnyValue(int_value=number)),
        st.floats(width=64).map(lambda number: AnyValue(double_value=number)),
        st.binary(max_size=4).map(lambda raw: AnyValue(bytes_value=raw)),
        st.just(AnyValue()),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: AnyValue(array_value=ArrayValue(values=items))),
        st.lists(st.tuples(texts, inner), max_size=2).map(
            lambda pairs: AnyValue(
                kvlist_value=KeyValueList(values=[KeyValue(key=k, value=v) for k, v in pairs])
            )
        ),
    ),
    max_leaves=3,
)
keys = st.one_of(
    st.sampled_from(
        (
            "gen_ai.usage.prompt_tokens",
            "gen_ai.usage.completion_tokens",
            "gen_ai.usage.total_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.prompt_cost",
            "gen_ai.usage.completion_cost",
            "gen_ai.usage.total_cost",
            "gen_ai.request.model",
            "gen_ai.response.model",
            "agentops.tags",
            "gen_ai.prompt.0.content",
            "gen_ai.prompt",
            "a.0",
            "a.²",
            "a.0.b",
            "agent",
            "a..b",
            "gen_ai.prompt.99999999999999999999",
            "agentops.span.kind",
            "tool.0",
            "a." * 1_500 + "a",
            "a.0" * 1_500,
        )
    ),
    texts,
)
models = st.sampled_from(
    ("gpt-4o", "gpt-4o-mini-2024-07-18", "sonar-pro", "claude-3-haiku", "nobody's", "*", "/")
)
USAGE = tuple(
    f"gen_ai.usage.{name}"
    for name in (
        "prompt_tokens",
        "total_tokens",
        "reasoning_tokens",
        "prompt_cost",
        "completion_cost",
        "total_cost",
    )
)
numbers = st.sampled_from(
    (
        "1",
        "0.5",
        "12.0",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "1e99999999999999999999",
        "-1",
        "9" * 400,
        "٣",
    )
)
attributes = st.lists(
    st.one_of(
        st.builds(
            lambda key, number: KeyValue(key=key, value=AnyValue(string_value=number)),
            st.sampled_from(USAGE),
            numbers,
        ),
        st.builds(KeyValue, key=keys, value=values),
        st.builds(
            lambda key, model: KeyValue(key=key, value=AnyValue(string_value=model)),
            st.sampled_from(("gen_ai.request.model", "gen_ai.response.model")),
            models,
        ),
    ),
    max_size=4,
)
times = st.sampled_from((0, 1, 10**9, 1_795_300_258_000_000_123, MAX_NS, MAX_NS, 2**64 - 1))
spans = st.builds(
    Span,
    trace_id=st.sampled_from((b"\1" * 16, b"\1" * 16, b"\2" * 16, b"\0" * 16, b"short")),
    span_id=st.sampled_from((b"\1" * 8, b"\2" * 8, b"\3" * 8, b"\4" * 8, b"")),
    parent_span_id=st.sampled_from((b"", b"", b"\1" * 8, b"\2" * 8, b"x")),
    name=texts,
    kind=st.sampled_from((0, 1, 5, 77)),
    start_time_unix_nano=times,
    end_time_unix_nano=times,
    status=st.builds(Status, code=st.sampled_from((0, 1, 2, 9)), message=texts),
    attributes=attributes,
    events=st.lists(
        st.builds(Span.Event, name=texts, time_unix_nano=times, attributes=attributes), max_size=1
    ),
    links=st.lists(
        st.builds(Span.Link, trace_id=st.binary(max_size=16), span_id=st.just(b"\1" * 8)), max_size=1
    ),
)


def exports() -> st.SearchStrategy[ExportTraceServiceRequest]:
    return st.lists(spans, min_size=1, max_size=3).flatmap(
        lambda made: attributes.map(lambda resource: _export(made, resource))
    )


def _export(made: list[Span], resource: list[KeyValue]) -> ExportTraceServiceRequest:
    wire = ResourceSpans(scope_spans=[ScopeSpans(spans=made)])
    wire.resource.attributes.extend(resource)
    return ExportTraceServiceRequest(resource_spans=[wire])


def as_otlp_json(export: ExportTraceServiceRequest) -> dict[str, Any]:
    """The same export in OTLP's JSON: ids in hex, 64-bit numbers as text, enums as numbers."""
    document: dict[str, Any] = MessageToDict(export, use_integers_for_enums=True)
    for resource_spans in document.get("resourceSpans", ()):
        for scope_spans in resource_spans.get("scopeSpans", ()):
            for span in scope_spans.get("spans", ()):
                for carrier in (span, *span.get("links", ())):
                    for name in ("traceId", "spanId", "parentSpanId"):
                        if name in carrier:
                            carrier[name] = base64.b64decode(carrier[name]).hex()
    return document
