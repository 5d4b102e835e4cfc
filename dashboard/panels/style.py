"""The stylesheet of our own markup, and the one way in which markup is written.

Markup is made of fixed templates into which text goes escaped (MarkupSafe); nothing that AgentOps
sends is ever read as markup.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from markupsafe import Markup

_STYLESHEET = Path(__file__).parent / "style.css"


def use_style() -> None:
    """Adds the stylesheet to the page; once per full run, from the frame."""
    st.html(_STYLESHEET)


def info(sentences: tuple[str, ...]) -> Markup:
    """A mark that shows `sentences` on hover and focus, and says them to screen readers; "" for none."""
    if not sentences:
        return Markup("")
    lines = Markup("").join(html("<span>{text}</span>", text=text) for text in sentences)
    return html(
        '<span class="ao-info" tabindex="0" role="note" aria-label="{spoken}">ⓘ'
        '<span role="tooltip">{lines}</span></span>',
        spoken=" ".join(sentences),
        lines=lines,
    )


def html(template: str, /, **values: object) -> Markup:
    """`template` with its placeholders filled: text escaped, :class:`Markup` as it is."""
    filled = Markup(template).format(**values)  # noqa: S704 - templates are our own, constant
    if filled.isascii():
        return filled
    # Half a surrogate pair is legal in JSON, but Streamlit's messages cannot carry it.
    return Markup(filled.encode(errors="replace").decode())  # noqa: S704 - only such halves changed
