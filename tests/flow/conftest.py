"""What the flow tests share: one Chromium, a provider with canned answers, and a client of an AgentOps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.flow, also where pytest is run by its script

from tests.browser import launch
from tests.flow.canned_openai import canned_openai


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch() as browser:
        yield browser


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The base URL of an OpenAI-compatible provider."""
    with canned_openai() as url:
        yield url
