"""What others wrote is text on every page of a real Chromium: it runs, loads, covers and reorders nothing."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from agentops_lite import LiteConfig, serve
from tests.browser import Watch
from tests.pages import hostile
from tests.pages.hostile import (
    CARRIED,
    DEEP,
    HOSTILE,
    LARGE,
    LEVELS,
    MADE,
    OWN_TURNED,
    PROMPT_SIZE,
    TURNED,
    shown,
    texts,
)
from tests.pages.test_overview_browser import dashboard

pytestmark = pytest.mark.browser

LOADED_MS = 60_000
WIDTHS = (1440, 390)
WIDE = "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]" \
    ".every(e => e.scrollWidth <= e.clientWidth)"  # fmt: skip

UNFOLDED = "all => all.map(e => (e.querySelector('details > div') ?? e).textContent)"
SHOWN = "text => document.querySelector('[data-testid=stMain]')?.textContent.includes(text)"
NAMED = "begins => [...document.querySelectorAll('[data-testid=stMain] .ao-text')]" \
    ".some(e => e.textContent.includes(begins))"  # fmt: skip


@contextmanager
def canary() -> Iterator[tuple[str, list[str]]]:
    """An address that nobody may ask, and the paths for which it was asked nevertheless."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


class Reader:
    """A reader's page, and the proof that nothing ran, was loaded or made there."""

    def __init__(self, page: Page, address: str, leak: str) -> None:
        self.page, self.address = page, address
        self.texts = texts(leak)
        self.watch = Watch(page, address)
        self.opened: list[str] = []
        page.on("dialog", lambda dialog: (self.opened.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda popup: self.opened.append(popup.url))

    def trace(self, trace: int, span: int | None = None) -> None:
        """One trace, with a span chosen in the address."""
        chosen = f"&span={trace:08x}{span:08x}" if span else ""
        self.page.goto(f"{self.address}/trace?range=1h&trace={trace:032x}{chosen}")
        expect(self.page.locator(".ao-waterfall-row").first).to_be_visible(timeout=LOADED_MS)
        if span:
            panel = self.page.locator(".ao-pairs").first
            expect(panel).to_contain_text(f"{trace:08x}{span:08x}", timeout=LOADED_MS)

    def overview(self, path: str) -> None:
        """A page of figures, once all traces have been read."""
        self.page.goto(f"{self.address}/{path}{'&' if '?' in path else '?'}range=1h")
        expect(self.page.locator(".ao-coverage.complete").first).to_be_visible(timeout=LOADED_MS)

    def read(self) -> str:
        """Every letter of the page, seen or still folded."""
        return self.page.locator("[data-testid=stMain]").evaluate("e => e.textContent")

    def is_inert(self) -> None:
        page = self.page
        assert [frame.evaluate("window.__hit") for frame in page.frames] == [None]
        made = page.locator("[data-testid=stMain]").locator(MADE)
        assert made.count() == 0, made.first.evaluate("e => e.outerHTML.slice(0, 500)")
        assert "taken over" not in page.title()
        assert page.evaluate(TURNED, OWN_TURNED) == []
        assert self.opened == []
        assert self.watch.foreign == []
        # Streamlit asks for its own files below a deep address first, and is told that there are none.
        assert [error for error in self.watch.errors if "status of 404" not in error] == []

    def fits(self) -> None:
        """Nothing makes the page wider than a screen or a phone."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_function(WIDE, timeout=10_000)


@pytest.fixture(scope="module")
def stack() -> Iterator[tuple[str, str, list[str]]]:
    """The dashboard on an AgentOps that holds the hostile traces; the canary's address and what it heard."""
    with canary() as (leak, asked), serve(LiteConfig(caches=False)) as upstream:
        hostile.send_hostile(upstream, datetime.now(UTC), leak)
        with dashboard(upstream) as address:
            yield address, leak, asked


@pytest.fixture(scope="module")
def tab(chromium: Browser, stack: tuple[str, str, list[str]]) -> Iterator[Reader]:
    """One page for all: its files are read once, and what runs late is noticed by the tests that follow."""
    address, leak, _ = stack
    with chromium.new_context(locale="en-US", timezone_id="UTC") as context:
        yield Reader(context.new_page(), address, leak)


@pytest.fixture
def reader(tab: Reader, stack: tuple[str, str, list[str]]) -> Iterator[Reader]:
    """The page as wide as a screen; at the end the canary must not have been asked."""
    tab.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    yield tab
    assert stack[2] == []


@pytest.mark.parametrize("number", CARRIED)
def test_every_message_input_error_and_event_of_a_span_is_text(reader: Reader, number: int) -> None:
    kind, carried = CARRIED[number]
    reader.trace(HOSTILE, number)
    said = reader.page.locator(".ao-entry .said").all_text_contents()
    for name in carried if kind != "root" else ():
        places = sum(shown(reader.texts[name]) in one for one in said)
        # prompt, a tool's result, completion; or input and output
        assert places >= 3 if kind == "call" else places == 2, name
    if kind == "call":
        assert any(shown(reader.texts[carried[0]] * 3) in one for one in said)  # the stack trace
        assert any(one in ("half \ufffd pair", "half \\ud800 pair") for one in said)
        told = reader.page.locator(".ao-pairs dd").all_text_contents()  # events
        assert all(any(shown(reader.texts[name]) in one for one in told) for name in carried)
    reader.is_inert()
    reader.fits()


def test_rows_hints_and_attributes_are_text(reader: Reader) -> None:
    reader.trace(HOSTILE, 2)
    page = reader.page
    titles = page.locator(".ao-waterfall-title").all_text_contents()
    for tried in ("script", "image", "svg", "markdown", "latex", "streamlit", "plotly"):
        assert reader.texts[tried][:200] in titles, tried
    gaps = page.locator(".ao-waterfall-row[data-type=gap]")
    for row in (page.locator(".ao-waterfall-row").first, gaps.first, gaps.last):
        row.hover()
        expect(page.locator(".ao-waterfall-hint")).to_be_visible()
        reader.is_inert()
    for title in ("Attributes", "Resource attributes"):
        page.locator("summary", has_text=re.compile(rf"{title} \(")).click()
    # the service's name stands in the resource
    expect(page.locator(".ao-pairs").last).to_contain_text(reader.texts["image"], timeout=LOADED_MS)
    found = dict(
        zip(
            page.locator(".ao-pairs dt").all_text_contents(),
            page.locator(".ao-pairs dd").evaluate_all(UNFOLDED),
            strict=True,
        )
    )
    for tried in ("script", "image", "svg"):
        assert found[f"key {reader.texts[tried][:60]}"] == reader.texts[tried]
    assert found["nested"].endswith(hostile.NESTED)
    ((path, deepest),) = ((name, text) for name, text in found.items() if "level.level" in name)
    assert path.count("level") + deepest.count("level") == LEVELS
    assert reader.texts["script"] in deepest
    reader.is_inert()
    reader.fits()


def test_the_log_is_text_of_which_nothing_is_covered(reader: Reader) -> None:
    page = reader.page
    page.goto(f"{reader.address}/trace?trace={HOSTILE:032x}&view=log")
    expect(page.locator(".ao-log")).to_contain_text("last line", timeout=LOADED_MS)
    told = page.locator(".ao-log").text_content() or ""
    for tried in ("script", "image", "svg", "markdown", "latex", "streamlit", "plotly", "word"):
        assert reader.texts[tried] in told, tried
    assert "before␀after" in told
    assert "⟨U+202E⟩gnp.exe" in told
    assert "hereredhidden\nover" in told  # no link, no title, nothing hidden or written over
    assert told.startswith("first line")
    assert page.locator(".ao-log :is(a, [href])").count() == 0
    reader.is_inert()
    reader.fits()


@pytest.mark.parametrize("view", ["replay", "graph", "compare"])
def test_the_other_views_of_a_trace_are_text(reader: Reader, view: str) -> None:
    page = reader.page
    page.goto(f"{reader.address}/trace?range=1h&trace={HOSTILE:032x}&view={view}&with={LARGE:032x}")
    drawn = {"replay": ".ao-replay", "graph": ".js-plotly-plot", "compare": ".ao-table"}[view]
    expect(page.locator(drawn).first).to_be_visible(timeout=LOADED_MS)
    if view == "replay":
        page.get_by_role("button", name="Play").click()
        page.wait_for_timeout(500)
    reader.is_inert()
    reader.fits()


def test_the_neighbours_of_a_name_that_turns_itself_around_stay_in_order(reader: Reader) -> None:
    """In the trace's head, in the sentence on a span, in headings and lists of names: see `is_inert`."""
    reader.trace(HOSTILE, 8)
    assert reader.page.evaluate(TURNED, []) != []  # the name itself is turned, and that is noticed
    assert reader.page.evaluate(TURNED, OWN_TURNED) == []


def test_a_prompt_of_five_megabytes_opens_folded_and_unfolds(reader: Reader) -> None:
    begun = time.monotonic()
    reader.trace(LARGE, 2)
    assert time.monotonic() - begun < 20
    page = reader.page
    folded = page.locator(".ao-entry details.said")
    expect(folded).to_have_count(1)
    assert page.locator(".ao-entry").inner_text().startswith("Prompt · user\nA prompt begins here.")
    assert len(page.locator(".ao-entry").inner_text()) < 1_000
    begun = time.monotonic()
    folded.get_by_text(f"Show all {len(hostile.PROMPT):,} characters").click()
    expect(folded.locator("> div")).to_be_visible()
    assert time.monotonic() - begun < 10
    whole = folded.locator("> div").text_content() or ""
    assert whole == hostile.PROMPT[:100_000]
    assert len(hostile.PROMPT) >= PROMPT_SIZE
    expect(folded.locator(".cut")).to_have_text(
        f"{len(hostile.PROMPT) - 100_000:,} more characters are in the export."
    )
    reader.is_inert()
    reader.fits()
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    folded.locator("> summary").click()
    expect(folded.locator("> div")).to_be_hidden()


def test_names_of_ten_thousand_characters_leave_the_page_in_order(reader: Reader) -> None:
    for number in (1, 3):
        reader.trace(LARGE, number)
        reader.fits()
        high = reader.page.locator(".ao-section").last.evaluate("e => e.offsetHeight")
        assert high < 900, number
    reader.is_inert()


def test_five_hundred_levels_of_spans_can_be_read(reader: Reader) -> None:
    reader.trace(DEEP, LEVELS)
    last = reader.page.locator(".ao-waterfall-row[aria-selected=true]")
    expect(last).to_be_visible()
    assert last.get_attribute("aria-level") == str(LEVELS)
    title = last.locator(".ao-waterfall-title").bounding_box()
    bars = last.locator(".ao-waterfall-time").bounding_box()
    assert title is not None
    assert bars is not None
    assert title["width"] >= 36
    assert title["x"] + title["width"] <= bars["x"]
    reader.is_inert()
    reader.fits()


def test_the_list_of_traces_is_text(reader: Reader) -> None:
    reader.overview("traces")
    page = reader.page
    expect(page.get_by_text("level 1", exact=True)).to_be_visible(timeout=LOADED_MS)
    told = reader.read()
    for tried in ("script", "image"):  # tags, service and agents
        assert reader.texts[tried][:100] in told, tried
    reader.is_inert()
    reader.fits()


def test_failures_and_errors_on_call_are_text(reader: Reader) -> None:
    page = reader.page
    page.goto(f"{reader.address}/on_call")
    for said in ("gnp.exe", "before"):  # the newest failure's root, and the words of its error
        page.wait_for_function(SHOWN, arg=said, timeout=LOADED_MS)
    reader.is_inert()
    reader.fits()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("", ("turned", "script")),
        ("performance", ("turned", "script", "markdown", "plotly")),
        ("agents", ("image", "latex", "svg", "streamlit", "script", "markdown", "plotly")),
        ("cost?by=tag", ("script", "image", "svg", "plotly")),
    ],
)
def test_pages_of_figures_show_names_as_text(reader: Reader, path: str, names: tuple[str, ...]) -> None:
    """Tables, charts and what screen readers are told of them."""
    reader.overview(path)
    expect(reader.page.locator(".js-plotly-plot").first).to_be_visible(timeout=LOADED_MS)
    for name in names:
        begins = reader.texts[name].lstrip("\u202e")[:12]
        reader.page.wait_for_function(NAMED, arg=begins, timeout=LOADED_MS)
    reader.is_inert()
    reader.fits()
