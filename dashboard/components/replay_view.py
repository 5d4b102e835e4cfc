"""Puts a trace's replay on the screen: `render_replay`.

The timeline travels as columns of JSON to ``replay/replay.js``, which plays it.  Position and speed stay
in the browser; the span that is chosen comes back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from dashboard.components import assets, waterfall_view
from dashboard.replay import Replay, Spent

#: Kinds, units and sources are worded as in the waterfall.
SHARED: Final[Mapping[str, str]] = {
    name: text
    for name, text in waterfall_view.LABELS.items()
    if name.startswith(("kind_", "unit_")) and name != "kind_gap"
}
#: English wording.  ``{…}`` is filled in by the browser.
LABELS: Final[Mapping[str, str]] = {
    **SHARED,
    "play": "Play",
    "pause": "Pause",
    "first": "To the start",
    "previous": "To the event before",
    "next": "To the next event",
    "last": "To the end",
    "speed": "Speed",
    "times": "{n}×",
    "position": "Position",
    "keys": "Left and right go from event to event, with Shift by a twentieth, Home and End to the ends, "
    "Space plays and pauses.",
    "pace_real": "1× is real time",
    "pace_fast": "1× is {n} times real time",
    "pace_slow": "1× is 1/{n} of real time",
    "shortened": "waits shortened to {bound}: {n}",
    "of": "{part} of {whole}",
    "all": "of {whole}",
    "elapsed": "Time in the trace",
    "cost": "Cost so far",
    "at_least": "≥ {cost}",
    "estimated": "estimates in it",
    "unpriced": "some without a price",
    "tokens": "Tokens so far",
    "errors": "Errors so far",
    "ended_spans": "Spans ended",
    "running": "Running now",
    "happened": "Just happened",
    "more": "and {n} more",
    "no_run": "Nothing runs.",
    "nothing": "nothing",
    "over": "The trace is over.",
    "not_yet": "Nothing yet.",
    "wait_title": "{duration} without an event, shown in {bound}",
    "idle_title": "{duration} in which nothing ran, shown in {bound}",
    "started": "starts",
    "ended": "ended after {duration}",
    "failed": "failed after {duration}",
    "count_tokens": "{n} token{n!p}",
    "failed_at": "{n} failed at {at}",
    "value": "{elapsed}. Running: {running}. Cost {cost}, tokens {tokens}, errors {errors}.",
}

HEIGHT_PX: Final = 480
_NAME_MAX: Final = 160


@dataclass(frozen=True)
class ReplayEvents:
    """`chosen` is the id of the span that the reader has just chosen, in the one run that this caused."""

    chosen: str | None = None


def render_replay(
    played: Replay,
    *,
    key: str,
    trace: str,
    description: str,
    selected: str | None = None,
    locale: str = "en",
    labels: Mapping[str, str] | None = None,
) -> ReplayEvents:
    """Draw `played` (of `dashboard.replay`) at this place of the page, `HEIGHT_PX` high at every width.

    `key` is unique on the page and without a double underscore.  `trace` says which trace it is: position
    and speed outlive reruns while it stays the same.  `description` is what a screen reader says.
    `selected` is the id of the span to mark; a choice of the reader causes one rerun, in which
    `ReplayEvents` tells it.  `labels` replaces entries of `LABELS`.
    """
    unknown = set(labels or ()) - set(LABELS)
    if unknown:
        raise ValueError(f"unknown replay labels {sorted(unknown)}; known are {sorted(LABELS)}")

    def choose() -> None:
        state = st.session_state.get(key)
        st.session_state[_kept(key)] = state.get("selected") if isinstance(state, Mapping) else None

    chose = _pending(key)
    if not any(span.id == chose for span in played.spans):
        chose = None
    seen = _number(st.session_state.pop(_kept(key), None))
    assets.component("replay")(
        key=key,
        height=HEIGHT_PX,
        data={
            "film": film(played),
            "trace": trace,
            "height": HEIGHT_PX,
            "description": description,
            "selected": selected if chose is None else chose,
            "seen": seen,
            "locale": locale,
            "labels": {**LABELS, **(labels or {})},
        },
        on_selected_change=choose,
    )
    return ReplayEvents(chose)


def _pending(key: str) -> str | None:
    """The id that the browser has just reported as chosen; the reader's, so perhaps of no span."""
    match st.session_state.get(_kept(key)):
        case {"id": str() as span_id}:
            return span_id
    return None


def film(played: Replay) -> str:
    """The timeline as JSON in columns; names and labels stand in a list of their own, as they come again."""
    texts: dict[str, int] = {}

    def text(value: str) -> int:
        return texts.setdefault(value[:_NAME_MAX], len(texts))

    spans = played.spans
    columns: dict[str, Any] = {
        "id": [span.id for span in spans],
        "name": [text(span.name) for span in spans],
        "label": [text(span.label) for span in spans],
        "kind": [text(span.kind) for span in spans],
        "parent": [-1 if span.parent is None else span.parent for span in spans],
        "depth": [span.depth for span in spans],
        "start_s": [span.start_s for span in spans],
        "end_s": [span.end_s for span in spans],
        "failed": [position for position, span in enumerate(spans) if span.failed],
        "tokens": [span.tokens for span in spans],
        "cost_usd": [_usd(span.cost_usd) for span in spans],
        # the position itself for a start, -1 - position for an end
        "steps": [span if starts else -1 - span for _, span, starts in played.steps],
        "sums": [[at_s, *_told(spent)] for at_s, spent in played.sums],
        "gaps": [[gap.start_s, gap.end_s, gap.shown_s, gap.idle] for gap in played.gaps],
        "strip": [[piece.start_s, piece.end_s, text(piece.kind)] for piece in played.strip],
        "duration_s": played.duration_s,
        "bound_s": played.bound_s,
        "pace": played.pace,
    }
    return json.dumps({**columns, "texts": list(texts)}, separators=(",", ":"), allow_nan=False)


def _told(spent: Spent) -> tuple[Any, ...]:
    """tokens, cost, whether estimates are in it, whether tokens without a price are, errors."""
    estimated, unpriced = bool(spent.estimated_usd), bool(spent.unpriced_tokens)
    return spent.tokens, _usd(spent.cost_usd), estimated, unpriced, spent.errors


def _usd(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.12g}")


def _kept(key: str) -> str:
    return f"{key}:chosen"


def _number(value: object) -> int | None:
    """The number of the browser's report."""
    return value["n"] if isinstance(value, Mapping) and isinstance(value.get("n"), int) else None
