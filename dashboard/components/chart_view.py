"""Puts a plotly figure on the screen: `render_chart`.

The figure travels as its JSON to ``chart/chart.js``, which draws it with ``Plotly.react``, so zoom,
legend choices and hover survive every refresh.  What the reader does comes back as `ChartEvents`.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly

from dashboard.components import assets, fetch

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

_log = logging.getLogger(__name__)


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
    figure: go.Figure,
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
    revision = str(figure.layout.uirevision) if figure.layout.uirevision is not None else "kept"

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
            "figure": _json(figure, key),
            "bundle": _bundle(figure),
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


def figure_json(figure: go.Figure) -> str:
    """The figure as plotly's JSON, for whoever draws it elsewhere."""
    return _json(figure, "")


def _json(figure: go.Figure, key: str) -> str:
    try:
        content = figure.to_dict()
        template = content["layout"].get("template", {})
        # Streamlit makes a template of placeholder colours the default for figures that have none of
        # their own; only its own charts can read it.
        if _PLACEHOLDER in template.get("layout", {}).get("colorway", ()):
            del content["layout"]["template"]
        text: str = to_json_plotly(content, engine="json")
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"The figure of chart '{key}' cannot be written as JSON: {error}") from error
    return text


def _bundle(figure: go.Figure) -> dict[str, str]:
    """Which plotly.js draws the figure: its name and its address below the component's own."""
    types = {trace.type for trace in figure.data}
    if types <= BASIC_TRACES and (fetch.VENDOR / fetch.BASIC).is_file():
        return {"name": "basic", "path": _versioned(fetch.VENDOR / fetch.BASIC)}
    full = fetch.VENDOR / fetch.FULL
    if not full.is_file():
        _log.warning("plotly.js is not set up (run make install); copying the full bundle now")
        fetch.copy_full(fetch.VENDOR)
    return {"name": "full", "path": _versioned(full)}


def _versioned(bundle: Path) -> str:
    stat = bundle.stat()
    return f"vendor/{bundle.name}?v={_digest(bundle, stat.st_mtime_ns, stat.st_size)}"


@functools.lru_cache(maxsize=8)
def _digest(bundle: Path, _mtime_ns: int, _size: int) -> str:
    """Part of the address, so that browsers may keep a bundle for ever and still get a new one."""
    return hashlib.sha256(bundle.read_bytes()).hexdigest()[:12]


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
