"""How long traces and calls take: percentiles over time, and how durations are spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure
from .template import GRID, ZERO, base, canvas
from .ticks import NUMBERS, SHORTEST_S, log_duration_axis, log_duration_ticks
from .time_axis import TimeAxis
from .windowed import Band, Format, alone, finished, middles

#: Percentile → how its line looks; told apart by dash and marker without any colour.
_LINES: Mapping[str, tuple[str, str, str]] = {
    "p50_s": (palette.BLUE, "solid", "circle"),
    "p95_s": (palette.AMBER, "dash", "square"),
    "p99_s": (palette.VIOLET, "dot", "diamond"),
}
_MOST_MARKERS = 48  # windows; more would make a smear of the line
_ZERO_BIN_DECADES = 0.25  # a logarithm has no zero
_PATTERNS = {"failed": "x", "indeterminate": "/"}


def latency_over_time(
    windows: pd.DataFrame,
    frame: pd.DataFrame,
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    text: Format,
    measured: Format,
    bands: Sequence[Band] = (),
) -> Figure:
    """Percentiles of each window as lines over the windows' middles.

    The axis is logarithmic, or one slow window would flatten all the others.

    Args:
        windows: columns ``start``, ``end`` (UTC), ``label``.
        frame: the same index, or rows for some of the windows only; ``n`` (measured in the window) and
            ``p50_s``, ``p95_s``, ``p99_s`` in seconds, NaN where too few were measured for it. What is
            missing is a gap.
        axis: the time axis.
        names: of the percentile columns, for the legend; columns without a name are left out.
        y_title: with what was measured.
        text: turns seconds into text, for hover and axis.
        measured: says on how many a window rests ("n = 12").
        bands: stretches to mark behind the data.
    """
    figure = base(axis, y_title, y_format="")
    lines = [column for column in _LINES if column in names]
    frame = frame.reindex(windows.index)
    centres = middles(windows, axis)
    for column in lines:
        colour, dash, symbol = _LINES[column]
        values, name = frame[column].astype("float64"), plain(names[column])
        every = len(frame) <= _MOST_MARKERS
        figure.add_scatter(
            x=centres,
            y=values.clip(lower=SHORTEST_S).to_numpy(),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={
                "symbol": symbol,
                "size": np.where(alone(values) | every, 6, 0),
                "line": {"width": 0},
            },
            connectgaps=False,
            customdata=[plain(text(value)) for value in values],
            hovertemplate="%{customdata}<extra>" + name + "</extra>",
        )
    known = frame[lines].astype("float64")
    figure.update_yaxes(**log_duration_axis(known.min().min(), known.max().max(), text))
    labels = [
        f"{label} · {plain(measured(n))}"
        for label, n in zip(windows["label"], frame["n"].fillna(0), strict=True)
    ]
    return finished(figure, windows.assign(label=labels), axis, bands, centres=centres)


def histogram(
    bins: pd.DataFrame,
    *,
    names: Mapping[str, str],
    x_title: str,
    y_title: str,
    text: Format,
    count: Format,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """How many took how long: bars over a logarithmic axis, stacked by outcome.

    Args:
        bins: columns ``low_s``, ``high_s`` and counts ``success``, ``failed``,
            ``indeterminate``; a bin that begins at 0 is drawn a quarter of a decade wide.
        names: of the outcomes in stacking order; outcomes without a name are left out.
        x_title, y_title: of the axes.
        text: turns seconds into text, for ticks and hover.
        count: turns a number into text.
        marks: name → seconds of lines across the bars ("p95"); NaN draws none.
    """
    figure = canvas()
    high = np.log10(bins["high_s"].to_numpy("float64"))
    from_zero = bins["low_s"].to_numpy("float64") <= 0
    low = np.where(
        from_zero,
        high - _ZERO_BIN_DECADES,
        np.log10(bins["low_s"].where(~from_zero, 1.0).to_numpy("float64")),
    )
    spans = [
        f"{plain(text(a))} – {plain(text(b))}" for a, b in zip(bins["low_s"], bins["high_s"], strict=True)
    ]
    for outcome, name in names.items():
        marker: dict[str, object] = {"color": palette.OUTCOME_COLOURS[outcome], "line": {"width": 0}}
        if outcome in _PATTERNS:
            marker["pattern"] = palette.hatch(_PATTERNS[outcome])
        # Positions are logarithms, so that bars have the same width whatever the bundle makes of log axes.
        values = bins[outcome].astype("float64").where(lambda n: n != 0)
        figure.add_bar(
            x=((low + high) / 2).tolist(),
            y=values.tolist(),
            width=((high - low) * 0.94).tolist(),
            name=plain(name),
            marker=marker,
            customdata=[[span, plain(count(n))] for span, n in zip(spans, values, strict=True)],
            hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b> " + plain(name) + "<extra></extra>",
        )
    at = log_duration_ticks(float(10 ** low.min()), float(10 ** high.max())) if len(bins) else []
    figure.update_layout(
        barmode="stack",
        hovermode="closest",
        dragmode=False,
        xaxis={
            "title": {"text": x_title, "standoff": 6},
            "tickvals": [math.log10(s) for s in at],
            "ticktext": [plain(text(s)) for s in at],
            "range": [float(low.min()), float(high.max())] if len(bins) else [-1, 2],
            "ticks": "outside", "ticklen": 4, "tickcolor": ZERO, "showgrid": False, "zeroline": False,
            "showspikes": False, "fixedrange": True,
        },
        yaxis={
            "title": {"text": y_title, "standoff": 8}, "gridcolor": GRID, "zerolinecolor": ZERO,
            "rangemode": "tozero", "tickformat": NUMBERS, "nticks": 6, "fixedrange": True,
        },
    )  # fmt: skip
    highest = bins[list(names)].sum(axis=1).max()
    if highest < 10:
        figure.update_yaxes(dtick=1, tickformat="d")  # no half traces
    known = {name: s for name, s in (marks or {}).items() if s > 0}
    if known:
        _add_marks(figure, known)
        figure.update_yaxes(range=[0, highest * (1.06 + 0.1 * len(known))])  # room for their names
    return figure


def _add_marks(figure: Figure, marks: Mapping[str, float]) -> None:
    """Lines with their names at the top; names of neighbours that would collide stand lower."""
    known = sorted((math.log10(s), name) for name, s in marks.items())
    for place, (x, name) in enumerate(known):
        figure.add_shape(
            type="line", x0=x, x1=x, y0=0, y1=1, yref="paper",
            line={"color": palette.UNKNOWN, "width": 1.5, "dash": "dash"},
        )  # fmt: skip
        figure.add_annotation(
            x=x, y=1, yref="paper", xanchor="left", yanchor="top", xshift=3, yshift=-14 * place,
            showarrow=False, text=plain(name), font={"size": 11},
        )  # fmt: skip
