"""Puts a trace's waterfall on the screen: `render_waterfall`.

The rows travel as columns of JSON to ``waterfall/waterfall.js``, which draws those in view.  What the
reader opens, closes and filters stays in the browser; the span that is chosen comes back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from dashboard.components import assets
from dashboard.waterfall import Row

#: English wording.  ``{…}`` is filled in by the browser; units stand behind a number.
LABELS: Final[Mapping[str, str]] = {
    "search": "Filter by name or id",
    "errors": "errors",
    "critical_path": "Critical path",
    "open_all": "Expand all",
    "close_all": "Collapse all",
    "all": "{n} span{n!p}",
    "matching": "{n} of {total} row{total!p}",
    "none": "No row matches.",
    "empty": "This trace has no spans.",
    "span": "Span",
    "time": "Time since the trace began",
    "keys": "Arrow keys move, left and right close and open, Enter selects, letters search.",
    "kind_session": "session",
    "kind_agent": "agent",
    "kind_workflow": "workflow",
    "kind_task": "task",
    "kind_tool": "tool",
    "kind_llm": "model call",
    "kind_guardrail": "guardrail",
    "kind_other": "other",
    "kind_gap": "idle",
    "run": "× {n} {name}",
    "failed": "failed",
    "failed_of_run": "{n} failed",
    "failed_below": "{n} failed below",
    "orphan": "Its parent never arrived",
    "gap_between": "Nothing ran between {after} and {before}",
    "gap_start": "Nothing ran before {before}",
    "gap_end": "Nothing ran after {after}",
    "start": "Starts at",
    "duration": "Duration",
    "self": "Self time",
    "tokens": "Tokens",
    "cost": "Cost",
    "critical": "On the critical path",
    "share": "{duration} ({share})",
    "with_below": "with all below: {value}",
    "source_estimated": "estimate",
    "source_own": "own price table",
    "source_unpriced": "no price known",
    "source_covered": "paid for by a span above",
    "unit_s": "\u00a0s",
    "unit_min": "\u00a0min",
    "unit_h": "\u00a0h",
    "unit_d": "\u00a0d",
}

ROW_PX: Final = 22
_FRAME_PX: Final = 110  # tools, chips and axis
_ROWS_MIN: Final = 10  # room for a hint; where the bars stand below the names, for half as many
_NAME_MAX: Final = 200
#: What the browser is told of each row, as in `Row`.
_COLUMNS: Final = (
    "id", "type", "parent", "depth", "kind", "spans", "failed", "failed_below", "orphan", "offset_s",
    "duration_s", "self_s", "tokens", "cost_usd", "cost_source", "subtree_tokens", "subtree_cost_usd",
    "critical_s", "critical_share", "subtree_critical_s", "on_path",
)  # fmt: skip
_TEXTS: Final = ("name", "label", "after", "before")


@dataclass(frozen=True)
class WaterfallEvents:
    """`selected` is the id of the span that is selected now: the one that the reader has just chosen,
    else the one that the page asked for."""

    selected: str | None = None


def render_waterfall(
    rows: Sequence[Row],
    *,
    key: str,
    height: int,
    description: str,
    selected: str | None = None,
    locale: str = "en",
    labels: Mapping[str, str] | None = None,
) -> WaterfallEvents:
    """Draw `rows` (of `dashboard.waterfall`, in tree order) at this place of the page.

    `key` is unique on the page and without a double underscore.  `height` in pixels is the most that is
    taken; few rows take less, many scroll.  `description` is what a screen reader says.  `selected` is
    the id of the span to show as selected, brought into view when it changes; a choice of the reader
    causes one rerun, in which `WaterfallEvents` tells it, and the page passes it in `selected` from
    then on.  `labels` replaces entries of `LABELS`.
    """
    unknown = set(labels or ()) - set(LABELS)
    if unknown:
        raise ValueError(f"unknown waterfall labels {sorted(unknown)}; known are {sorted(LABELS)}")
    chosen_key = f"{key}:chosen"

    def choose() -> None:
        state = st.session_state.get(key)
        st.session_state[chosen_key] = state.get("selected") if isinstance(state, Mapping) else None

    chosen, seen = _choice(st.session_state.pop(chosen_key, None), rows)
    if chosen is not None:
        selected = chosen
    most = min(height, _FRAME_PX + ROW_PX * max(len(rows), _ROWS_MIN))
    assets.component("waterfall")(
        key=key,
        height=most,
        data={
            "rows": _json(rows),
            "height": most,
            "description": description,
            "selected": selected,
            "seen": seen,
            "locale": locale,
            "labels": {**LABELS, **(labels or {})},
        },
        on_selected_change=choose,
    )
    return WaterfallEvents(selected)


def _choice(value: object, rows: Sequence[Row]) -> tuple[str | None, int | None]:
    """The span that the browser says was chosen, and the number of that report; None for what is none."""
    match value:
        case {"id": str() as span_id, "n": int() as number} if any(row.id == span_id for row in rows):
            return span_id, number
    return None, None


def _json(rows: Sequence[Row]) -> str:
    columns: dict[str, list[Any]] = {name: [_plain(getattr(row, name)) for row in rows] for name in _COLUMNS}
    for name in _TEXTS:
        columns[name] = [getattr(row, name)[:_NAME_MAX] for row in rows]
    return json.dumps(columns, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    """Seconds and dollars to twelve digits; what is no number is not known."""
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    return value
