"""The stylesheet of our own markup, and the one way in which markup is written.

Markup is made of fixed templates into which text goes escaped (MarkupSafe); nothing that AgentOps
sends is ever read as markup.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import Formatter

import streamlit as st
from markupsafe import Markup, escape

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
    # As Markup(template).format(**values), which takes six times as long, a thousand times a page.
    filled = "".join(
        literal if name is None else f"{literal}{escape(values[name])!s}"
        for literal, name in _pieces(template)
    )
    if filled.isascii():
        return Markup(filled)  # noqa: S704 - templates are our own, constant
    # Half a surrogate pair is legal in JSON, but Streamlit's messages cannot carry it.
    return Markup(filled.encode(errors="replace").decode())  # noqa: S704 - only such halves changed


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """Literals, each with the name of the placeholder behind it."""
    parsed = tuple(Formatter().parse(template))
    if any(spec or conversion for _, _, spec, conversion in parsed):
        raise ValueError(f"a template has plain placeholders only: {template!r}")
    return tuple((literal, name) for literal, name, _, _ in parsed)
