"""Our own mistakes on the screen: said plainly, never dressed up as an outage of AgentOps."""

from __future__ import annotations

import logging

import streamlit as st

from .scope_state import current_scope
from .text import Words

log = logging.getLogger("dashboard")


def show_bug(error: Exception) -> bool:
    """Logs `error` and says in the page that the dashboard failed. For ``st.App(on_script_error=…)``."""
    log.error("a page failed", exc_info=error)
    st.error(Words(current_scope().language)("app.bug"))
    return True
