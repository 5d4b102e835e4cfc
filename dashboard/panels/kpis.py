"""The row of key figures: label with its definition, value, change, sparkline."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from ..figures.palette import SERIES
from .style import html, info

#: The sparkline's coordinate system; the stylesheet gives it its size.
_WIDTH, _HEIGHT = 100.0, 24.0


@dataclass(frozen=True)
class Card:
    """One key figure, all in words.

    Attributes:
        label: what it is.
        value: the figure; ``–`` when unknown.
        definition: sentences behind the info mark; the first is the formula.
        note: a few words under the value (a rate's denominator), or "".
        change: how it changed, with arrow and word, or why that is not told.
        mood: ``"good"``, ``"bad"`` or ``""``, by meaning and not by sign.
        line: values for the sparkline, oldest first; NaN is a gap.
    """

    label: str
    value: str
    definition: tuple[str, ...]
    note: str = ""
    change: str = ""
    mood: str = ""
    line: Sequence[float] = ()


def kpi_row(cards: Sequence[Card], *, label: str) -> None:
    """Draws the cards in one row that wraps; `label` names it for screen readers."""
    body = Markup("").join(_card(card) for card in cards)
    st.html(
        html(
            '<section class="ao-kpis" aria-label="{label}"><div>{body}</div></section>',
            label=label,
            body=body,
        )
    )


def kpi_skeleton(labels: Sequence[str], *, label: str) -> None:
    """The same row, of the same height, while nothing is known yet."""
    card = (
        '<div class="ao-kpi"><div class="ao-kpi-label">{label}</div>'
        '<div class="ao-wait value"></div><div class="ao-wait line"></div></div>'
    )
    body = Markup("").join(html(card, label=text) for text in labels)
    st.html(
        html(
            '<section class="ao-kpis" aria-busy="true" aria-label="{label}"><div>{body}</div></section>',
            label=label,
            body=body,
        )
    )


def _card(card: Card) -> Markup:
    return html(
        '<div class="ao-kpi"><div class="ao-kpi-label">{label}{mark}</div>'
        '<div class="ao-kpi-value">{value}</div>'
        '<div class="ao-kpi-note">{note}</div>'
        '<div class="ao-kpi-change {mood}">{change}</div>{line}</div>',
        label=card.label,
        mark=info(card.definition),
        value=card.value,
        note=card.note,
        change=card.change,
        mood=card.mood,
        line=sparkline(card.line),
    )


def sparkline(values: Sequence[float]) -> Markup:
    """A line through `values` from zero up; gaps where they are NaN; "" without any value."""
    known = [v for v in values if not math.isnan(v)]
    if not known:
        return Markup("")
    top = max(known) or 1.0
    step = _WIDTH / max(len(values) - 1, 1)
    runs: list[list[str]] = [[]]
    for i, value in enumerate(values):
        if math.isnan(value):
            runs.append([])
        else:
            runs[-1].append(f"{i * step:.1f},{_HEIGHT - 1 - (_HEIGHT - 2) * max(value, 0.0) / top:.1f}")
    lines = "".join(_run(run) for run in runs if run)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="{_WIDTH:g}"'
        f' height="{_HEIGHT:g}" preserveAspectRatio="none" fill="none" stroke="{SERIES[0]}"'
        f' stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round">{lines}</svg>'
    )
    # Streamlit's sanitiser drops inline SVG; as an image it stays.
    return html(
        '<img class="line" alt="" src="data:image/svg+xml;base64,{data}">',
        data=base64.b64encode(drawing.encode()).decode(),
    )


def _run(points: list[str]) -> str:
    if len(points) == 1:
        points = points * 2  # a lone value: a dot, drawn by the round cap
    return f'<polyline vector-effect="non-scaling-stroke" points="{" ".join(points)}"/>'
