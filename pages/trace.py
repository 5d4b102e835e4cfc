"""One trace: opens from a bare link, alone."""

import streamlit as st

from dashboard import panels, shelf, upstream
from dashboard.queries import trace as query
from dashboard.sections import trace_frame, trace_view


@st.fragment
def trace() -> None:
    with panels.live_page("trace.title") as page:
        source = upstream.shared()
        trace_id = trace_frame.wanted(page)
        if trace_id is None:
            trace_frame.ask_for_one(page)
            return
        view = query.trace(source, trace_id, shelf.prices())
        page.show(trace_frame.clocks(view), again=trace_frame.again(view))
        trace_frame.neighbours(source, view, page)
        trace_view.head(view, page)
        if view.wire.spans:
            trace_view.spans(view, page)
        trace_view.log(source, view, page)
        trace_view.downloads(view, page)


trace()
