"""The one way in which a figure reaches the screen."""

from __future__ import annotations

from datetime import datetime

import plotly.graph_objects as go
import streamlit as st

from ..components.chart_view import render_chart
from ..text import Words
from .style import html, info


def chart(
    figure: go.Figure,
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
    st.html(html('<div class="ao-chart-title">{title}{mark}</div>', title=title, mark=info(definition)))
    events = render_chart(
        figure,
        key=key,
        height=height,
        description=description,
        filename=key,
        on_range="rerun" if group else "ignore",
        group=group,
        zone=zone,
        locale=words.language,
        labels={name: words(f"chart.{name}") for name in ("download", "reset", "zoom_hint", "failed")},
    )
    if events.zoomed_range is None:
        return None
    start, end = (datetime.fromisoformat(moment) for moment in events.zoomed_range)
    return start, end
