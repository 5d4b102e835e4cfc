"""Cost, tokens and traces over time, one point or bar a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from . import palette
from .template import base
from .time_axis import TimeAxis

Format = Callable[[float], str]


@dataclass(frozen=True)
class Band:
    """A stretch of time to mark behind the data, with a few words at its top."""

    start: datetime
    end: datetime
    label: str


def cost_over_time(
    windows: pd.DataFrame,
    *,
    axis: TimeAxis,
    name: str,
    y_title: str,
    usd: Format,
    bands: Sequence[Band] = (),
) -> go.Figure:
    """Cost of each window as a line over the windows' middles, dotted into the bucket still open.

    Args:
        windows: columns ``start``, ``end`` (UTC), ``open`` (not over yet), ``cost_usd`` (NaN leaves a
            gap) and ``label`` (the window in words, for the hover).
        axis: the time axis.
        name, y_title: of the series and of the y axis, with its unit.
        usd: turns an amount into text.
        bands: failed stretches.

    Returns:
        A figure; without any known cost its line is empty, not zero.
    """
    figure = base(axis, y_title, y_format="~g", y_prefix="$")
    cost = windows["cost_usd"]
    x, y = _area(_middles(windows, axis), cost.to_numpy())
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=palette.faded(palette.BLUE, 0.12),
            hoverinfo="skip",
            showlegend=False,
        )
    )
    middles = _middles(windows, axis)
    if windows["open"].any() and len(windows) > 1:
        # The newest bucket is not over: its low value is no fall.
        figure.add_trace(
            go.Scatter(
                x=middles[-2:],
                y=cost.to_numpy()[-2:],
                mode="lines",
                line={"color": palette.BLUE, "width": 2, "dash": "dot"},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    closed = cost.where(~windows["open"])
    figure.add_trace(
        go.Scatter(
            x=middles,
            y=closed.to_numpy(),
            mode="lines",
            line={"color": palette.BLUE, "width": 2},
            connectgaps=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=middles,
            y=cost.to_numpy(),
            name=name,
            mode="lines+markers",
            line={"color": palette.BLUE, "width": 0},
            marker={"size": np.where(_alone(cost), 6, 0), "color": palette.BLUE, "line": {"width": 0}},
            connectgaps=False,
            customdata=_texts(cost, usd),
            hovertemplate="%{customdata}<extra>" + name + "</extra>",
        )
    )
    figure.update_layout(showlegend=False, margin_t=14)
    return _finished(figure, windows, axis, bands)


def tokens_over_time(
    windows: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    count: Format,
    bands: Sequence[Band] = (),
) -> go.Figure:
    """Tokens of each window, stacked by part.

    Args:
        windows: columns ``start``, ``end`` (UTC), ``label``.
        parts: same index, one column a part in stacking order; NaN or absent draws nothing.
        names: of the parts, for the legend; parts without a name are left out.
        y_title, axis, bands: as in :func:`cost_over_time`.
        count: turns a number of tokens into text.
    """
    return _stacked(
        windows, parts, colours=palette.TOKEN_COLOURS, hatched={"reasoning": "/"},
        axis=axis, names=names, y_title=y_title, count=count, bands=bands,
    )  # fmt: skip


def outcomes_over_time(
    windows: pd.DataFrame,
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    count: Format,
    bands: Sequence[Band] = (),
) -> go.Figure:
    """Traces of each window by outcome, stacked; indeterminate ones hatched, never red.

    Args:
        windows: columns ``start``, ``end`` (UTC), ``label``, ``success``, ``failed``,
            ``indeterminate``.
        names, y_title, axis, count, bands: as in :func:`tokens_over_time`.
    """
    parts = windows[["success", "failed", "indeterminate"]]
    return _stacked(
        windows, parts, colours=palette.OUTCOME_COLOURS, hatched={"indeterminate": "/", "failed": "x"},
        axis=axis, names=names, y_title=y_title, count=count, bands=bands,
    )  # fmt: skip


def _stacked(
    windows: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    colours: Mapping[str, str],
    hatched: Mapping[str, str],
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    count: Format,
    bands: Sequence[Band],
) -> go.Figure:
    figure = base(axis, y_title, y_format="~s")
    middles, widths = _middles(windows, axis), _widths_ms(windows)
    for part, name in names.items():
        values = parts[part]
        marker: dict[str, object] = {"color": colours[part], "line": {"width": 0}}
        if part in hatched:
            marker["pattern"] = {"shape": hatched[part], "size": 5, "solidity": 0.25, "fillmode": "overlay"}
        figure.add_trace(
            go.Bar(
                x=middles,
                y=values.to_numpy(),
                width=widths,
                name=name,
                marker=marker,
                customdata=_texts(values, count),
                hovertemplate="%{customdata}<extra>" + name + "</extra>",
            )
        )
    figure.update_layout(barmode="stack")
    if parts[list(names)].sum(axis=1).max() < 10:
        figure.update_yaxes(dtick=1, tickformat="d")  # no half traces
    return _finished(figure, windows, axis, bands)


def _finished(figure: go.Figure, windows: pd.DataFrame, axis: TimeAxis, bands: Sequence[Band]) -> go.Figure:
    # A unified hover box is headed by the position on the axis, the middle of the window; readers
    # want its bounds. An invisible line on the floor of the chart says them instead.
    figure.update_xaxes(unifiedhovertitle={"text": " "})
    figure.add_trace(
        go.Scatter(
            x=_middles(windows, axis),
            y=np.zeros(len(windows)),
            mode="lines",
            line={"width": 0},
            showlegend=False,
            customdata=windows["label"].to_numpy(dtype=object),
            hovertemplate="%{customdata}<extra></extra>",
        )
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


def _middles(windows: pd.DataFrame, axis: TimeAxis) -> np.ndarray:
    starts, ends = axis.positions(windows["start"]), axis.positions(windows["end"])
    return (starts + (ends - starts) / 2).dt.floor("ms").to_numpy(dtype="datetime64[ms]")


def _area(x: np.ndarray, y: np.ndarray) -> tuple[list[object], list[float | None]]:
    """Outline of the area under each unbroken run of `y`; plotly's own fill would bridge the gaps."""
    xs: list[object] = []
    ys: list[float | None] = []
    known = ~np.isnan(y)
    for run in np.split(np.arange(len(y)), np.flatnonzero(np.diff(known)) + 1):
        if len(run) > 1 and known[run[0]]:
            xs += [x[run[0]], *x[run], x[run[-1]], None]
            ys += [0.0, *y[run].tolist(), 0.0, None]
    return xs, ys


def _widths_ms(windows: pd.DataFrame) -> np.ndarray:
    return ((windows["end"] - windows["start"]).dt.total_seconds() * 880).to_numpy()


def _alone(values: pd.Series) -> np.ndarray:
    """Points with a gap on both sides: a line through them would not show."""
    known = values.notna()
    return (known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)).to_numpy()


def _texts(values: pd.Series, text: Format) -> np.ndarray:
    return np.array([text(value) for value in values], dtype=object)
