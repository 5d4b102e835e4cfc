"""The dashboard as a frame of another page (``?embed=true``): a line of links instead of the sidebar, and
the height told to the parent.

``nav=none`` leaves the line and the sidebar away: the parent has a menu of its own, and says range, zone
and language in the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from ..components.frame_view import render_frame
from ..scope_state import current_scope, default_scope
from ..settings import dashboard_settings
from ..text import Words
from .notes import note
from .style import html

#: The parameter, its values, and where the session keeps it.
NAV = "nav"
NAVS = ("top", "none")
_KEPT = "frame_nav"

_STYLESHEET = Path(__file__).parent / "frame.css"


def sidebar_state() -> Literal["auto", "collapsed"]:
    """How the sidebar starts: out of the way inside a frame."""
    return "collapsed" if st.context.is_embedded else "auto"


def fit(page: st.Page, pages: Sequence[st.Page], words: Words) -> None:
    """Draws what an embedded page has above its content, and nothing where it is not embedded; once per
    full run, from the frame of every page.

    Args:
        page: the one that is shown.
        pages: the line's links, in this order; a page that is opened from others is not among them.
    """
    if not st.context.is_embedded:
        return
    st.html(_STYLESHEET)
    asked = _nav()
    links = () if asked == "none" else tuple(pages)
    if links:
        _bar(links, words)
    if asked not in NAVS:
        problem = words("scope.bad_parameter", parameter=NAV, value=asked[:80], expected=", ".join(NAVS))
        note(problem)
    render_frame(
        origins=origins(dashboard_settings().frame_ancestors),
        current=next((i for i, each in enumerate(links) if each.url_path == page.url_path), None),
        key="ao-frame-height",
    )


def _nav() -> str:
    """What the address says, or said when the session began: links within a session leave it out."""
    kept: str = st.session_state.get(_KEPT, "")
    asked = st.query_params.get(NAV, kept)
    if asked and NAV not in st.query_params:
        st.query_params[NAV] = asked  # for a reload
    st.session_state[_KEPT] = asked
    return asked or NAVS[0]


def _bar(pages: Sequence[st.Page], words: Words) -> None:
    view = current_scope().to_query(default_scope())
    with st.container(horizontal=True, key="ao-frame-bar"):
        # Streamlit's own button, which opens the sidebar, lies over these words and has a name of its own.
        st.html(
            html('<span class="ao-frame-view" aria-hidden="true">{text}</span>', text=words("frame.view"))
        )
        for page in pages:
            st.page_link(page, query_params=view)


def origins(frame_ancestors: str) -> list[str]:
    """Those of a CSP source list that name one origin, ``self`` for our own.

    A pattern (``https://*.example``, ``https:``, a port ``*``) names none.
    """
    found: list[str] = []
    for source in frame_ancestors.lower().split():
        parts = urlsplit(source)
        if source == "'self'":
            found.append("self")
        elif parts.scheme in ("http", "https") and parts.netloc and "*" not in parts.netloc:
            found.append(f"{parts.scheme}://{parts.netloc}")
    return found
