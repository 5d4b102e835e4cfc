"""Sentences beside figures: what a reader must know, and what there is to say instead of a figure."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from .style import html


def note(text: str) -> None:
    """Draws a marked sentence that a reader must not miss."""
    st.html(html('<p class="ao-note" role="note">▲ {text}</p>', text=text))


def hint(text: str) -> None:
    """Draws a quiet sentence."""
    st.html(html('<p class="ao-hint">{text}</p>', text=text))


def links(found: Sequence[tuple[str, str]], *, note: str, label: str) -> None:
    """Draws a line of links, given as address (ours, or one from the settings) and words, and a note."""
    body = Markup(" ").join(html('<a href="{href}">{text}</a>', href=href, text=text) for href, text in found)
    st.html(
        html(
            '<nav class="ao-links" aria-label="{label}">{body} <span>{note}</span></nav>',
            label=label,
            body=body,
            note=note,
        )
    )
