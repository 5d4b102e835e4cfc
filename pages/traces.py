"""Traces: every trace of the range that has been read, searched, filtered, sorted, page by page."""

import streamlit as st

from dashboard import panels, shelf
from dashboard.queries.spans import span_range
from dashboard.sections import coverage, trace_export, trace_filters, trace_list


@st.fragment
def traces() -> None:
    with panels.live_page("traces.title") as page:
        source = page.source
        span = span_range(source, shelf.shelf_of(source), page.scope, wait_s=panels.WAIT_S)
        if not coverage.begin(span, page):
            return
        filters = trace_filters.controls(span, page)
        trace_list.rows(span, filters, page)
        trace_export.export(span, filters, page)


traces()
