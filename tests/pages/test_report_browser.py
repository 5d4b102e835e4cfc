"""The handover report: taken from the Overview, opened from disk in Chromium, without any request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from tests.browser import ROOT, running_streamlit
from tests.otlp import llm, send

pytestmark = pytest.mark.browser


@contextmanager
def served(calls: list[dict[str, Any]]) -> Iterator[str]:
    """An AgentOps that holds these calls before anybody asks."""
    with serve(LiteConfig(caches=False)) as upstream:
        send(upstream, calls)
        yield upstream


def test_the_report_is_drawn_from_disk_and_asks_nothing(chromium: Browser, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    calls = [
        llm(k, 1, now - timedelta(minutes=5 * k), 100_000, 10_000, status="OK" if k > 2 else "ERROR")
        for k in range(1, 9)
    ]
    with (
        served(calls) as upstream,
        running_streamlit(
            ROOT / "app.py",
            env={"AGENTOPS_API_KEY": DEFAULT_API_KEY, "AGENTOPS_API_ENDPOINT": upstream},
        ) as address,
        chromium.new_context(locale="en-US", timezone_id="Asia/Seoul") as context,
    ):
        page = context.new_page()
        page.goto(f"{address}/?range=1h")
        expect(page.get_by_text("All 8 traces read")).to_be_visible(timeout=40_000)
        page.get_by_role("button", name="Handover report").click()
        with page.expect_download() as html:
            page.get_by_role("button", name="HTML, self-contained").click()
        with page.expect_download() as markdown:
            page.get_by_role("button", name="Markdown").click()
        html.value.save_as(tmp_path / "report.html")
        markdown.value.save_as(tmp_path / "report.md")
        links = f"{address}/trace?trace={1:032x}"

    with chromium.new_context() as context:
        opened = context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto((tmp_path / "report.html").as_uri())
        expect(opened.locator(".chart .main-svg").first).to_be_visible()
        assert opened.locator(".chart:has(.main-svg)").count() == 3
        expect(opened.locator(".figures")).to_contain_text("$0.168")  # 8 · (0.015 + 0.006)
        expect(opened.locator("main")).to_contain_text("Asia/Seoul (UTC+9)")
        assert opened.locator(f'a[href^="{links}"]').count() >= 2  # failed, and its error's example
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert errors == []
    text = (tmp_path / "report.md").read_text("utf-8")
    assert r"\$0\.168" in text
    assert links.rsplit("/", 1)[1] in text
    assert DEFAULT_API_KEY not in text + (tmp_path / "report.html").read_text("utf-8")
