"""The controls of the list of traces: search, filters, presets, order. Every one of them is answered by
the archive, over all traces of the range that have been read."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import streamlit as st

from .. import panels
from ..archive.reading import listing
from ..filter_state import choose_filters, current_filters, filter_problems, write_filters
from ..filters import KINDS, OUTCOMES, SORTS, VALUES_MAX, Filters
from ..links import open_trace
from ..panels import Page
from ..queries.spans import SpanRange
from .trace_presets import presets

_SEARCHED = "filter_searched"
_ID = re.compile("[0-9a-fA-F]{32}")
#: Field of Filters → the facet of ``reading.choices`` and the wording.
_FACETS = ("models", "agents", "tags", "services")
_BOUNDS = {
    "cost_min": "cost_min_usd",
    "cost_max": "cost_max_usd",
    "duration_min": "duration_min_s",
    "duration_max": "duration_max_s",
}


def controls(span: SpanRange, page: Page) -> Filters:
    """Draws all controls, mirrors them in the address, and returns what is chosen."""
    filters = current_filters()
    words = page.words
    if st.session_state.pop(_SEARCHED, False):
        _jump(span, filters)
    for problem in filter_problems():
        panels.note(
            words(
                "traces.bad_filter",
                parameter=problem.parameter,
                value=problem.value[:80],
                expected=problem.expected,
            )
        )
    # Side by side as far as there is room, on a phone two to a line.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _text(filters, page)
        _kind(filters, page)
        _status(filters, page)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover(_more_label(filters, page)):
            _more(filters, span, page)
        with st.popover(words("traces.presets")):
            presets(filters, page)
        if not filters.is_default and st.button(words("traces.reset"), key="filters_reset"):
            choose_filters(Filters(sort=filters.sort, descending=filters.descending, size=filters.size))
            st.rerun(scope="fragment")
        _sort(filters, page)
        _order(filters, page)
    write_filters()
    return filters


def _change(**fields: Any) -> None:
    choose_filters(current_filters().changed(**fields))


def _text(filters: Filters, page: Page) -> None:
    key = "filter_text"
    st.session_state[key] = filters.text
    st.text_input(
        page.words("traces.search"), key=key, help=page.words("traces.search_help"), max_chars=200,
        width=320,
        on_change=_search,
    )  # fmt: skip


def _search() -> None:
    _change(text=st.session_state["filter_text"])
    st.session_state[_SEARCHED] = True


def _jump(span: SpanRange, filters: Filters) -> None:
    """Opens the trace whose id was typed: an archived one, or a whole id, for which AgentOps is asked."""
    found = span.ask_plain(listing.find, filters.text) if filters.text else None
    if found is None and _ID.fullmatch(filters.text.replace("-", "")):
        found = filters.text.replace("-", "").lower()
    if found is not None:
        rest = filters.changed(text="")
        choose_filters(rest)
        open_trace(found, **rest.to_query())


def _kind(filters: Filters, page: Page) -> None:
    key = "filter_kind"
    st.session_state[key] = filters.kind
    st.segmented_control(
        page.words("traces.kind"), KINDS, key=key, required=True,
        format_func=lambda kind: page.words(f"traces.kind_{kind}"),
        on_change=lambda: _change(kind=st.session_state[key] or "all"),
    )  # fmt: skip


def _status(filters: Filters, page: Page) -> None:
    key = "filter_status"
    st.session_state[key] = [status for status in OUTCOMES if status in filters.statuses]
    st.pills(
        page.words("traces.status"), OUTCOMES, key=key, selection_mode="multi",
        format_func=lambda status: page.words(f"outcome.{status}"),
        on_change=lambda: _change(statuses=frozenset(st.session_state[key])),
    )  # fmt: skip


def _more_label(filters: Filters, page: Page) -> str:
    hidden = [name for name in filters.active if name not in ("status", "kind", "text")]
    label = page.words("traces.more")
    return f"{label} · {page.words('traces.active', n=len(hidden))}" if hidden else label


def _more(filters: Filters, span: SpanRange, page: Page) -> None:
    words = page.words
    facets = span.ask(listing.choices)
    for field in _FACETS:
        found = dict(getattr(facets, field).values)
        chosen = getattr(filters, field)
        options = [*found, *(value for value in sorted(chosen) if value not in found)]
        key = f"filter_{field}"
        st.session_state[key] = [value for value in options if value in chosen]
        st.multiselect(
            words(f"traces.{field}"), options, key=key,
            format_func=partial(_counted, found=found, page=page), max_selections=VALUES_MAX,
            on_change=lambda field=field, key=key: _change(**{field: frozenset(st.session_state[key])}),
        )  # fmt: skip
    left, right = st.columns(2)
    for place, (name, field) in zip((left, right, left, right), _BOUNDS.items(), strict=True):
        key = f"filter_{name}"
        st.session_state[key] = getattr(filters, field)
        place.number_input(
            words(f"traces.{name}"), min_value=0.0, key=key, format="%g",
            on_change=lambda field=field, key=key: _change(**{field: st.session_state[key]}),
        )  # fmt: skip
    st.session_state["filter_errors"] = filters.has_errors
    st.checkbox(
        words("traces.errors"), key="filter_errors",
        on_change=lambda: _change(has_errors=st.session_state["filter_errors"]),
    )  # fmt: skip
    panels.hint(words("traces.who"))


def _sort(filters: Filters, page: Page) -> None:
    key = "filter_sort"
    st.session_state[key] = filters.sort
    st.selectbox(
        page.words("traces.sort"), SORTS, key=key, format_func=lambda name: page.words(f"sort.{name}"),
        width=200,
        on_change=lambda: _change(sort=st.session_state[key]),
    )  # fmt: skip


def _order(filters: Filters, page: Page) -> None:
    key = "filter_descending"
    st.session_state[key] = filters.descending
    st.toggle(
        page.words("traces.descending"), key=key,
        on_change=lambda: _change(descending=st.session_state[key]),
    )  # fmt: skip


def _counted(value: str, *, found: dict[str, int], page: Page) -> str:
    return f"{value or page.words('by.none')} ({found.get(value, 0)})"
