"""One trace: its head, its waterfall with the chosen span beside it, its log, its export."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from agentops_client import LogNotFound, TraceNotFound

from .. import panels
from ..components.waterfall_view import LABELS, render_waterfall
from ..conversation import runs
from ..export import otlp_json, trace_json
from ..panels import Card, Page
from ..queries import trace as query
from ..queries.trace import TraceView
from ..upstream import Upstream
from ..waterfall import waterfall
from .span_panel import span_panel
from .tables import several

_CHOSEN = "trace_span"


def head(view: TraceView, page: Page) -> None:
    """What the trace came to: outcome and how it was decided, times, counts, tokens, cost, names."""
    words, formats, summary = page.words, page.formats, view.summary
    if summary is None:
        panels.note(words("trace.no_spans"))
        return
    _notes(view, page)
    cost = _sum(summary, "reported_usd", "estimated_usd")
    prompt, completion = (formats.compact(summary[f"{part}_tokens"]) for part in ("prompt", "completion"))
    facts = [
        ("outcome", words(f"outcome.{summary['outcome']}"), words(f"trace.by_{summary['outcome_by']}")),
        ("duration", formats.duration(summary["duration_s"]), formats.moment(summary["started_at"])),
        (
            "spans", formats.count(summary["spans"]),
            f"{words('trace.errors')}: {formats.count(summary['errors'])}",
        ),
        (
            "tokens", formats.compact(summary["total_tokens"]),
            words("cost.kpi.tokens.note", prompt=prompt, completion=completion),
        ),
        ("cost", formats.usd(cost), _source(summary, page)),
    ]  # fmt: skip
    exact = (words("kpi.exact", value=formats.usd_exact(cost)),)
    cards = [
        Card(words(f"trace.{key}"), value, exact if key == "cost" else (), note=note)
        for key, value, note in facts
    ]
    panels.kpi_row(cards, label=words("kpi.heading"))
    names = [("name", summary["name"]), ("service", summary["service"]), ("id", summary["trace_id"])]
    names += [
        (key, several(list(summary[key]), most=20).text) for key in ("models", "agents", "tools", "tags")
    ]
    told = " · ".join(f"{words(f'trace.{key}')}: {text}" for key, text in names if text and text != "–")
    panels.hint(told)


def spans(view: TraceView, page: Page) -> None:
    """The waterfall, and the chosen span at its side."""
    words, formats = page.words, page.formats
    drawn = waterfall(view.spans)
    panels.section(words("trace.waterfall"), (words("trace.waterfall_help"),))
    said = words(
        "trace.waterfall_said", spans=formats.count(len(view.wire.spans)),
        duration=formats.duration(drawn.duration_s), idle=formats.duration(drawn.idle_s),
    )  # fmt: skip
    trace_id = view.wire.trace_id
    kept = st.session_state.get(_CHOSEN)
    selected = kept[1] if kept is not None and kept[0] == trace_id else st.query_params.get("span")
    left, right = st.columns([3, 2])
    with left:
        events = render_waterfall(
            drawn.rows, key="waterfall", height=640, description=said, selected=selected,
            locale=words.language, labels={name: words(f"waterfall.{name}") for name in LABELS},
        )  # fmt: skip
    st.session_state[_CHOSEN] = (trace_id, events.selected)
    with right:
        span, row = view.span(events.selected)
        if span is not None and row is not None:
            span_panel(span, row, page)
        else:
            panels.hint(words("trace.choose_span"))


def log(source: Upstream, view: TraceView, page: Page) -> None:
    """The log that the SDK uploaded, read when it is asked for."""
    words, formats = page.words, page.formats
    with st.expander(words("trace.tab_log")):
        key = f"log_{view.wire.trace_id}"
        if key not in st.session_state and not st.button(words("trace.log_load"), key="log_load"):
            return
        if key not in st.session_state:
            try:
                st.session_state[key] = query.log(source, view.wire.trace_id).text
            except LogNotFound:
                st.session_state[key] = None
            except TraceNotFound:
                panels.hint(words("trace.log_refused"))
                return
        text: str | None = st.session_state[key]
        if text is None:
            panels.hint(words("trace.log_none"))
            return
        wanted = st.text_input(words("trace.log_search"), key="log_search").casefold()
        lines = text.splitlines()
        kept = [line for line in lines if wanted in line.casefold()]
        panels.hint(words("trace.log_lines", shown=formats.count(len(kept)), total=formats.count(len(lines))))
        panels.coloured(runs("\n".join(kept[:5000])), label=words("trace.tab_log"))
        st.download_button(
            words("trace.log_download"), text.encode("utf-8", "replace"),
            file_name=f"{view.wire.trace_id[:8]}.log", mime="text/plain", on_click="ignore",
            key="log_download",
        )  # fmt: skip


def downloads(view: TraceView, page: Page) -> None:
    """The trace as JSON and as OTLP JSON."""
    left, right, _ = st.columns([1, 1, 3])
    for place, key, write in ((left, "json", trace_json), (right, "otlp", otlp_json)):
        place.download_button(
            page.words(f"trace.{key}"), partial(write, view.wire), on_click="ignore",
            file_name=f"trace-{view.wire.trace_id[:8]}{'.otlp' if key == 'otlp' else ''}.json",
            mime="application/json", key=f"download_{key}",
        )  # fmt: skip


def _notes(view: TraceView, page: Page) -> None:
    words, summary = page.words, view.summary
    if summary is None:
        return
    if view.running:
        panels.note(words("trace.running", age=page.formats.age(summary["ended_at"], page.now)))
    if summary["truncated"]:
        panels.note(words("trace.truncated"))
    if not summary["has_root"]:
        panels.note(words("trace.no_root"))


def _source(summary: Mapping[str, Any], page: Page) -> str:
    """Where the cost comes from: reported, estimated, both; or that tokens have no price."""
    words, formats = page.words, page.formats
    if summary["unpriced_tokens"]:
        return words("cost.kpi.priced.unpriced", tokens=formats.compact(summary["unpriced_tokens"]))
    reported, estimated = summary["reported_usd"], summary["estimated_usd"]
    if not estimated:
        return words("cost.reported") if reported is not None else ""
    if reported is None:
        return words("cost.estimated")
    return words("cost.mixed", reported=formats.usd(reported), estimated=formats.usd(estimated))


def _sum(row: Mapping[str, Any], *names: str) -> float | None:
    known = [row[name] for name in names if row[name] is not None]
    return float(sum(known)) if known else None
