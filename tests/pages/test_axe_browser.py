"""Every page in Chromium, judged by axe-core and by its words: both languages, both themes, desk and phone.

One AgentOps, one dashboard and one walk a language serve all tests here. What AgentOps was sent has neither
blanks nor Hangul, so that every sentence on a page is the dashboard's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from agentops_lite import LiteConfig, serve
from dashboard.text import Words
from tests.otlp import llm, send, span
from tests.pages.test_overview_browser import dashboard

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
LOADED_MS = 60_000
PAGES = ("", "on_call", "traces", "cost", "performance", "agents", "health")
VIEWS = ("spans", "replay", "graph", "compare", "log")
#: What each view draws.
SHOWN = {
    "spans": ".ao-waterfall", "replay": ".ao-replay", "graph": ".ao-chart", "compare": ".ao-table",
    "log": ".ao-hint",
}  # fmt: skip
TRACE, OTHER = f"{7:032x}", f"{6:032x}"
LOOKS: dict[str, dict[str, Any]] = {
    "ko": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 1000}, "locale": "ko-KR"},
    "en": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "locale": "en-US"},
}

#: Words of Streamlit's own frame, which no setting changes: shown on focus, and a button's name.
STREAMLITS = {"Skip to main content", "Copy to clipboard"}
#: Names of menus and settings of AgentOps, of products and of formats, as Korean texts name them too.
NAMES = re.compile(r"Settings → API keys|No data available|OK, ERROR, UNSET")
HANGUL = re.compile("[가-힣]")
ENGLISH = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[ ,]+[A-Za-z][A-Za-z'’]*){2,}")

#: Texts that are shown, and what is said of elements of ours. Code and what AgentOps was sent are not read.
WORDS = """() => {
  const quiet = "code, pre, script, style, noscript, .said, .ao-code";
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text && !parent.closest(quiet) && parent.checkVisibility()) texts.push(text);
  }
  for (const each of document.querySelectorAll("[class*=ao-], [class*=ao-] *")) {
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-roledescription"]) {
      const text = each.getAttribute(name);
      if (text) texts.push(text);
    }
  }
  return [...new Set(texts)];
}"""


@dataclass
class Walk:
    """What was found on the pages: violations by page, and texts by page."""

    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    language: dict[str, str] = field(default_factory=dict)

    def look(self, page: Page, name: str) -> None:
        page.evaluate(AXE)
        options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
        self.faults[name] = page.evaluate("options => axe.run(options)", options)["violations"]
        self.texts[name] = page.evaluate(WORDS)
        self.language[name] = page.locator("html").get_attribute("lang") or ""


def traces(now: datetime) -> list[dict[str, Any]]:
    """Twelve sessions, each an agent with a tool, which fails in every third, and a model call."""
    made = []
    for n in range(1, 13):
        at = now - timedelta(minutes=3 * n)
        status = "ERROR" if n % 3 == 0 else "OK"
        made += [
            span(n, 1, at, seconds=n, name="shop.session", status=status, agentops__tags='["blue"]'),
            span(
                n, 2, at, seconds=n, parent=1, name="clerk.agent", agentops__span__kind="agent",
                operation__name="clerk", agent__name="clerk",
            ),
            span(
                n, 3, at, seconds=n / 2, parent=2, name="stock.tool", status=status,
                agentops__span__kind="tool", operation__name="stock", error__type="KeyError",
            ),
            llm(
                n, 4, at + timedelta(seconds=n / 2), 100_000 * n, 20_000, seconds=n / 3, parent=2,
                gen_ai__prompt__0__role="user", gen_ai__prompt__0__content="Boots?",
                gen_ai__completion__0__role="assistant", gen_ai__completion__0__content="Yes.",
            ),
        ]  # fmt: skip
    return made


def ready(page: Page) -> None:
    """Waits until the page has said where its data come from, every chart is drawn and nothing runs."""
    expect(page.locator(".ao-foot").first).to_be_attached()
    unfinished = '[data-test-script-state="running"], .ao-chart:not([data-bundle])'
    page.wait_for_function("unfinished => !document.querySelector(unfinished)", arg=unfinished)


def open_page(page: Page, place: int, title: str) -> None:
    """Changes the page by the navigation, which a phone keeps folded away: it is wide for that moment."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.get_by_test_id("stSidebarNavLink").nth(place).click()
    expect(page.locator(".ao-title")).to_have_text(title)
    page.set_viewport_size(size)


@pytest.fixture(scope="module")
def walks(chromium: Browser) -> Iterator[dict[str, Walk]]:
    """Both walks over all pages, then the panel of an AgentOps that has just ended."""
    walks = {language: Walk() for language in LOOKS}
    with ExitStack() as stack:
        upstream = ExitStack()
        stack.push(upstream)
        url = upstream.enter_context(serve(LiteConfig(caches=False)))
        send(url, traces(datetime.now(UTC)))
        address = stack.enter_context(dashboard(url, DASHBOARD_BUDGET_USD="50"))
        tabs = {}
        for language, walk in walks.items():
            context = stack.enter_context(
                chromium.new_context(**LOOKS[language], timezone_id="Asia/Seoul", bypass_csp=True)
            )
            tab = tabs[language] = context.new_page()
            tab.set_default_timeout(LOADED_MS)
            expect.set_options(timeout=LOADED_MS)
            scope = f"lang={language}&range=1h&refresh=0"
            tab.goto(f"{address}/?{scope}")
            for place, name in enumerate(PAGES):
                if place:
                    open_page(tab, place, Words(language)(f"{name}.title"))
                if name not in ("on_call", "health"):
                    expect(tab.locator(".ao-coverage.complete").first).to_be_visible()
                ready(tab)
                if name == "health":
                    tab.locator("details summary").last.click()  # the definitions
                walk.look(tab, name or "overview")
            tab.goto(f"{address}/trace?trace={TRACE}&with={OTHER}&view={VIEWS[0]}&{scope}")
            for view in VIEWS:
                tab.get_by_role("radio", name=Words(language)(f"trace.view_{view}"), exact=True).click()
                expect(tab.locator(SHOWN[view]).first).to_be_visible()
                ready(tab)
                walk.look(tab, f"trace, {view}")
        upstream.close()
        for language, walk in walks.items():
            tabs[language].goto(f"{address}/cost?lang={language}&range=6h")
            for part in (".ao-panel", ".ao-pulse-pill"):
                expect(tabs[language].locator(part).first).to_be_visible()
            walk.look(tabs[language], "no data")
        yield walks
    expect.set_options(timeout=5_000)


@pytest.mark.parametrize("language", LOOKS)
def test_axe_finds_no_serious_fault_on_any_page(walks: dict[str, Walk], language: str) -> None:
    found = []
    for name, faults in walks[language].faults.items():
        for fault in faults:
            if fault["impact"] in ("serious", "critical"):
                places = [f"{node['target']} {node['failureSummary']}" for node in fault["nodes"]]
                found.append(f"{name}: {fault['id']} ({fault['impact']}): {fault['help']}: {places[:3]}")
    assert len(walks[language].faults) == len(PAGES) + len(VIEWS) + 1
    assert found == []


def test_an_english_page_holds_no_hangul(walks: dict[str, Walk]) -> None:
    mixed = {
        name: [text for text in texts if HANGUL.search(text)] for name, texts in walks["en"].texts.items()
    }
    assert {name: texts for name, texts in mixed.items() if texts} == {}


def test_a_korean_page_holds_no_english_sentence(walks: dict[str, Walk]) -> None:
    mixed = {
        name: [t for t in texts if t not in STREAMLITS and ENGLISH.search(NAMES.sub("", t))]
        for name, texts in walks["ko"].texts.items()
    }
    assert {name: texts for name, texts in mixed.items() if texts} == {}
    assert all(sum(bool(HANGUL.search(t)) for t in texts) > 15 for texts in walks["ko"].texts.values())


@pytest.mark.parametrize("language", LOOKS)
def test_the_document_says_its_language(walks: dict[str, Walk], language: str) -> None:
    assert set(walks[language].language.values()) == {language}
