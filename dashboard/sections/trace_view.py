"""One trace: its head, the choice of a view, its export."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from .. import panels
from ..choices import choice
from ..export import otlp_json, trace_json
from ..panels import Card, Page
from ..queries.trace import TraceView
from ..text import isolated
from .tables import several

VIEWS = ("spans", "replay", "graph", "compare", "log")


def head(view: TraceView, page: Page) -> None:
    """What the trace came to: outcome and how it was decided, times, counts, tokens, cost, names."""
    words, formats, summary = page.words, page.formats, view.summary
    if summary is None:
        panels.note(words("trace.no_spans"))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        panels.section(summary["name"] or words("by.none"))
        st.code(summary["trace_id"], language=None, width=370)  # brings its own button to copy
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
    names = [("service", isolated(summary["service"]))]
    names += [
        (key, several(list(summary[key]), most=20).text) for key in ("models", "agents", "tools", "tags")
    ]
    told = " · ".join(f"{words(f'trace.{key}')}: {text}" for key, text in names if text and text != "–")
    panels.hint(told)


def view_of(page: Page) -> str:
    """Which view of the trace the reader wants, one of `VIEWS`."""
    return choice(
        "view", {name: page.words(f"trace.view_{name}") for name in VIEWS}, label=page.words("trace.view")
    )


def downloads(view: TraceView, page: Page) -> None:
    """The trace as JSON and as OTLP JSON."""
    with st.container(horizontal=True):
        for key, write in (("json", trace_json), ("otlp", otlp_json)):
            st.download_button(
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
    if view.withheld:
        panels.note(words("access.withheld"))
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
