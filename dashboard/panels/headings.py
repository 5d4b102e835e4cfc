"""Headings of a page's sections."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from .style import html, info


def section(title: str, definition: tuple[str, ...] = (), note: str = "") -> None:
    """Draws a second-level heading; `definition` stands behind its info mark, `note` beside it."""
    st.html(section_markup(title, definition, note))


def section_markup(title: str, definition: tuple[str, ...] = (), note: str = "") -> Markup:
    """The markup of :func:`section`."""
    return html(
        '<div class="ao-section"><h2>{title}</h2>{mark}{note}</div>',
        title=title,
        mark=info(definition),
        note=html('<span class="note">{note}</span>', note=note) if note else "",
    )
