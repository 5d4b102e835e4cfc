"""What the flow tests share: a provider with canned answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.flow, also where pytest is run by its script

from tests.flow.canned_openai import canned_openai


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The base URL of an OpenAI-compatible provider."""
    with canned_openai() as url:
        yield url
