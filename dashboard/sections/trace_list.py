"""The rows of the list of traces, page by page, and the news that do not move them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from .. import panels
from ..archive.reading import listing
from ..components.listing_view import LABELS, ListCell, ListColumn, ListRow, Mood, render_listing
from ..filter_state import choose_filters
from ..filters import SIZES, Filters
from ..links import open_trace, trace_hrefs
from ..panels import Page
from ..queries.spans import SpanRange
from .tables import name, records, several

_SHOWN = "traces_shown"
#: A list that the reader has before him stays for so long, while the range moves on with every bucket.
KEPT = timedelta(hours=1)
_MOODS: dict[str, Mood] = {"success": "good", "failed": "bad"}
#: Key, wording, what it sorts by, look.
_COLUMNS = (
    ("status", "column.status", "outcome", ""),
    ("name", "column.name", "name", ""),
    ("trace", "column.trace", "trace_id", "mono"),
    ("service", "sort.service", "service", "short"),
    ("agents", "column.agents", "agents", "short"),
    ("start", "column.start", "started_at", ""),
    ("duration", "column.duration", "duration_s", "right bar"),
    ("spans", "column.spans", "spans", "right"),
    ("errors", "column.errors", "errors", "right"),
    ("tokens", "column.tokens", "total_tokens", "right"),
    ("cost", "column.cost", "cost_usd", "right"),
    ("tags", "traces.tags", "tags", "short"),
)
_TEXTS = ("outcome", "name", "trace_id", "service", "agents", "tags")


@dataclass(frozen=True)
class _Shown:
    """The page before the reader's eyes: what was asked, when, and which traces it showed.

    `keeps`: the range had been read. Before that, rows are still arriving and there is nothing to keep still.
    """

    asked: tuple[object, ...]
    at: datetime
    keeps: bool
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
    _table(fresh, filters, page, label=position)


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
    if stored is not None and stored.asked == asked and stored.keeps and page.now - stored.at < KEPT:
        return stored
    found = span.ask(listing.listing, filters)
    ids = span.ask(listing.matching, filters)
    shown = _Shown(
        asked, page.now, span.coverage.enough, window.start, window.end, tuple(found.rows["trace_id"]),
        frozenset(ids), found,
    )  # fmt: skip
    st.session_state[_SHOWN] = shown
    return shown


def _bar(found: listing.Page, filters: Filters, position: str, news: int, page: Page) -> None:
    words = page.words
    steps = (
        ("first", "«", 1, found.page > 1),
        ("previous", "‹", found.page - 1, found.page > 1),
        ("next", "›", found.page + 1, found.page < found.pages),
        ("last", "»", found.pages, found.page < found.pages),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(panels.html('<p class="ao-pager">{position}</p>', position=position), width="content")
        for key, sign, wanted, possible in steps:
            if st.button(sign, key=f"page_{key}", help=words(f"traces.{key}"), disabled=not possible):
                choose_filters(filters.changed(page=wanted))
                st.rerun(scope="fragment")
        st.session_state["filter_size"] = filters.size
        st.selectbox(
            words("traces.size"), SIZES, key="filter_size", label_visibility="collapsed", width=110,
            format_func=lambda size: words("traces.rows", n=size),
            on_change=lambda: choose_filters(filters.changed(size=st.session_state["filter_size"])),
        )  # fmt: skip
        if news and st.button(
            words("traces.new", n=page.formats.count(news)), key="page_new", type="primary"
        ):
            st.session_state.pop(_SHOWN, None)
            choose_filters(filters.changed())
            st.rerun(scope="fragment")


def _table(frame: pd.DataFrame, filters: Filters, page: Page, *, label: str) -> None:
    """The rows; opens a trace or changes the order when the reader says so."""
    words = page.words
    longest = frame["duration_s"].max() if len(frame) else 0.0
    query = filters.to_query()
    href = trace_hrefs(**query)
    rows = [
        ListRow(row["trace_id"], href(row["trace_id"]), _cells(row, longest, page)) for row in records(frame)
    ]
    did = render_listing(
        [ListColumn(key, words(title), sort, kind) for key, title, sort, kind in _COLUMNS],
        rows, label=label, empty=words("traces.none"), sort=filters.sort, descending=filters.descending,
        labels={name: words(f"traces.list_{name}") for name in LABELS},
    )  # fmt: skip
    if did.open is not None:
        open_trace(did.open, **query)
    if did.sort is not None:
        # The same heading again turns the order round; figures begin with the largest, names with A.
        descending = not filters.descending if did.sort == filters.sort else did.sort not in _TEXTS
        choose_filters(filters.changed(sort=did.sort, descending=descending))
        st.rerun(scope="fragment")


def _cells(row: dict[str, Any], longest_s: float, page: Page) -> tuple[ListCell, ...]:
    """The fields of a trace, in the order of `_COLUMNS`."""
    formats = page.formats
    sign, _, outcome = page.words(f"outcome.{row['outcome']}").partition(" ")
    agents, tags = several(row["agents"], most=1), several(row["tags"], most=2)
    errors = formats.count(row["errors"]) if row["errors"] else ""
    return (
        ListCell(outcome, sign=sign, mood=_MOODS.get(row["outcome"], "unknown")),
        ListCell(name(row["name"], page)),
        ListCell(row["trace_id"][:8], exact=row["trace_id"]),
        ListCell(row["service"]),
        ListCell(agents.text, exact=agents.exact),
        ListCell(formats.short_moment(row["started_at"], page.now), exact=formats.moment(row["started_at"])),
        ListCell(
            formats.duration(row["duration_s"]), share=row["duration_s"] / longest_s if longest_s else None
        ),
        ListCell(formats.count(row["spans"])),
        ListCell(f"✕ {errors}" if errors else "0"),
        ListCell(
            formats.compact(row["total_tokens"]), note=_split(row, page),
            exact=formats.count(row["total_tokens"]),
        ),
        ListCell(
            formats.usd(row["cost_usd"]), note=_source(row, page), exact=formats.usd_exact(row["cost_usd"])
        ),
        ListCell(tags.text, exact=tags.exact),
    )  # fmt: skip


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
