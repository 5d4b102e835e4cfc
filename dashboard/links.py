"""Addresses of our own pages, with the reader's view in them."""

from __future__ import annotations

from urllib.parse import urlencode

from .scope_state import current_scope, default_scope


def trace_href(trace_id: str, **more: str) -> str:
    """The page of one trace, relative to any page, with the present scope and `more` parameters."""
    return "trace?" + urlencode({"trace": trace_id, **current_scope().to_query(default_scope()), **more})


def list_href(**more: str) -> str:
    """The list of traces, likewise."""
    return "traces?" + urlencode({**current_scope().to_query(default_scope()), **more})


def app_href(app_url: str, trace_id: str) -> str:
    """The same trace in AgentOps' own dashboard, as its SDK 0.4.21 prints it (``helpers/dashboard.py``)."""
    return f"{app_url.rstrip('/')}/sessions?{urlencode({'trace_id': trace_id})}"
