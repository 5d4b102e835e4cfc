"""A judgement as sign, word and colour; never by colour alone."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from .style import html

Mood = Literal["good", "fair", "bad", ""]

SIGNS: dict[Mood, str] = {"good": "●", "fair": "▲", "bad": "✕", "": ""}


def mark(text: str, mood: Mood) -> Markup:
    """`text` in the colour of `mood`, its sign in front; plain where there is no mood.

    The sign is hidden from screen readers, so `text` says the judgement in words.
    """
    if not mood:
        return html('<span class="ao-text">{text}</span>', text=text)
    return html(
        '<span class="ao-mark {mood}"><span class="sign" aria-hidden="true">{sign}</span> '
        '<span class="ao-text">{text}</span></span>',
        mood=mood,
        sign=SIGNS[mood],
        text=text,
    )
