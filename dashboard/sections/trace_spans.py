"""What ran when in one trace, as a waterfall or as a film, with the chosen span beside it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from .. import panels
from ..components.waterfall_view import LABELS, render_waterfall
from ..panels import Page
from ..queries.trace import TraceView
from ..waterfall import waterfall
from . import trace_replay
from .span_panel import span_panel

PARAMETER = "span"
_CHOSEN = "trace_span"
_HEIGHT_PX = 640


def fall(view: TraceView, page: Page) -> None:
    """The waterfall, and the chosen span at its side."""
    words, formats = page.words, page.formats
    drawn = waterfall(view.spans)
    panels.section(words("trace.waterfall"), (words("trace.waterfall_help"),))
    said = words(
        "trace.waterfall_said", spans=formats.count(len(view.wire.spans)),
        duration=formats.duration(drawn.duration_s), idle=formats.duration(drawn.idle_s),
    )  # fmt: skip
    left, right = st.columns([3, 2])
    selected = _selected(view)
    with left:
        chosen = render_waterfall(
            drawn.rows, key="waterfall", height=_HEIGHT_PX, description=said, selected=selected,
            locale=words.language, labels={name: words(f"waterfall.{name}") for name in LABELS},
        ).selected  # fmt: skip
    _select(view, selected, chosen)
    with right:
        _panel(view, chosen, page)


def film(view: TraceView, page: Page) -> None:
    """The replay, and the chosen span at its side."""
    left, right = st.columns([3, 2])
    selected = _selected(view)
    with left:
        chosen = trace_replay.replay(view, page, selected=selected) or selected
    _select(view, selected, chosen)
    with right:
        _panel(view, chosen, page)


def _panel(view: TraceView, chosen: str | None, page: Page) -> None:
    span, row = view.span(chosen)
    if span is not None and row is not None:
        below = [child for child in view.wire.spans if child.parent_span_id == chosen]
        span_panel(span, row, below, page)
    else:
        panels.hint(page.words("trace.choose_span"))


def _selected(view: TraceView) -> str | None:
    """The session's choice; the address's for another trace, and when the address changed (*Back*). Without
    either what a reader looks for first."""
    address = st.query_params.get(PARAMETER)
    trace_id, chosen, written = st.session_state.get(_CHOSEN, (None, None, None))
    if trace_id != view.wire.trace_id or address != written:
        chosen = address
    return chosen or _first_to_read(view.spans)


def _first_to_read(spans: pd.DataFrame) -> str | None:
    """The first failed span without a failed one below it, else the first of those at the top."""
    shown = spans[~spans["duplicate"].astype(bool)].sort_values("started_at", kind="stable")
    failed = shown[shown["status"] == "ERROR"]
    inmost = failed[~failed["span_id"].isin(failed["parent_id"])]
    top = shown[~shown["parent_id"].isin(shown["span_id"])]
    for found in (inmost, failed, top, shown):
        if len(found):
            return str(found["span_id"].iloc[0])
    return None


def _select(view: TraceView, before: str | None, chosen: str | None) -> None:
    """Keeps the reader's choice, and mirrors it in the address, so that a copied link opens the same span."""
    address = st.query_params.get(PARAMETER)
    if chosen is not None and chosen not in (address, before):
        st.query_params[PARAMETER] = address = chosen
    st.session_state[_CHOSEN] = (view.wire.trace_id, chosen, address)
