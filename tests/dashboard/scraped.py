"""``/metrics`` as Prometheus reads it, of an AgentOps whose answers a test decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from agentops_client import AgentOpsClient, AgentOpsError, AgentOpsSettings
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_PROJECT_ID
from dashboard import projects
from dashboard.telemetry.families import FAMILIES, PREFIX
from dashboard.upstream import Tries, Upstream
from dashboard.web import routes

#: Samples by name (without the prefix) and labels.
Told = dict[tuple[str, frozenset[tuple[str, str]]], float]
Make = Callable[..., Upstream]


class Answers(httpx.BaseTransport):
    """An AgentOps that answers paths as told, else 200; a status of 0 refuses the connection."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/token":
            body = {"token": "eyJhbGciOi.eyJzdWIi.c2ln", "project_id": DEFAULT_PROJECT_ID}
            return httpx.Response(200, json=body)
        status = next((s for name, s in self.statuses.items() if name in request.url.path), 200)
        if status == 0:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        words = {200: {"message": "Server Up"}, 404: {"detail": "Trace not found."}}
        return httpx.Response(status, json=words.get(status, {}))


@contextmanager
def counting() -> Iterator[Make]:
    """Makes upstreams whose tries are counted; the last one made is the process's."""
    with ExitStack() as running:

        def make(
            url: str = "http://agentops.internal:8003", transport: httpx.BaseTransport | None = None
        ) -> Upstream:
            settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=url)
            tries = Tries()
            client = AgentOpsClient(settings, transport=transport, observe=tries, sleep=lambda _: None)
            made = Upstream(client, endpoint=url, tries=tries)
            running.callback(made.close)
            projects.share(made)
            return made

        yield make


def ask(call: Callable[[], object]) -> None:
    """A call that fails, as AgentOps was told to."""
    with pytest.raises(AgentOpsError):
        call()


def server() -> TestClient:
    return TestClient(Starlette(routes=routes))


def families(client: TestClient) -> list[Metric]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return list(text_string_to_metric_families(answer.text))


def told(client: TestClient) -> Told:
    samples = [sample for family in families(client) for sample in family.samples]
    found = {(s.name.removeprefix(PREFIX), frozenset(s.labels.items())): s.value for s in samples}
    assert len(found) == len(samples), "a sample is told twice"
    return found


def value(found: Told, name: str, **labels: str) -> float | None:
    """A sample's value, of the only project unless another is named; None where it is absent."""
    if name not in FAMILIES or "project" in FAMILIES[name].labels:
        labels = {"project": ""} | labels
    return found.get((name, frozenset(labels.items())))


def named(found: Told, name: str) -> Told:
    """All samples of this name."""
    return {key: number for key, number in found.items() if key[0] == name}


def soon(client: TestClient, met: Callable[[Told], bool], *, seconds: float = 30) -> Told:
    """What is told as soon as it is `met`."""
    deadline = time.monotonic() + seconds
    while not met(found := told(client)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
