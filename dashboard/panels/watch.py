"""What can be read from three metres: a verdict in one sentence, and large tiles with a level each.

A level is always sign, word and colour together.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st
from markupsafe import Markup

from ..figures.palette import SERIES, UNKNOWN
from .style import html, info

Level = Literal["ok", "warning", "critical", "unknown"]

SIGNS: dict[Level, str] = {"ok": "●", "warning": "▲", "critical": "✕", "unknown": "○"}

_STYLESHEET = Path(__file__).parent / "watch.css"
#: The sparkline's coordinate system; the stylesheet gives it its size.
_WIDTH, _HEIGHT = 100.0, 30.0


@dataclass(frozen=True)
class Tile:
    """One figure, all in words.

    Attributes:
        label: what it is.
        value: the figure with its unit; ``–`` when unknown.
        level, word: the judgement, and how it is called.
        notes: a line each under the value: its n, its limits, since when.
        definition: sentences behind the info mark.
        line: values of the sparkline, oldest first; NaN is a gap.
        limit: drawn as a dashed line across the sparkline; None for none.
    """

    label: str
    value: str
    level: Level
    word: str
    notes: tuple[str, ...] = ()
    definition: tuple[str, ...] = ()
    line: Sequence[float] = ()
    limit: float | None = None


def use_watch_style() -> None:
    """Adds the stylesheet of this page; once per full run, outside of fragments."""
    st.html(_STYLESHEET)


def verdict_banner(
    level: Level, word: str, headline: str, more: Sequence[tuple[Level, str]] = (), *, kiosk: bool = False
) -> None:
    """Draws the verdict.

    Args:
        level, word: the judgement, and how it is called.
        headline: one sentence: what is wrong, since when, and why.
        more: further findings, each with its level.
        kiosk: leaves navigation and foot away and fills the screen, as long as the banner stands.
    """
    lines = Markup("").join(
        html(
            '<li class="{level}"><span class="sign" aria-hidden="true">{sign}</span> {text}</li>',
            level=of,
            sign=SIGNS[of],
            text=html('<span class="ao-text">{text}</span>', text=text),
        )
        for of, text in more
    )
    st.html(
        html(
            '<section class="ao-watch ao-verdict {level}{kiosk}" role="{role}">'
            '<p class="word"><span class="sign" aria-hidden="true">{sign}</span> {word}</p>'
            '<h2 class="ao-text">{headline}</h2>{more}</section>',
            level=level,
            kiosk=" kiosk" if kiosk else "",
            role="alert" if level == "critical" else "status",
            sign=SIGNS[level],
            word=word,
            headline=headline,
            more=html("<ul>{lines}</ul>", lines=lines) if more else "",
        )
    )


def watch_tiles(tiles: Sequence[Tile], *, label: str) -> None:
    """Draws the tiles in one row that wraps; `label` names it for screen readers."""
    body = Markup("").join(_tile(tile) for tile in tiles)
    st.html(
        html(
            '<section class="ao-watch ao-tiles" aria-label="{label}"><div>{body}</div></section>',
            label=label,
            body=body,
        )
    )


def _tile(tile: Tile) -> Markup:
    notes = Markup("").join(html('<p class="note">{text}</p>', text=text) for text in tile.notes)
    return html(
        '<article class="ao-tile {level}"><h3>{label}{mark}</h3>'
        '<p class="level"><span class="sign" aria-hidden="true">{sign}</span> {word}</p>'
        '<p class="value" style="--ao-chars:{chars}">{value}</p>{notes}{line}</article>',
        level=tile.level,
        label=tile.label,
        mark=info(tile.definition),
        sign=SIGNS[tile.level],
        word=tile.word,
        chars=len(tile.value),
        value=tile.value,
        notes=notes,
        line=_line(tile.line, tile.limit),
    )


def _line(values: Sequence[float], limit: float | None) -> Markup:
    """A line through `values` from zero up with the limit across it; "" without any value.

    A limit far above all values would press them flat, so the line is drawn only where it is near.
    """
    known = [v for v in values if not math.isnan(v)]
    if not known:
        return Markup("")
    top = max(known)
    shown = limit is not None and limit <= 3 * top
    top = max(top, limit or 0.0) if shown else top
    step = _WIDTH / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return _HEIGHT - 1.5 - (_HEIGHT - 3) * max(value, 0.0) / (top or 1.0)

    runs: list[list[str]] = [[]]
    for i, value in enumerate(values):
        if math.isnan(value):
            runs.append([])
        else:
            runs[-1].append(f"{i * step:.1f},{y(value):.1f}")
    stroke = 'vector-effect="non-scaling-stroke"'
    # a lone value is doubled to a dot, which the round cap draws
    drawn = "".join(
        f'<polyline {stroke} points="{" ".join(run * 2 if len(run) == 1 else run)}"/>' for run in runs if run
    )
    if shown and limit is not None:
        drawn += (
            f'<line {stroke} x1="0" x2="{_WIDTH:g}" y1="{y(limit):.1f}" y2="{y(limit):.1f}"'
            f' stroke="{UNKNOWN}" stroke-width="1.5" stroke-dasharray="5 4"/>'
        )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="{_WIDTH:g}"'
        f' height="{_HEIGHT:g}" preserveAspectRatio="none" fill="none" stroke="{SERIES[0]}"'
        f' stroke-width="2" stroke-linejoin="round" stroke-linecap="round">{drawn}</svg>'
    )
    # Streamlit's sanitiser drops inline SVG; as an image it stays.
    return html(
        '<img class="line" alt="" src="data:image/svg+xml;base64,{data}">',
        data=base64.b64encode(drawing.encode()).decode(),
    )
