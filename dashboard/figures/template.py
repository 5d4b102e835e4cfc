"""The one template: quiet axes, hair-thin grid, room for the numbers. Theme colours come later, in the
browser, because a reader may switch between light and dark at any time."""

from __future__ import annotations

from .figure import Figure
from .ticks import NUMBERS
from .time_axis import TimeAxis

#: Grid and zero lines that show on both themes.
GRID = "rgba(128, 138, 155, 0.18)"
ZERO = "rgba(128, 138, 155, 0.55)"


def canvas() -> Figure:
    """An empty figure without any axis of ours: margins, and a legend above."""
    figure = Figure()
    figure.update_layout(
        margin={"l": 64, "r": 16, "t": 34, "b": 64},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
    )
    return figure


def base(axis: TimeAxis, y_title: str, *, y_format: str = NUMBERS, y_prefix: str = "") -> Figure:
    """An empty figure over `axis`, with a y axis that starts at zero and names its unit."""
    figure = canvas()
    figure.update_layout(
        hovermode="x unified",
        dragmode="zoom",
        bargap=0.12,
        xaxis={
            "type": "date",
            "title": {"text": axis.title, "standoff": 6},
            "range": [axis.position(axis.start), axis.position(axis.end)],
            "gridcolor": GRID,
            "showgrid": False,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": ZERO,
            "tickformatstops": _TICKS,
            "hoverformat": "",
        },
        yaxis={
            "title": {"text": y_title, "standoff": 8},
            "gridcolor": GRID,
            "zerolinecolor": ZERO,
            "rangemode": "tozero",
            "tickformat": y_format,
            "tickprefix": y_prefix,
            "fixedrange": True,
            "nticks": 6,
        },
    )
    return figure


_TICKS = [
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S"},
    {"dtickrange": [60_000, 86_400_000], "value": "%H:%M\n%-m/%-d"},
    {"dtickrange": [86_400_000, None], "value": "%-m/%-d\n%Y"},
]
