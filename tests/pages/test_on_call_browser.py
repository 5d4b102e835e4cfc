"""The on-call page in a real Chromium: a kiosk over an outage and back, on a wall and on a phone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from agentops_lite import LiteConfig, serve
from tests.browser import free_port
from tests.otlp import send
from tests.pages.test_on_call import failing, traffic
from tests.pages.test_overview_browser import dashboard, opened

pytestmark = pytest.mark.browser

KIOSK = "on_call?embed=true&kiosk=1"
HEADLINE = ".ao-verdict h2"
#: Nothing is awaited for its time: this only ends what would never come, also on a busy machine.
LOADED_MS = 60_000
#: Everything that a wall needs no room for.
FRAME = "[data-testid=stSidebar], [data-testid=stHeader], .ao-foot"

#: WCAG contrast of an element's text as it is painted: mixed colours over all the tints behind them.
PAINTED_CONTRAST = """e => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const under = [];
  for (let n = e; n; n = n.parentElement) under.unshift(getComputedStyle(n).backgroundColor);
  const paint = colours => { for (const c of colours) { canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const lum = c => { const f = c.map(v => { v /= 255;
      return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const back = paint(['#fff', ...under]); const text = paint([getComputedStyle(e).color]);
  const [a, b] = [lum(text), lum(back)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def contrast(page: Page, selector: str) -> float:
    """The lowest contrast of all elements that `selector` picks."""
    every = "s => [...document.querySelectorAll(s)]"
    return float(page.evaluate(f"s => Math.min(...({every})(s).map({PAINTED_CONTRAST}))", selector))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The dashboard on an AgentOps of which the last twelve minutes failed."""
    with serve(LiteConfig(caches=False)) as upstream:
        send(upstream, [*traffic(1, 100, 50), *failing(500, 40, 12)])
        with dashboard(upstream) as running:
            yield running


def test_a_kiosk_shows_an_outage_as_its_verdict_and_comes_back_without_a_reload(chromium: Browser) -> None:
    port = free_port()
    with (
        dashboard(f"http://127.0.0.1:{port}") as running,
        opened(chromium, f"{running}/{KIOSK}") as (page, watch),
    ):
        expect(page.locator(HEADLINE)).to_contain_text("AgentOps unreachable since", timeout=LOADED_MS)
        expect(page.get_by_text("docker compose up -d agentops-api")).to_be_visible()
        assert page.locator(".ao-tile").count() == 0
        page.evaluate("window.stillTheSamePage = true")
        with serve(LiteConfig(caches=False), port=port) as upstream:
            send(upstream, traffic(1, 50, 20))
            expect(page.locator(HEADLINE)).to_contain_text("of 50 traces failed", timeout=LOADED_MS)
            expect(page.locator(".ao-tile")).to_have_count(4)
            expect(page.get_by_text("No data available")).to_have_count(0)
            within_a_window(page)
            # Twelve seconds of failures in the newest window: not read yet, but seen.
            send(upstream, [span for n in range(12) for span in failing(900 + n, 1, (14 - n) / 60)])
            expect(page.locator(HEADLINE)).to_contain_text("Error rate 100.0 % since", timeout=LOADED_MS)
        expect(page.locator(HEADLINE)).to_contain_text("AgentOps unreachable since", timeout=LOADED_MS)
        expect(page.locator(".ao-tile")).to_have_count(0)  # nothing that was last known stands as current
        assert page.evaluate("window.stillTheSamePage") is True
        assert all(url.startswith((running, "data:", "blob:")) for url in watch.requests)


def within_a_window(page: Page) -> None:
    """Waits until the newest window of two minutes has begun 20 s ago, and goes on for 20 s: a closed window
    is asked again only later."""
    into_s = time.time() % 120
    if not 20 <= into_s <= 100:
        page.wait_for_timeout(1000 * ((20 - into_s) % 120))


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1920, 1080)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_kiosk_fills_its_screen_and_nothing_else_is_on_it(
    chromium: Browser, address: str, width: int, height: int, scheme: str
) -> None:
    size: ViewportSize = {"width": width, "height": height}
    with opened(chromium, f"{address}/{KIOSK}", viewport=size, scheme=scheme) as (page, watch):
        expect(page.locator(HEADLINE)).to_contain_text("mostly RateLimitError", timeout=LOADED_MS)
        expect(page.locator("[aria-label='Newest failures'] tbody tr").first).to_be_attached(
            timeout=LOADED_MS
        )
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert page.locator(".stMain").evaluate("e => e.scrollWidth") <= width
        for hidden in page.locator(FRAME).all():
            assert not hidden.is_visible()
        clipped = page.evaluate(
            "[...document.querySelectorAll('.ao-tile .value, .ao-tile h3, .ao-verdict h2')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        )
        assert clipped == []
        # In one go each: a refresh may put new elements in the place of the old ones at any time.
        assert contrast(page, ".ao-verdict h2, .ao-tile .value") >= 7
        assert contrast(page, ".ao-tile .level, .ao-verdict .word") >= 4.5
        size = "parseFloat(getComputedStyle(document.querySelector('.ao-tile .value')).fontSize)"
        assert page.evaluate(size) >= (80 if width == 1920 else 27)
        if width == 1920:  # without scrolling: verdict, tiles, chart and all rows of failures
            last = page.locator("[aria-label='Newest failures'] tbody tr").last.bounding_box()
            assert last is not None
            assert last["y"] + last["height"] <= height
        # Streamlit looks for its own routes below a page's address first.
        assert [error for error in watch.errors if "404 (Not Found)" not in error] == []


def test_without_kiosk_the_frame_is_there(chromium: Browser, address: str) -> None:
    with opened(chromium, f"{address}/on_call") as (page, _):
        expect(page.locator(HEADLINE)).to_contain_text("Error rate", timeout=LOADED_MS)
        expect(page.locator("[data-testid=stSidebar]")).to_be_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 1400


def test_a_failure_is_one_click_away(chromium: Browser, address: str) -> None:
    with opened(chromium, f"{address}/on_call") as (page, _):
        row = page.locator("[aria-label='Newest failures'] tbody tr").first
        expect(row).to_be_attached(timeout=LOADED_MS)
        row.locator("a").first.click()
        page.wait_for_url("**/trace?trace=**")
        expect(page.get_by_text("RateLimitError").first).to_be_visible(timeout=LOADED_MS)
