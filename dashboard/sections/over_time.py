"""Windows and axes of charts over time that live on spans, and the one way in which they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from .. import figures, panels
from ..panels import Page
from ..panels.charts import over_time_in_words
from ..queries.spans import SpanRange
from .alerts import chart_bands


@dataclass(frozen=True)
class Frame:
    """The windows of a page in words, and their axis.

    Attributes:
        windows: ``start``, ``end`` (UTC), ``open``, ``label``; one row a window, oldest first.
        axis: their time axis.
        per: the bucket in words ("per hour").
        bands: outages and alerts behind the data.
    """

    windows: pd.DataFrame
    axis: figures.TimeAxis
    per: str
    bands: Sequence[figures.Band]


def frame_of(span: SpanRange, page: Page) -> Frame:
    """The windows of the page's range."""
    grid, formats = span.grid, page.formats
    rows = [(w.start, w.end, w.end > grid.now) for w in grid.windows]
    windows = pd.DataFrame(rows, columns=["start", "end", "open"])
    labels = [formats.span(start, end) for start, end, _ in rows]
    told = [
        page.words("chart.open_window", window=label) if is_open else label
        for label, (*_, is_open) in zip(labels, rows, strict=True)
    ]
    windows["label"] = told
    name = formats.zone_name(grid.windows[0].start, grid.windows[-1].end)
    axis = figures.TimeAxis.of(windows["start"], windows["end"], page.scope.tz, name)
    bands = chart_bands(grid.whole.start, grid.whole.end, page)
    return Frame(windows, axis, page.words(f"per.{grid.bucket}"), bands)


def per_window(answer: pd.DataFrame, frame: Frame, column: str) -> pd.Series:
    """One column of an answer by ``bucket``, spread over all windows; NaN where there is none."""
    values = answer.set_index("bucket")[column]
    return values.reindex(range(len(frame.windows)))


def draw(
    figure: figures.Figure,
    key: str,
    page: Page,
    frame: Frame,
    *,
    title: str,
    definition: Sequence[str],
    values: pd.Series,
    text: Callable[[float | None], str],
    height: int = 280,
) -> None:
    """Puts a figure over time on the screen; `values` and `text` tell a screen reader what it shows."""
    words, formats = page.words, page.formats
    described = over_time_in_words(
        title, values, start=frame.axis.start, end=frame.axis.end, zone=frame.axis.title, text=text,
        words=words, formats=formats,
    )  # fmt: skip
    scope = page.scope
    # Zoom lasts while the reader looks at the same range, not longer.
    figure.update_layout(uirevision=f"{scope.range} {scope.start} {scope.end} {scope.zone} {key}")
    panels.chart(
        figure, key, title=title, description=described, definition=tuple(definition), words=words,
        zone=frame.axis.zone.key, height=height,
    )  # fmt: skip
