"""One trace in a real Chromium: from a bare link, with many spans, reloaded, left, returned to, framed."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from agentops_lite import LiteConfig, serve
from tests.otlp import llm, send, span
from tests.pages.test_overview_browser import dashboard
from tests.recorded import load

pytestmark = pytest.mark.browser

#: The recorded list names this trace; its spans were not recorded, so as many are made as the row says.
(RECORDED,) = (row for row in load("traces_list/project_second").body["traces"] if row["span_count"] == 1304)
TRACE, HUGE, HUGE_SPANS, SMALL, SMALL_SPANS = 0x1304, 0xACE, 10_000, 0x5A11, 10
IDS = {TRACE: RECORDED["trace_id"], HUGE: f"{HUGE:032x}", SMALL: f"{SMALL:032x}"}
#: One of its model calls.
CALL = 997
#: Eight calls and tools below each agent: fewer than are folded into one row.
BELOW = 8
LOADED_MS = 60_000


def spans(trace: int, count: int, now: datetime, *, seconds: float, failed: int) -> list[dict[str, Any]]:
    """A session of `count` spans: agents one after the other, each with `BELOW` calls and tools."""
    start = now - timedelta(minutes=30)
    agents = (count - 1) // (BELOW + 1)
    step = seconds / (agents + 2)
    made = [
        span(trace, 1, start, seconds=seconds, name=RECORDED["root_span_name"], agentops__tags='["batch"]')
    ]
    above = 1
    for number in range(2, count + 1):
        place, turn = (number - 2) % (BELOW + 1), (number - 2) // (BELOW + 1)
        at = start + timedelta(seconds=step * (turn + place / (BELOW + 2)))
        status = "ERROR" if count - number < failed else "OK"
        if place == 0:
            above = number
            agent = f"worker {turn % 5}"
            made.append(
                span(
                    trace, number, at, seconds=step, parent=1, status=status, name=f"turn {turn}.agent",
                    agentops__span__kind="agent", operation__name=agent, agent__name=agent,
                )
            )  # fmt: skip
        elif place % 2:
            made.append(
                llm(
                    trace, number, at, 100, 50, seconds=step / 9, parent=above, status=status,
                    gen_ai__prompt__0__role="user", gen_ai__prompt__0__content=f"Question {number}?",
                )
            )  # fmt: skip
        else:
            made.append(
                span(
                    trace, number, at, seconds=step / 9, parent=above, status=status,
                    name=f"look_up_{place}.tool", agentops__span__kind="tool",
                    operation__name=f"look_up_{place}",
                )
            )  # fmt: skip
    return [{**one, "traceId": IDS[trace]} for one in made]


@contextmanager
def portal() -> Iterator[tuple[str, list[str]]]:
    """A page of another origin: its address, and a list whose only entry it shows in a frame."""
    framed: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<iframe src="{framed[0]}" width="1100" height="900"></iframe>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", framed
        server.shutdown()


@pytest.fixture(scope="module")
def stack() -> Iterator[tuple[str, str, list[str]]]:
    """The dashboard on an AgentOps with both traces; a page of another origin that may frame it, and what."""
    with serve(LiteConfig(caches=False)) as upstream, portal() as (friend, framed):
        now = datetime.now(UTC)
        seconds = RECORDED["duration"] / 1e9
        send(
            upstream,
            spans(TRACE, RECORDED["span_count"], now, seconds=seconds, failed=RECORDED["error_count"]),
        )
        send(upstream, spans(HUGE, HUGE_SPANS, now, seconds=600, failed=3))
        send(upstream, spans(SMALL, SMALL_SPANS, now, seconds=60, failed=0))
        with dashboard(upstream, DASHBOARD_FRAME_ANCESTORS=f"'self' {friend}") as address:
            yield address, friend, framed


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One page for all tests, which reads the dashboard's files once."""
    options = {"viewport": {"width": 1440, "height": 1000}, "locale": "en-US", "timezone_id": "UTC"}
    with chromium.new_context(**options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(LOADED_MS)
        yield page


def link(address: str, trace: int, number: int | None = None, *, more: str = "") -> str:
    chosen = f"&span={trace:08x}{number:08x}" if number else ""
    return f"{address}/trace?trace={IDS[trace]}{chosen}{more}"


def drawn(page: Page | FrameLocator, count: int) -> None:
    """Waits until rows are in view and all spans are there."""
    expect(page.locator(".ao-waterfall-row").first).to_be_visible(timeout=LOADED_MS)
    expect(page.locator(".ao-waterfall-count")).to_have_text(f"{count:,} spans", timeout=LOADED_MS)


def tells(page: Page | FrameLocator, span_id: str) -> None:
    """Waits until the span is selected and told at the side."""
    expect(page.locator(".ao-waterfall-row[aria-selected=true]")).to_be_visible(timeout=LOADED_MS)
    expect(page.locator(".ao-pairs").first).to_contain_text(span_id, timeout=LOADED_MS)


def took_s(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def test_the_recorded_1304_spans_are_drawn_from_a_bare_link(
    tab: Page, stack: tuple[str, str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    address, _, _ = stack
    count = RECORDED["span_count"]

    def opens(trace: int, spans: int) -> None:
        tab.goto(link(address, trace))
        drawn(tab, spans)

    opens(TRACE, count)  # the first reader also waits for the server's modules and for AgentOps
    few, many = zip(
        *((took_s(lambda: opens(SMALL, SMALL_SPANS)), took_s(lambda: opens(TRACE, count))) for _ in range(5)),
        strict=True,
    )
    ratio = statistics.median(many) / statistics.median(few)
    with capsys.disabled():
        told = f"{statistics.median(many):.2f} s after the navigation, {ratio:.2f} times {SMALL_SPANS} spans"
        print(f"\n{count} spans drawn {told} (medians of 5)")  # noqa: T201
    assert ratio < 2
    assert 15 <= tab.locator(".ao-waterfall-row").count() <= 80  # those in view
    shown = tab.locator("[data-testid=stMain]")
    expect(shown).to_contain_text("16 min 44 s")  # 1,004.08 s as recorded
    expect(shown).to_contain_text("Errors: 85")
    expect(tab.locator(".ao-waterfall-chip", has_text="errors")).to_contain_text("85")


def test_ten_thousand_spans_stay_usable(
    tab: Page, stack: tuple[str, str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    address, _, _ = stack
    tab.goto(link(address, HUGE))
    drawn(tab, HUGE_SPANS)
    grid, rows = tab.locator(".ao-waterfall-grid"), tab.locator(".ao-waterfall-row")
    last = rows.last

    def to_the_end() -> None:
        grid.focus()
        tab.keyboard.press("End")
        expect(tab.locator(f".ao-waterfall-row[aria-rowindex='{lines}']")).to_be_visible()

    def narrowed() -> None:
        tab.locator(".ao-waterfall-search").fill("turn 777.")
        expect(tab.locator(".ao-waterfall-count")).to_contain_text("1 of ")

    def chosen() -> None:
        tab.locator(".ao-waterfall-title", has_text="turn 777.agent").click()
        tells(tab, f"{HUGE:08x}{2 + 777 * (BELOW + 1):08x}")

    lines = int(grid.get_attribute("aria-rowcount") or 0)
    assert lines > HUGE_SPANS
    times = {act.__name__: took_s(act) for act in (to_the_end, narrowed, chosen)}
    with capsys.disabled():
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())
        print(f"\n{HUGE_SPANS:,} spans: {told}")  # noqa: T201
    assert max(times.values()) < 10
    assert rows.count() <= 80
    expect(last).to_be_visible()


def test_a_deep_link_survives_reload_another_page_and_back(
    tab: Page, stack: tuple[str, str, list[str]]
) -> None:
    address, _, _ = stack
    span_id = f"{TRACE:08x}{CALL:08x}"

    def is_told() -> None:
        drawn(tab, RECORDED["span_count"])
        tells(tab, span_id)
        assert f"trace={IDS[TRACE]}" in tab.url
        assert f"span={span_id}" in tab.url
        expect(tab.locator(".ao-entry .said", has_text=f"Question {CALL}?")).to_be_visible()

    tab.goto(link(address, TRACE, CALL))
    is_told()
    tab.reload()
    is_told()
    tab.get_by_role("link", name="Agents & models", exact=True).click()
    expect(tab.locator(".ao-title")).to_have_text("Agents & models", timeout=LOADED_MS)
    tab.wait_for_url("**/agents**")
    tab.go_back()
    expect(tab.locator(".ao-title")).to_have_text("Trace", timeout=LOADED_MS)
    is_told()


def test_a_deep_link_opens_inside_a_page_of_another_origin(
    tab: Page, stack: tuple[str, str, list[str]]
) -> None:
    address, friend, framed = stack
    framed[:] = [link(address, TRACE, CALL, more="&embed=true").replace("&", "&amp;")]
    tab.goto(f"{friend}/")
    inside = tab.frame_locator("iframe")
    drawn(inside, RECORDED["span_count"])
    tells(inside, f"{TRACE:08x}{CALL:08x}")
    inside.locator(".ao-waterfall-search").fill("turn 5.")
    inside.locator(".ao-waterfall-title", has_text="turn 5.agent").click()
    tells(inside, f"{TRACE:08x}{2 + 5 * (BELOW + 1):08x}")
