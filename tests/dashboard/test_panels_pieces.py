"""Coverage, progress, sides, meter and headings: what stands where in the markup."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from dashboard.panels import Reason, Side
from dashboard.panels.charts import over_time_in_words
from dashboard.panels.coverage import coverage_markup, progress_markup
from dashboard.panels.headings import section_markup
from dashboard.panels.meter import meter_markup
from dashboard.panels.sides import sides_markup
from dashboard.text import Formats, Words
from tests.dashboard.markup import elements, one

HOSTILE = '"><img src=x onerror=alert(1)>{evil}'


@pytest.mark.parametrize(
    ("state", "sign"),
    [("complete", "●"), ("partial", "▲"), ("reading", "◐"), ("waiting", "○"), ("off", "–")],
)
def test_coverage_is_sign_word_and_figures(state: str, sign: str) -> None:
    page = coverage_markup("1,180 of 1,188", state, ("Why.",), word="Word")
    assert one(page, "pill").text == f"{sign} Word"
    assert one(page, "ao-coverage")["class"] == f"ao-coverage {state}"
    assert one(page, "ao-text").text == "1,180 of 1,188"
    assert one(page, "ao-info")["aria-label"] == "Why."


@pytest.mark.parametrize(
    ("share", "percent", "length"),
    [
        (0.0, "0", "0.0000"), (0.54, "54", "0.5400"), (0.9999, "99", "0.9999"),
        (1.0, "100", "1.0000"), (7.0, "100", "1.0000"),
    ],
)  # fmt: skip
def test_progress_has_values(share: float, percent: str, length: str) -> None:
    line = one(progress_markup(share, "640 of 1,188"), "line")
    assert (line["role"], line["aria-valuenow"], line["style"]) == (
        "progressbar",
        percent,
        f"--ao-share:{length}",
    )
    assert (line["aria-valuemin"], line["aria-valuemax"], line["aria-valuetext"]) == (
        "0",
        "100",
        "640 of 1,188",
    )


@pytest.mark.parametrize("share", [None, math.nan])
def test_progress_that_is_unknown_has_no_value(share: float | None) -> None:
    page = progress_markup(share, "reading")
    assert "aria-valuenow" not in one(page, "line").attributes
    assert one(page, "words").text == "reading"


def test_sides_and_reasons() -> None:
    page = sides_markup(
        (
            Side("AgentOps", "$12.46", ("Its own.",), exact="$12.460021"),
            Side("Traces", "$12.34", difference="−$0.12", mood="fair"),
        ),
        (Reason("8 too new", "$0.09", ("Soon.",)), Reason("Counted twice", "$0.03")),
        label="Cost",
        title="Why",
    )
    assert [(e.text, e["title"]) for e in elements(page, "value")] == [
        ("$12.46", "$12.460021"),
        ("$12.34", ""),
    ]
    assert [e.text for e in elements(page, "difference")] == ["", "▲ −$0.12"]
    assert [e.text for e in elements(page, "dd") if e.within("reasons")] == ["$0.09", "$0.03"]
    assert not one(page, "why").within("dl")
    assert one(page, "ao-sides")["aria-label"] == "Cost"


def test_sides_that_agree_have_no_list_of_reasons() -> None:
    page = sides_markup((Side("A", "1"), Side("B", "1")), (), label="x", title="Why")
    assert len(elements(page, "dl")) == 1
    assert elements(page, "why") == []


def budget(**changed: object) -> str:
    values = {"spent": 25.0, "budget": 100.0, "spent_text": "$25", "budget_text": "$100", "label": "Team"}
    return meter_markup(**(values | changed))


def parts(page: str) -> list[tuple[str, str]]:
    return [(e["class"].removeprefix("part "), e["style"]) for e in elements(page, "part")]


def test_a_meter_within_its_budget_ends_at_the_budget() -> None:
    page = budget(projected=50.0, projected_text="$50 expected", status="on course", mood="good")
    assert parts(page) == [
        ("spent", "--ao-from:0.0000;--ao-to:0.2500"),
        ("projected", "--ao-from:0.2500;--ao-to:0.5000"),
    ]
    assert one(page, "limit")["style"] == "--ao-from:1.0000"
    track = one(page, "track")
    assert (track["role"], track["aria-label"]) == ("meter", "Team")
    assert (track["aria-valuemin"], track["aria-valuenow"], track["aria-valuemax"]) == ("0", "25", "100")
    assert track["aria-valuetext"] == "$25, $50 expected, $100, on course"
    assert one(page, "key").text == "$25$50 expected$100"
    assert one(page, "ao-mark").text == "● on course"


def test_what_lies_beyond_the_budget_is_told_apart() -> None:
    page = budget(spent=150.0, projected=200.0)  # the bar ends at 212
    assert parts(page) == [
        ("spent", "--ao-from:0.0000;--ao-to:0.4717"),
        ("spent over", "--ao-from:0.4717;--ao-to:0.7075"),
        ("projected over", "--ao-from:0.7075;--ao-to:0.9434"),
    ]
    assert one(page, "limit")["style"] == "--ao-from:0.4717"
    assert one(page, "track")["aria-valuemax"] == "212"


def test_a_projection_that_crosses_the_budget_is_cut_there() -> None:
    assert [name for name, _ in parts(budget(projected=110.0))] == ["spent", "projected", "projected over"]


def test_unknown_spending_is_no_meter_and_no_bar() -> None:
    page = budget(spent=math.nan, spent_text="–")
    assert parts(page) == []
    assert one(page, "track")["role"] == "img"
    assert "aria-valuenow" not in one(page, "track").attributes


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf])
def test_without_a_budget_there_is_no_meter(wrong: float) -> None:
    with pytest.raises(ValueError, match="not a budget"):
        budget(budget=wrong)


def test_a_section_is_a_heading_whose_name_is_its_title() -> None:
    page = section_markup("Models", ("Once.",), "by cost")
    assert one(page, "h2").text == "Models"
    assert one(page, "ao-info")["aria-label"] == "Once."
    assert not one(page, "ao-info").within("h2")
    assert one(page, "note").text == "by cost"
    assert elements(section_markup("Models"), "note") == []


def test_hostile_text_stays_text_everywhere() -> None:
    pages = [
        coverage_markup(HOSTILE, "partial", (HOSTILE,), word=HOSTILE),
        progress_markup(0.5, HOSTILE),
        section_markup(HOSTILE, (HOSTILE,), HOSTILE),
        sides_markup(
            (Side(HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, HOSTILE, "bad"),),
            (Reason(HOSTILE, HOSTILE, (HOSTILE,)),),
            label=HOSTILE,
            title=HOSTILE,
        ),
        budget(label=HOSTILE, spent_text=HOSTILE, budget_text=HOSTILE, status=HOSTILE, mood="bad"),
    ]
    for page in pages:
        assert elements(page, "img") == []
        assert any(element.text == HOSTILE for element in elements(page))
    assert one(pages[4], "track")["aria-label"] == HOSTILE


@pytest.mark.parametrize(
    ("language", "values", "said"),
    [
        ("en", [3.0, math.nan, 1.0, 2.0], "Cost, USD. 4 windows from 22 Nov 2026 09:00:00 to 22 Nov 2026"
         " 13:00:00, Asia/Seoul (UTC+9). Highest $3.00, lowest $1.00, newest $2.00."),
        ("ko", [0.5], "Cost, USD. 2026년 11월 22일 09:00:00부터 2026년 11월 22일 13:00:00까지 1개 구간,"
         " Asia/Seoul (UTC+9). 최고 $0.500, 최저 $0.500, 최신 $0.500."),
        ("en", [math.nan], "Cost, USD. No value is known between 22 Nov 2026 09:00:00 and 22 Nov 2026"
         " 13:00:00, Asia/Seoul (UTC+9)."),
    ],
)  # fmt: skip
def test_a_chart_in_words_has_its_range_zone_and_values(
    language: str, values: list[float], said: str
) -> None:
    formats = Formats(language, ZoneInfo("Asia/Seoul"))
    start = datetime(2026, 11, 22, tzinfo=UTC)
    told = over_time_in_words(
        "Cost, USD", pd.Series(values), start=start, end=start + timedelta(hours=4),
        zone=formats.zone_name(start), text=formats.usd, words=Words(language), formats=formats,
    )  # fmt: skip
    assert told == said


def test_a_meters_label_is_said_and_not_written_below_its_heading() -> None:
    page = meter_markup(
        label="Team", spent=1.0, budget=2.0, spent_text="spent $1", budget_text="budget $2", status="holds"
    )
    assert page.count("Team") == 1
    assert one(page, "track")["aria-label"] == "Team"
