"""Cost or tokens over time, split by model, provider, agent or any other key, or by where a cost is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure
from .names import shortened
from .template import base
from .time_axis import TimeAxis
from .windowed import Band, Format, finished, middles, widths_ms

_LEGEND_LETTERS = 22  # the hover has the whole name

#: Where a cost comes from, in stacking order: column → how its bars look.
_SOURCES: Mapping[str, Mapping[str, object]] = {
    "reported_usd": {"color": palette.BLUE},
    "own_usd": {
        "color": palette.faded(palette.BLUE, 0.45),
        "pattern": {**palette.hatch("."), "fgcolor": palette.BLUE},
    },
    "estimated_usd": {"color": palette.WARNING, "pattern": palette.hatch("/")},
}


def usage_over_time(
    windows: pd.DataFrame,
    series: pd.DataFrame,
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    text: Format,
    total: str,
    rest: str | None = None,
    y_prefix: str = "",
    bands: Sequence[Band] = (),
) -> Figure:
    """Cost or tokens of each window as bars, stacked by key.

    Args:
        windows: columns ``start``, ``end`` (UTC), ``label`` (the window in words, for the hover).
        series: the same index, or rows for some of the windows only; one column a key in stacking order,
            bottom first, at most eight beside `rest`. NaN and 0 draw nothing.
        axis: the time axis.
        names: of the keys, for legend and hover, as they were recorded (made inert here); a key
            without one is its own name.
        y_title: with its unit.
        text: turns a value into text.
        total: the word before the window's sum in the hover.
        rest: the column that sums up all other keys; drawn on top, grey and hatched.
        y_prefix: before the axis' numbers ("$").
        bands: stretches to mark behind the data.

    Raises:
        ValueError: more than eight keys beside `rest`.
    """
    keys = [key for key in series.columns if key != rest]
    if len(keys) > 8:
        raise ValueError(f"{len(keys)} keys cannot be told apart; keep eight and sum up the others")
    markers: dict[str, Mapping[str, object]] = {key: palette.series_marker(i) for i, key in enumerate(keys)}
    if rest is not None:
        markers[rest] = {"color": palette.UNKNOWN, "pattern": palette.hatch("/"), "line": {"width": 0}}
    return _bars(
        windows, series.reindex(windows.index), markers,
        axis=axis, names=names, y_title=y_title, text=text, total=total, y_prefix=y_prefix, bands=bands,
    )  # fmt: skip


def cost_by_source_over_time(
    windows: pd.DataFrame,
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    text: Format,
    total: str,
    bands: Sequence[Band] = (),
) -> Figure:
    """Cost of each window by where it comes from: reported, the reader's own prices, estimated (hatched).

    Args:
        windows: columns ``start``, ``end`` (UTC), ``label``, ``reported_usd``, ``own_usd``,
            ``estimated_usd``.
        names: of these columns, for the legend; columns without a name are left out.
        axis, y_title, text, total, bands: as in :func:`usage_over_time`.
    """
    columns = [column for column in _SOURCES if column in names]
    markers = {column: {**_SOURCES[column], "line": {"width": 0}} for column in columns}
    return _bars(
        windows, windows[columns], markers,
        axis=axis, names=names, y_title=y_title, text=text, total=total, y_prefix="$", bands=bands,
    )  # fmt: skip


def _bars(
    windows: pd.DataFrame,
    series: pd.DataFrame,
    markers: Mapping[str, Mapping[str, object]],
    *,
    axis: TimeAxis,
    names: Mapping[str, str],
    y_title: str,
    text: Format,
    total: str,
    y_prefix: str,
    bands: Sequence[Band],
) -> Figure:
    figure = base(axis, y_title, y_prefix=y_prefix)
    centres, widths = middles(windows, axis), widths_ms(windows)
    for key, marker in markers.items():
        name = plain(names.get(key, key))
        # Nothing is not worth a line in the hover of nine keys.
        values = series[key].astype("float64").where(lambda amount: amount != 0)
        figure.add_bar(
            x=centres,
            y=values.to_numpy(),
            width=widths,
            name=shortened(names.get(key, key), _LEGEND_LETTERS),
            marker=marker,
            customdata=[plain(text(value)) for value in values],
            hovertemplate="%{customdata}<extra>" + name + "</extra>",
        )
    # Nine names would leave a phone no room for the bars; they scroll there.
    figure.update_layout(barmode="stack", legend={"maxheight": 0.33})
    sums = series[list(markers)].sum(axis=1, min_count=1)
    labels = [
        label if pd.isna(amount) else f"{label} · {plain(total)} {plain(text(amount))}"
        for label, amount in zip(windows["label"], sums, strict=True)
    ]
    return finished(figure, windows.assign(label=labels), axis, bands, centres=centres)
