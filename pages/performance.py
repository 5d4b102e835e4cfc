"""Performance & errors: how long things take, what fails, and what is different where it does."""

import streamlit as st

from dashboard import panels, shelf
from dashboard.archive import reading as archive
from dashboard.choices import choice
from dashboard.queries.spans import span_range
from dashboard.sections import coverage, differences, errors, latency, over_time


@st.fragment
def performance() -> None:
    with panels.live_page("performance.title") as page:
        source = page.source
        span = span_range(source, shelf.shelf_of(source), page.scope, wait_s=panels.WAIT_S)
        if not coverage.begin(span, page):
            return
        words = page.words
        subjects = {of: words(f"performance.of_{of}") for of in latency.SUBJECTS}
        of = choice("of", subjects, label=words("performance.of"))
        groups = span.ask(archive.error_groups)
        cards = latency.cards(span, page, of=of, groups=groups)
        panels.kpi_row(cards, label=words("kpi.heading"))
        frame = over_time.frame_of(span, page)
        latency.over_time(span, frame, page, of=of)
        left, right = st.columns(2)
        with left:
            latency.histogram(span, page, of=of)
        with right:
            latency.scatter(span, frame, page)
        latency.chosen_traces(span, page)
        errors.table(groups, page)
        differences.section(span, page)


performance()
