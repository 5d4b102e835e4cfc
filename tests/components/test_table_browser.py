"""Tables and their neighbours in a real Chromium, through Streamlit's sanitiser and the strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Watch, running_streamlit

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent

#: For every text in view: its contrast with what is behind it, bars included (WCAG 2 formula).
CONTRASTS = """() => {
    const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const bytes = (colour) => {
        brush.clearRect(0, 0, 1, 1); brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (front, back, share = 1) => [0, 1, 2].map(
        (i) => front[i] * front[3] * share + back[i] * (1 - front[3] * share));
    const light = (colour) => {
        const [r, g, b] = colour.map((v) => v / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const told = [];
    for (const piece of document.querySelectorAll("[class^='ao-']")) {
        for (const element of [piece, ...piece.querySelectorAll("*")]) {
            const words = [...element.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());
            if (!words.length || !element.checkVisibility()) continue;
            const line = [];
            for (let node = element; node; node = node.parentElement) line.unshift(node);
            let ground = [255, 255, 255], opacity = 1;
            for (const node of line) {
                const style = getComputedStyle(node);
                ground = over(bytes(style.backgroundColor), ground);
                opacity *= Number(style.opacity);
                if (node.classList.contains("bar"))
                    ground = over(bytes(getComputedStyle(node, "::before").backgroundColor), ground);
            }
            const text = over(bytes(getComputedStyle(element).color), ground, opacity);
            const [high, low] = [light(text), light(ground)].sort((a, b) => b - a);
            told.push([words[0].data.trim(), (high + 0.05) / (low + 0.05)]);
        }
    }
    return told;
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    env = {"SCRIPT": str(HERE / "pieces_page.py")}
    with running_streamlit(HERE / "strict_app.py", env=env) as address:
        yield address


@pytest.fixture(scope="module", params=["light 1200", "light 390", "dark 1200", "dark 390"])
def opened(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    theme, across = request.param.split()
    context = chromium.new_context(viewport={"width": int(across), "height": 900}, color_scheme=theme)
    opened = context.new_page()
    watch = Watch(opened, address)
    opened.goto(address)
    expect(opened.locator(".ao-meter")).to_have_count(3, timeout=30_000)
    expect(opened.locator(".ao-progress .unknown")).to_be_attached()
    yield opened
    context.close()
    assert watch.errors == []
    assert watch.foreign == []


@pytest.fixture
def page(opened: Page) -> Page:
    """The page as if nobody had touched it."""
    opened.mouse.move(0, 0)
    opened.evaluate(
        """() => {
            document.activeElement.blur();
            const boxes = document.querySelectorAll(".ao-table, [data-testid=stMain]");
            for (const box of boxes) box.scrollTo(0, 0);
        }"""
    )
    return opened


def width(page: Page) -> int:
    return page.viewport_size["width"]


def test_the_page_is_never_wider_than_the_screen(page):
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    first, second = page.evaluate(
        "[...document.querySelectorAll('.ao-table')].map(box => box.scrollWidth > box.clientWidth)"
    )
    assert (first, second) == (width(page) == 390, False)


def test_rows_are_36_pixels_high(page):
    rows = page.locator(".ao-table").first.locator("tbody tr").all()
    assert {row.bounding_box()["height"] for row in rows} == {36}


def test_hostile_names_are_shown_and_run_nothing(page):
    names = page.locator(".ao-table").first.locator("tbody th")
    expect(names.nth(2)).to_have_text('<img src=x onerror="window.hacked=1">')
    expect(names.nth(4)).to_have_text("' onmouseover='window.hacked=1' x='")
    names.nth(4).hover()
    names.nth(5).hover()
    assert page.evaluate("window.hacked === undefined")
    assert page.locator(".ao-table :is(img, script, svg, [onmouseover], [href^=javascript])").count() == 0


def test_what_the_markup_says_survives_the_sanitiser(page):
    bar = page.locator(".ao-table .bar").first
    drawn = bar.evaluate("bar => parseFloat(getComputedStyle(bar, '::before').width) / bar.clientWidth")
    assert drawn == pytest.approx(0.523, abs=0.01)
    spent = page.locator(".ao-meter .part").first.bounding_box()["width"]
    whole = page.get_by_role("meter", name="November").bounding_box()["width"]
    assert spent / whole == pytest.approx(62 / (124 * 1.06), abs=0.01)
    assert page.get_by_role("progressbar").first.get_attribute("aria-valuenow") == "99"
    assert page.get_by_role("rowheader", name="gpt-4o-mini").count() == 1
    cost = page.get_by_role("columnheader", name="Cost, USD", exact=True)
    assert cost.count() == 1
    assert page.get_by_text("$12.34", exact=True).first.locator("..").get_attribute("title") == "$12.341200"
    link = page.get_by_role("link", name="00f3a9c1")
    assert link.get_attribute("href") == "?trace=0"
    assert link.get_attribute("title") == "00f3a9c1d5e7b2468ace013579bdf024"


def test_the_first_column_stays_in_sight(page):
    box = page.get_by_role("region", name="Models by cost")
    name = page.get_by_role("rowheader", name="gpt-4o-mini")
    before = name.bounding_box()["x"]
    box.evaluate("box => { box.scrollLeft = 10_000; }")
    assert (box.evaluate("box => box.scrollLeft") > 100) is (width(page) == 390)
    assert name.bounding_box()["x"] == pytest.approx(before, abs=1)
    over = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('th')?.innerText",
        [before + 12, name.bounding_box()["y"] + 18],
    )
    assert over == "gpt-4o-mini"
    assert name.evaluate("th => getComputedStyle(th).backgroundColor") == page.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    )


def test_the_keyboard_reaches_the_box_and_scrolls_it(page):
    box = page.get_by_role("region", name="Models by cost")
    for _ in range(30):
        page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    expect(box).to_be_focused()
    assert box.evaluate("box => getComputedStyle(box).outlineStyle") == "solid"
    if width(page) == 390:
        page.keyboard.press("ArrowRight")
        expect(box).not_to_have_js_property("scrollLeft", 0)


def test_a_name_that_is_cut_off_is_whole_when_focused(page):
    name = page.get_by_role("link", name="an-agent-with").first
    cut = "name => name.scrollWidth > name.clientWidth"
    assert name.evaluate(cut)
    name.focus()
    assert not name.evaluate(cut)
    assert name.get_attribute("title").endswith("and-that-goes-on")


@pytest.mark.parametrize("heading", ["Model", "p95 duration", "Cost, USD", "Tool"])
def test_a_definition_is_wholly_in_view_and_cut_off_by_nothing(page, heading):
    mark = page.get_by_role("columnheader", name=heading, exact=True).locator(".ao-info")
    mark.focus()
    tip = mark.get_by_role("tooltip", include_hidden=True)
    expect(tip).to_be_visible()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width(page)
    assert box["y"] + box["height"] <= 900
    corners = [(box["x"] + 6, box["y"] + 6), (box["x"] + box["width"] - 6, box["y"] + box["height"] - 6)]
    for corner in corners:
        on_top = "([x, y]) => document.elementFromPoint(x, y).closest('[role=tooltip]') !== null"
        assert page.evaluate(on_top, corner)


def test_every_text_can_be_read(page):
    told = page.evaluate(CONTRASTS)
    assert len(told) > 100
    assert [(text, round(contrast, 2)) for text, contrast in told if contrast < 4.5] == []
