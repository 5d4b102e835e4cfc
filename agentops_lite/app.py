"""The ASGI application: routes, and the one place where errors become answers.

`create_app(config)` builds one server with its own store, secrets and caches. Every answer, errors
included, carries `x-agentops-lite` (so that nobody takes the double for the real thing) and upstream's
no-cache headers.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentops_lite import intake, logs, public
from agentops_lite.auth import Gate
from agentops_lite.config import LiteConfig
from agentops_lite.detail import Traces
from agentops_lite.errors import ApiError, UpstreamFailure
from agentops_lite.listing import TraceList
from agentops_lite.meterics import ProjectMetrics
from agentops_lite.params import (
    ListParams,
    LoginBody,
    QueryDialectList,
    QueryDialectProject,
    QueryDialectRange,
    RangeParams,
    TokenBody,
    json_body,
    query_params,
)
from agentops_lite.store import Store

LITE_HEADER = "x-agentops-lite"
_SMALL_BODY_BYTES = 64 * 1024
_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


class Lite:
    """One server's parts, reachable as `app.state.lite`."""

    def __init__(self, config: LiteConfig) -> None:
        self.config = config
        self.store = Store(config.data)
        self.gate = Gate(config)
        self.listing = TraceList(config, self.store)
        self.metrics = ProjectMetrics(config, self.store)
        self.traces = Traces(config, self.store, self.gate)

    # -- token and session

    async def token(self, request: Request) -> Response:
        body = await json_body(TokenBody, request, limit=_SMALL_BODY_BYTES)
        try:
            key = uuid.UUID(body.api_key)
        except ValueError:
            raise ApiError(400, body={"error": "Invalid API key format"}) from None
        project = self.gate.project_of_key(key)
        if project is None:
            raise ApiError(403, body={"error": "Invalid API key"})
        answer = {
            "token": self.gate.token(project),
            "project_id": project.id,
            "project_prem_status": project.plan,
        }
        return JSONResponse(answer)

    async def token_check(self, request: Request) -> Response:
        return JSONResponse(self.gate.token_check(request))

    async def login(self, request: Request) -> Response:
        body = await json_body(LoginBody, request, limit=_SMALL_BODY_BYTES)
        self.gate.check_forwarded(request)
        return self.gate.login(body.email, body.password)

    async def session_from_token(self, request: Request) -> Response:
        # Takes Supabase's user tokens, which nobody can have here; API-key JWTs are refused upstream too.
        self.gate.check_forwarded(request)
        raise ApiError(401, "Failed to decode access token")

    # -- v4, path dialect

    async def path_list(self, request: Request) -> Response:
        caller = self.gate.path_caller(request)
        asked = query_params(ListParams, request)
        project = self.gate.project(caller, request.path_params["project_id"])
        return await run_in_threadpool(self._v4, self.listing.answer, project, asked)

    async def path_detail(self, request: Request) -> Response:
        caller = self.gate.path_caller(request)
        return await run_in_threadpool(self._v4, self.traces.answer, caller, request.path_params["trace_id"])

    async def path_metrics(self, request: Request) -> Response:
        caller = self.gate.path_caller(request)
        asked = query_params(RangeParams, request)
        project = self.gate.project(caller, request.path_params["project_id"])
        return await run_in_threadpool(self._v4, self.metrics.answer, project, asked)

    async def path_log(self, request: Request) -> Response:
        caller = self.gate.path_caller(request)
        return await run_in_threadpool(self._v4, logs.answer, self, caller, request.path_params["trace_id"])

    # -- v4, project-query dialect

    async def query_list(self, request: Request) -> Response:
        caller = self.gate.query_caller(request)
        asked = query_params(QueryDialectList, request)
        project = self.gate.project(caller, asked.project_id)
        return await run_in_threadpool(self._v4, self.listing.answer, project, asked.paged())

    async def query_detail(self, request: Request) -> Response:
        caller = self.gate.query_caller(request)
        asked = query_params(QueryDialectProject, request)
        self.gate.project(caller, asked.project_id)
        return await run_in_threadpool(self._v4, self.traces.answer, caller, request.path_params["trace_id"])

    async def query_metrics(self, request: Request) -> Response:
        caller = self.gate.query_caller(request)
        asked = query_params(QueryDialectRange, request)
        project = self.gate.project(caller, asked.project_id)
        return await run_in_threadpool(self._v4, self.metrics.answer, project, asked)

    def _v4(self, question: Callable[..., dict[str, Any]], *given: Any) -> Response:
        """Answers and writes the JSON in the calling worker thread: bodies may have megabytes."""
        headers = {
            "access-control-allow-origin": self.config.app_url,
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "GET, OPTIONS",
            "access-control-allow-headers": "*",
        }
        try:
            return JSONResponse(question(*given), headers=headers)
        except RecursionError:
            raise UpstreamFailure("attributes nested deeper than can be written") from None

    def routes(self) -> list[Route]:
        def get(path: str, endpoint: Endpoint) -> Route:
            return Route(path, endpoint, methods=["GET"])

        def post(path: str, endpoint: Endpoint) -> Route:
            return Route(path, endpoint, methods=["POST"])

        routes = [
            get("/health", _health),
            post("/v3/auth/token", self.token),
            get("/v3/auth/token", self.token_check),
            *(Route(path, endpoint, methods=[method]) for method, path, endpoint in intake.routes(self)),
            *(Route(path, endpoint, methods=[method]) for method, path, endpoint in logs.routes(self)),
            *(Route(path, endpoint, methods=[method]) for method, path, endpoint in public.routes(self)),
        ]
        if self.config.serves_path:
            routes += [
                post("/auth/login", self.login),
                post("/auth/session", self.session_from_token),
                get("/v4/traces/list/{project_id}", self.path_list),
                get("/v4/traces/detail/{trace_id}", self.path_detail),
                get("/v4/meterics/project/{project_id}", self.path_metrics),
                get("/v4/logs/{trace_id}", self.path_log),
            ]
        if self.config.serves_query:
            routes += [
                get("/v4/traces", self.query_list),
                get("/v4/traces/{trace_id}", self.query_detail),
                get("/v4/meterics/project", self.query_metrics),
            ]
        return routes


async def _health(_: Request) -> Response:
    return JSONResponse({"message": "Server Up"})


def create_app(config: LiteConfig | None = None) -> Starlette:
    """A server for this configuration. Demonstration data, if asked for, are there when this returns."""
    lite = Lite(config or LiteConfig())
    live: Callable[[], Any] | None = None
    if lite.config.demo:
        from agentops_lite.demo import fill  # noqa: PLC0415 - only the demonstration pays for it
        from agentops_lite.demo_live import traffic  # noqa: PLC0415

        running = fill(lite)
        live = (lambda: traffic(lite, running)) if lite.config.live else None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if live is None:
            yield
        else:
            async with live():
                yield
        lite.store.close()

    app = Starlette(
        routes=lite.routes(),
        lifespan=lifespan,
        exception_handlers={ApiError: _api_error, HTTPException: _http_error},
    )
    app.state.lite = lite
    app.add_middleware(_Always, mark="demo" if lite.config.demo else "1")
    return app


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
    if isinstance(error, UpstreamFailure):
        _log.info("%s %s: 500 as upstream: %s", request.method, request.url.path, error.reason)
    return JSONResponse(error.body, status_code=error.status)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return JSONResponse({"detail": error.detail}, status_code=error.status_code, headers=error.headers)


class _Always:
    """The outermost layer: no request ends without an answer, and every answer carries the mark and
    upstream's cache headers, also those of error handlers and redirects.
    """

    def __init__(self, app: ASGIApp, mark: str) -> None:
        self._app = app
        self._headers = [
            (b"cache-control", b"no-store, no-cache, must-revalidate, max-age=0"),
            (b"pragma", b"no-cache"),
            (b"expires", b"0"),
            (LITE_HEADER.encode(), mark.encode()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message.get("headers", []), *self._headers]
                if not any(name == b"content-type" for name, _ in headers):
                    headers.append((b"content-type", b"application/json"))  # redirects, as upstream
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except ClientDisconnect:
            return
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            answer = JSONResponse({"error": "Internal Server Error"}, status_code=500)
            await answer(scope, receive, with_headers)
