"""The last hour window by window, and its newest failures with one click to each trace."""

from __future__ import annotations

import streamlit as st

from .. import figures, panels
from ..links import trace_href
from ..panels import Cell, Column, Page
from ..panels.cells import trace_cell
from ..panels.charts import over_time_in_words
from ..queries.on_call import OnCall
from ..reading import cause_in_words, labelled, outcome_names, time_axis
from . import coverage
from .alerts import all_bands
from .on_call import clock, kiosk
from .tables import Row, error_said, name, records

#: Rows of the list of failures.
SHOWN = 8


def over_time(view: OnCall, page: Page) -> None:
    """Arrivals of each window by outcome."""
    words, formats, grid = page.words, page.formats, view.view.grid
    windows, axis = labelled(view.windows, page), time_axis(view.view, page)
    per = words(f"per.{grid.bucket}")
    figure = figures.outcomes_over_time(
        windows, axis=axis, bands=all_bands(view.view, page), names=outcome_names(page),
        y_title=words("on_call.chart_axis", per=per), count=formats.count,
    )  # fmt: skip
    figure.update_layout(uirevision=f"on_call {page.scope.zone}")
    height = 300
    if kiosk():
        height = 380
        figure.update_layout(font_size=15, margin_b=60)
    title = words("on_call.chart", per=per)
    described = over_time_in_words(
        title, windows["traces"], start=axis.start, end=axis.end, zone=axis.title, text=formats.count,
        words=words, formats=formats,
    )  # fmt: skip
    panels.chart(
        figure, "on_call", title=title, description=described, words=words, zone=axis.zone.key,
        height=height, definition=(words("on_call.chart_help"),),
    )  # fmt: skip


def failures(view: OnCall, page: Page) -> None:
    """The newest failed traces, or why there are none to list."""
    words, formats, found = page.words, page.formats, view.failures
    rows: list[Row] = [
        {
            "name": Cell(name(row["name"], page), href=trace_href(row["trace_id"])),
            "start": Cell(clock(row["started_at"], page), exact=formats.moment(row["started_at"])),
            "error": Cell(error_said(row["error_type"], row["error_group"], page)),
            "trace": trace_cell(row["trace_id"], href=trace_href(row["trace_id"])),
        }
        for row in records(found.frame.head(SHOWN))
    ]
    columns = [
        Column("name", words("column.name")),
        Column("start", words("column.start")),
        Column("error", words("on_call.failures_error"), wide=True),
        Column("trace", words("column.trace"), mono=True),
    ]
    title = words("on_call.failures")
    panels.section(title, (words("on_call.failures_help"),))
    if not view.coverage.held.read:
        panels.hint(_unread(view, page))
        return
    hidden = found.total - len(rows)
    caption = words("on_call.failures_more", n=formats.count(hidden)) if hidden > 0 else ""
    with st.container(key="ao-failures"):
        panels.table(columns, rows, label=title, caption=caption, empty=_none(view, page))


def read_so_far(view: OnCall, page: Page) -> None:
    """How much of the hour has been read, where there is something to read."""
    if view.view.totals.traces:
        coverage.badge(view.coverage, page)


def _none(view: OnCall, page: Page) -> str:
    failed = view.view.totals.failed
    if view.spans is None and failed is None:
        return page.words("on_call.failures_none_known")
    if view.spans is None and failed:
        return page.words("on_call.failures_none_read", failed=page.formats.count(failed))
    return page.words("on_call.failures_none")


def _unread(view: OnCall, page: Page) -> str:
    """Why the archive holds no trace of the hour."""
    if view.view.totals.traces == 0:
        return page.words("on_call.failures_none")
    if view.coverage.progress.state == "off":
        cause = view.coverage.progress.cause
        told = page.words("coverage.off_bug" if cause == "bug" else "coverage.off")
        if cause and cause != "bug" and page.words.has(f"cause.{cause}.title"):
            told = cause_in_words(cause, page)
        return page.words("on_call.failures_off", cause=told)
    if view.coverage.shelf.state == "opening":
        return page.words("on_call.failures_opening")
    return page.words("on_call.failures_unread")
