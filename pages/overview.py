"""Overview: what the agents cost, used and achieved in the chosen range, and how that changed."""

import streamlit as st

from dashboard import cards, figures, metrics, panels, queries, reading, shelf
from dashboard.queries.spans import coverage_of
from dashboard.sections import alerts, coverage, reconciliation, report, truth


@st.fragment
def overview() -> None:
    with panels.live_page("overview.title") as page:
        source = page.source
        view = queries.overview(source, page.scope, wait_s=panels.WAIT_S)
        covered = coverage_of(shelf.shelf_of(source), view.grid.whole, view.totals.traces, view.grid.now)
        page.show(view.clocks, again=coverage.again(covered))
        if view.emptiness is not None:
            reading.empty_range(view, page)
            return
        words, formats = page.words, page.formats
        spans = truth.truth(view, covered)
        reading.notes(view, page, split=spans is not None)
        if view.totals.asked_at is None:
            panels.kpi_skeleton(cards.labels(words), label=words("kpi.heading"))
        else:
            known = spans.totals if spans else None
            row = cards.overview_cards(view, words, formats, spans=known, unread=words("kpi.unread"))
            panels.kpi_row(row, label=words("kpi.heading"))
        coverage.badge(covered, page)

        windows = reading.labelled(spans.windows if spans else view.windows, page)
        axis = reading.time_axis(view, page)
        bands = alerts.all_bands(view, page)
        per = words(f"per.{view.grid.bucket}")

        cost = figures.cost_over_time(
            windows,
            axis=axis,
            bands=bands,
            name=words("overview.cost_series"),
            y_title=words("overview.cost_axis", per=per),
            usd=formats.usd,
        )
        parts = metrics.token_parts(windows)
        tokens = figures.tokens_over_time(
            windows,
            parts,
            axis=axis,
            bands=bands,
            names=reading.token_names(parts, page),
            y_title=words("overview.tokens_axis", per=per),
            count=formats.count,
        )
        outcomes = figures.outcomes_over_time(
            windows,
            axis=axis,
            bands=bands,
            names=reading.outcome_names(page),
            y_title=words("overview.outcomes_axis", per=per),
            count=formats.count,
        )
        draw = reading.Charts(page, axis, windows, per)
        draw(cost, "cost", "cost_usd", formats.usd, height=330)
        left, right = st.columns(2)
        with left:
            draw(tokens, "tokens", "total_tokens", formats.count)
        with right:
            draw(outcomes, "outcomes", "traces", formats.count)
        draw.offer_dragged_range()
        if view.totals.asked_at is not None:
            report.offer(view, covered, row, draw.drawn, page)
        if covered.held.read:
            truth.lists(covered, page)
            reconciliation.section(covered, view, page)


overview()
