"""`/public/v1`: one project, trace or span with the bearer. No list; 400 where v4 says 401.
Recordings: public/*.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agentops_lite.detail import StoredSpan
from agentops_lite.errors import ApiError, UpstreamFailure
from agentops_lite.nesting import nested
from agentops_lite.numbers_of_spans import trace_metrics
from agentops_lite.params import TokenBody, json_body

if TYPE_CHECKING:
    from agentops_lite.app import Lite

_MAX_BODY_BYTES = 64 * 1024


def routes(lite: Lite) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def access_token(request: Request) -> Response:
        body = await json_body(TokenBody, request, limit=_MAX_BODY_BYTES)
        if not body.api_key:
            raise ApiError(400, "api_key is required")
        try:
            key = uuid.UUID(body.api_key)
        except ValueError:
            raise ApiError(400, "Invalid api_key format") from None
        project = lite.gate.project_of_key(key)
        if project is None:
            raise ApiError(404, "Project not found")
        return JSONResponse({"bearer": lite.gate.token(project)})

    async def project(request: Request) -> Response:
        own = lite.gate.public_project(request)
        return JSONResponse({"id": own.id, "name": own.name, "environment": own.environment})

    async def trace(request: Request) -> Response:
        spans = await _trace(lite, request)
        tags = spans[0].tags
        if tags is None:
            raise UpstreamFailure("tags are null")
        answer = {
            "trace_id": spans[0].trace_id,
            "project_id": spans[0].project_id,
            "tags": tags,
            "spans": [_without_service(span) for span in spans],
        }
        return JSONResponse(answer)

    async def metrics_of_trace(request: Request) -> Response:
        return JSONResponse(trace_metrics([span.numbers for span in await _trace(lite, request)]))

    async def span(request: Request) -> Response:
        found = await _span(lite, request)
        answer = found.summary() | {
            "attributes": {},
            "resource_attributes": found.resource,
            "span_attributes": nested(found.attributes),
        }
        return JSONResponse(answer)

    async def metrics_of_span(request: Request) -> Response:
        return JSONResponse((await _span(lite, request)).numbers.answer())

    return [
        ("POST", "/public/v1/auth/access_token", access_token),
        ("GET", "/public/v1/project", project),
        ("GET", "/public/v1/traces/{trace_id}", trace),
        ("GET", "/public/v1/traces/{trace_id}/metrics", metrics_of_trace),
        ("GET", "/public/v1/spans/{span_id}", span),
        ("GET", "/public/v1/spans/{span_id}/metrics", metrics_of_span),
    ]


async def _trace(lite: Lite, request: Request) -> list[StoredSpan]:
    own = lite.gate.public_project(request)
    spans = await run_in_threadpool(lite.traces.trace, request.path_params["trace_id"])
    if not spans or spans[0].project_id != own.id:
        raise ApiError(404, "Trace not found")
    return spans


async def _span(lite: Lite, request: Request) -> StoredSpan:
    own = lite.gate.public_project(request)
    span = await run_in_threadpool(lite.traces.span, request.path_params["span_id"])
    if span is None or span.project_id != own.id:
        raise ApiError(404, "Span not found")
    return span


def _without_service(span: StoredSpan) -> dict[str, Any]:
    summary = span.summary()
    del summary["service_name"]
    return summary
