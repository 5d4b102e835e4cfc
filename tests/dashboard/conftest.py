"""Fixtures that several test files here share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.dashboard.scraped import Make, counting, server


@pytest.fixture
def counted() -> Iterator[Make]:
    """Makes upstreams whose tries are counted; the last one made is the process's."""
    with counting() as make:
        yield make


@pytest.fixture
def scrape() -> TestClient:
    """What Prometheus asks ``/metrics`` with."""
    return server()
