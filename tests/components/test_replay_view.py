"""The Python side of the replay, without a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import replay_view
from dashboard.components.replay_view import LABELS, SHARED, ReplayEvents
from dashboard.replay import replay
from dashboard.text.words import catalogue
from tests.components.reading import component_data
from tests.dashboard.made_traces import llm, made, span

REPLAY = "agentops-dashboard.replay"


def script(options):  # runs as a file of its own
    import streamlit as st

    from dashboard.components.replay_view import render_replay
    from dashboard.replay import replay
    from tests.dashboard.made_traces import made, span

    played = replay(made(span("s0", lasts=2), span("s1", parent="s0")).reset_index())
    given = {"key": "film", "trace": "t", "description": "Replay", **options}
    st.session_state.events = render_replay(played, **given)


def drawn(chosen: object = None, **options: Any) -> tuple[dict[str, Any], AppTest]:
    at = AppTest.from_function(script, args=(options,), default_timeout=20)
    at.session_state["film:chosen"] = chosen
    at.run()
    assert not at.exception
    (data,) = component_data(at, REPLAY)
    return data, at


def test_what_the_browser_is_given() -> None:
    data, at = drawn(locale="ko", labels={"play": "재생"}, selected="s0")
    assert json.loads(data["film"])["id"] == ["s0", "s1"]
    assert (data["trace"], data["selected"], data["seen"], data["locale"]) == ("t", "s0", None, "ko")
    assert data["labels"] == {**LABELS, "play": "재생"}
    assert at.session_state.events == ReplayEvents(None)


def test_a_choice_is_told_once_and_goes_before_the_pages() -> None:
    data, at = drawn({"id": "s1", "n": 3}, selected="s0")
    assert (data["selected"], data["seen"]) == ("s1", 3)
    assert at.session_state.events == ReplayEvents("s1")
    at.run()
    assert at.session_state.events == ReplayEvents(None)


@pytest.mark.parametrize("junk", [None, "s1", {"n": 1}, {"id": 1, "n": 1}, {"id": "gone"}, []])
def test_what_is_no_choice_changes_nothing(junk: object) -> None:
    data, at = drawn(junk, selected="s0")
    assert data["selected"] == "s0"
    assert at.session_state.events == ReplayEvents(None)


def test_the_timeline_as_columns() -> None:
    played = replay(
        made(
            span("root", "run", lasts=20),
            llm("ask", parent="root", at=1, lasts=1, tokens=(1, 2), cost="0.1", status="ERROR"),
            llm("new", "nobody/knows", parent="root", at=2, lasts=1, tokens=(4, 0)),
        ).reset_index()
    )
    film = json.loads(replay_view.film(played))
    assert film["steps"] == [0, 1, -2, 2, -3, -1]
    assert (film["start_s"], film["end_s"]) == ([0, 1, 2], [20, 2, 3])
    assert film["parent"] == [-1, 0, 0]
    assert [film["texts"][at] for at in film["name"]] == ["run", "ask", "ask"]
    assert film["failed"] == [1]
    assert film["sums"] == [
        [0, 0, 0, False, False, 0],
        [2, 3, 0.1, False, False, 1],
        [3, 7, 0.1, False, True, 1],
    ]
    assert film["gaps"] == [[3, 20, 3, True]]
    assert (film["duration_s"], film["bound_s"], film["pace"]) == (20, 3, 1)


def test_endless_names_are_cut_and_told_once() -> None:
    spans = [span(f"s{i}", "n" * 450) for i in range(50)]
    film = json.loads(replay_view.film(replay(made(*spans).reset_index())))
    assert film["texts"][0] == "n" * 160
    assert set(film["name"]) == {0}


def test_a_span_takes_two_hundred_bytes_at_most() -> None:
    spans = [llm(f"{i:016x}", at=i / 7, lasts=i / 9, tokens=(1, 1), cost="0.001") for i in range(1_000)]
    assert len(replay_view.film(replay(made(*spans).reset_index()))) < 200_000


def test_a_misspelt_label_is_refused() -> None:
    played = replay(made(span("a")).reset_index())
    with pytest.raises(ValueError, match="plya"):
        replay_view.render_replay(played, key="film", trace="t", description="", labels={"plya": "x"})


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_label_is_worded(language: str) -> None:
    texts = catalogue(language)
    worded = {name: texts.get(f"{'waterfall' if name in SHARED else 'replay'}.{name}") for name in LABELS}
    assert None not in worded.values()
    if language == "en":
        assert worded == dict(LABELS)
