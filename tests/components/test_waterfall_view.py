"""The Python side of the waterfall, without a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import waterfall_view
from dashboard.components.waterfall_view import LABELS, WaterfallEvents
from dashboard.text.words import catalogue
from dashboard.waterfall import Row
from tests.components.reading import component_data

WATERFALL = "agentops-dashboard.waterfall"


def script(options):  # runs as a file of its own
    import streamlit as st

    from dashboard.components.waterfall_view import render_waterfall
    from dashboard.waterfall import Row

    times = {"depth": 0, "name": "ask", "kind": "llm", "offset_s": 0.0, "duration_s": 1 / 3}
    rows = [Row(id=f"s{i}", type="span", parent=None, **times) for i in range(options.pop("rows", 2))]
    given = {"key": "fall", "height": 900, "description": "Spans", **options}
    st.session_state.events = render_waterfall(rows, **given)


def drawn(chosen: object = None, **options: Any) -> tuple[dict[str, Any], WaterfallEvents]:
    at = AppTest.from_function(script, args=(options,), default_timeout=20)
    at.session_state["fall:chosen"] = chosen
    at.run()
    assert not at.exception
    (data,) = component_data(at, WATERFALL)
    return data, at.session_state.events


def test_what_the_browser_is_given() -> None:
    data, events = drawn(locale="ko", labels={"errors": "오류"})
    rows = json.loads(data["rows"])
    assert rows["id"] == ["s0", "s1"]
    assert rows["duration_s"] == [0.333333333333, 0.333333333333]
    assert rows["cost_usd"] == [None, None]
    assert (data["selected"], data["seen"], data["locale"]) == (None, None, "ko")
    assert data["labels"] == {**LABELS, "errors": "오류"}
    assert events == WaterfallEvents(None)


def test_few_rows_take_less_height() -> None:
    assert [drawn(rows=rows)[0]["height"] for rows in (1, 10, 20, 500)] == [330, 330, 550, 900]


def test_a_choice_of_the_reader_goes_before_the_pages() -> None:
    data, events = drawn({"id": "s1", "n": 3}, selected="s0")
    assert (data["selected"], data["seen"], events.selected) == ("s1", 3, "s1")


@pytest.mark.parametrize("junk", [None, "s1", {"id": "s1"}, {"id": 1, "n": 1}, {"id": "gone", "n": 1}, []])
def test_what_is_no_choice_changes_nothing(junk: object) -> None:
    data, events = drawn(junk, selected="s0")
    assert (data["selected"], data["seen"], events.selected) == ("s0", None, "s0")


def test_a_misspelt_label_is_refused() -> None:
    with pytest.raises(ValueError, match="serach"):
        waterfall_view.render_waterfall([], key="fall", height=300, description="", labels={"serach": "x"})


def test_numbers_that_are_none_and_names_that_are_endless_reach_the_browser_as_json() -> None:
    row = Row(
        id="a",
        type="span",
        parent=None,
        depth=0,
        name="n" * 5000,
        kind="llm",
        offset_s=float("nan"),
        duration_s=1.0,
    )
    columns = json.loads(waterfall_view._json([row]))
    assert columns["offset_s"] == [None]
    assert columns["name"] == ["n" * 200]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_label_is_worded(language: str) -> None:
    worded = {
        key.removeprefix("waterfall."): text
        for key, text in catalogue(language).items()
        if key.startswith("waterfall.")
    }
    assert worded.keys() == LABELS.keys()
    if language == "en":
        assert worded == dict(LABELS)
