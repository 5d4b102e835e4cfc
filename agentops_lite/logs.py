"""`POST /v4/logs/upload/` (bearer, from the SDK at process exit) and the reading of it. Recordings: logs/*.

The SDK names its log by the trace id as a *decimal* number, and posts `{"body": "…"}`; upstream stores that
JSON text as it comes, and answers it so. A trace id without any letter is not converted when reading, so
its log is never found.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agentops_lite.auth import Caller
from agentops_lite.errors import ApiError
from agentops_lite.params import read_body
from agentops_lite.plans import LOG_LINES

if TYPE_CHECKING:
    from agentops_lite.app import Lite

MAX_LOG_BYTES = 25 * 1024 * 1024
_NO_ACCESS = "You do not have access to this trace"


def routes(lite: Lite) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    async def upload(request: Request) -> Response:
        lite.gate.bearer_payload(request)
        name = request.headers.get("trace-id", "")
        body = await read_body(request, limit=MAX_LOG_BYTES)
        if not name:
            raise ApiError(400, "No trace ID provided")
        if re.search(r"[^a-zA-Z0-9_.-]", name):
            raise ApiError(400, "Trace ID contains invalid characters")
        await run_in_threadpool(lite.store.save_log, name, body.decode("utf-8", "replace"))
        url = f"{request.base_url}storage/v1/object/public/logs/{name}.log"
        return JSONResponse({"url": url, "size": len(body)})

    return [("POST", "/v4/logs/upload/", upload)]


def answer(lite: Lite, caller: Caller, trace_id: str) -> dict[str, Any]:
    """403 for an unknown and for a foreign trace, 404 where there is no log."""
    spans = lite.traces.trace(trace_id)
    if not spans:
        raise ApiError(403, _NO_ACCESS)
    try:
        project = lite.gate.project(caller, spans[0].project_id)
    except ApiError:
        raise ApiError(403, _NO_ACCESS) from None
    content = lite.store.log(_log_name(trace_id))
    if content is None:
        raise ApiError(404, f"No logs found for trace ID: {trace_id}")
    free = project.plan == "free"
    if free:
        content = "\n".join(content.splitlines()[:LOG_LINES])
    return {"freeplan_truncated": free, "content": content, "trace_id": trace_id}


def _log_name(trace_id: str) -> str:
    if re.fullmatch(r"[0-9a-fA-F]+", trace_id) and re.search(r"[a-fA-F]", trace_id):
        return str(int(trace_id, 16))
    return trace_id
