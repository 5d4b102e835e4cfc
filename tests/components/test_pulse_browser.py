"""The header line in a real Chromium, served under the strict policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Watch, reused

pytestmark = pytest.mark.browser


class Header:
    """A page with the header line."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.line = page.locator(".ao-pulse")

    def open(self, query: str = "") -> Header:
        self.page.goto(f"{self.address}/?{query}")
        expect(self.line).to_be_visible(timeout=30_000)
        return self

    def told(self, text: str, timeout: float = 10_000) -> None:
        expect(self.page.locator("#told")).to_have_text(text, timeout=timeout)

    def hide(self, hidden: bool) -> None:
        """What switching to another tab of the browser does."""
        self.page.evaluate(
            """hidden => {
                Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )


@pytest.fixture
def header(chromium: Browser, pulse_address: str) -> Iterator[Header]:
    with reused(chromium, viewport={"width": 1200, "height": 500}) as page:
        watch = Watch(page, pulse_address)
        yield Header(page, pulse_address)
    assert watch.errors == []
    assert watch.foreign == []


def test_status_is_symbol_and_word_and_ages_tick(header):
    header.open()
    expect(header.line).to_contain_text("●healthy")
    expect(header.line).to_contain_text("newest trace 2 h ago")
    expect(header.line).to_contain_text("Last 24 h, Asia/Seoul")
    expect(header.line).to_contain_text("refresh is off")
    expect(header.line.get_by_role("status")).to_have_attribute("aria-label", "healthy: since 10:00")
    expect(header.line).to_contain_text("updated 2 s ago")
    header.told("runs 1 ticks 0")


def test_down_and_no_trace(header):
    header.open("status=down&newest=none")
    expect(header.line).to_contain_text("✕down")
    expect(header.line).to_contain_text("no trace yet")


def test_korean(header):
    header.open("lang=ko&next=30")
    expect(header.line).to_contain_text("최신 트레이스 2시간 전")
    expect(header.line).to_contain_text(re.compile(r"\d초 전 갱신"))
    expect(header.line).to_contain_text(re.compile(r"3\d초 후 갱신|2\d초 후 갱신"))


@pytest.mark.parametrize("skew", ["-7200", "7200"])
def test_a_clock_that_is_wrong_changes_nothing(header, skew):
    header.open(f"next=20&skew={skew}")
    expect(header.line).to_contain_text(re.compile(r"updated [0-3] s ago"))
    expect(header.line).to_contain_text(re.compile(r"next in (1\d|2[0-2]) s"))


def test_countdown_refreshes_again_and_again(header):
    header.open("next=1")
    header.told("runs 2 ticks 1")
    header.told("runs 3 ticks 2")


def test_refresh_button(header):
    header.open("next=60")
    header.page.get_by_role("button", name="Refresh now").click()
    header.told("runs 2 ticks 1")
    header.page.get_by_role("button", name="other rerun").click()
    header.told("runs 3 ticks 1")  # a rerun of another cause is no tick
    header.page.get_by_role("button", name="Refresh now").click()
    header.told("runs 4 ticks 2")


def test_nothing_is_asked_while_the_tab_is_hidden_and_at_once_when_it_is_shown(header):
    header.open("next=3")
    header.hide(True)
    header.page.wait_for_timeout(4500)
    header.told("runs 1 ticks 0", timeout=100)
    header.hide(False)
    header.told("runs 2 ticks 1", timeout=2000)


def test_a_page_slower_than_its_interval_is_left_to_finish(header):
    header.open("next=1&slow=6")
    header.told("runs 2 ticks 1")
    header.page.wait_for_timeout(4500)
    header.told("runs 2 ticks 1", timeout=100)
    header.told("runs 3 ticks 2")


def test_an_unanswered_tick_is_repeated_without_piling_up(header):
    header.open("next=1")
    asked = header.page.evaluate(
        """async () => {
            const { default: pulse } = await import(
                "/_stcore/bidi-components/agentops-dashboard.pulse/pulse.js");
            const parentElement = document.body.appendChild(document.createElement("div"));
            const times = [], now = Date.now();
            const labels = new Proxy({}, { get: () => "" });
            const stop = pulse({
                data: { status: "ok", status_text: "", status_detail: "", range_text: "", locale: "en",
                        labels, now_ms: now, fetched_at_ms: now, newest_at_ms: null, next_at_ms: now + 500 },
                parentElement, setTriggerValue: () => times.push(Date.now() - now),
            });
            await new Promise((done) => setTimeout(done, 13000));
            parentElement.remove();
            stop();
            const before = times.length;
            await new Promise((done) => setTimeout(done, 1500));
            return { times, after: times.length - before };
        }"""
    )
    assert len(asked["times"]) == 2
    assert asked["times"][1] - asked["times"][0] >= 8000
    assert asked["after"] == 0


def test_copy_link_to_the_clipboard(header):
    header.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    header.open("next=60&detail=x%20y")
    header.page.get_by_role("button", name="Copy link").click()
    expect(header.line).to_contain_text("Link copied")
    assert header.page.evaluate("navigator.clipboard.readText()") == header.page.url
    expect(header.line).to_contain_text("Copy link")


def test_copy_link_where_the_clipboard_is_closed(header):
    header.open()
    header.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }"
    )
    header.page.get_by_role("button", name="Copy link").click()
    expect(header.line).to_contain_text("Link copied")


def test_copy_link_by_hand_as_the_last_way(header):
    header.open()
    header.page.evaluate(
        """() => {
            navigator.clipboard.writeText = () => Promise.reject(new Error("denied"));
            document.execCommand = () => false;
        }"""
    )
    offered = []
    header.page.on("dialog", lambda dialog: (offered.append(dialog.default_value), dialog.dismiss()))
    header.page.get_by_role("button", name="Copy link").click()
    assert offered == [header.page.url]


@pytest.mark.parametrize(("width", "height"), [(1200, 36), (800, 36), (390, 96)])
def test_height_is_fixed_and_nothing_is_cut_off(header, width, height):
    header.page.set_viewport_size({"width": width, "height": 500})
    header.open("next=60&status=down")
    line = header.line.bounding_box()
    assert line["height"] == height
    for button in header.line.get_by_role("button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= line["x"] + line["width"] + 1
        assert box["y"] + box["height"] <= line["y"] + line["height"] + 1
    assert header.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
