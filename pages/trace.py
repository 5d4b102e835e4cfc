"""One trace: opens from a bare link, alone."""

import streamlit as st

from dashboard import panels, shelf
from dashboard.queries import trace as query
from dashboard.sections import flow, trace_compare, trace_frame, trace_log, trace_spans, trace_view


@st.fragment
def trace() -> None:
    with panels.live_page("trace.title") as page:
        source = page.source
        trace_id = trace_frame.wanted(page)
        if trace_id is None:
            trace_frame.ask_for_one(page)
            return
        view = query.trace(source, trace_id, shelf.prices(), content=page.shows_content)
        page.show(trace_frame.clocks(view), again=trace_frame.again(view))
        trace_frame.neighbours(source, view, page)
        trace_view.head(view, page)
        trace_compare.follow_address()
        match trace_view.view_of(page):
            case "spans":
                trace_spans.fall(view, page)
            case "replay":
                trace_spans.film(view, page)
            case "graph":
                flow.flow_of_trace(view.spans, page)
            case "compare":
                trace_compare.compare(source, view, page)
            case "log":
                trace_log.log(source, view, page)
        trace_view.downloads(view, page)


trace()
