"""The dashboard in a frame of another site, in a Chromium that blocks third-party cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, Playwright, expect, sync_playwright

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from dashboard.access import sign_link
from tests.browser import ROOT, running_streamlit
from tests.otlp import send, ten_traces
from tests.pages.portal_pages import DASHBOARD, PORTAL, STRANGER, portal, portals, reader
from tests.pages.signed_in import LINK_SECRET, TRACE, behind_links, two_projects

pytestmark = pytest.mark.browser

LINE = ".js-plotly-plot:has(.scatterlayer .js-line)"
TITLE = ".ao-chart-title"
BAR = ".st-key-ao-frame-bar"
SLOW_MS = 30_000


@dataclass
class Setting:
    """A browser without third-party cookies, the portals' port, and the dashboard under its own name."""

    playwright: Playwright
    browser: BrowserContext
    port: int
    dashboard: str

    @contextmanager
    def shown(self, path: str, *, host: str = PORTAL) -> Iterator[tuple[Page, Frame]]:
        with portal(self.browser, host, self.port, f"{self.dashboard}{path}") as opened:
            yield opened


@pytest.fixture(scope="module")
def setting() -> Iterator[Setting]:
    with serve(LiteConfig(caches=False)) as upstream, portals() as port:
        send(upstream, ten_traces(datetime.now(UTC)))
        env = {
            "AGENTOPS_API_KEY": DEFAULT_API_KEY,
            "AGENTOPS_API_ENDPOINT": upstream,
            "DASHBOARD_FRAME_ANCESTORS": f"http://{PORTAL}:{port}",
        }
        with (
            running_streamlit(ROOT / "app.py", env=env) as address,
            sync_playwright() as playwright,
            reader(playwright, port, third_party_cookies=False) as browser,
        ):
            yield Setting(playwright, browser, port, address.replace("127.0.0.1", DASHBOARD))


def control(browser: BrowserContext, port: int) -> str:
    """What the dashboard's site gets back of a cookie for other sites, set in the same place: a frame."""
    with portal(browser, PORTAL, port, f"http://{DASHBOARD}:{port}/set") as (page, _):
        return page.frame_locator("iframe").locator("#came").inner_text()


def test_third_party_cookies_would_come_back_and_are_blocked(setting: Setting) -> None:
    with reader(setting.playwright, setting.port, third_party_cookies=True) as permissive:
        assert control(permissive, setting.port) == "control=1"
    assert control(setting.browser, setting.port) == "nothing"


def test_the_page_is_drawn_over_its_websocket_and_nothing_is_around_it(setting: Setting) -> None:
    errors: list[str] = []
    sockets: list[str] = []
    setting.browser.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    setting.browser.on("page", lambda page: page.on("websocket", lambda socket: sockets.append(socket.url)))
    with setting.shown("/?embed=true&range=1h") as (_, frame):
        expect(frame.locator(LINE).first).to_be_visible(timeout=SLOW_MS)
        expect(frame.locator(".ao-kpi-value").first).to_have_text("$0.450", timeout=SLOW_MS)
        assert [url.split("/_stcore")[0] for url in sockets] == [setting.dashboard.replace("http:", "ws:")]
        alone(frame)
        expect(frame.locator(BAR).get_by_role("link")).to_have_count(7)
        expect(frame.locator(f"{BAR} [aria-current=page]")).to_have_text("Overview")
        frame.get_by_test_id("stExpandSidebarButton").click()
        frame.get_by_label("Time range").click()
        frame.get_by_role("option", name="Last 6 hours").click()
        expect(frame.locator(TITLE).first).to_contain_text("per 10 minutes", timeout=SLOW_MS)
        assert view(frame) == {"embed": "true", "range": "6h"}
    assert errors == []


def test_another_site_may_not_show_it(setting: Setting) -> None:
    said: list[str] = []
    setting.browser.on("console", lambda line: said.append(line.text))
    with setting.shown("/?embed=true", host=STRANGER) as (page, frame):
        page.wait_for_timeout(500)
        assert frame.url.startswith("chrome-error:")
        assert frame.locator(".stApp, .ao-title").count() == 0
        assert page.evaluate("told") == []
    assert any("frame-ancestors" in text and PORTAL in text for text in said)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_theme_and_language_of_the_address_reach_the_charts(setting: Setting, theme: str) -> None:
    with setting.shown(f"/?embed=true&embed_options={theme}_theme&lang=ko&range=1h&tz=UTC") as (_, frame):
        expect(frame.locator(TITLE).first).to_contain_text("비용, 2분당 USD", timeout=SLOW_MS)
        expect(frame.locator(BAR)).to_contain_text("보기 설정")
        expect(frame.locator(f"{LINE} .xtick text").first).to_be_visible(timeout=SLOW_MS)
        ink = lightness(frame, f"{LINE} .xtick text", "fill")
        ground = lightness(frame, ".stApp", "backgroundColor")
        assert (ground < 0.1 and ink > 0.6) if theme == "dark" else (ground > 0.9 and ink < 0.5)
        assert lightness(frame, '[data-testid="stLayoutWrapper"]:has(> .st-key-ao-frame-bar)') == ground


def lightness(frame: Frame, selector: str, of: str = "backgroundColor") -> float:
    """Of the colour of an element: 0 black, 1 white."""
    # What has just been drawn anew is no longer in the page and has no colour.
    seen = "([css, of]) => { const e = document.querySelector(css); return e && getComputedStyle(e)[of] }"
    colour: str = frame.wait_for_function(seen, arg=[selector, of], timeout=SLOW_MS).json_value()
    red, green, blue = (float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3])
    return (red + green + blue) / 3 / 255


def alone(frame: Frame) -> None:
    """Neither sidebar nor header takes any room."""
    assert frame.get_by_test_id("stSidebar").evaluate("e => e.getBoundingClientRect().right") <= 0
    assert frame.get_by_test_id("stHeader").evaluate("e => e.offsetHeight") == 0
    assert frame.locator(".stMain").evaluate("e => e.getBoundingClientRect().left") == 0


def view(frame: Frame) -> dict[str, str]:
    """The parameters of the frame's address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(frame.url).query).items()}


def test_the_view_stays_over_pages_plain_links_and_a_reload(setting: Setting) -> None:
    asked = {"embed": "true", "embed_options": "dark_theme", "lang": "ko", "range": "1h"}
    path = "/?" + "&".join(f"{name}={value}" for name, value in asked.items())
    with setting.shown(path) as (_, frame):
        frame.locator(BAR).get_by_role("link", name="당직").click(timeout=SLOW_MS)
        expect(frame.locator(".ao-title")).to_have_text("당직", timeout=SLOW_MS)
        assert view(frame) == asked
        link = frame.locator(".ao-table a[href^='trace?']").first
        link.click(timeout=SLOW_MS)
        frame.wait_for_url("**/trace?**")
        expect(frame.locator(".ao-title")).to_have_text("트레이스 상세", timeout=SLOW_MS)
        assert asked.items() <= view(frame).items()
        frame.evaluate("location.reload()")
        expect(frame.locator(BAR)).to_be_visible(timeout=SLOW_MS)
        assert asked.items() <= view(frame).items()
        assert lightness(frame, ".stApp") < 0.1
        alone(frame)


def test_a_portal_with_a_menu_of_its_own_has_none_of_ours_on_any_page(setting: Setting) -> None:
    with setting.shown("/on_call?embed=true&nav=none&lang=en") as (_, frame):
        frame.locator(".ao-table a[href^='trace?']").first.click(timeout=SLOW_MS)
        frame.wait_for_url("**/trace?**")
        expect(frame.locator(".ao-title")).to_have_text("Trace", timeout=SLOW_MS)
        frame.wait_for_url("**nav=none**", timeout=SLOW_MS)
        expect(frame.locator(BAR)).to_have_count(0)
        for part in ("stSidebar", "stHeader", "stExpandSidebarButton"):
            expect(frame.get_by_test_id(part)).to_be_hidden()


def told(page: Page) -> list[tuple[str, int]]:
    """Origins and heights of all messages until now."""
    return [(origin, height) for origin, height in page.evaluate("told")]


def fitted(page: Page, frame: Frame) -> int:
    """The height that the portal was told last, once it is the content's; nothing is left to scroll then."""
    frame.wait_for_function(
        """() => {
          const main = document.querySelector('.stMain');
          const content = document.querySelector('.stMainBlockContainer').getBoundingClientRect().height;
          return Math.abs(innerHeight - content) <= 1 && main.scrollHeight === main.clientHeight
            && main.scrollWidth === main.clientWidth && main.clientWidth === innerWidth;
        }""",
        timeout=SLOW_MS,
    )
    height = told(page)[-1][1]
    assert abs(height - frame.locator(".stMain").evaluate("e => e.scrollHeight")) <= 1
    return height


def test_the_portal_makes_the_frame_as_tall_as_its_content(setting: Setting) -> None:
    with setting.shown("/?embed=true&range=1h&refresh=0&lang=en") as (page, frame):
        expect(frame.locator(LINE).first).to_be_visible(timeout=SLOW_MS)
        expect(frame.locator(".ao-coverage.complete")).to_be_visible(timeout=SLOW_MS)
        overview = fitted(page, frame)
        assert overview > 900  # the content is taller than the window and than the frame was at first
        frame.locator(BAR).get_by_role("link", name="Health").click()
        expect(frame.locator(".ao-title")).to_have_text("Health", timeout=SLOW_MS)
        frame.wait_for_function("was => innerHeight !== was", arg=overview, timeout=SLOW_MS)
        wide = fitted(page, frame)
        page.set_viewport_size({"width": 390, "height": 900})
        frame.wait_for_function("was => innerWidth <= 390 && innerHeight > was", arg=wide, timeout=SLOW_MS)
        page.wait_for_timeout(1000)  # until what was drawn anew for the width stands
        narrow = fitted(page, frame)
        current = frame.locator(f"{BAR} [aria-current=page]")
        expect(current).to_have_text("Health")
        expect(current).to_be_in_viewport(ratio=1)  # the last of a line that is wider than the frame
        before = len(told(page))
        page.wait_for_timeout(3000)
        assert len(told(page)) - before <= 3
        assert fitted(page, frame) == narrow
        assert {origin for origin, _ in told(page)} == {setting.dashboard}
        assert len(told(page)) < 60
        page.set_viewport_size({"width": 1400, "height": 900})


def test_a_signed_link_lets_a_reader_in_without_any_cookie(setting: Setting) -> None:
    """Sign-in in the place for which there are links: a frame on another site."""
    ancestors = f"http://{PORTAL}:{setting.port}"
    with two_projects() as known, behind_links(known, DASHBOARD_FRAME_ANCESTORS=ancestors) as address:
        token = sign_link(LINK_SECRET, datetime.now(UTC), name="kim", role="viewer", projects=["Support"])
        dashboard = address.replace("127.0.0.1", DASHBOARD)
        there = Setting(setting.playwright, setting.browser, setting.port, dashboard)
        with there.shown(f"/trace?embed=true&trace={TRACE}&token={token}") as (_, frame):
            expect(frame.get_by_text("operators only").first).to_be_visible(timeout=SLOW_MS)
            assert "token" not in view(frame)
            frame.locator(BAR).get_by_role("link", name="Overview").click()
            expect(frame.locator(TITLE).first).to_be_visible(timeout=SLOW_MS)  # the session goes on
        with there.shown(f"/?embed=true&token={token}") as (_, frame):
            expect(frame.locator(".ao-panel h1")).to_have_text("This link was used already", timeout=SLOW_MS)
