"""An AgentOps that fails on chosen questions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite.config import DEFAULT_API_KEY
from dashboard.upstream import Upstream


def faulty(url: str, fails: Callable[[httpx.Request], bool]) -> Upstream:
    """An upstream whose requests that `fails` picks are answered with 500."""

    class Transport(httpx.BaseTransport):
        def __init__(self) -> None:
            self.real = httpx.HTTPTransport()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if fails(request):
                return httpx.Response(500, json={"error": "Internal Server Error"})
            return self.real.handle_request(request)

        def close(self) -> None:
            self.real.close()

    settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=url)
    return Upstream(AgentOpsClient(settings, transport=Transport()), endpoint=url)


def longer_than(span: timedelta, *, path: str) -> Callable[[httpx.Request], bool]:
    """Questions of `path` over more than `span`."""

    def fails(request: httpx.Request) -> bool:
        asked = request.url.params
        if path not in request.url.path or "start_time" not in asked:
            return False
        start, end = (datetime.fromisoformat(asked[name]) for name in ("start_time", "end_time"))
        return end - start > span

    return fails
