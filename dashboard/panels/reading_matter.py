"""Texts that others wrote (prompts, answers, tools' results, stack traces), always shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from .style import html

#: Longer texts are folded; longer ones still are cut on the screen, and whole in the export.
FOLDED_ABOVE, SHOWN_AT_MOST = 1_500, 100_000


@dataclass(frozen=True)
class Piece:
    """A stretch of text with what it is.

    Attributes:
        text: as it was written.
        label: what it is ("calls get_weather"), or "".
        mono: laid out, such as JSON or a stack trace.
    """

    text: str
    label: str = ""
    mono: bool = False


@dataclass(frozen=True)
class Entry:
    """A message, an input, an error: a heading and its pieces; `tone`, its role, colours its edge."""

    heading: str
    pieces: tuple[Piece, ...]
    tone: str = ""


@dataclass(frozen=True)
class Folding:
    """Words for folding: ``show_all`` with ``{n}`` characters, ``cut`` with ``{n}`` characters left out."""

    show_all: str
    cut: str


def entries(found: Sequence[Entry], *, folding: Folding, label: str) -> None:
    """Draws the entries below each other; `label` names them for screen readers."""
    st.html(entries_markup(found, folding=folding, label=label))


def entries_markup(found: Sequence[Entry], *, folding: Folding, label: str) -> Markup:
    """The markup of :func:`entries`."""
    body = Markup("").join(
        html(
            '<article class="ao-entry {tone}"><h3>{heading}</h3>{pieces}</article>',
            tone=entry.tone if entry.tone.isidentifier() else "",
            heading=entry.heading,
            pieces=Markup("").join(_piece(piece, folding) for piece in entry.pieces),
        )
        for entry in found
    )
    return html('<section class="ao-entries" aria-label="{label}">{body}</section>', label=label, body=body)


def pairs(found: Sequence[tuple[str, str]], *, folding: Folding, label: str) -> None:
    """Draws names with their values, such as a span's attributes."""
    st.html(pairs_markup(found, folding=folding, label=label))


def pairs_markup(found: Sequence[tuple[str, str]], *, folding: Folding, label: str) -> Markup:
    """The markup of :func:`pairs`."""
    rows = Markup("").join(
        html("<div><dt>{name}</dt><dd>{text}</dd></div>", name=name, text=_folded(text, folding, mono=True))
        for name, text in found
    )
    return html('<dl class="ao-pairs" aria-label="{label}">{rows}</dl>', label=label, rows=rows)


def _piece(piece: Piece, folding: Folding) -> Markup:
    head = html('<div class="what">{label}</div>', label=piece.label) if piece.label else Markup("")
    return head + _folded(piece.text, folding, mono=piece.mono)


def _folded(text: str, folding: Folding, *, mono: bool) -> Markup:
    kind = "said mono" if mono else "said"
    if len(text) <= FOLDED_ABOVE:
        return html('<div class="{kind}" dir="auto">{text}</div>', kind=kind, text=text)
    shown, left = text[:SHOWN_AT_MOST], len(text) - SHOWN_AT_MOST
    cut = html('<p class="cut">{text}</p>', text=folding.cut.format(n=f"{left:,}")) if left > 0 else ""
    return html(
        '<details class="{kind}"><summary><span dir="auto">{start} …</span> <b>{more}</b></summary>'
        '<div dir="auto">{text}</div>{cut}</details>',
        kind=kind,
        start=text[:400],
        more=folding.show_all.format(n=f"{len(text):,}"),
        text=shown,
        cut=cut,
    )
