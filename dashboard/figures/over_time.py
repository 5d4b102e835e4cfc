"""Cost, tokens and traces over time, one point or bar a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from . import palette
from .figure import Figure
from .template import base
from .time_axis import TimeAxis
from .windowed import Band, Format, alone, finished, middles, texts, widths_ms


def cost_over_time(
    windows: pd.DataFrame,
    *,
    axis: TimeAxis,
    name: str,
    y_title: str,
    usd: Format,
    bands: Sequence[Band] = (),
) -> Figure:
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
    figure = base(axis, y_title, y_prefix="$")
    cost = windows["cost_usd"]
    centres = middles(windows, axis)
    x, y = _area(centres, cost.to_numpy())
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=palette.faded(palette.BLUE, 0.12),
        hoverinfo="skip",
        showlegend=False,
    )
    if windows["open"].any() and len(windows) > 1:
        # The newest bucket is not over: its low value is no fall.
        figure.add_scatter(
            x=centres[-2:],
            y=cost.to_numpy()[-2:],
            mode="lines",
            line={"color": palette.BLUE, "width": 2, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
    closed = cost.where(~windows["open"])
    figure.add_scatter(
        x=centres,
        y=closed.to_numpy(),
        mode="lines",
        line={"color": palette.BLUE, "width": 2},
        connectgaps=False,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=centres,
        y=cost.to_numpy(),
        name=name,
        mode="lines+markers",
        line={"color": palette.BLUE, "width": 0},
        marker={"size": np.where(alone(cost), 6, 0), "color": palette.BLUE, "line": {"width": 0}},
        connectgaps=False,
        customdata=texts(cost, usd),
        hovertemplate="%{customdata}<extra>" + name + "</extra>",
    )
    figure.update_layout(showlegend=False, margin={"t": 14})
    return finished(figure, windows, axis, bands, centres=centres)


def tokens_over_time(
    windows: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    count: Format,
    bands: Sequence[Band] = (),
) -> Figure:
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
) -> Figure:
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
) -> Figure:
    figure = base(axis, y_title)
    centres, widths = middles(windows, axis), widths_ms(windows)
    for part, name in names.items():
        values = parts[part]
        marker: dict[str, object] = {"color": colours[part], "line": {"width": 0}}
        if part in hatched:
            marker["pattern"] = palette.hatch(hatched[part])
        if part == "cache_read":  # so faint a blue shows on white by its dots alone
            marker["pattern"] = {**palette.hatch("."), "fgcolor": palette.BLUE}
        figure.add_bar(
            x=centres,
            y=values.to_numpy(),
            width=widths,
            name=name,
            marker=marker,
            customdata=texts(values, count),
            hovertemplate="%{customdata}<extra>" + name + "</extra>",
        )
    figure.update_layout(barmode="stack")
    if parts[list(names)].sum(axis=1).max() < 10:
        figure.update_yaxes(dtick=1, tickformat="d")  # no half traces
    return finished(figure, windows, axis, bands, centres=centres)


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
