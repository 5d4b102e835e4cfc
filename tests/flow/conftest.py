"""What the flow tests share: a provider with canned answers, and a client of an AgentOps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.flow, also where pytest is run by its script

from tests.flow.canned_openai import canned_openai
from tests.flow.span_senders import Delivered, all_sent


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The base URL of an OpenAI-compatible provider."""
    with canned_openai() as url:
        yield url


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Delivered]]:
    """What the programs of ``span_senders`` have sent, by their names; sent once, as they take their time."""
    with all_sent(tmp_path_factory.mktemp("spans")) as done:
        yield done
