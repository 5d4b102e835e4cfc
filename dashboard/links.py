"""Addresses of our own pages, with the reader's view in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st

from .scope_state import current_scope, default_scope

_PAGES = Path(__file__).parents[1] / "pages"


def trace_href(trace_id: str, **more: str) -> str:
    """The page of one trace, relative to any page, with the present scope and `more` parameters."""
    return trace_hrefs(**more)(trace_id)


def trace_hrefs(**more: str) -> Callable[[str], str]:
    """`trace_href` for many traces: what they have in common is written once."""
    rest = urlencode({**current_scope().to_query(default_scope()), **more})
    return lambda trace_id: f"trace?{urlencode({'trace': trace_id})}{'&' if rest else ''}{rest}"


def open_trace(trace_id: str, **more: str) -> NoReturn:
    """Goes to the page of `trace_href` within the session, without loading anything anew."""
    st.switch_page(_PAGES / "trace.py", query_params=_trace_query(trace_id, more))


def link_to_trace(trace_id: str, text: str, **more: str) -> None:
    """Draws a link to another trace that stays within the session."""
    st.page_link(_PAGES / "trace.py", label=text, query_params=_trace_query(trace_id, more))


def link_to_list(text: str, **more: str) -> None:
    """Draws a link to the list, likewise."""
    query = current_scope().to_query(default_scope()) | more
    st.page_link(_PAGES / "traces.py", label=text, query_params=query)


def _trace_query(trace_id: str, more: dict[str, str]) -> dict[str, str]:
    return {"trace": trace_id, **current_scope().to_query(default_scope()), **more}


def list_href(**more: str) -> str:
    """The list of traces, likewise."""
    return "traces?" + urlencode({**current_scope().to_query(default_scope()), **more})


def app_href(app_url: str, trace_id: str) -> str:
    """The same trace in AgentOps' own dashboard, as its SDK 0.4.21 prints it (``helpers/dashboard.py``)."""
    return f"{app_url.rstrip('/')}/sessions?{urlencode({'trace_id': trace_id})}"
