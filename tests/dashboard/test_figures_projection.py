"""Month's spend against its budget: what was spent is solid, what is foretold is dashed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from dashboard import figures
from dashboard.figures.palette import WARNING
from tests.dashboard.figure_frames import NAN, annotations, checking, trace

projection = checking(figures.projection)

NAMES = {
    "spent": "spent",
    "expected": "expected",
    "range": "80 %",
    "budget": "Budget",
    "exhausted": "▲ used up",
}
DAILY = pd.DataFrame({"day": [date(2026, 11, d) for d in (1, 2, 3)], "cost_usd": [1.0, NAN, 3.0]})


def figure_of(daily: pd.DataFrame = DAILY, **options: Any) -> Any:
    settings: dict[str, Any] = {
        "month_end": date(2026, 11, 30), "projected_usd": 8.0, "low_usd": 6.0, "high_usd": 10.0,
        "budget_usd": 7.0, "exhausted_on": date(2026, 11, 25), "names": NAMES, "x_title": "Seoul",
        "y_title": "USD", "text": lambda v: f"{v:g} USD", "day": lambda d: f"{d.day} Nov",
    }  # fmt: skip
    return projection(daily, **{**settings, **options})


def days(line: Any) -> list[str]:
    return [str(x)[:10] for x in line.x]


def test_spend_adds_up_over_the_days_and_an_unknown_day_adds_nothing() -> None:
    spent = trace(figure_of(), "spent")
    assert list(spent.y) == [1, 1, 4]
    assert days(spent) == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert spent.line.dash is None


def test_days_before_the_month_do_not_count() -> None:
    before = pd.DataFrame({"day": [date(2026, 10, 31)], "cost_usd": [100.0]})
    assert list(trace(figure_of(pd.concat([before, DAILY], ignore_index=True)), "spent").y) == [1, 1, 4]


def test_what_is_foretold_goes_on_dashed_from_today_to_the_months_end() -> None:
    figure = figure_of()
    dashed = next(t for t in figure.data if t.line.dash == "dash" and t.hoverinfo == "skip")
    assert (days(dashed), list(dashed.y)) == (["2026-11-03", "2026-11-30"], [4, 8])
    end = trace(figure, "expected")
    assert (days(end), list(end.y)) == (["2026-11-30"], [8])
    assert end.hovertemplate == "30 Nov<br>expected <b>8 USD</b><br>80 &#37; 6 USD – 10 USD<extra></extra>"


def test_the_band_opens_from_today_to_both_ends() -> None:
    band = trace(figure_of(), "80 &#37;")
    assert (days(band), list(band.y)) == (["2026-11-03", "2026-11-30", "2026-11-30"], [4, 10, 6])
    assert band.fill == "toself"


def test_the_budget_is_a_named_line_and_the_day_it_is_used_up_a_mark_on_it() -> None:
    figure = figure_of()
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].y1) == (7, 7)
    assert annotations(figure) == ["Budget 7 USD"]
    mark = trace(figure, "▲ used up 25 Nov")
    assert (days(mark), list(mark.y)) == (["2026-11-25"], [7])
    assert (mark.marker.symbol, mark.marker.color) == ("triangle-up", WARNING)


def test_no_budget_no_line_and_not_this_month_no_mark() -> None:
    assert len(figure_of(budget_usd=None).layout.shapes) == 0
    assert not any("used up" in (t.name or "") for t in figure_of(exhausted_on=None).data)


def test_nothing_can_be_foretold_shows_what_was_spent_in_the_whole_month_with_the_budget() -> None:
    figure = figure_of(projected_usd=None, low_usd=None, high_usd=None, exhausted_on=None)
    assert [t.name for t in figure.data] == ["spent"]
    assert figure.layout.yaxis.range[1] > 7
    assert [str(end)[:10] for end in figure.layout.xaxis.range] == ["2026-10-31", "2026-11-30"]


def test_on_the_last_day_nothing_is_left_to_foretell() -> None:
    assert [t.name for t in figure_of(month_end=date(2026, 11, 3), exhausted_on=None).data] == ["spent"]


def test_a_month_without_any_day_is_an_empty_figure() -> None:
    assert [len(t.x) for t in figure_of(DAILY.iloc[:0], exhausted_on=None).data] == [0]
