"""``/healthz``: this process runs. ``/readyz``: AgentOps answers it, or why not."""

from __future__ import annotations

from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from agentops_client import AgentOpsError

from .. import upstream
from ..queries import NoData, check

#: A probe of readiness waits at most so long for AgentOps.
WAIT_S = 4.0


async def healthz(_: Request) -> JSONResponse:
    """200 as long as the process serves requests; says nothing about AgentOps."""
    return JSONResponse({"status": "ok"})


async def readyz(_: Request) -> JSONResponse:
    """200 when AgentOps answered its newest window; 503 with the cause when not.

    Asks AgentOps only when the last answer is old, and shares it with the pages.
    """
    return await run_in_threadpool(_ready)


def _ready() -> JSONResponse:
    try:
        answered_at = check(upstream.shared(), wait_s=WAIT_S)
    except NoData as failure:
        body = {"status": "unavailable", "since": _iso(failure.since), **_cause(failure.error)}
        return JSONResponse(body, status_code=503)
    except AgentOpsError as error:
        return JSONResponse({"status": "unavailable", **_cause(error)}, status_code=503)
    if answered_at is None:
        return JSONResponse({"status": "unavailable", "cause": "waiting"}, status_code=503)
    return JSONResponse({"status": "ok", "answered_at": _iso(answered_at)})


def _cause(error: AgentOpsError) -> dict[str, object]:
    return {"cause": error.cause, "message": str(error), "upstream_status": error.status}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
