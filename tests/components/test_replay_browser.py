"""The replay in a real Chromium, served under the strict policy."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.components.replay_view import HEIGHT_PX, film
from dashboard.replay import replay
from tests.browser import Watch, running_streamlit
from tests.dashboard.made_traces import made, span

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
#: Of the small trace: 70 s, in which 5–45, 45–50 and 50–60 are shown in 3 s each.
FILM_S = 24


class Screen:
    """A page with a replay as a reader and a test see it."""

    def __init__(self, page: Page, watch: Watch, address: str) -> None:
        self.page, self.watch, self.address = page, watch, address

    def open(self, query: str = "kind=small") -> Screen:
        self.page.goto(f"{self.address}/?{query}")
        expect(self.slider).to_have_attribute("aria-valuetext", re.compile("."), timeout=30_000)
        return self

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider")

    @property
    def play(self) -> Locator:
        return self.page.locator(".ao-replay-play")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def position(self) -> float:
        return self.slider.evaluate("slider => slider.valueAsNumber")

    def scrub(self, to_s: float) -> None:
        """As if the slider were dragged there; seconds of the film."""
        self.slider.evaluate(
            "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }", to_s
        )

    def moves(self, than: float | None = None) -> float:
        """Wait until the position is another one than that (or than now)."""
        than = self.position() if than is None else than
        script = "than => document.querySelector('.ao-replay-slider').valueAsNumber !== than"
        self.page.wait_for_function(script, arg=than)
        return self.position()

    def frames(self, count: int = 3) -> None:
        self.page.evaluate(
            "async (n) => { for (let i = 0; i < n; i++) await new Promise(requestAnimationFrame); }", count
        )

    def list(self, which: str) -> list[str]:
        """Titles of the rows of *running* or *happened*, signs of the latter before them."""
        return self.page.evaluate(
            """(which) => [...document.querySelectorAll(`[aria-labelledby$=${which}] .ao-replay-row`)]
                .map((row) => (row.querySelector(".ao-replay-sign")?.textContent ?? "")
                    + row.querySelector(".ao-replay-title").textContent)""",
            which,
        )

    def figures(self) -> list[str]:
        values = self.page.locator(".ao-replay-figure dd:not(.ao-replay-whole)").all_inner_texts()
        return [text.replace("\u00a0", " ") for text in values]

    def row(self, name: str) -> Locator:
        title = self.page.locator(".ao-replay-title", has_text=name)
        return self.page.locator(".ao-replay-row").filter(has=title).first

    def told_when(self, condition: str) -> dict[str, Any]:
        self.page.wait_for_function(
            f"""() => {{
                const told = JSON.parse(document.querySelector('#told').textContent);
                return {condition};
            }}"""
        )
        return json.loads(self.page.locator("#told").inner_text())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    env = {"SCRIPT": str(HERE / "replay_page.py")}
    with running_streamlit(HERE / "strict_app.py", env=env) as address:
        yield address


@pytest.fixture(scope="module")
def shared(chromium: Browser, address: str) -> Iterator[Screen]:
    """One page for all: at its end nothing may have been blocked, failed or asked of another host."""
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    watch = Watch(page, address)
    yield Screen(page, watch, address)
    page.close()
    assert watch.errors == []
    assert watch.foreign == []


@pytest.fixture
def screen(shared: Screen) -> Screen:
    """The small trace at its beginning, not playing, at speed 1."""
    if not shared.page.url.endswith("/?kind=small"):
        shared.open()
    if shared.play.inner_text() == "Pause":
        shared.play.click()
    shared.button("1×").click()
    shared.scrub(0)
    return shared


# ---- playing -----------------------------------------------------------------------------------------


def test_it_plays_to_the_end_and_again(screen):
    screen.open("kind=brief")
    expect(screen.page.locator(".ao-replay-pace")).to_have_text("1× is 1/2 of real time")
    screen.button("4×").click()
    screen.play.click()
    expect(screen.play).to_have_text("Pause")
    expect(screen.play).to_have_text("Play", timeout=10_000)
    assert screen.position() == 1.5
    assert screen.figures() == ["1.5 s", "$0.500", "10", "0", "2"]
    expect(screen.page.get_by_text("The trace is over.")).to_be_visible()
    screen.play.click()
    expect(screen.play).to_have_text("Pause")
    screen.page.wait_for_function("document.querySelector('.ao-replay-slider').valueAsNumber < 1.5")


#: Frames come when the test says so: beat(ms) draws one that much later and tells the position.
BEATS = """() => {
    const frames = new Map();
    const kept = [window.requestAnimationFrame, window.cancelAnimationFrame];
    let [now, last] = [1000, 0];
    window.requestAnimationFrame = (draw) => (frames.set(++last, draw), last);
    window.cancelAnimationFrame = (frame) => frames.delete(frame);
    window.beat = (ms) => {
        now += ms;
        const due = [...frames.values()];
        frames.clear();
        due.forEach((draw) => draw(now));
        return document.querySelector(".ao-replay-slider").valueAsNumber;
    };
    window.unbeat = () => {
        [window.requestAnimationFrame, window.cancelAnimationFrame] = kept;
        frames.forEach((draw) => window.requestAnimationFrame(draw));
    };
}"""


@pytest.fixture
def beat(screen: Screen) -> Iterator[Callable[[int], float]]:
    screen.page.evaluate(BEATS)
    yield lambda ms: screen.page.evaluate("ms => beat(ms)", ms)
    screen.page.evaluate("() => unbeat()")


def test_speeds_are_multiples_and_a_pause_holds(screen, beat):
    expect(screen.button("1×")).to_have_attribute("aria-pressed", "true")
    screen.play.click()
    assert [beat(16), beat(100), beat(300)] == pytest.approx([0, 0.1, 0.4])
    for name, at_s in (("2×", 0.6), ("4×", 1.0), ("0.5×", 1.05)):
        screen.button(name).click()
        expect(screen.button(name)).to_have_attribute("aria-pressed", "true")
        assert beat(100) == pytest.approx(at_s)
    screen.play.click()
    expect(screen.play).to_have_text("Play")
    assert [beat(100), beat(100)] == pytest.approx([1.05, 1.05])
    screen.play.click()
    assert [beat(5000), beat(100)] == pytest.approx([1.05, 1.1])


def test_through_a_wait_the_traces_time_runs_faster(screen, beat):
    screen.scrub(5)
    screen.play.click()
    assert [beat(16), beat(300), beat(300)] == pytest.approx([5, 5.3, 5.6])
    assert screen.figures()[0] == "13 s"  # of the call's forty seconds a fifth


def test_time_in_a_hidden_tab_does_not_count(screen, beat):
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    screen.play.click()
    assert [beat(16), beat(100)] == pytest.approx([0, 0.1])
    screen.page.evaluate(hide, True)
    assert [beat(100), beat(100)] == pytest.approx([0.1, 0.1])
    screen.page.evaluate(hide, False)
    assert [beat(400), beat(100)] == pytest.approx([0.1, 0.2])


def test_reduced_motion_goes_from_event_to_event(screen, beat):
    screen.page.emulate_media(reduced_motion="reduce")
    screen.play.click()
    seen = [beat(400) for _ in range(10)]  # up to 3.6
    screen.page.emulate_media(reduced_motion="no-preference")
    assert seen == [0, 0, 0, 1, 1, 1, 1, 1, 3, 3]


# ---- moments -----------------------------------------------------------------------------------------


def test_steps_land_on_events(screen):
    assert screen.list("running") == ["triage.agent", "support.session"]
    landed = []
    for _ in range(6):
        screen.button("To the next event").click()
        landed.append(screen.position())
    assert landed == [1, 3, 4, 5, 8, 11]  # 5–45 and 45–50 pass in three seconds each
    assert screen.figures()[0] == "50 s"
    screen.button("To the event before").click()
    assert (screen.position(), screen.figures()[0]) == (8, "45 s")
    assert screen.list("happened")[:3] == [
        "▸pii.guardrail",
        "■openai.chat.completion",
        "▸openai.chat.completion",
    ]
    screen.button("To the end").click()
    assert (screen.position(), screen.list("running")) == (FILM_S, [])
    screen.button("To the start").click()
    assert screen.position() == 0


MOMENTS = [
    (2, ["openai.chat.completion", "triage.agent", "support.session"], ["2 s", "$0.00", "0", "0", "0"]),
    (4.5, ["lookup.tool", "search.tool", "triage.agent", "support.session"],
     ["4.5 s", "$0.0100", "1,500", "0", "1"]),
    (6.5, ["openai.chat.completion", "triage.agent", "support.session"],
     ["25 s", "$0.0100", "1,500", "1", "3"]),
    (12.5, ["support.session"], ["55 s", "$0.0400", "3,500", "1", "6"]),
    (18.25, ["write.task", "report.workflow", "support.session"],
     ["1 min 4 s", "$0.0420", "4,400", "1", "7"]),
    (22.25, ["search.tool", "report.workflow", "support.session"],
     ["1 min 8 s", "≥ $0.0420", "4,500", "1", "9"]),
]  # fmt: skip


def test_scrubbing_shows_what_runs_and_is_spent(screen):
    for at_s, running, figures in [*MOMENTS, *reversed(MOMENTS)]:
        screen.scrub(at_s)
        assert screen.list("running") == running
        assert screen.figures() == figures
        said = screen.slider.get_attribute("aria-valuetext").replace("\u00a0", " ")
        assert said == (
            f"{figures[0]} of 1 min 10 s. Running: {', '.join(running[:3])}"
            f"{', and 1 more' if len(running) > 3 else ''}. "
            f"Cost {figures[1]}, tokens {figures[2]}, errors {figures[3]}."
        )


def test_waits_and_failures_are_marked_with_their_real_length(screen):
    waits = screen.page.locator(".ao-replay-wait")
    assert [text.replace("\u00a0", " ") for text in waits.all_inner_texts()] == ["40 s", "5 s", "10 s"]
    titles = [wait.get_attribute("title").replace("\u00a0", " ") for wait in waits.all()]
    assert titles == [
        "40 s without an event, shown in 3 s",
        "5 s without an event, shown in 3 s",
        "10 s in which nothing ran, shown in 3 s",
    ]
    strip = screen.page.locator(".ao-replay-strip").bounding_box()
    band = waits.first.bounding_box()
    assert band["x"] - strip["x"] == pytest.approx(strip["width"] * 5 / FILM_S, abs=1)
    assert band["width"] == pytest.approx(strip["width"] * 3 / FILM_S, abs=1)
    marks = screen.page.locator(".ao-replay-failure")
    centres = [box["x"] + box["width"] / 2 - strip["x"] for box in (m.bounding_box() for m in marks.all())]
    assert centres == pytest.approx([strip["width"] * at / FILM_S for at in (5, 23)], abs=1)
    screen.scrub(6)
    note = screen.page.locator(".ao-replay-note[data-wait]")
    assert note.inner_text().replace("\u00a0", " ") == "40 s without an event, shown in 3 s"
    expect(screen.page.locator(".ao-replay-pace")).to_contain_text("1× is real time · waits shortened to")


def test_estimates_are_told(screen):
    cost = screen.page.locator(".ao-replay-figure").nth(1).locator(".ao-replay-whole")
    assert "estimates" not in cost.inner_text()
    screen.scrub(FILM_S)
    assert cost.inner_text() == "of ≥ $0.0420 · estimates in it · some without a price"


def test_a_trace_without_any_time_is_over_at_once(screen):
    screen.open("kind=single")
    assert (screen.position(), screen.list("running")) == (0, [])
    assert screen.list("happened") == ["■instant", "▸instant"]
    screen.play.click()
    expect(screen.play).to_have_text("Play")
    said = screen.slider.get_attribute("aria-valuetext").replace("\u00a0", " ")
    assert said == "0 ms of 0 ms. Running: nothing. Cost –, tokens –, errors 0."


def test_a_click_on_the_track_goes_there(screen):
    strip = screen.page.locator(".ao-replay-strip").bounding_box()
    screen.page.mouse.click(strip["x"] + strip["width"] / 2, strip["y"] + strip["height"] / 2)
    assert screen.position() == pytest.approx(FILM_S / 2, abs=FILM_S / strip["width"])


def test_the_browser_runs_what_python_runs(screen):
    chance = random.Random(7)
    ids = [f"s{i}" for i in range(60)]
    spans = [
        span(i, parent=chance.choice([*ids, ""]), at=chance.randrange(3000), lasts=chance.randrange(60),
             status=chance.choice(["OK", "ERROR"]))
        for i in ids
    ]  # fmt: skip
    played = replay(made(*spans).reset_index())
    assert played.gaps
    times = [chance.uniform(0, played.duration_s) for _ in range(200)]
    times += [at_s for at_s, _, _ in played.steps]
    chance.shuffle(times)
    script = next(url for url in screen.watch.requests if "replay/replay" in url or "replay.js" in url)
    found = screen.page.evaluate(
        """async ([script, json, times]) => {
            const { Film } = await import(new URL("film.js", script).href);
            const film = new Film(JSON.parse(json));
            return times.map((at) => {
                const position = film.shown(at);
                film.seek(position);
                return [film.inmost(), film.spent(position).errors, film.real(position)];
            });
        }""",
        [script, film(played), times],
    )
    for at_s, (running, errors, real) in zip(times, found, strict=True):
        moment = played.at(at_s)
        assert (tuple(running), errors) == (moment.running, moment.spent.errors)
        assert real == pytest.approx(at_s, abs=1e-6)


# ---- keyboard ----------------------------------------------------------------------------------------


def test_the_keyboard_steps_jumps_and_plays(screen):
    screen.slider.focus()
    press = screen.page.keyboard.press
    for key, at_s in [
        ("ArrowRight", 1), ("ArrowUp", 3), ("ArrowLeft", 1), ("Shift+ArrowRight", 2.2),
        ("Shift+ArrowLeft", 1), ("End", FILM_S), ("ArrowRight", FILM_S), ("ArrowDown", 23), ("Home", 0),
        ("ArrowLeft", 0),
    ]:  # fmt: skip
        press(key)
        assert screen.position() == pytest.approx(at_s), key
    press(" ")
    expect(screen.play).to_have_text("Pause")
    screen.moves(0)
    press(" ")
    expect(screen.play).to_have_text("Play")
    press("Shift+Tab")
    press("ArrowRight")
    assert screen.position() == 1  # from the buttons, too
    described = screen.slider.get_attribute("aria-describedby")
    assert "Space plays and pauses" in screen.page.locator(f"#{described}").inner_text()


# ---- what Python hears, and what outlives a run --------------------------------------------------------


def test_a_span_is_chosen_and_place_and_speed_outlive_the_rerun(screen):
    screen.open()
    screen.scrub(6.5)
    screen.button("2×").click()
    screen.row("triage.agent").click()
    assert screen.told_when("told.selected === 'agent'") == {
        "runs": 2,
        "chosen": "agent",
        "selected": "agent",
    }
    expect(screen.row("triage.agent")).to_have_attribute("aria-pressed", "true")
    screen.button("rerun").click()
    assert screen.told_when("told.runs === 3") == {"runs": 3, "chosen": None, "selected": "agent"}
    assert screen.position() == 6.5
    expect(screen.button("2×")).to_have_attribute("aria-pressed", "true")
    screen.scrub(5)
    failed = screen.page.locator(".ao-replay-row[data-failed]")
    failed.focus()
    failed.press("Enter")
    assert screen.told_when("told.selected === 'search'")["chosen"] == "search"
    screen.scrub(18)
    screen.button("select write").click()
    expect(screen.row("write.task")).to_have_attribute("aria-pressed", "true")
    screen.scrub(18.25)
    screen.button("it goes on").click()  # for half a minute, shown in three seconds
    expect(screen.slider).to_have_attribute("max", str(FILM_S + 3))
    assert (screen.position(), screen.figures()[0]) == (18.25, "1 min 4 s")
    screen.button("another trace").click()
    expect(screen.slider).to_have_attribute("max", re.compile(r"^[\d.]{1,6}$"))
    expect(screen.page.locator(".ao-replay-figure").last).to_contain_text("of 3")
    assert screen.position() == 0
    screen.page.goto("about:blank")


# ---- names from elsewhere, sizes, languages ----------------------------------------------------------


def test_hostile_names_are_shown_as_text_and_run_nothing(screen):
    screen.open("kind=hostile")
    failed = set()
    for at_s in range(1, 8):
        screen.scrub(at_s)
        failed.update(title for title in screen.list("happened") if title.startswith("✕"))
    assert failed == {
        '✕<img src=x onerror="window.hacked=1">', "✕<script>window.hacked=1</script>", "✕safegnp.exe",
        "✕ [31mred line", f"✕{'long' * 40}", "✕model call",
    }  # fmt: skip
    screen.frames()
    assert screen.page.evaluate("window.hacked") is None
    assert screen.page.locator(".ao-replay :is(img, script, a)").count() == 0


def test_on_a_phone_nothing_overflows_and_nothing_jumps(screen):
    screen.page.set_viewport_size({"width": 390, "height": 900})
    screen.open("kind=small&lang=ko")
    places = set()
    for at_s in (0, 4.5, 6.5, 12, 21, FILM_S):
        screen.scrub(at_s)
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= 390
        frame, heads, rows = screen.page.evaluate(
            """() => ["", "-head", "-row"].map((part) => {
                const found = document.querySelectorAll(`.ao-replay${part}`);
                const boxes = [...found].map((each) => each.getBoundingClientRect().toJSON());
                return part ? boxes : boxes[0];
            })"""
        )
        places.add((frame["height"], *(head["y"] for head in heads)))
        assert all(row["right"] <= frame["right"] and row["bottom"] <= frame["bottom"] for row in rows)
    assert len(places) == 1
    assert places.pop()[0] == HEIGHT_PX
    assert "지금 실행 중" in screen.page.locator(".ao-replay").inner_text()
    screen.page.set_viewport_size({"width": 1200, "height": 900})


def test_of_many_at_once_as_many_as_find_room(screen):
    screen.open("kind=wide&spans=300")
    screen.scrub(4)
    rows = screen.list("running")
    assert rows[0] == "call 299"
    assert 5 <= len(rows) <= 12
    expect(screen.page.locator(".ao-replay-note").first).to_have_text(f"and {301 - len(rows)} more")


def test_ten_thousand_spans_stay_usable(screen):
    screen.open("kind=many&spans=10000")
    ms = screen.page.evaluate(
        """() => {
            const slider = document.querySelector(".ao-replay-slider");
            const took = [0.2, 0.9, 0.1, 0.5, 0.99, 0.01].map((share) => {
                const began = performance.now();
                slider.value = share * slider.max;
                slider.dispatchEvent(new Event("input"));
                document.querySelector(".ao-replay").getBoundingClientRect();
                return performance.now() - began;
            });
            return took.sort((a, b) => a - b)[2];
        }"""
    )
    assert ms < 100
    assert screen.page.locator(".ao-replay *").count() < 2_500
    expect(screen.page.locator(".ao-replay-figure").last).to_contain_text("of 10,000")
