"""Pages that live on spans in a real Chromium: moving between them, choosing, selecting, an outage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from agentops_lite import LiteConfig, serve
from tests.browser import Watch
from tests.otlp import llm, send
from tests.pages.test_overview_browser import dashboard

pytestmark = pytest.mark.browser

#: Paths and names in the navigation.
PAGES = {
    "": "Overview",
    "cost": "Cost & tokens",
    "performance": "Performance & errors",
    "agents": "Agents & models",
}
#: Durations of traces by the name of their root span, seconds.
RUNS = {"quick": 1.0, "brisk": 2.0, "steady": 4.0, "slow": 60.0, "slowest": 90.0}
#: Nothing is awaited for its time: this only ends what would never come, also on a busy machine.
LOADED_MS = 60_000


def runs(now: datetime) -> list[dict[str, Any]]:
    """One trace for each of `RUNS`, a minute apart, the oldest first."""
    return [
        llm(n, 1, now - timedelta(minutes=20 - n), 100_000, 50_000, seconds=seconds, name=name)
        for n, (name, seconds) in enumerate(RUNS.items(), start=1)
    ]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The dashboard on an AgentOps that holds `runs`."""
    with serve(LiteConfig(caches=False)) as upstream:
        send(upstream, runs(datetime.now(UTC)))
        with dashboard(upstream) as running:
            yield running


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One page for all tests, which reads the dashboard's files once."""
    options = {"viewport": {"width": 1400, "height": 2400}, "locale": "en-US", "timezone_id": "Asia/Seoul"}
    with chromium.new_context(**options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(LOADED_MS)
        expect.set_options(timeout=LOADED_MS)
        yield page
        expect.set_options(timeout=5_000)


def read(page: Page) -> None:
    """Waits until all that is shown comes from traces that have been read."""
    expect(page.locator(".ao-coverage.complete").first).to_be_visible()


def go(page: Page, path: str) -> None:
    """Changes the page as a reader does."""
    page.get_by_role("link", name=PAGES[path], exact=True).click()
    expect(page.locator(".ao-title")).to_have_text(PAGES[path])
    read(page)


def titled(page: Page, title: str) -> Locator:
    return page.locator(".ao-chart-title", has_text=title)


def draws(page: Page, name: str) -> None:
    """Waits until the first chart of the page draws something of that name."""
    page.wait_for_function(
        "name => document.querySelector('.js-plotly-plot')?.data?.some(trace => trace.name === name)",
        arg=name,
    )


def test_the_view_goes_along_from_page_to_page_without_a_complaint(tab: Page, address: str) -> None:
    watch = Watch(tab, address)
    # Deep addresses are not opened: Streamlit itself asks for its own files below them first.
    tab.goto(f"{address}/?range=6h&tz=UTC")
    read(tab)
    for path in ("cost", "performance", "agents", ""):
        go(tab, path)
        tab.wait_for_url(f"{address}/{path}?*range=6h*")
        assert "tz=UTC" in tab.url
        expect(tab.get_by_label("Time range")).to_have_value("Last 6 hours")
        if path != "agents":
            expect(tab.locator(".ao-chart-title").first).to_contain_text("per 10 minutes")
    assert watch.errors == []
    assert watch.foreign == []


def test_choices_change_the_chart_stand_in_the_address_and_outlive_a_reload(tab: Page, address: str) -> None:
    tab.goto(f"{address}/cost?range=1h")
    read(tab)
    draws(tab, "gpt-4o-mini-2024-07-18")
    tab.get_by_role("radio", name="Tag", exact=True).click()
    expect(titled(tab, "by tag, USD")).to_be_visible()
    tab.get_by_role("radio", name="Tokens", exact=True).click()
    for _ in range(2):
        expect(titled(tab, "Tokens per 2 minutes by tag")).to_be_visible()
        draws(tab, "(no tag)")
        tab.wait_for_url("**by=tag**")
        assert "measure=tokens" in tab.url
        tab.reload()
        read(tab)
    go(tab, "performance")
    tab.get_by_role("radio", name="Tool calls", exact=True).click()
    for _ in range(2):
        expect(titled(tab, "Tool calls per 2 minutes")).to_be_visible()
        tab.wait_for_url("**of=tool**")
        tab.reload()
        read(tab)


def test_a_box_lists_exactly_the_traces_inside_it(tab: Page, address: str) -> None:
    tab.goto(f"{address}/performance?range=1h&refresh=0")  # nothing moves under the hand
    read(tab)
    expect(tab.get_by_role("table", name="Slowest traces").locator("tbody tr")).to_have_count(len(RUNS))
    plot = tab.locator(".js-plotly-plot").nth(2)
    tab.wait_for_function("p => p._fullLayout?.yaxis?.d2p", arg=plot.element_handle())
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").bounding_box()
    assert box is not None
    below = plot.evaluate("p => p._fullLayout.yaxis.d2p(20)")  # between 4 s and 60 s
    tab.mouse.move(box["x"] + 3, box["y"] + 3)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] - 3, box["y"] + below, steps=8)
    tab.mouse.up()
    chosen = tab.get_by_role("table", name="2 selected traces")
    expect(chosen.locator("tbody tr")).to_have_count(2)
    assert sorted(chosen.locator("tbody tr th").all_inner_texts()) == ["slow", "slowest"]
    tab.get_by_role("button", name="Clear the selection").click()
    expect(tab.get_by_role("table", name="Slowest traces")).to_be_visible()
