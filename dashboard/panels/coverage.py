"""How much of what exists the figures were made from, and how far reading has come."""

from __future__ import annotations

import math
from typing import Literal

import streamlit as st
from markupsafe import Markup

from .style import html, info

Coverage = Literal["complete", "partial", "reading", "waiting", "off"]

_SIGNS: dict[Coverage, str] = {
    "complete": "●",
    "partial": "▲",
    "reading": "◐",
    "waiting": "○",
    "off": "–",
}


def coverage_badge(text: str, state: Coverage, detail: tuple[str, ...] = (), *, word: str) -> None:
    """Draws a small line that says what was read.

    Args:
        text: in figures ("1,180 of 1,188 traces read; 8 too new").
        state: how good that is.
        detail: sentences behind the info mark.
        word: the state in the reader's language.
    """
    st.html(coverage_markup(text, state, detail, word=word))


def coverage_markup(text: str, state: Coverage, detail: tuple[str, ...] = (), *, word: str) -> Markup:
    """The markup of :func:`coverage_badge`."""
    return html(
        '<div class="ao-coverage {state}"><span class="pill">'
        '<span class="sign" aria-hidden="true">{sign}</span> {word}</span> '
        '<span class="ao-text">{text}</span>{mark}</div>',
        state=state,
        sign=_SIGNS[state],
        word=word,
        text=text,
        mark=info(detail),
    )


def progress_line(share: float | None, text: str) -> None:
    """Draws a thin bar with words under it; of the same height whatever they are.

    Args:
        share: what is done, 0 to 1; None or NaN while that is unknown.
        text: the same in words ("640 of 1,188 traces read").
    """
    st.html(progress_markup(share, text))


def progress_markup(share: float | None, text: str) -> Markup:
    """The markup of :func:`progress_line`."""
    if share is None or math.isnan(share):
        bar = html('<div class="line unknown" role="progressbar" aria-label="{text}"></div>', text=text)
    else:
        done = min(max(share, 0.0), 1.0)
        bar = html(
            '<div class="line" role="progressbar" aria-label="{text}" aria-valuemin="0" aria-valuemax="100"'
            ' aria-valuenow="{percent}" aria-valuetext="{text}" style="--ao-share:{share}"></div>',
            text=text,
            percent=math.floor(done * 100),  # 100 only when all is done
            share=f"{done:.4f}",
        )
    return html('<div class="ao-progress">{bar}<div class="words">{text}</div></div>', bar=bar, text=text)
