"""Cost & tokens: what was spent on what, where the month is heading, and what was wasted."""

import streamlit as st

from dashboard import panels, queries, shelf
from dashboard.archive import reading as archive
from dashboard.choices import choice
from dashboard.queries.spans import SpanRange, count_traces, coverage_of
from dashboard.sections import coverage, over_time, reconciliation, spend, usage, waste
from dashboard.settings import dashboard_settings


@st.fragment
def cost() -> None:
    with panels.live_page("cost.title") as page:
        source, budget_usd = page.source, dashboard_settings().budget_usd
        shelves = shelf.shelf_of(source)
        view = queries.overview(source, page.scope, wait_s=panels.WAIT_S)
        read = coverage_of(shelves, view.grid.whole, view.totals.traces, view.grid.now)
        span = SpanRange(view.grid, view.totals, read, view.emptiness, view.clocks)
        window = spend.month_window(page)
        total = count_traces(source, window, wait_s=panels.WAIT_S)
        month_read = coverage_of(shelves, window, total, view.grid.now)
        if not coverage.begin(span, page, month_read):
            return
        words = page.words
        month = spend.month(month_read, page, budget_usd=budget_usd)
        panels.kpi_row(spend.cards(span, month, page), label=words("kpi.heading"))
        frame = over_time.frame_of(span, page)
        left, right = st.columns([3, 1])
        with left:
            groups = {group: words(f"by.{group}") for group in usage.GROUPS}
            by = choice("by", groups, label=words("by.label"))
        with right:
            measures = {name: words(f"cost.measure_{name}") for name in usage.MEASURES}
            measure = choice("measure", measures, label=words("cost.measure"))
        usage.over_time(span, frame, page, by=by, measure=measure)
        usage.table(span, page, by=by)
        spend.budget(month, page, budget_usd=budget_usd)
        in_all = span.ask_windows(archive.usage_over_time, "none")
        left, right = st.columns(2)
        with left:
            usage.parts(in_all, frame, page)
        with right:
            usage.sources(in_all, frame, page, prices_of=shelf.prices().as_of)
        spend.heat(span, page)
        waste.waste(span, page)
        waste.unpriced(span, page)
        reconciliation.section(span.coverage, view, page)


cost()
