"""The whole server: open tabs are counted while they are open."""

from __future__ import annotations

import time

import httpx
import pytest
from playwright.sync_api import Browser

from agentops_lite.config import DEFAULT_API_KEY
from dashboard.telemetry.families import PREFIX
from tests.browser import ROOT, running_streamlit

pytestmark = pytest.mark.browser


def viewers(address: str) -> float:
    text = httpx.get(f"{address}/metrics", timeout=30, trust_env=False).text
    return float(text.split(f"\n{PREFIX}viewers ")[1].split("\n")[0])


def wait_for_viewers(address: str, wanted: int) -> None:
    deadline = time.monotonic() + 60
    while (found := viewers(address)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def test_open_tabs_are_counted(lite: str, chromium: Browser) -> None:
    settings = {"AGENTOPS_API_KEY": DEFAULT_API_KEY, "AGENTOPS_API_ENDPOINT": lite}
    with running_streamlit(ROOT / "app.py", env=settings) as address:
        assert viewers(address) == 0
        first, second = chromium.new_page(), chromium.new_page()
        for tab in (first, second):
            tab.goto(address)
        wait_for_viewers(address, 2)
        first.close()
        wait_for_viewers(address, 1)
        second.close()
        wait_for_viewers(address, 0)
