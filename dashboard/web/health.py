"""``/healthz``: this process runs. ``/readyz``: AgentOps answers it for every project, or why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from agentops_client import AgentOpsError

from .. import projects
from ..access import peer_of
from ..access.peers import is_within
from ..queries import NoData, check
from ..settings import dashboard_settings
from ..upstream import Upstream

#: A probe of readiness waits at most so long for AgentOps.
WAIT_S = 4.0


async def healthz(_: Request) -> JSONResponse:
    """200 as long as the process serves requests; says nothing about AgentOps."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> JSONResponse:
    """200 when AgentOps answered the newest window, of one project at least; 503 with the cause when not.

    One project's refused key does not take the others' readers away; ``projects`` counts them. Asks AgentOps
    only when the last answer is old, and shares it with the pages. The cause is told where figures about the
    process are: it holds AgentOps' address.
    """
    told = is_within(peer_of(request.scope), dashboard_settings().metrics_from)
    return await run_in_threadpool(_ready, told=told)


def _ready(*, told: bool) -> JSONResponse:
    try:
        upstreams = projects.every()
    except AgentOpsError as error:
        return _unavailable(_cause(error), told=told)
    with ThreadPoolExecutor(len(upstreams)) as threads:
        found = list(threads.map(_state, upstreams))
    good = [state for state in found if state["status"] == "ok"]
    body = good[0] if good else found[0]
    if len(found) > 1:
        body = body | {"projects": {"answering": len(good), "of": len(found)}}
    return JSONResponse(body) if good else _unavailable(body, told=told)


def _unavailable(body: dict[str, object], *, told: bool) -> JSONResponse:
    if not told:
        body = {key: value for key, value in body.items() if key in ("cause", "projects")}
    return JSONResponse(body | {"status": "unavailable"}, status_code=503)


def _state(upstream: Upstream) -> dict[str, object]:
    try:
        answered_at = check(upstream, wait_s=WAIT_S)
    except NoData as failure:
        return {"status": "unavailable", "since": _iso(failure.since), **_cause(failure.error)}
    except AgentOpsError as error:
        return {"status": "unavailable", **_cause(error)}
    if answered_at is None:
        return {"status": "unavailable", "cause": "waiting"}
    return {"status": "ok", "answered_at": _iso(answered_at)}


def _cause(error: AgentOpsError) -> dict[str, object]:
    return {"cause": error.cause, "message": str(error), "upstream_status": error.status}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
