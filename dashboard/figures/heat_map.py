"""Weekday by hour as a map of one hue: bars of one height, for plotly's small bundle draws no heat map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure
from .template import canvas
from .windowed import Format

_FAINTEST = 0.08  # of a cell whose value is 0: it did occur
_STEPS = 5  # of the key above the map


def heat_map(
    frame: pd.DataFrame, *, days: Sequence[str], hours: Sequence[str], x_title: str, text: Format
) -> Figure:
    """A cell for each hour of the week, the darker the higher its value; no cell where none occurred.

    Args:
        frame: one row a weekday in the order of `days`, one column an hour in the order of `hours`; NaN
            is an hour that the range does not hold, 0 one in which nothing happened.
        days: names of the weekdays, top to bottom.
        hours: names of the hours ("00:00"), all for the hover, every third for the axis.
        x_title: of the hours, with the zone.
        text: turns a value into text.
    """
    values = frame.to_numpy(dtype="float64", na_value=np.nan)
    known = values[~np.isnan(values)]
    top = float(known.max()) if known.size else 0.0
    figure = canvas()
    for row, (day, cells) in enumerate(zip(days, values, strict=True)):
        there = np.flatnonzero(~np.isnan(cells)).tolist()
        name = plain(day)
        figure.add_bar(
            x=there,
            y=[0.92] * len(there),
            base=[row - 0.46] * len(there),
            width=0.94,
            name=name,
            showlegend=False,
            marker={"color": [_colour(cells[hour], top) for hour in there], "line": {"width": 0}},
            customdata=[[plain(hours[hour]), plain(text(cells[hour]))] for hour in there],
            hovertemplate=name + " %{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
        )
    figure.update_layout(
        barmode="overlay",
        hovermode="closest",
        dragmode=False,
        margin={"t": 30, "b": 44, "r": 8},
        xaxis={
            "title": {"text": x_title, "standoff": 6},
            "range": [-0.6, 23.6],
            "tickvals": list(range(0, 24, 3)),
            "ticktext": [plain(hours[hour]) for hour in range(0, 24, 3)],
            "showgrid": False,
            "zeroline": False,
            "showspikes": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [len(days) - 0.5, -0.5],
            "tickvals": list(range(len(days))),
            "ticktext": [plain(day) for day in days],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    )
    if top > 0:
        _add_key(figure, top, text)
    return figure


def _colour(value: float, top: float) -> str:
    share = value / top if top > 0 else 0.0
    return palette.faded(palette.BLUE, round(_FAINTEST + (1 - _FAINTEST) * share, 3))


def _add_key(figure: Figure, top: float, text: Format) -> None:
    """From nothing to the highest value, in words at both ends: above the map at its left."""
    lowest = text(0.0)
    begin = round(6.5 * len(lowest)) + 8  # pixels from the left, to leave room for the words
    for step in range(_STEPS):
        left = begin + step * 14
        figure.add_shape(
            type="rect", xref="paper", yref="paper", xsizemode="pixel", ysizemode="pixel",
            xanchor=0, yanchor=1, x0=left, x1=left + 13, y0=10, y1=20, line={"width": 0},
            fillcolor=_colour(top * step / (_STEPS - 1), top),
        )  # fmt: skip
    for words, shift in ((lowest, 0), (text(top), begin + _STEPS * 14 + 5)):
        figure.add_annotation(
            xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="middle", xshift=shift, yshift=15,
            showarrow=False, text=plain(words), font={"size": 11},
        )  # fmt: skip
