"""Spend against a budget as one bar."""

from __future__ import annotations

import math

import streamlit as st
from markupsafe import Markup

from .mark import Mood, mark
from .style import html

#: Beyond the budget, the bar keeps this much room behind its longest part.
_ROOM = 1.06


def meter(
    *,
    label: str,
    spent: float,
    budget: float,
    projected: float = math.nan,
    spent_text: str,
    budget_text: str,
    projected_text: str = "",
    status: str = "",
    mood: Mood = "",
) -> None:
    """Draws what was spent (solid), what is expected by the period's end (hatched) and the budget (a mark).

    Args:
        label: what the budget is for, said to screen readers; the heading above says it to all others.
        spent, budget, projected: in one unit; NaN when unknown. What lies beyond the budget is red.
        spent_text, budget_text, projected_text: the same in words, as the key under the bar.
        status, mood: the judgement, in words and by meaning.

    Raises:
        ValueError: `budget` is not a positive number; without a budget there is nothing to measure against.
    """
    st.html(
        meter_markup(
            label=label,
            spent=spent,
            budget=budget,
            projected=projected,
            spent_text=spent_text,
            budget_text=budget_text,
            projected_text=projected_text,
            status=status,
            mood=mood,
        )
    )


def meter_markup(
    *,
    label: str,
    spent: float,
    budget: float,
    projected: float = math.nan,
    spent_text: str,
    budget_text: str,
    projected_text: str = "",
    status: str = "",
    mood: Mood = "",
) -> Markup:
    """The markup of :func:`meter`; positions are shares of the bar's length."""
    if not (math.isfinite(budget) and budget > 0):
        raise ValueError(f"not a budget: {budget}")
    known = [value for value in (spent, projected) if math.isfinite(value)]
    longest = max([budget, *known])
    end = budget if longest == budget else longest * _ROOM
    texts = (("spent", spent_text), ("projected", projected_text), ("budget", budget_text))
    key = Markup("").join(
        html('<span class="{kind}"><i aria-hidden="true"></i>{text}</span>', kind=kind, text=text)
        for kind, text in texts
        if text
    )
    role = Markup('role="img"')  # a meter must have a value
    if math.isfinite(spent):
        role = html(
            'role="meter" aria-valuemin="0" aria-valuemax="{end}" aria-valuenow="{spent}"'
            ' aria-valuetext="{spoken}"',
            end=f"{end:.6g}",
            spent=f"{max(spent, 0.0):.6g}",
            spoken=", ".join(text for _, text in (*texts, ("status", status)) if text),
        )
    return html(
        '<div class="ao-meter"><div class="top">{status}</div>'
        '<div class="track" {role} aria-label="{label}">{parts}'
        '<span class="limit" style="--ao-from:{limit}"></span></div><div class="key">{key}</div></div>',
        label=label,
        status=mark(status, mood) if status else "",
        role=role,
        parts=_parts(spent, projected, budget, end),
        limit=f"{budget / end:.4f}",
        key=key,
    )


def _parts(spent: float, projected: float, budget: float, end: float) -> Markup:
    """The stretches of the bar, each cut in two where it crosses the budget."""
    done = max(spent, 0.0) if math.isfinite(spent) else 0.0
    stretches = [("spent", 0.0, done)]
    if math.isfinite(projected):
        stretches.append(("projected", done, projected))
    parts = Markup("")
    for kind, start, stop in stretches:
        for name, left, right in (
            (kind, start, min(stop, budget)),
            (f"{kind} over", max(start, budget), stop),
        ):
            if right > left:
                parts += html(
                    '<span class="part {name}" style="--ao-from:{left};--ao-to:{right}"></span>',
                    name=name,
                    left=f"{left / end:.4f}",
                    right=f"{right / end:.4f}",
                )
    return parts
