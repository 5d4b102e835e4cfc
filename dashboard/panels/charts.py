"""The one way in which a figure reaches the screen, and what the reader does with it comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from ..components.chart_view import LABELS, ChartEvents, render_chart
from ..figures import Figure
from ..figures.ticks import name_large_numbers
from ..text import Formats, Words
from .style import html, info


def over_time_in_words(
    title: str,
    values: pd.Series,
    *,
    start: datetime,
    end: datetime,
    zone: str,
    text: Callable[[float | None], str],
    words: Words,
    formats: Formats,
) -> str:
    """What a chart of one value a window says to whoever does not see it.

    Args:
        title: of the chart, with the unit.
        values: one a window, oldest first; NaN is not known.
        start, end: bounds of the range.
        zone: the time axis' title, which names the zone with its offset.
        text: turns a value into text.
        words, formats: the reader's.
    """
    known = values.dropna()
    said = {"title": title, "start": formats.moment(start), "end": formats.moment(end), "zone": zone}
    if known.empty:
        return words("chart.summary_empty", **said)
    return words(
        "chart.summary", points=len(values), highest=text(known.max()), lowest=text(known.min()),
        newest=text(known.iloc[-1]), **said,
    )  # fmt: skip


def chart(
    figure: Figure,
    key: str,
    *,
    title: str,
    description: str,
    words: Words,
    zone: str,
    height: int = 280,
    definition: tuple[str, ...] = (),
    group: str | None = None,
) -> tuple[datetime, datetime] | None:
    """Draws `figure` under `title`.

    Args:
        figure: what to draw; its x axis holds wall-clock time of `zone`.
        key: unique on the page; zoom and legend choices belong to it.
        title: a sentence of what is shown, with the unit.
        description: the same for a screen reader, with the most important values.
        words, zone: the reader's language and the axis' time zone.
        height: in pixels.
        definition: sentences behind the info mark.
        group: charts of one group zoom in step.

    Returns:
        The range (UTC, whole seconds) that the reader dragged and has not reset, or None.
    """
    events = _draw(
        figure, key, title=title, description=description, words=words, zone=zone, height=height,
        definition=definition, group=group, select=False,
    )  # fmt: skip
    if events.zoomed_range is None:
        return None
    start, end = (datetime.fromisoformat(moment) for moment in events.zoomed_range)
    return start, end


def selectable_chart(
    figure: Figure,
    key: str,
    *,
    title: str,
    description: str,
    words: Words,
    zone: str,
    height: int = 280,
    definition: tuple[str, ...] = (),
) -> tuple[str, ...] | None:
    """Draws `figure`, whose points carry an id each; the arguments are those of :func:`chart`.

    Returns:
        In the one run that a selection causes, the ids of the points selected; else None.
    """
    events = _draw(
        figure, key, title=title, description=description, words=words, zone=zone, height=height,
        definition=definition, group=None, select=True,
    )  # fmt: skip
    if not events.selected:
        return None
    return tuple(dict.fromkeys(str(p["customdata"]) for p in events.selected if p.get("customdata")))


def _draw(
    figure: Figure,
    key: str,
    *,
    title: str,
    description: str,
    words: Words,
    zone: str,
    height: int,
    definition: tuple[str, ...],
    group: str | None,
    select: bool,
) -> ChartEvents:
    name_large_numbers(figure, Formats(words.language, ZoneInfo(zone)).compact)
    st.html(html('<div class="ao-chart-title">{title}{mark}</div>', title=title, mark=info(definition)))
    return render_chart(
        figure,
        key=key,
        height=height,
        description=description,
        filename=key,
        on_range="rerun" if group else "ignore",
        on_select="rerun" if select else "ignore",
        group=group,
        zone=zone,
        locale=words.language,
        labels={name: words(f"chart.{name}") for name in LABELS},
    )
