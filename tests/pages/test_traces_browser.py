"""The list of traces in a real Chromium: rows open, headings sort, ids copy, presets outlive the session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from tests.browser import ROOT, Watch, reused, running_streamlit
from tests.otlp import llm, send

pytestmark = pytest.mark.browser
TRACES = 30
#: The first eight digits are those of this trace alone.
FOUND = 0xABCD1234 << 96


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The dashboard on an AgentOps with traces 1 to 30, newest first; trace k lasted k seconds, every fifth
    failed; and one of an older hour."""
    now = datetime.now(UTC)
    made = [
        llm(k, 1, now - timedelta(minutes=5 + k), 1000 * k, 100, seconds=k, status="OK" if k % 5 else "ERROR")
        for k in range(1, TRACES + 1)
    ]
    older = llm(1, 1, now - timedelta(hours=3), 10, 1)
    older["traceId"] = f"{FOUND:032x}"
    with serve(LiteConfig(caches=False)) as upstream:
        send(upstream, [*made, older])
        settings = {"AGENTOPS_API_KEY": DEFAULT_API_KEY, "AGENTOPS_API_ENDPOINT": upstream}
        with running_streamlit(ROOT / "app.py", env=settings) as address:
            yield address


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """The list once all traces of the last hour have been read."""
    options = {"viewport": {"width": 1400, "height": 1300}, "locale": "en-US", "timezone_id": "UTC"}
    with reused(chromium, **options) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        watch = Watch(page, address)
        page.goto(f"{address}/traces?range=1h")
        expect(page.get_by_text(f"1–20 of {TRACES}")).to_be_visible(timeout=60_000)
        page.evaluate("window.sameDocument = true")
        yield page
        assert watch.foreign == []


def ids(page: Page) -> list[str]:
    return page.locator(".ao-list tbody tr").evaluate_all("rows => rows.map(row => row.dataset.id)")


def test_what_the_list_needs_is_asked_for_at_once_and_nothing_in_vain(page: Page, address: str) -> None:
    said: list[str] = []
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{address}/traces?range=1h")
    expect(page.get_by_text(f"1–20 of {TRACES}")).to_be_visible(timeout=60_000)
    asked = page.evaluate(
        """() => Object.fromEntries(performance.getEntriesByType("resource").map(each =>
             [each.name.split("/").pop().split("?")[0], each.initiatorType]))"""
    )
    # by a link in the page's head, before a script of Streamlit's asked
    assert [asked.get(name) for name in ("listing.js", "pulse.js", "dom.js")] == ["other"] * 3
    assert said == []


def test_scripts_that_have_a_version_are_asked_for_once_and_never_again(page: Page) -> None:
    page.reload()
    expect(page.get_by_text(f"1–20 of {TRACES}")).to_be_visible(timeout=60_000)
    ours: list[tuple[str, int]] = page.evaluate(
        """() => performance.getEntriesByType("resource").filter(each => /dashboard.*[.]js/.test(each.name))
             .map(each => [each.name.split("/").pop(), each.transferSize])"""
    )
    asked = [name.partition("?")[0] for name, size in ours if size]
    assert sorted(asked) == ["listing.js", "pulse.js"]  # Streamlit names them
    kept = {name.partition("?")[0] for name, size in ours if not size}
    assert "dom.js" in kept - set(asked)


def test_a_row_opens_its_trace_within_the_session_and_back_returns_at_once(page: Page) -> None:
    page.get_by_role("button", name="Duration").click()
    expect(page.locator(".ao-list tbody tr").first).to_have_attribute("data-id", f"{30:032x}")
    page.locator(".ao-list tbody tr").nth(1).locator("td").nth(3).click()  # anywhere in the row
    expect(page).to_have_url(re.compile(f"/trace\\?.*trace={29:032x}"))
    expect(page.get_by_role("treegrid")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("2 of 30 in the list")).to_be_visible()  # in the order that the reader chose
    assert page.evaluate("window.sameDocument") is True
    page.go_back()
    expect(page.locator(".ao-list tbody tr").first).to_have_attribute("data-id", f"{30:032x}")
    expect(page).to_have_url(re.compile(r"/traces\?(?!.*trace=).*sort=-duration_s"))


def test_headings_sort_all_pages_and_turn_round(page: Page) -> None:
    heading = page.get_by_role("columnheader", name="Duration")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    first = page.locator(".ao-list tbody tr").first
    expect(first).to_have_attribute("data-id", f"{30:032x}")
    assert ids(page) == [f"{k:032x}" for k in range(30, 10, -1)]
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(first).to_have_attribute("data-id", f"{1:032x}")
    assert ids(page) == [f"{k:032x}" for k in range(1, 21)]
    page.get_by_role("button", name="»").click()
    expect(first).to_have_attribute("data-id", f"{21:032x}")
    expect(page.get_by_text("21–30 of 30")).to_be_visible()
    assert ids(page) == [f"{k:032x}" for k in range(21, 31)]


def test_an_id_is_copied_whole_and_opens_nothing(page: Page) -> None:
    page.locator(".ao-list-copy").nth(2).click()
    expect(page.locator(".ao-list [aria-live]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == ids(page)[2]
    assert "/traces" in page.url


def test_rows_by_keyboard(page: Page) -> None:
    page.locator(".ao-list-open").first.focus()
    for key in ("ArrowDown", "ArrowDown", "End", "Home", "ArrowDown"):
        page.keyboard.press(key)
    wanted = ids(page)[1]
    assert page.evaluate("document.activeElement.closest('tr').dataset.id") == wanted
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/trace\\?.*trace={wanted}"))


def test_presets_outlive_the_session_and_can_be_deleted(page: Page, address: str) -> None:
    page.locator("button", has_text="✕ failed").click()
    expect(page.get_by_text("1–6 of 6")).to_be_visible()
    page.get_by_role("button", name="Presets").click()
    page.get_by_label("Name", exact=True).fill("Broken <b>ones</b>")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save as preset").click()
    expect(page.get_by_role("button", name="Broken <b>ones</b>")).to_be_visible()
    page.wait_for_function("localStorage.getItem('agentops-dashboard.presets')?.includes('Broken')")
    page.goto(f"{address}/traces?range=1h")  # another session
    expect(page.get_by_text("1–20 of 30")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Presets").click()
    page.get_by_role("button", name="Broken <b>ones</b>", exact=True).click()
    expect(page.get_by_text("1–6 of 6")).to_be_visible()
    expect(page).to_have_url(re.compile("status=failed"))
    page.get_by_role("button", name="✕", exact=True).click()
    expect(page.get_by_role("button", name="Broken <b>ones</b>", exact=True)).to_have_count(0)
    assert page.evaluate("localStorage.getItem('agentops-dashboard.presets')") == "[]"


def test_an_id_typed_into_the_search_opens_the_trace_of_any_time(page: Page) -> None:
    search = page.get_by_role("textbox", name="Id, root span or tag")
    search.fill(f"{7:032x}")
    search.press("Enter")
    expect(page).to_have_url(re.compile(f"/trace\\?.*trace={7:032x}"))
    page.go_back()
    expect(page.get_by_text("1–20 of 30")).to_be_visible()
    search.fill(f"{FOUND:032X}")  # not in this range, and perhaps not archived
    search.press("Enter")
    expect(page).to_have_url(re.compile(f"/trace\\?.*trace={FOUND:032x}"))
    expect(page.get_by_role("treegrid")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("across", [390, 760, 1100])
def test_the_list_is_no_wider_than_the_screen(page: Page, across: int) -> None:
    page.set_viewport_size({"width": across, "height": 900})
    expect(page.locator(".ao-list tbody tr").first).to_be_visible()
    box = page.locator(".ao-list")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
