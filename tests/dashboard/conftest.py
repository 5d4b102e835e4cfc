"""Fixtures that several test files here share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from dashboard.upstream import Upstream
from tests.dashboard.fake_client import Clock, FakeClient
from tests.dashboard.scraped import Make, counting, server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def upstream(client: FakeClient, clock: Clock) -> Iterator[Upstream]:
    """The shared upstream with a client that asks nobody."""
    shared = Upstream(client, now=clock)  # type: ignore[arg-type]
    yield shared
    shared.close()


@pytest.fixture
def counted() -> Iterator[Make]:
    """Makes upstreams whose tries are counted; the last one made is the process's."""
    with counting() as make:
        yield make


@pytest.fixture
def scrape() -> TestClient:
    """What Prometheus asks ``/metrics`` with."""
    return server()
