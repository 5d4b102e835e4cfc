"""Puts a plotly figure on the screen: `render_chart`.

The figure travels as its JSON to ``chart/chart.js``, which draws it with ``Plotly.react``, so zoom,
legend choices and hover survive every refresh.  What the reader does comes back as `ChartEvents`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import streamlit as st

from dashboard.components import assets, bundles

LABELS: Final[Mapping[str, str]] = {
    "download": "Download as PNG",
    "reset": "Reset zoom",
    "zoom_hint": "Arrow keys read the points, plus and minus zoom, 0 resets, Escape leaves.",
    "zoom_reset": "Zoom reset",
    "table": "Show as a table",
    "no_table": "Show as a chart",
    "window": "Window",
    "chart": "chart",
    "failed": "This chart could not be drawn.",
}

# The trace types inside plotly's basic bundle; any other needs the full one.
BASIC_TRACES: Final = frozenset({"scatter", "bar", "pie"})

_PLACEHOLDER: Final = "#000001"  # the first colour of Streamlit's template

Point = dict[str, Any]
Range = tuple[str, str]
OnSelect = Literal["ignore", "rerun"] | Callable[[tuple[Point, ...]], None]
OnRange = Literal["ignore", "rerun"] | Callable[[Range | None], None]


class Drawable(Protocol):
    """A figure: one of ours, or any of plotly's."""

    def to_dict(self) -> dict[str, Any]:
        """``data`` (traces) and ``layout``, as plotly.js takes them."""


@dataclass(frozen=True)
class ChartEvents:
    """What the reader did with a chart.

    `zoomed_range` lasts until the zoom is reset, or the figure's ``uirevision`` changes: start and
    end as ISO 8601 in UTC.  `selected` holds the points of a click, box or lasso, in the one run that
    the reader caused by it; each has curve, index, x, y and customdata.
    """

    zoomed_range: Range | None = None
    selected: tuple[Point, ...] = ()


def render_chart(
    figure: Drawable,
    *,
    key: str,
    height: int,
    description: str,
    filename: str,
    on_select: OnSelect = "ignore",
    on_range: OnRange = "ignore",
    group: str | None = None,
    zone: str = "UTC",
    locale: str = "en",
    labels: Mapping[str, str] | None = None,
) -> ChartEvents:
    """Draw `figure` at this place of the page and return what the reader did with it.

    `key` is unique on the page and without a double underscore.  `height` in pixels is kept from the
    first moment on.  `description` is what a screen reader says; `filename` names the PNG, without
    suffix.  `on_range` and `on_select`: "ignore" reports nothing and causes no rerun, "rerun" fills
    `ChartEvents`, a callable is called before the rerun besides.  Charts of one `group` zoom in step,
    and only the one that was dragged reports.  `zone` is the time zone in whose wall-clock time the
    figure's x values stand; ranges are converted from it.  `labels` replaces entries of `LABELS`.

    Zoom is kept while the figure's ``layout.uirevision`` stays the same (it does if the figure brings
    none).  Raises `TypeError` when the figure holds something that JSON cannot carry.
    """
    unknown = set(labels or ()) - set(LABELS)
    if unknown:
        raise ValueError(f"unknown chart labels {sorted(unknown)}; known are {sorted(LABELS)}")
    content = figure.to_dict()
    revision = str(content["layout"].get("uirevision", "kept"))

    def ranged() -> None:
        if callable(on_range):
            on_range(_range(_stored(key, "zoomed_range"), revision, zone))

    def picked() -> None:
        if callable(on_select):
            on_select(_points(_stored(key, "selected")))

    result = assets.component("chart")(
        key=key,
        height=height,
        data={
            "figure": _json(content, key),
            "bundle": _bundle(content),
            "revision": revision,
            "height": height,
            "description": description,
            "filename": filename,
            "group": group,
            "locale": locale,
            "labels": {**LABELS, **(labels or {})},
            "reports": {"range": on_range != "ignore", "select": on_select != "ignore"},
        },
        on_zoomed_range_change=None if on_range == "ignore" else ranged,
        on_selected_change=None if on_select == "ignore" else picked,
    )
    return ChartEvents(
        zoomed_range=_range(result.get("zoomed_range"), revision, zone),
        selected=_points(result.get("selected")),
    )


def figure_json(figure: Drawable) -> str:
    """The figure as plotly's JSON, for whoever draws it elsewhere."""
    return _json(figure.to_dict(), "")


def _json(content: Mapping[str, Any], key: str) -> str:
    try:
        template = content["layout"].get("template", {})
        # Streamlit makes a template of placeholder colours the default for figures that have none of
        # their own; only its own charts can read it.
        if _PLACEHOLDER in template.get("layout", {}).get("colorway", ()):
            layout = {name: part for name, part in content["layout"].items() if name != "template"}
            content = {**content, "layout": layout}
        return json.dumps(_plainly(content), separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"The figure of chart '{key}' cannot be written as JSON: {error}") from error


def _plainly(value: Any) -> Any:
    """`value` in what JSON has: arrays as lists, naive times as ISO 8601, what is no number as null."""
    plain: Any = value
    match value:
        case float():
            plain = value if math.isfinite(value) else None
        case dict():
            plain = {name: _plainly(part) for name, part in value.items()}
        case list() | tuple():
            plain = [_plainly(part) for part in value]
        case np.ndarray() if value.dtype.kind == "M":
            plain = [None if t == "NaT" else t for t in np.datetime_as_string(value, unit="ms").tolist()]
        case np.ndarray() if value.dtype.kind in "iu" or (
            value.dtype.kind == "f" and np.isfinite(value).all()
        ):
            plain = value.tolist()
        case np.ndarray() | np.generic():
            plain = _plainly(value.tolist())
        case dt.date():
            plain = value.isoformat()
    return plain


def _bundle(content: Mapping[str, Any]) -> dict[str, str]:
    """Which plotly.js draws the figure: its name and its address below the component's own."""
    basic = {
        trace.get("type", "scatter") for trace in content["data"]
    } <= BASIC_TRACES and bundles.has_basic()
    return {"name": "basic" if basic else "full", "path": bundles.address(full=not basic)}


def _stored(key: str, event: str) -> object:
    """The component's value as callbacks see it, before the script has run."""
    state = st.session_state.get(key)
    return state.get(event) if isinstance(state, Mapping) else None


def _range(value: object, revision: str, zone: str) -> Range | None:
    """The browser's ``{range: [ms, ms], revision}`` in UTC; None for any other shape or an old zoom."""
    if not isinstance(value, Mapping) or value.get("revision") != revision:
        return None
    match value.get("range"):
        case [int() | float() as start, int() | float() as end] if (
            math.isfinite(start) and math.isfinite(end) and start < end
        ):
            try:
                # Wall-clock time that occurs twice (end of summer time): take the widest reading.
                return _utc(math.floor(start / 1000), zone, 0), _utc(math.ceil(end / 1000), zone, 1)
            except OverflowError:
                return None
    return None


def _utc(wall_clock_s: int, zone: str, fold: int) -> str:
    wall = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=wall_clock_s)
    there = wall.replace(tzinfo=ZoneInfo(zone), fold=fold)
    return there.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _points(value: object) -> tuple[Point, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(point for point in value if isinstance(point, dict))
