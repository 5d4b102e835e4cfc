"""The Overview in a real Chromium, served by the real app with its security headers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from tests.browser import ROOT, Watch, free_port, reused, running_streamlit
from tests.otlp import llm, send, ten_traces

pytestmark = pytest.mark.browser

LINE = ".js-plotly-plot:has(.scatterlayer .js-line)"
TITLE = ".ao-chart-title"
BARS = ".js-plotly-plot:has(.barlayer .point)"


@contextmanager
def dashboard(endpoint: str, **env: str) -> Iterator[str]:
    """The app on a free port, asking the AgentOps at `endpoint`."""
    settings = {"AGENTOPS_API_KEY": DEFAULT_API_KEY, "AGENTOPS_API_ENDPOINT": endpoint}
    with running_streamlit(ROOT / "app.py", env=settings | env) as address:
        yield address


@pytest.fixture(scope="module")
def stack() -> Iterator[tuple[str, str]]:
    """An AgentOps with ten known traces, and the dashboard on it: addresses of both."""
    with serve(LiteConfig(caches=False)) as upstream:
        send(upstream, ten_traces(datetime.now(UTC)))
        with dashboard(upstream) as address:
            yield upstream, address


@contextmanager
def opened(
    chromium: Browser, url: str, *, viewport: ViewportSize | None = None, scheme: str = "light"
) -> Iterator[tuple[Page, Watch]]:
    """A page at `url`, with the files of an earlier one: see `reused`."""
    options = {"viewport": {"width": 1400, "height": 1200}, "locale": "en-US", "timezone_id": "Asia/Seoul"}
    with reused(chromium, **options) as page:
        page.set_viewport_size(viewport or options["viewport"])
        page.emulate_media(color_scheme=scheme)
        watch = Watch(page, url.split("/?", maxsplit=1)[0])
        page.goto(url)
        yield page, watch


def _drawing_s(page: Page) -> float:
    """How long the same page takes from its address to its first line, in another tab."""
    other = page.context.new_page()
    began = time.monotonic()
    other.goto(page.url)
    expect(other.locator(LINE).first).to_be_visible(timeout=30_000)
    took_s = time.monotonic() - began
    other.close()
    return took_s


def card(page: Page, label: str) -> str:
    """The value of a key figure."""
    return page.locator(".ao-kpi", has_text=label).locator(".ao-kpi-value").first.inner_text()


def test_lines_are_drawn_and_figures_shown_with_no_complaint_and_no_outside_host(
    chromium: Browser, stack: tuple[str, str]
) -> None:
    _, address = stack
    with opened(chromium, f"{address}/?range=1h") as (page, watch):
        expect(page.locator(LINE).first).to_be_visible(timeout=30_000)
        expect(page.locator(BARS).first).to_be_visible()
        expect(page.locator(".ao-kpi-value").first).to_have_text("$0.450", timeout=20_000)
        assert card(page, "Traces") == "10"
        assert card(page, "Success rate") == "75.0 %"
        assert watch.errors == []
        assert watch.foreign == []


def test_new_traces_appear_by_themselves_and_zoom_stays(chromium: Browser) -> None:
    with serve(LiteConfig(caches=False)) as upstream:
        send(upstream, ten_traces(datetime.now(UTC)))
        with (
            dashboard(upstream) as address,
            opened(chromium, f"{address}/?range=15m&refresh=10") as (page, _),
        ):
            expect(page.locator(LINE).first).to_be_visible(timeout=30_000)
            expect(page.locator(".ao-kpi-value").nth(1)).to_have_text("10", timeout=20_000)
            plot = page.locator(".js-plotly-plot").first
            box = plot.locator(".nsewdrag").bounding_box()
            assert box is not None
            y = box["y"] + box["height"] / 2
            page.mouse.move(box["x"] + box["width"] * 0.3, y)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=5)
            page.mouse.up()
            button = page.get_by_role("button", name="Use this range")
            expect(button).to_be_visible(timeout=15_000)
            zoomed = plot.evaluate("p => p.layout.xaxis.range.join()")
            send(upstream, [llm(77, 1, datetime.now(UTC) - timedelta(seconds=5), 1000, 0)])
            expect(page.locator(".ao-kpi-value").nth(1)).to_have_text("11", timeout=30_000)
            assert plot.evaluate("p => p.layout.xaxis.range.join()") == zoomed
            button.click()
            page.wait_for_url("**from=**")
            expect(page.locator("[data-testid=stSidebar]").get_by_text("From", exact=True)).to_be_visible()
            expect(page.get_by_role("button", name="Use this range")).to_have_count(0)


def test_an_outage_shows_its_cause_and_ends_without_a_reload(chromium: Browser) -> None:
    port = free_port()
    config = LiteConfig(caches=False)
    with (
        dashboard(f"http://127.0.0.1:{port}") as address,
        opened(chromium, f"{address}/?range=1h&refresh=10") as (page, _),
    ):
        expect(page.get_by_text("AgentOps is not running")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("No data available")).to_be_visible()
        expect(page.get_by_text("docker compose up -d agentops-api")).to_be_visible()
        assert page.locator(".js-plotly-plot").count() == 0
        page.evaluate("window.stillTheSamePage = true")
        with serve(config, port=port) as upstream:
            send(upstream, ten_traces(datetime.now(UTC)))
            started = time.monotonic()
            expect(page.locator(LINE).first).to_be_visible(timeout=20_000)
            took_s = time.monotonic() - started
            # Within ten seconds, but for what drawing the page takes on this machine at this moment.
            assert took_s - _drawing_s(page) < 10
            expect(page.get_by_text("No data available")).to_have_count(0)
            assert page.evaluate("window.stillTheSamePage") is True
        expect(page.get_by_text("No data available")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Last success")).to_be_visible()


def test_a_pasted_link_shows_the_same_view(chromium: Browser, stack: tuple[str, str]) -> None:
    _, address = stack
    with opened(chromium, f"{address}/?range=6h&bucket=15m&tz=UTC&lang=ko") as (page, _):
        expect(page.locator(LINE).first).to_be_visible(timeout=30_000)
        expect(page.locator(TITLE).first).to_contain_text("비용, 15분당 USD")
        assert "최근 6시간" in page.locator("[data-testid=stSelectbox]").first.inner_html()
        for parameter in ("range=6h", "bucket=15m", "tz=UTC", "lang=ko"):
            assert parameter in page.url
        page.reload()
        expect(page.locator(TITLE).first).to_contain_text("비용, 15분당 USD", timeout=30_000)


def test_changing_the_range_changes_address_and_page(chromium: Browser, stack: tuple[str, str]) -> None:
    _, address = stack
    with opened(chromium, f"{address}/") as (page, _):
        expect(page.locator(LINE).first).to_be_attached(timeout=30_000)
        page.get_by_label("Time range").click()
        page.get_by_role("option", name="Last 7 days").click()
        page.wait_for_url("**range=7d**")
        expect(page.locator(TITLE).first).to_contain_text("Cost per 6 hours, USD", timeout=20_000)


def test_back_undoes_a_choice_and_then_leaves(chromium: Browser, stack: tuple[str, str]) -> None:
    _, address = stack
    with opened(chromium, f"{address}/healthz") as (page, _):
        page.goto(f"{address}/")
        expect(page.locator(TITLE).first).to_contain_text("per 30 minutes", timeout=30_000)
        page.get_by_label("Time range").click()
        page.get_by_role("option", name="Last 7 days").click()
        expect(page.locator(TITLE).first).to_contain_text("per 6 hours", timeout=20_000)
        page.go_back()
        expect(page.locator(TITLE).first).to_contain_text("per 30 minutes", timeout=20_000)
        assert "range" not in page.url
        page.go_back()
        page.wait_for_url("**/healthz")


@pytest.mark.parametrize("width", [390, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_and_text_is_readable(
    chromium: Browser, stack: tuple[str, str], width: int, scheme: str
) -> None:
    _, address = stack
    size: ViewportSize = {"width": width, "height": 1000}
    with opened(chromium, f"{address}/?range=1h", viewport=size, scheme=scheme) as (page, watch):
        expect(page.locator(".ao-kpi-value").first).to_have_text("$0.450", timeout=30_000)
        expect(page.locator(LINE).first).to_be_attached(timeout=20_000)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        clipped = page.evaluate(
            "[...document.querySelectorAll('.ao-kpi-value, .ao-title')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        )
        assert clipped == []
        contrast = page.locator(".ao-kpi-value").first.evaluate(CONTRAST)
        assert contrast >= 7
        assert page.locator(".ao-kpi-label").first.evaluate(CONTRAST) >= 4.5
        assert watch.errors == []


#: WCAG contrast of an element's text against the nearest opaque background behind it.
CONTRAST = """e => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const lum = c => { const f = c.slice(0, 3).map(v => { v /= 255;
      return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  let back = e; let bg = [255, 255, 255, 1];
  for (; back; back = back.parentElement) {
    const c = getComputedStyle(back).backgroundColor;
    if (c.startsWith('rgb')) { const p = parse(c); if (p[3] > 0.95) { bg = p; break; } }
  }
  const fg = parse(getComputedStyle(e).color); const o = Number(getComputedStyle(e).opacity) * fg[3];
  const mixed = fg.slice(0, 3).map((v, i) => v * o + bg[i] * (1 - o));
  const [a, b] = [lum(mixed), lum(bg)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def test_secrets_stay_on_the_server(chromium: Browser, stack: tuple[str, str]) -> None:
    upstream, address = stack
    with httpx.Client(base_url=upstream, trust_env=False) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
    header = token.split(".")[0]
    frames: list[str] = []
    options = {"viewport": {"width": 1400, "height": 1200}}
    with chromium.new_context(**options) as fresh:  # type: ignore[arg-type]
        page = fresh.new_page()
        page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(repr(data))))
        page.goto(f"{address}/?range=1h")
        expect(page.locator(LINE).first).to_be_visible(timeout=30_000)
        held = page.content() + "".join(frames) + str(fresh.storage_state())
    assert frames
    assert DEFAULT_API_KEY not in held
    assert header not in held
