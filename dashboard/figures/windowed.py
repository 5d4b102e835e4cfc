"""What figures with one mark a window share: where the marks stand, the hover's head, failed stretches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from . import palette
from .figure import Figure
from .time_axis import TimeAxis

Format = Callable[[float], str]


@dataclass(frozen=True)
class Band:
    """A stretch of time to mark behind the data, with a few words at its top."""

    start: datetime
    end: datetime
    label: str


def finished(
    figure: Figure, windows: pd.DataFrame, axis: TimeAxis, bands: Sequence[Band], *, centres: np.ndarray
) -> Figure:
    """`figure` with the windows' ``label`` as head of the unified hover and with `bands` behind the data;
    `centres` are the :func:`middles` of the windows."""
    # A unified hover box is headed by the position on the axis, the middle of the window; readers
    # want its bounds. An invisible line on the floor of the chart says them instead.
    figure.update_xaxes(unifiedhovertitle={"text": " "})
    figure.add_scatter(
        x=centres,
        y=np.zeros(len(windows)),
        mode="lines",
        line={"width": 0},
        showlegend=False,
        customdata=windows["label"].to_numpy(dtype=object),
        hovertemplate="%{customdata}<extra></extra>",
    )
    for band in bands:
        left, right = (axis.position(m) for m in (band.start, band.end))
        figure.add_shape(
            type="rect", x0=left, x1=right, y0=0, y1=1, yref="paper", layer="below",
            fillcolor=palette.BAND, line={"width": 0},
        )  # fmt: skip
        figure.add_annotation(
            x=left + (right - left) / 2, y=1, yref="paper", yanchor="top", showarrow=False,
            text=band.label, font={"size": 11},
        )  # fmt: skip
    return figure


def middles(windows: pd.DataFrame, axis: TimeAxis) -> np.ndarray:
    """The windows' middles on `axis`."""
    starts, ends = (
        axis.positions(windows[bound]).to_numpy(dtype="datetime64[ms]") for bound in ("start", "end")
    )
    middle: np.ndarray = starts + (ends - starts) // 2
    return middle


def widths_ms(windows: pd.DataFrame) -> np.ndarray:
    """Widths of the windows' bars: a little less than the windows, in milliseconds."""
    return ((windows["end"] - windows["start"]).dt.total_seconds() * 880).to_numpy()


def alone(values: pd.Series) -> np.ndarray:
    """Points with a gap on both sides: a line through them would not show."""
    known = values.notna()
    return (known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)).to_numpy()


def texts(values: pd.Series, text: Format) -> np.ndarray:
    """Each value as text, for ``customdata``."""
    return np.array([text(value) for value in values], dtype=object)
