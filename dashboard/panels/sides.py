"""Figures that should agree, side by side, with the reasons why they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from .mark import Mood, mark
from .style import html, info


@dataclass(frozen=True)
class Side:
    """One of the figures.

    Attributes:
        label: whose figure it is.
        value: the figure; ``–`` when unknown.
        definition: sentences behind the info mark.
        exact: the exact value, shown on hover.
        difference: how far it is from the others, in words, or "".
        mood: judgement of the difference.
    """

    label: str
    value: str
    definition: tuple[str, ...] = ()
    exact: str = ""
    difference: str = ""
    mood: Mood = ""


@dataclass(frozen=True)
class Reason:
    """One reason for a difference: what it is, how much of it that explains, and more behind the mark."""

    what: str
    amount: str
    definition: tuple[str, ...] = ()


def side_by_side(sides: Sequence[Side], reasons: Sequence[Reason], *, label: str, title: str = "") -> None:
    """Draws the figures in one row (below each other on a phone) and the reasons under them.

    `label` names the whole for screen readers, `title` stands above the reasons.
    """
    st.html(sides_markup(sides, reasons, label=label, title=title))


def sides_markup(sides: Sequence[Side], reasons: Sequence[Reason], *, label: str, title: str = "") -> Markup:
    """The markup of :func:`side_by_side`."""
    why = Markup("")
    if reasons:
        why = html(
            '{title}<dl class="reasons">{rows}</dl>',
            title=html('<div class="why">{title}</div>', title=title) if title else "",
            rows=Markup("").join(_reason(reason) for reason in reasons),
        )
    return html(
        '<section class="ao-sides" aria-label="{label}"><dl class="figures">{sides}</dl>{why}</section>',
        label=label,
        sides=Markup("").join(_side(side) for side in sides),
        why=why,
    )


def _side(side: Side) -> Markup:
    return html(
        '<div><dt>{label}{mark}</dt><dd class="value" title="{exact}">{value}</dd>'
        '<dd class="difference">{difference}</dd></div>',
        label=side.label,
        mark=info(side.definition),
        exact=side.exact,
        value=side.value,
        difference=mark(side.difference, side.mood if side.difference else ""),
    )


def _reason(reason: Reason) -> Markup:
    return html(
        '<div><dt><span class="ao-text">{what}</span>{mark}</dt><dd>{amount}</dd></div>',
        what=reason.what,
        mark=info(reason.definition),
        amount=reason.amount,
    )
