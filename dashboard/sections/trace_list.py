"""The rows of the list of traces, page by page, and the news that do not move them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from .. import panels
from ..archive.reading import listing
from ..filter_state import choose_filters
from ..filters import SIZES, Filters
from ..links import trace_href
from ..panels import Cell, Column, Page
from ..panels.cells import trace_cell
from ..queries.spans import SpanRange
from .tables import Row, name, number, records, several, usd

_SHOWN = "traces_shown"
#: The range moves on with every bucket; a list that the reader has before him does not.
_MOODS: dict[str, panels.Mood] = {"success": "good", "failed": "bad"}


@dataclass(frozen=True)
class _Shown:
    """The page before the reader's eyes: what was asked, when, and which traces it showed."""

    asked: tuple[object, ...]
    at: datetime
    start: datetime
    end: datetime
    ids: tuple[str, ...]
    matching: frozenset[str]
    page: listing.Page


def rows(span: SpanRange, filters: Filters, page: Page) -> None:
    """The table, what page of how many it is, and a button for traces that have arrived since."""
    words, formats = page.words, page.formats
    shown = _shown(span, filters, page)
    fresh = span.ask_plain(listing.rows, list(shown.ids))
    news = span.ask_plain(
        listing.newer, shown.start, max(shown.end, span.coverage.window.end), filters,
        since=shown.at, known=shown.matching,
    )  # fmt: skip
    position = words(
        "traces.position", first=formats.count(shown.page.first), last=formats.count(shown.page.last),
        total=formats.count(shown.page.total),
    )  # fmt: skip
    _bar(shown.page, filters, position, news, page)
    _table(fresh, page, label=position)


def matching(span: SpanRange, filters: Filters) -> list[str]:
    """Ids of all traces that meet the filters, in the list's order, as the reader sees the list."""
    shown: _Shown | None = st.session_state.get(_SHOWN)
    start, end = (shown.start, shown.end) if shown else (span.coverage.window.start, span.coverage.window.end)
    return span.ask_plain(listing.matching, start, end, filters)


def _shown(span: SpanRange, filters: Filters, page: Page) -> _Shown:
    """The page that stays as it is until the reader asks for another one."""
    scope, window = page.scope, span.coverage.window
    asked = (filters, scope.range, scope.start, scope.end, scope.zone)
    stored: _Shown | None = st.session_state.get(_SHOWN)
    # Before the range has been read, rows are still arriving and there is nothing to keep still.
    settled = span.coverage.enough and page.now - stored.at < timedelta(hours=1) if stored else False
    if stored is not None and stored.asked == asked and settled:
        return stored
    found = span.ask(listing.listing, filters)
    ids = span.ask(listing.matching, filters)
    shown = _Shown(
        asked, page.now, window.start, window.end, tuple(found.rows["trace_id"]), frozenset(ids), found
    )
    st.session_state[_SHOWN] = shown
    return shown


def _bar(found: listing.Page, filters: Filters, position: str, news: int, page: Page) -> None:
    words = page.words
    left, first, previous, following, last, size, new = st.columns(
        [3, 1, 1, 1, 1, 2, 3], vertical_alignment="center"
    )
    with left:
        panels.hint(position)
    steps = (
        (first, "first", "«", 1, found.page > 1),
        (previous, "previous", "‹", found.page - 1, found.page > 1),
        (following, "next", "›", found.page + 1, found.page < found.pages),
        (last, "last", "»", found.pages, found.page < found.pages),
    )
    for place, key, sign, wanted, possible in steps:
        if place.button(sign, key=f"page_{key}", help=words(f"traces.{key}"), disabled=not possible):
            choose_filters(filters.changed(page=wanted))
            st.rerun(scope="fragment")
    with size:
        st.session_state["filter_size"] = filters.size
        st.selectbox(
            words("traces.size"), SIZES, key="filter_size", label_visibility="collapsed",
            on_change=lambda: choose_filters(filters.changed(size=st.session_state["filter_size"])),
        )  # fmt: skip
    if news and new.button(words("traces.new", n=page.formats.count(news)), key="page_new", type="primary"):
        st.session_state.pop(_SHOWN, None)
        choose_filters(filters.changed())
        st.rerun(scope="fragment")


def _table(frame: pd.DataFrame, page: Page, *, label: str) -> None:
    words, formats = page.words, page.formats
    longest = frame["duration_s"].max() if len(frame) else 0.0
    table: list[Row] = [
        {
            "name": Cell(name(row["name"], page), href=trace_href(row["trace_id"])),
            "status": Cell(
                words(f"outcome.{row['outcome']}").split(" ", 1)[1], mood=_MOODS.get(row["outcome"], "")
            ),
            "trace": trace_cell(row["trace_id"], href=trace_href(row["trace_id"])),
            "service": row["service"],
            "agents": several(row["agents"], most=2),
            "start": formats.moment(row["started_at"]),
            "duration": Cell(
                formats.duration(row["duration_s"]), share=row["duration_s"] / longest if longest else None
            ),
            "spans": formats.count(row["spans"]),
            "errors": formats.count(row["errors"]),
            "tokens": number(page, row["total_tokens"], note=_split(row, page)),
            "cost": usd(page, row["cost_usd"], note=_source(row, page)),
            "tags": several(row["tags"]),
        }
        for row in records(frame)
    ]
    right = {"duration", "spans", "errors", "tokens", "cost"}
    titles = {
        "name": "column.name", "status": "column.status", "trace": "column.trace",
        "service": "sort.service", "agents": "column.agents", "start": "column.start",
        "duration": "column.duration",
        "spans": "column.spans", "errors": "column.errors", "tokens": "column.tokens", "cost": "column.cost",
        "tags": "traces.tags",
    }  # fmt: skip
    columns = [
        Column(
            key, words(title), align="right" if key in right else "left", bar=key == "duration",
            mono=key == "trace",
        )
        for key, title in titles.items()
    ]  # fmt: skip
    panels.table(columns, table, label=label, empty=words("traces.none"))


def _split(row: dict[str, Any], page: Page) -> str:
    if pd.isna(row["prompt_tokens"]) and pd.isna(row["completion_tokens"]):
        return ""
    return f"{page.formats.compact(row['prompt_tokens'])} + {page.formats.compact(row['completion_tokens'])}"


def _source(row: dict[str, Any], page: Page) -> str:
    """Where the cost comes from, in a word; nothing where there is none."""
    words = page.words
    if row["unpriced_tokens"]:
        return words("cost.kpi.priced.unpriced", tokens=page.formats.compact(row["unpriced_tokens"]))
    if pd.isna(row["cost_usd"]):
        return ""
    return words("cost.reported" if pd.isna(row["estimated_usd"]) else "cost.estimated")
