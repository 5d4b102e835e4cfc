"""Traces one by one: when they started, how long they took, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure
from .names import lines
from .template import GRID, base
from .ticks import SHORTEST_S, log_duration_axis
from .time_axis import TimeAxis
from .windowed import Format

MOST_POINTS = 3000
_SHAPES = {"success": "circle", "indeterminate": "circle-open", "failed": "x"}  # later ones on top


def scatter(
    points: pd.DataFrame, *, axis: TimeAxis, names: Mapping[str, str], y_title: str, text: Format
) -> Figure:
    """Each trace as a mark over its start, as high as it took long (logarithmic); can be selected.

    The customdata of a mark, which the chart hands back for a click or a drawn box, is its trace id.

    Args:
        points: columns ``trace_id``, ``started_at`` (UTC), ``duration_s``, ``outcome`` (success, failed,
            indeterminate) and ``label`` (what the hover says, as recorded, lines separated by line
            breaks); traces without a duration are left out. At most 3,000.
        axis: the time axis.
        names: of the outcomes, for the legend.
        y_title: of the duration.
        text: turns seconds into text, for the axis.

    Raises:
        ValueError: more points than a browser draws well.
    """
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points; draw at most {MOST_POINTS}")
    figure = base(axis, y_title, y_format="")
    shown = points[points["duration_s"].notna()]
    heights = shown["duration_s"].clip(lower=SHORTEST_S).astype("float64")
    for outcome, symbol in _SHAPES.items():
        those = shown["outcome"] == outcome
        figure.add_scatter(
            x=axis.positions(shown.loc[those, "started_at"]).floor("ms").to_numpy("datetime64[ms]"),
            y=heights[those].to_numpy(),
            mode="markers",
            name=plain(names[outcome]),
            marker={
                "symbol": symbol,
                "size": 8 if outcome == "failed" else 7,
                "color": palette.OUTCOME_COLOURS[outcome],
                "opacity": 0.75 if outcome == "success" else 0.95,
            },
            unselected={"marker": {"opacity": 0.2}},
            customdata=shown.loc[those, "trace_id"].tolist(),
            text=[lines(label) for label in shown.loc[those, "label"]],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(hovermode="closest", dragmode="select")
    figure.update_yaxes(gridcolor=GRID, **log_duration_axis(heights.min(), heights.max(), text))
    return figure
