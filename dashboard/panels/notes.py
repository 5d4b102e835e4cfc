"""Sentences beside figures: what a reader must know, and what there is to say instead of a figure."""

from __future__ import annotations

import streamlit as st

from .style import html


def note(text: str) -> None:
    """Draws a marked sentence that a reader must not miss."""
    st.html(html('<p class="ao-note" role="note">▲ {text}</p>', text=text))


def hint(text: str) -> None:
    """Draws a quiet sentence."""
    st.html(html('<p class="ao-hint">{text}</p>', text=text))
