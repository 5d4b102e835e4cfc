"""Two worlds a module: an AgentOps that is read by token, and a stock build that is read by session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.world import World, no_environment, world


@pytest.fixture(scope="module")
def by_token() -> Iterator[World]:
    no_environment()
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def by_session() -> Iterator[World]:
    no_environment()
    with world(by_session=True) as made:
        yield made
