"""What the tests of the embedded AgentOps share: the recorded world, and small empty servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.agentops_lite.replay, also under the pytest script

from starlette.testclient import TestClient

from agentops_lite import create_app, serve
from agentops_lite.spans import Span, to_row
from agentops_lite.store import Store
from tests.agentops_lite.replay import (
    FOREIGN,
    Clock,
    World,
    nanoseconds,
    otlp_names,
    recorded_config,
    recording,
    restored,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(clock: Clock, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Starts a server in this process, with the recorded projects, both dialects and both credentials
    unless told otherwise.
    """
    with ExitStack() as running:

        def begin(*, spans: list[Span] | None = None, **changes: Any) -> World:
            config = recorded_config(clock, **({"auth": "both"} | changes))
            app = create_app(config)
            running.callback(app.state.lite.store.close)
            app.state.lite.store.add([to_row(span) for span in spans or ()])
            return World(running.enter_context(TestClient(app, raise_server_exceptions=False)), config)

        yield begin


@pytest.fixture(scope="session")
def recorded_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The stock build with every span of the recordings that we can have."""
    data = tmp_path_factory.mktemp("recorded")
    store = Store(data)
    for name in (
        "trace_detail/litellm_old_success",
        "trace_detail/synthetic_with_error",
        "trace_detail/free_plan_recent_trace",
        "trace_detail/free_plan_old_trace",
        *(f"odd_rows/detail_{number}" for number in ("01", "08", "09", "0b", "0c", "0e", "0f", "12", "15")),
    ):
        store.add([to_row(span) for span in restored(name)])
    foreign = recording("trace_detail/foreign_trace")["request"]["path"].rpartition("/")[2]
    store.add([to_row(made_span(project_id=FOREIGN, trace_id=foreign))])
    store.close()
    config = recorded_config(Clock(), data=data)
    with serve(config) as url:
        world = World(httpx.Client(base_url=url, timeout=30), config)
        for name in otlp_names():
            world.feed(name)
        log = recording("logs/log_present")
        trace_id = log["request"]["path"].rpartition("/")[2]
        uploaded = world.client.post(
            "/v4/logs/upload/",
            content=log["response"]["body"]["content"].encode(),
            headers={"trace-id": str(int(trace_id, 16))} | world.bearer(),
        )
        assert uploaded.status_code == 200
        yield world
        world.client.close()


def made_span(**fields: Any) -> Span:
    """A span with nothing special about it; tests name what matters."""
    ordinary: dict[str, Any] = {
        "project_id": "b0000000-0000-4000-8000-000000000001",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "name": "work.task",
        "service_name": "agentops",
        "start_ns": nanoseconds("2026-11-20T12:00:00"),
        "duration_ns": 1_000_000_000,
        "status_code": "Ok",
        "resource": {"service.name": "agentops"},
        "attributes": {},
    }
    return Span(**(ordinary | fields))


@pytest.fixture
def span() -> Callable[..., Span]:
    return made_span
