"""The chart in a real Chromium, served under the strict policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Watch, reused
from tests.components.charts_page import HOSTILE

pytestmark = pytest.mark.browser

PLOT = ".ao-chart-plot"


class Charts:
    """A page of charts as a reader and a test see it."""

    def __init__(self, page: Page, watch: Watch, address: str) -> None:
        self.page, self.watch, self.address = page, watch, address

    def open(self, query: str = "", count: int = 1) -> Charts:
        self.page.goto(f"{self.address}/?{query}")
        self.drawn(count)
        return self

    def drawn(self, count: int) -> None:
        expect(self.page.locator(f"{PLOT} .main-svg .bg").first).to_be_attached(timeout=30_000)
        self.page.wait_for_function(
            "count => document.querySelectorAll('.ao-chart[data-bundle]').length === count",
            arg=count,
            timeout=30_000,
        )

    def told(self) -> dict:
        return json.loads(self.page.locator("#told").inner_text())

    def told_when(self, condition: str) -> dict:
        """What Python says once `condition` over `told` holds."""
        self.page.wait_for_function(
            f"""() => {{
                const place = document.querySelector('#told');
                if (!place) return false; // the page is just being drawn again
                const told = JSON.parse(place.textContent);
                return {condition};
            }}"""
        )
        return self.told()

    def refresh(self) -> None:
        """One rerun with new data, until they are drawn."""
        before = self.first_y()
        draws = self.told()["draws"]
        self.page.get_by_role("button", name="refresh", exact=True).click()
        self.told_when(f"told.draws > {draws}")
        self.page.wait_for_function(f"y => ({FIRST_Y})() !== y", arg=before)

    def first_y(self) -> float:
        return self.page.evaluate(FIRST_Y)

    def x_range(self, index: int = 0) -> list[str]:
        return self.page.evaluate(
            f"i => document.querySelector(`.st-key-chart${{i}} {PLOT}`)._fullLayout.xaxis.range.map(String)",
            index,
        )

    def drag(self, index: int = 0, start: float = 0.25, end: float = 0.75) -> None:
        """Drag over a part of the plot's width."""
        box = self.page.locator(f".st-key-chart{index} .nsewdrag").bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] * start, y)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * (start + end) / 2, y, steps=4)
        self.page.mouse.move(box["x"] + box["width"] * end, y, steps=4)
        self.page.mouse.up()
        self.page.mouse.move(1, 1)

    def double_click(self, index: int = 0) -> None:
        self.page.locator(f".st-key-chart{index} .nsewdrag").dblclick()
        self.page.mouse.move(1, 1)

    def wait_until_zoomed(self, index: int = 0, *, zoomed: bool = True) -> None:
        self.page.wait_for_function(
            f"""([i, zoomed]) => {{
                const axis = document.querySelector(`.st-key-chart${{i}} {PLOT}`)._fullLayout.xaxis;
                return (axis.autorange === false || axis.autorange === undefined) === zoomed;
            }}""",
            arg=[index, zoomed],
        )


FIRST_Y = f"() => document.querySelector('{PLOT}').calcdata?.[0]?.[10]?.y"


@pytest.fixture
def charts(chromium: Browser, charts_address: str) -> Iterator[Charts]:
    """A fresh page; at its end nothing may have been blocked, failed or asked of another host."""
    with reused(chromium, viewport={"width": 1200, "height": 1000}, timezone_id="America/New_York") as page:
        watch = Watch(page, charts_address)
        yield Charts(page, watch, charts_address)
    assert watch.errors == []
    assert watch.foreign == []


# ---- what survives a refresh -------------------------------------------------------------------------


def test_zoom_is_kept_over_ten_refreshes_with_new_data(charts):
    charts.open()
    whole = charts.x_range()
    charts.drag()
    charts.wait_until_zoomed()
    zoomed = charts.x_range()
    assert zoomed != whole
    for _ in range(10):
        charts.refresh()
        assert charts.x_range() == zoomed


def test_double_click_shows_everything_again(charts):
    charts.open()
    whole = charts.x_range()
    charts.drag()
    charts.wait_until_zoomed()
    charts.refresh()
    charts.double_click()
    charts.wait_until_zoomed(zoomed=False)
    assert charts.x_range() == whole
    charts.refresh()
    assert charts.x_range() == whole


def test_reset_button_appears_with_the_zoom(charts):
    charts.open()
    reset = charts.page.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_hidden()
    charts.drag()
    reset.click()
    charts.wait_until_zoomed(zoomed=False)
    expect(reset).to_be_hidden()


def test_zoom_resets_when_the_figure_gets_another_revision(charts):
    charts.open("range=rerun")
    whole = charts.x_range()
    charts.drag()
    charts.told_when("told.ranges[0] !== null")
    charts.page.get_by_label("revision").fill("another range")
    charts.page.get_by_label("revision").press("Enter")
    charts.wait_until_zoomed(zoomed=False)
    assert charts.x_range() == whole
    assert charts.told_when("told.ranges[0] === null")["ranges"] == [None]
    # Going back must not bring the old zoom back.
    charts.page.get_by_label("revision").fill("")
    charts.page.get_by_label("revision").press("Enter")
    charts.refresh()
    assert charts.x_range() == whole
    charts.told_when("told.ranges[0] === null")  # the browser reports the reset a moment after it


def test_legend_choice_is_kept(charts):
    charts.open()
    charts.page.locator(f"{PLOT} .legendtoggle").first.click()
    hidden = f"() => document.querySelector('{PLOT}')._fullData[0].visible === 'legendonly'"
    charts.page.wait_for_function(hidden)
    for _ in range(3):
        charts.refresh()
        assert charts.page.evaluate(hidden)


def test_hover_is_shown_again_after_a_refresh(charts):
    charts.open("every=1")
    charts.page.locator(f"{PLOT} .nsewdrag").hover()
    label = charts.page.locator(f"{PLOT} .hoverlayer .legend")
    expect(label).to_contain_text("cost")
    before = label.text_content() or ""
    draws = charts.told()["draws"]
    charts.told_when(f"told.draws > {draws + 1}")
    expect(label).to_contain_text("cost")
    expect(label).not_to_have_text(before)  # the new values at the same place
    assert (label.text_content() or "")[:17] == before[:17]


# ---- what Python hears -------------------------------------------------------------------------------


def test_dragging_reports_the_range_and_resetting_reports_none(charts):
    charts.open("range=rerun&zone=Asia/Seoul")
    charts.drag(start=0.25, end=0.75)
    start, end = charts.told_when("told.ranges[0] !== null")["ranges"][0]
    # The wall clock runs from 00:00 to 08:19 in Seoul; a quarter and three quarters of that.
    assert re.fullmatch(r"2025-12-31T17:0\d:\d\dZ", start)
    assert re.fullmatch(r"2025-12-31T21:1\d:\d\dZ", end)
    charts.double_click()
    assert charts.told_when("told.ranges[0] === null")["ranges"] == [None]


def test_callback_hears_the_range_before_the_rerun(charts):
    charts.open("range=call")
    charts.drag()
    told = charts.told_when("told.calls.length === 1")
    assert told["calls"] == told["ranges"]
    charts.double_click()
    assert charts.told_when("told.calls.length === 2")["calls"][1] is None


def test_one_drag_is_one_rerun_and_a_resize_none(charts):
    charts.open("range=rerun&select=rerun")
    before = charts.told()["draws"]
    charts.drag()
    charts.told_when("told.ranges[0] !== null")
    charts.page.set_viewport_size({"width": 900, "height": 1000})
    charts.page.wait_for_function(
        f"() => [document.querySelector('{PLOT}')].every(e => e._fullLayout.width === e.clientWidth)"
    )
    charts.page.wait_for_timeout(1000)
    assert charts.told()["draws"] == before + 1


def test_without_on_range_a_drag_causes_no_rerun(charts):
    charts.open()
    charts.drag()
    charts.wait_until_zoomed()
    charts.page.wait_for_timeout(600)
    assert charts.told()["draws"] == 1


def test_clicking_reports_points_once(charts):
    charts.open("kind=bar&select=rerun")
    charts.page.locator(f"{PLOT} .nsewdrag").click()
    points = charts.told_when("told.selected[0].length > 0")["selected"][0]
    assert {point["curve"] for point in points} == {0, 1}
    assert points[0].keys() == {"curve", "index", "x", "y", "customdata"}
    assert points[0]["x"].startswith("2026-01-01")
    charts.refresh()
    assert charts.told()["selected"] == [[]]


# ---- in step -----------------------------------------------------------------------------------------


def test_group_zooms_in_step_and_only_the_dragged_chart_reports(charts):
    charts.open("charts=3&group=time&range=rerun", count=3)
    charts.drag(1)
    told = charts.told_when("told.ranges[1] !== null")
    assert told["ranges"][0] is None
    assert told["ranges"][2] is None
    assert charts.x_range(0) == charts.x_range(1) == charts.x_range(2)
    zoomed = charts.x_range(0)
    for _ in range(3):
        charts.refresh()
    assert [charts.x_range(index) for index in range(3)] == [zoomed] * 3

    charts.drag(0)  # another one takes over: Python holds one range of the group
    told = charts.told_when("told.ranges[0] !== null && told.ranges[1] === null")
    assert charts.x_range(2) == charts.x_range(0) != zoomed

    charts.double_click(2)
    for index in range(3):
        charts.wait_until_zoomed(index, zoomed=False)
    charts.told_when("told.ranges.every(range => range === null)")


def test_a_chart_that_joins_a_zoomed_group_starts_zoomed(charts):
    charts.open("charts=2&group=time&grow=1", count=2)
    charts.drag(0)
    charts.wait_until_zoomed(1)
    charts.refresh()
    charts.drawn(3)
    charts.wait_until_zoomed(2)
    charts.refresh()
    charts.drawn(4)
    assert charts.x_range(0) == charts.x_range(1) == charts.x_range(2) == charts.x_range(3)


def test_a_pie_in_a_group_is_left_alone(charts):
    charts.open("kind=line,pie&group=time", count=2)
    charts.drag(0)
    charts.wait_until_zoomed(0)
    expect(charts.page.locator(".st-key-chart1").get_by_role("button", name="Reset zoom")).to_be_hidden()


def test_without_group_charts_zoom_alone(charts):
    charts.open("charts=2", count=2)
    charts.drag(0)
    charts.wait_until_zoomed(0)
    charts.wait_until_zoomed(1, zoomed=False)


# ---- keyboard and screen reader ----------------------------------------------------------------------


def test_keyboard_reads_zooms_and_leaves(charts):
    charts.open()
    plot, voice = charts.page.locator(PLOT), charts.page.locator(".ao-chart [aria-live]")
    plot.focus()
    plot.press("ArrowRight")
    expect(voice).to_contain_text("cost : ")
    expect(voice).to_contain_text("Jan 1, 2026, ")
    plot.press("ArrowRight")
    expect(voice).to_contain_text("00:01")
    plot.press("End")
    expect(voice).to_contain_text("08:19")
    plot.press("Home")
    plot.press("ArrowRight")
    expect(voice).to_contain_text("00:01")
    whole = charts.x_range()
    plot.press("+")
    charts.wait_until_zoomed()
    assert charts.x_range() != whole
    plot.press("0")
    charts.wait_until_zoomed(zoomed=False)
    assert charts.x_range() == whole
    plot.press("Escape")
    expect(plot).not_to_be_focused()


def test_names_for_screen_readers(charts):
    charts.open()
    expect(charts.page.get_by_role("figure", name="Chart 0: two lines")).to_be_visible()
    expect(charts.page.get_by_role("application")).to_have_attribute("aria-roledescription", "chart")
    charts.page.locator(PLOT).focus()
    for name in ("Show as a table", "Download as PNG"):
        charts.page.keyboard.press("Tab")
        expect(charts.page.get_by_role("button", name=name)).to_be_focused()


def test_keyboard_reads_single_points_and_chooses_one(charts):
    charts.open("kind=points&select=rerun")
    plot, voice = charts.page.locator(PLOT), charts.page.locator(".ao-chart [aria-live]")
    plot.focus()
    for key, said in [
        ("ArrowRight", "one"),
        ("ArrowRight", "two"),
        ("ArrowRight", "three"),  # not the second point that stands for b
        ("ArrowRight", "four"),  # not the line, which says nothing
        ("ArrowRight", "four"),
        ("Home", "one"),
        ("End", "four"),
        ("ArrowUp", "three"),  # the nearest of the series above
        ("ArrowLeft", "two"),
    ]:
        plot.press(key)
        expect(voice).to_have_text(said)
    plot.press("Enter")
    chosen = charts.told_when("told.selected[0].length")["selected"][0]
    assert chosen == [{"curve": 0, "index": 1, "x": 2, "y": 2, "customdata": "b"}]
    plot.press("ArrowDown")
    expect(voice).to_have_text("four")
    plot.press("Enter")
    chosen = charts.told_when("told.selected[0].length && told.selected[0][0].curve === 2")["selected"][0]
    assert chosen[0]["customdata"] == ["edge", "d"]
    plot.press("+")
    assert charts.x_range() == ["0", "4"]


def test_a_drawn_box_reports_what_its_points_stand_for(charts):
    charts.open("kind=points&select=rerun")
    box = charts.page.locator(".nsewdrag").bounding_box()
    assert box is not None
    charts.page.mouse.move(box["x"] + 5, box["y"] + 5)
    charts.page.mouse.down()
    charts.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] - 5, steps=5)
    charts.page.mouse.up()
    chosen = charts.told_when("told.selected[0].length")["selected"][0]
    assert [point["customdata"] for point in chosen] == ["a", "b", "b"]


def test_a_figure_that_cannot_be_squeezed_is_scrolled(charts):
    charts.page.set_viewport_size({"width": 390, "height": 800})
    charts.open("kind=points")
    plot, voice = charts.page.locator(PLOT), charts.page.locator(".ao-chart [aria-live]")
    assert charts.page.evaluate(f"document.querySelector('{PLOT}')._fullLayout.width") == 700
    assert charts.page.evaluate("document.documentElement.scrollWidth") == 390
    plot.focus()
    plot.press("End")  # far right: the chart scrolls there by itself
    expect(voice).to_have_text("four")
    scrolled = charts.page.evaluate(f"document.querySelector('{PLOT}').scrollLeft")
    assert scrolled > 0
    charts.refresh()
    assert charts.page.evaluate(f"document.querySelector('{PLOT}').scrollLeft") == scrolled


# ---- picture, language, theme ------------------------------------------------------------------------


def test_png_download(charts, tmp_path):
    charts.open()
    charts.page.locator(PLOT).focus()
    with charts.page.expect_download() as download:
        charts.page.get_by_role("button", name="Download as PNG").press("Enter")
    assert download.value.suggested_filename == "chart-0.png"
    download.value.save_as(tmp_path / "chart.png")
    picture = (tmp_path / "chart.png").read_bytes()
    width, height = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    assert picture.startswith(b"\x89PNG")
    assert (width, height) == (2 * charts.page.locator(PLOT).bounding_box()["width"], 2 * 260)


def test_korean_dates_and_words(charts):
    charts.open("lang=ko")
    expect(charts.page.locator(f"{PLOT} .xaxislayer-above")).to_contain_text("1월 1일")
    expect(charts.page.get_by_role("button", name="PNG로 저장")).to_be_attached()


def test_theme_is_followed_live_and_zoom_kept(charts):
    ink = f"() => document.querySelector('{PLOT}')._fullLayout.font.color"
    trace = f"() => document.querySelector('{PLOT}')._fullData[0].line.color"
    charts.page.emulate_media(color_scheme="light")
    charts.open()
    charts.drag()
    charts.wait_until_zoomed()
    light, zoomed = charts.page.evaluate(ink), charts.x_range()
    charts.page.emulate_media(color_scheme="dark")
    charts.page.wait_for_function(f"light => ({ink})() !== light", arg=light)
    assert charts.page.evaluate(ink) == "rgb(232, 236, 243)"
    assert charts.page.evaluate(trace) == "#5B8FF9"
    assert charts.x_range() == zoomed
    charts.page.emulate_media(color_scheme="light")
    charts.page.wait_for_function(f"light => ({ink})() === light", arg=light)
    assert charts.told()["draws"] == 1


# ---- texts of others ---------------------------------------------------------------------------------


def test_hostile_names_are_plain_text(charts):
    charts.open("kind=hostile")
    page = charts.page
    for text in HOSTILE:
        expect(page.locator(f"{PLOT} .legendtext").get_by_text(text, exact=True)).to_be_attached()
        expect(page.locator(f"{PLOT} .xaxislayer-above").get_by_text(text, exact=True)).to_be_attached()
    expect(page.locator(f"{PLOT} .gtitle")).to_have_text(HOSTILE[0])
    page.locator(PLOT).focus()
    page.keyboard.press("ArrowRight")
    label = page.locator(f"{PLOT} .hoverlayer .legend")
    expect(label).to_contain_text(HOSTILE[0])
    for text in HOSTILE:
        expect(label).to_contain_text(f"{text} {HOSTILE[0]}")
    assert page.locator(f"{PLOT} a, {PLOT} img, {PLOT} image, {PLOT} foreignObject").count() == 0
    assert page.evaluate("window.hacked") is None


# ---- bundles -----------------------------------------------------------------------------------------


def asked_bundles(charts: Charts) -> list[str]:
    return sorted(url.split("vendor/")[1].split("?")[0] for url in charts.watch.requests if "/vendor/" in url)


def test_lines_and_bars_need_the_small_bundle_once(charts):
    charts.open("kind=line,bar,area,pie", count=4)
    assert asked_bundles(charts) == ["plotly-basic.min.js"]


def test_a_heatmap_brings_the_full_bundle(charts):
    charts.open("kind=heatmap,heatmap", count=2)
    assert asked_bundles(charts) == ["plotly.min.js"]


def test_both_bundles_live_side_by_side(charts):
    charts.open("kind=line,heatmap,bar,heatmap", count=4)
    assert asked_bundles(charts) == ["plotly-basic.min.js", "plotly.min.js"]
    assert charts.page.evaluate("typeof window.Plotly") == "undefined"
    charts.refresh()
    assert len(asked_bundles(charts)) == 2


def test_a_bundle_that_does_not_load_is_a_sentence_and_the_next_refresh_mends_it(charts):
    charts.page.route("**/vendor/*", lambda route: route.abort())
    charts.page.goto(charts.address)
    alert = charts.page.locator(".ao-chart [role=alert]")
    expect(alert).to_contain_text("This chart could not be drawn.")
    assert charts.page.locator(".ao-chart").bounding_box()["height"] == 260
    charts.page.unroute("**/vendor/*")
    charts.page.get_by_role("button", name="refresh", exact=True).click()
    charts.drawn(1)
    expect(alert).to_have_count(0)
    assert any("could not be loaded" in error for error in charts.watch.errors)
    charts.watch.errors.clear()


# ---- life --------------------------------------------------------------------------------------------


def test_place_is_kept_before_the_bundle_is_there(charts):
    held = []
    charts.page.route("**/vendor/*", lambda route: held.append(route))  # noqa: PLW0108
    charts.page.goto(charts.address)
    end = charts.page.get_by_text("end of page")
    expect(end).to_be_visible()
    expect(charts.page.locator(".ao-chart")).to_be_attached()
    charts.page.wait_for_timeout(300)
    before = end.bounding_box()
    held[0].continue_()
    charts.drawn(1)
    assert end.bounding_box() == before


def test_nothing_is_drawn_in_a_hidden_place_until_it_is_shown(charts):
    charts.open()
    charts.page.evaluate("document.querySelector('.ao-chart').parentElement.style.display = 'none'")
    shown = charts.first_y()
    draws = charts.told()["draws"]
    charts.page.get_by_role("button", name="refresh", exact=True).click()
    charts.told_when(f"told.draws > {draws}")
    charts.page.wait_for_timeout(300)
    assert charts.first_y() == shown
    charts.page.evaluate("document.querySelector('.ao-chart').parentElement.style.display = ''")
    charts.page.wait_for_function(f"y => ({FIRST_Y})() !== y", arg=shown)


def test_leaving_the_page_purges_the_chart(charts):
    charts.open()
    charts.page.evaluate(f"window.kept = document.querySelector('{PLOT}')")
    charts.page.get_by_text("shown", exact=True).click()
    expect(charts.page.locator(".ao-chart")).to_have_count(0)
    charts.page.wait_for_function("() => window.kept._fullLayout === undefined")
    charts.page.get_by_text("shown", exact=True).click()
    charts.drawn(1)


def test_twenty_refreshes_of_six_charts_leak_nothing(charts):
    charts.open("charts=6&every=0.4", count=6)
    devtools = charts.page.context.new_cdp_session(charts.page)
    devtools.send("Performance.enable")

    def settled() -> dict[str, float]:
        devtools.send("HeapProfiler.collectGarbage")
        devtools.send("HeapProfiler.collectGarbage")
        metrics = {m["name"]: m["value"] for m in devtools.send("Performance.getMetrics")["metrics"]}
        return {name: metrics[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}

    charts.told_when("told.draws >= 6")  # caches are warm
    before = settled()
    charts.page.wait_for_function(
        "() => JSON.parse(document.querySelector('#told').textContent).draws >= 26", timeout=120_000
    )
    after = settled()
    assert charts.page.locator(f"{PLOT}.js-plotly-plot").count() == 6
    assert charts.page.locator("head script[src*='vendor']").count() == 1
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < 4e6, (before, after)
    assert after["Nodes"] - before["Nodes"] < 500, (before, after)
    assert after["JSEventListeners"] - before["JSEventListeners"] < 100, (before, after)
