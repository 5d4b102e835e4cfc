"""Presets: filters of the list under a name, kept in the reader's browser."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from .. import panels
from ..components.keep_view import Kept, render_kept
from ..filter_state import choose_filters
from ..filters import Filters
from ..panels import Page
from ..presets import Preset, from_json, removed, saved, to_json
from ..scope import Problem

#: Entry of the browser's local storage.
ENTRY = "agentops-dashboard.presets"
_STATE = "presets"


@dataclass(frozen=True)
class _Held:
    """This session's copy. `seen` is the text that it was read from, `n` counts what was changed since."""

    presets: tuple[Preset, ...] = ()
    problems: tuple[Problem, ...] = ()
    seen: str | None = None
    n: int = 0


def presets(filters: Filters, page: Page) -> None:
    """The presets to choose from, and a name to save `filters` under."""
    words = page.words
    held: _Held = st.session_state.get(_STATE, _Held())
    kept = render_kept(ENTRY, text=to_json(held.presets), n=held.n, key="ao-keep-presets")
    held = _adopted(held, kept)
    st.session_state[_STATE] = held
    for problem in held.problems:
        panels.note(words("traces.preset_bad", value=problem.value, expected=problem.expected))
    for preset in held.presets:
        with st.container(horizontal=True, gap="small"):
            if st.button(preset.name, key=f"preset_{preset.name}", width="stretch"):
                choose_filters(preset.filters)
                st.rerun(scope="fragment")
            told = words("traces.preset_delete", name=preset.name)
            if st.button("✕", key=f"preset_delete_{preset.name}", help=told):
                _keep(held, removed(held.presets, preset.name))
    name = st.text_input(words("traces.preset_name"), key="preset_name", max_chars=60)
    # Before the browser has told what it keeps, saving would replace that.
    possible = kept is not None and bool(name.strip())
    if st.button(words("traces.preset_save"), key="preset_save", disabled=not possible):
        try:
            changed = saved(held.presets, name, filters)
        except ValueError as fault:
            panels.note(words("traces.preset_bad", value=name, expected=str(fault)))
        else:
            _keep(held, changed)
    refused = kept is not None and kept.refused
    panels.hint(words("traces.preset_session" if refused else "traces.preset_link"))


def _adopted(held: _Held, kept: Kept | None) -> _Held:
    """What the browser keeps, where that is news: another tab may have changed it."""
    if kept is None or kept.refused or kept.text == held.seen:
        return held
    presets, problems = from_json(kept.text)
    return replace(held, presets=presets, problems=problems, seen=kept.text)


def _keep(held: _Held, presets: tuple[Preset, ...]) -> None:
    st.session_state[_STATE] = replace(held, presets=presets, problems=(), n=held.n + 1)
    st.rerun(scope="fragment")
