"""`POST /v1/traces`: OTLP/HTTP. 401 without a bearer, 415 for other content types, 413 too large, 400
unreadable.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from agentops_lite.errors import ApiError
from agentops_lite.otlp import BadExport, ExportTooLarge, parse_json, parse_protobuf, spans_of, unpack_gzip
from agentops_lite.params import read_body
from agentops_lite.spans import to_row

if TYPE_CHECKING:
    from agentops_lite.app import Lite

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def routes(lite: Lite) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def traces(request: Request) -> Response:
        project_id = lite.gate.bearer_payload(request)["project_id"]
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in (PROTOBUF, JSON):
            raise ApiError(415, f"unsupported content type: {content_type or 'none'}")
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", ""):
            raise ApiError(415, f"unsupported content encoding: {encoding}")
        body = await read_body(request, limit=lite.config.max_body_bytes)
        try:
            refused = await run_in_threadpool(store, project_id, content_type, encoding, body)
        except BadExport as error:
            raise ApiError(400, str(error)) from None
        except ExportTooLarge as error:
            raise ApiError(413, str(error)) from None
        return _accepted(content_type, refused)

    def store(project_id: str, content_type: str, encoding: str, body: bytes) -> int:
        if encoding == "gzip":
            body = unpack_gzip(body, limit=lite.config.max_body_bytes)
        export = parse_protobuf(body) if content_type == PROTOBUF else parse_json(body)
        spans, refused = spans_of(
            export, project_id=project_id, host_name=lite.config.host_name, os_type=lite.config.os_type
        )
        lite.store.add([to_row(span) for span in spans])
        return refused

    return [("POST", "/v1/traces", traces)]


def _accepted(content_type: str, refused: int) -> Response:
    message = f"{refused} spans with unusable ids or times" if refused else ""
    if content_type == JSON:
        partial = {"rejectedSpans": str(refused), "errorMessage": message} if refused else {}
        return Response(json.dumps({"partialSuccess": partial}), media_type=JSON)
    answer = ExportTraceServiceResponse()
    if refused:
        answer.partial_success.rejected_spans = refused
        answer.partial_success.error_message = message
    return Response(answer.SerializeToString(), media_type=PROTOBUF)
