"""OTLP/HTTP intake: a request body → stored spans, as AgentOps' collector writes them.

Accepted: protobuf and JSON (hex ids, 64-bit numbers as text), gzip or plain. The project comes from the
bearer and overrides `agentops.project.id` (the SDK sends "temporary"); host and system are added as the
collector's resource detection does. Recordings: otlp/*.json against trace_detail/*.json.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from agentops_lite.spans import Event, Link, Span, with_collector_costs
from agentops_lite.wire_text import any_value_text

_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATUSES = ("Unset", "Ok", "Error")
_MAX_NS = 2**63 - 1
_GZIP = 31  # zlib's window bits for a gzip header
_ID_FIELDS = ("traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id")


class BadExport(ValueError):
    """The body is not what its headers say: 400."""


class ExportTooLarge(ValueError):
    """The body is larger than the server takes, possibly only after unpacking: 413."""


def unpack_gzip(body: bytes, *, limit: int) -> bytes:
    """The unpacked body; never holds more than `limit` bytes, so a small body cannot fill the memory."""
    out = bytearray()
    while body:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            out += unpacker.decompress(body, limit - len(out) + 1)
        except zlib.error as error:
            raise BadExport(f"gzip: {error}") from error
        if len(out) > limit:
            raise ExportTooLarge(f"more than {limit} bytes after unpacking")
        if not unpacker.eof:
            raise BadExport("gzip: the body ends early")
        body = unpacker.unused_data
    return bytes(out)


def parse_protobuf(body: bytes) -> ExportTraceServiceRequest:
    export = ExportTraceServiceRequest()
    try:
        export.ParseFromString(body)
    except DecodeError as error:
        raise BadExport(f"protobuf: {error}") from error
    return export


def parse_json(body: bytes) -> ExportTraceServiceRequest:
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise BadExport("json: an object is expected")
        _hex_ids_to_base64(document)
        export = ExportTraceServiceRequest()
        ParseDict(document, export, ignore_unknown_fields=True)
        return export
    except (ValueError, ParseError, TypeError, AttributeError, RecursionError) as error:
        raise BadExport(f"json: {error}") from error


def _hex_ids_to_base64(document: dict[str, Any]) -> None:
    # OTLP's JSON writes ids in hex, while protobuf's own JSON mapping expects base64 for bytes.
    for resource_spans in _lists(document, "resourceSpans", "resource_spans"):
        for scope_spans in _lists(resource_spans, "scopeSpans", "scope_spans"):
            for span in _lists(scope_spans, "spans"):
                for carrier in (span, *_lists(span, "links")):
                    for name in _ID_FIELDS:
                        if isinstance(carrier.get(name), str):
                            carrier[name] = base64.b64encode(bytes.fromhex(carrier[name])).decode()


def _lists(parent: dict[str, Any], *names: str) -> Iterable[dict[str, Any]]:
    for name in names:
        yield from parent.get(name) or ()


def spans_of(
    export: ExportTraceServiceRequest, *, project_id: str, host_name: str, os_type: str
) -> tuple[list[Span], int]:
    """Stored spans and the number of refused ones (ids of the wrong length, times beyond any calendar)."""
    spans: list[Span] = []
    refused = 0
    for resource_spans in export.resource_spans:
        resource = _texts(resource_spans.resource.attributes)
        resource |= {
            "host.name": host_name,
            "os.type": os_type,
            "ProjectId": project_id,
            "agentops.project.id": project_id,
        }
        for scope_spans in resource_spans.scope_spans:
            for wire in scope_spans.spans:
                if not _acceptable(wire):
                    refused += 1
                    continue
                spans.append(_span(wire, scope_spans, resource, project_id))
    return spans, refused


def _acceptable(wire: trace_pb2.Span) -> bool:
    return (
        len(wire.trace_id) == 16
        and len(wire.span_id) == 8
        and len(wire.parent_span_id) in (0, 8)
        and max(wire.start_time_unix_nano, wire.end_time_unix_nano) <= _MAX_NS
    )


def _span(
    wire: trace_pb2.Span, scope_spans: trace_pb2.ScopeSpans, resource: dict[str, str], project_id: str
) -> Span:
    return Span(
        project_id=project_id,
        trace_id=wire.trace_id.hex(),
        span_id=wire.span_id.hex(),
        parent_span_id=wire.parent_span_id.hex(),
        trace_state=wire.trace_state,
        name=wire.name,
        kind=_KINDS[wire.kind] if 0 <= wire.kind < len(_KINDS) else _KINDS[0],
        service_name=resource.get("service.name", ""),
        scope_name=scope_spans.scope.name,
        scope_version=scope_spans.scope.version,
        start_ns=wire.start_time_unix_nano,
        duration_ns=max(0, wire.end_time_unix_nano - wire.start_time_unix_nano),
        status_code=_STATUSES[wire.status.code] if 0 <= wire.status.code < len(_STATUSES) else _STATUSES[0],
        status_message=wire.status.message,
        resource=resource,
        attributes=with_collector_costs(_texts(wire.attributes)),
        events=[Event(e.name, min(e.time_unix_nano, _MAX_NS), _texts(e.attributes)) for e in wire.events],
        links=[
            Link(link.trace_id.hex(), link.span_id.hex(), link.trace_state, _texts(link.attributes))
            for link in wire.links
        ],
    )


def _texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {a.key: any_value_text(a.value) for a in attributes}
