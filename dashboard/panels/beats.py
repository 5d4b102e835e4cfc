"""A row of small bars, one a minute: how a part of AgentOps has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from markupsafe import Markup

from .style import html

State = Literal["good", "bad", "mixed", "none"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A minute: its state (``mixed``: some tries failed, ``none``: nobody asked), and that in words."""

    state: State
    text: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One part of AgentOps: its name, its minutes from old to new, the sum in words, and whether that is
    good now."""

    name: str
    bars: tuple[Bar, ...]
    summary: str
    state: State


@dataclass(frozen=True, slots=True)
class Light:
    """A part of the stack: its state, its name, what it does in words, and its address."""

    state: State
    name: str
    text: str
    address: str


_SIGNS: dict[State, str] = {"good": "●", "bad": "✕", "mixed": "▲", "none": "○"}


def beats(rows: Sequence[BarRow], *, label: str, first: str, last: str) -> None:
    """Draws the rows; `first` and `last` are the ends of the time that they show."""
    st.html(beats_markup(rows, label=label, first=first, last=last))


def beats_markup(rows: Sequence[BarRow], *, label: str, first: str, last: str) -> Markup:
    """The markup of :func:`beats`. For screen readers a row is its summary."""
    return html(
        '<div class="ao-beats" role="list" aria-label="{label}">{rows}'
        '<div class="ends" aria-hidden="true"><span>{first}</span><span>{last}</span></div></div>',
        label=label,
        rows=Markup("").join(_row(row) for row in rows),
        first=first,
        last=last,
    )


def _row(row: BarRow) -> Markup:
    return html(
        '<div class="beat" role="listitem"><span class="name"><span class="sign {state}" aria-hidden="true">'
        '{sign}</span> {name}</span><span class="bars" aria-hidden="true">{bars}</span>'
        '<span class="sum">{summary}</span></div>',
        state=row.state,
        sign=_SIGNS[row.state],
        name=row.name,
        bars=Markup("").join(
            html('<i class="{state}" title="{text}"></i>', state=bar.state, text=bar.text) for bar in row.bars
        ),
        summary=row.summary,
    )


def lamps(found: Sequence[Light], *, label: str) -> None:
    """Draws lamps side by side; the address of each is in its title."""
    st.html(lamps_markup(found, label=label))


def lamps_markup(found: Sequence[Light], *, label: str) -> Markup:
    """The markup of :func:`lamps`."""
    items = Markup("").join(
        html(
            '<li title="{address}"><span class="sign {state}" aria-hidden="true">{sign}</span> <b>{name}</b>'
            "<small>{text}</small></li>",
            address=lamp.address,
            state=lamp.state,
            sign=_SIGNS[lamp.state],
            name=lamp.name,
            text=lamp.text,
        )
        for lamp in found
    )
    return html('<ul class="ao-lamps" aria-label="{label}">{items}</ul>', label=label, items=items)
