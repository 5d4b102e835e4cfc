"""The replay's part of the trace page: what it is given of a trace, in both languages, and what it tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.components.reading import component_data


def script(language, limit):  # runs as a file of its own
    from zoneinfo import ZoneInfo

    import streamlit as st

    from dashboard.panels import Page
    from dashboard.queries.trace import TraceView
    from dashboard.replay import replay as timeline
    from dashboard.scope import Scope
    from dashboard.sections import trace_replay
    from dashboard.text import Formats, Words
    from tests.dashboard.made_traces import READ_AT, llm, span, tidied, trace

    wire = trace(
        span("root", "run.session", lasts=70),
        llm("ask", parent="root", at=1, lasts=60, tokens=(1, 2), cost="0.1"),
    )
    view = TraceView(wire, tidied(wire).spans, None, READ_AT, False)
    words, formats = Words(language), Formats(language, ZoneInfo("UTC"))
    page = Page(Scope("24h", "UTC", language, 0), words, formats, READ_AT, st.empty())
    if limit:
        trace_replay.timeline = lambda spans: timeline(spans, spans_max=limit)
    try:
        st.session_state.told = trace_replay.replay(view, page, selected="root")
    finally:
        trace_replay.timeline = timeline


def drawn(language: str = "en", limit: int = 0, chosen: object = None) -> tuple[dict[str, Any], AppTest]:
    at = AppTest.from_function(script, args=(language, limit), default_timeout=20)
    at.session_state["replay:chosen"] = chosen
    at.run()
    assert not at.exception
    (data,) = component_data(at, "agentops-dashboard.replay")
    return data, at


def markup(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


@pytest.mark.parametrize(
    ("language", "title", "said", "play"),
    [
        ("en", "Replay", "Replay of 2 spans in 1\u00a0min 10\u00a0s.", "Play"),
        ("ko", "다시 보기", "스팬 2개, 1분 10초 다시 보기.", "재생"),
    ],
)
def test_it_is_drawn_in_the_readers_language(language: str, title: str, said: str, play: str) -> None:
    data, at = drawn(language)
    assert f"<h2>{title}</h2>" in markup(at)
    assert (data["description"], data["labels"]["play"], data["locale"]) == (said, play, language)
    assert (data["trace"], data["selected"]) == ("t", "root")
    assert json.loads(data["film"])["id"] == ["root", "ask"]
    assert at.session_state.told is None


def test_a_choice_is_told_when_it_is_drawn() -> None:
    data, at = drawn(chosen={"id": "ask", "n": 1})
    assert (at.session_state.told, data["selected"]) == ("ask", "ask")
    _, at = drawn(chosen={"id": "none of it", "n": 1})
    assert at.session_state.told is None


def test_spans_that_are_left_out_are_told() -> None:
    data, at = drawn(limit=1)
    assert "The longest 1 spans are played; 1 shorter ones only count in the sums." in markup(at)
    assert data["description"] == "Replay of 2 spans in 1\u00a0min 10\u00a0s."
