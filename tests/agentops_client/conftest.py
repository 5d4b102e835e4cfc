"""What the client's tests share: made-up credentials, a clock that tests move, a client on a transport."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.recorded, also where pytest is run by its script

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite import LiteConfig
from tests.agentops_client.upstreams import Upstream, fill, fill_healthy, projects, running

KEY = "c0ffee00-0000-4000-8000-000000000001"
PROJECT = "b0000000-0000-4000-8000-000000000001"
EMAIL, PASSWORD = "observer@example.test", "observer-password"
ENDPOINT = "http://agentops.test:8003"


@dataclass
class Clock:
    """Time that passes only when somebody sleeps or a test says so."""

    now: float = 1795300000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A developer's own AGENTOPS_* and .env must not decide a test."""
    import os

    for name in list(os.environ):
        if name.upper().startswith("AGENTOPS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings() -> Callable[..., AgentOpsSettings]:
    def make(**values: Any) -> AgentOpsSettings:
        return AgentOpsSettings(_env_file=None, **{"api_key": KEY, "api_endpoint": ENDPOINT, **values})

    return make


@pytest.fixture
def client(
    settings: Callable[..., AgentOpsSettings], clock: Clock
) -> Iterator[Callable[..., AgentOpsClient]]:
    """A client on a transport or a handler; waits take no time, jitter is always its greatest."""
    opened: list[AgentOpsClient] = []

    def make(answering: Any, **values: Any) -> AgentOpsClient:
        sending = answering if isinstance(answering, httpx.BaseTransport) else httpx.MockTransport(answering)
        made = AgentOpsClient(
            settings(**values),
            transport=sending,
            clock=clock,
            monotonic=clock,
            sleep=clock.sleep,
            jitter=lambda: 1.0,
        )
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()


@pytest.fixture(autouse=True)
def _all_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.fixture(scope="module")
def _projects() -> Iterator[Upstream]:
    with running(projects()) as upstream:
        fill(upstream.url)
        yield upstream


@pytest.fixture
def agentops(_projects: Upstream) -> Iterator[Upstream]:
    """A healthy embedded AgentOps with a project for each of ``upstreams.KEYS``; a test may break it."""
    _projects.heal()
    yield _projects
    _projects.heal()


@pytest.fixture(scope="module")
def _stock() -> Iterator[Upstream]:
    with running(LiteConfig(auth="session", caches=False)) as upstream:
        fill_healthy(upstream.url)
        yield upstream


@pytest.fixture
def stock(_stock: Upstream) -> Iterator[Upstream]:
    """A stock build, which gives the path dialect to sessions only; a test may break it."""
    _stock.heal()
    yield _stock
    _stock.heal()
