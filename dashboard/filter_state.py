"""The session's filters of the list of traces, and the address, which mirrors them.

As with the scope: the filters in the session are the truth; an address that changed from outside (a link,
*Back*) replaces them.
"""

from __future__ import annotations

import streamlit as st

from .filters import PARAMETERS, Filters
from .scope import Problem

_OF_A_TRACE = ("trace", "span", "view", "with", "steps", "steps_by")
_FILTERS, _URL, _PROBLEMS = "filters", "filters_url", "filters_problems"


def current_filters() -> Filters:
    """The session's filters; on first use, and when the address changed, read from the address."""
    address = {name: st.query_params[name] for name in PARAMETERS if name in st.query_params}
    stored = st.session_state.get(_FILTERS)
    # After a switch of pages the address is bare; that is no wish for the default.
    if stored is None or (address != st.session_state.get(_URL) and address):
        stored, problems = Filters.from_query(address)
        st.session_state[_FILTERS] = stored
        st.session_state[_PROBLEMS] = problems
        st.session_state[_URL] = address
    return stored


def filter_problems() -> tuple[Problem, ...]:
    """What of the address could not be used, until the reader changes a filter."""
    return st.session_state.get(_PROBLEMS, ())  # type: ignore[no-any-return]


def choose_filters(filters: Filters) -> None:
    """Makes `filters` the session's and writes them into the address."""
    st.session_state[_FILTERS] = filters
    st.session_state[_PROBLEMS] = ()


def write_filters() -> None:
    """Mirrors the filters in the address; the view's parameters stay, those of the trace's page, which
    *Back* brings along, do not."""
    wanted = current_filters().to_query()
    present = {name: st.query_params[name] for name in PARAMETERS if name in st.query_params}
    if present != wanted or any(name in st.query_params for name in _OF_A_TRACE):
        kept = [name for name in st.query_params if name not in (*PARAMETERS, *_OF_A_TRACE)]
        others = {name: st.query_params.get_all(name) for name in kept}
        st.query_params.from_dict({**others, **wanted})
    st.session_state[_URL] = wanted
