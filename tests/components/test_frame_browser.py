"""The frame component's script in a real Chromium: whom it tells the height, and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dashboard.components import frame_view

pytestmark = pytest.mark.browser

SCRIPT = Path(frame_view.__file__).parent / "frame" / "frame.js"

#: The script with a location and a parent of the test's making; `posted` is what the parent would hear.
LOADED = """
window.posted = [];
window.run = (given, framed, origins) => {
  const location = { ...given };
  const window = globalThis.window;
  const outside = { postMessage: (data, origin) => posted.push([origin, data.type, data.height]) };
  const own = framed ? { parent: outside } : {};
  if (!framed) own.parent = own;
  ((location, window) => { SCRIPT; component({ data: { origins } }); })(location, own);
};
"""
PLACE = """<div data-testid="stMain" style="position: absolute; inset: 0; overflow: auto">
  <div data-testid="stMainBlockContainer" style="height: 700.4px"></div></div>"""


@pytest.fixture
def page(chromium: Browser) -> Any:
    with chromium.new_context(viewport={"width": 800, "height": 600}) as context:
        page = context.new_page()
        page.set_content(f"{PLACE}<base href='https://dash.example/'>")
        source = SCRIPT.read_text("utf-8").replace("export default function", "function component")
        page.add_script_tag(content=LOADED.replace("SCRIPT", source))
        yield page


def run(page: Page, *, ancestors: list[str] | None, origins: list[str], framed: bool = True) -> None:
    location: dict[str, Any] = {"origin": "https://dash.example"}
    if ancestors is not None:
        location["ancestorOrigins"] = ancestors
    page.evaluate(
        "([location, framed, origins]) => run(location, framed, origins)", [location, framed, origins]
    )
    page.wait_for_timeout(200)


def posted(page: Page) -> list[list[object]]:
    found: list[list[object]] = page.evaluate("posted")
    return found


HEIGHT = ["agentops-dashboard:height", 701]  # whole pixels, rounded up


@pytest.mark.parametrize(
    ("ancestors", "origins", "told"),
    [
        (
            ["https://portal.example", "https://top.example"],
            ["https://other.example"],
            ["https://portal.example"],
        ),
        (["null"], ["https://portal.example"], []),
        (None, ["https://portal.example", "self"], ["https://portal.example", "https://dash.example"]),
        (None, [], []),
    ],
)
def test_the_height_goes_to_the_parent_and_to_nobody_else(
    page: Page, ancestors: list[str] | None, origins: list[str], told: list[str]
) -> None:
    run(page, ancestors=ancestors, origins=origins)
    assert posted(page) == [[origin, *HEIGHT] for origin in told]


def test_outside_a_frame_nothing_is_posted(page: Page) -> None:
    run(page, ancestors=[], origins=["https://portal.example"], framed=False)
    assert posted(page) == []


def test_a_parent_that_follows_hears_of_each_change_once(page: Page) -> None:
    run(page, ancestors=["https://portal.example"], origins=[])
    page.set_viewport_size({"width": 800, "height": 701})
    page.wait_for_timeout(700)
    assert [height for *_, height in posted(page)] == [701]
    assert page.evaluate("document.documentElement.className") == "ao-frame-followed"
    page.evaluate(
        "for (const px of [710, 720, 300]) "
        "document.querySelector('[data-testid=stMainBlockContainer]').style.height = `${px}px`"
    )
    page.wait_for_timeout(100)
    assert [height for *_, height in posted(page)] == [701, 300]


def test_a_parent_that_does_not_follow_is_reminded_and_keeps_the_scroll_bar(page: Page) -> None:
    run(page, ancestors=["https://portal.example"], origins=[])
    page.wait_for_timeout(2500)
    assert [height for *_, height in posted(page)] == [701, 701, 701]
    assert page.evaluate("document.documentElement.className") == ""
