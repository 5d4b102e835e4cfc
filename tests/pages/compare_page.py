"""The trace of ``?trace=`` with nothing but its comparison, and what stands below it."""

import streamlit as st

from dashboard import panels, projects, shelf
from dashboard.queries import trace as query
from dashboard.sections import trace_compare, trace_frame

with panels.live_page("trace.title") as page:
    source = projects.shared()
    view = query.trace(source, st.query_params["trace"], shelf.prices(), content=True)
    page.show(trace_frame.clocks(view))
    trace_compare.follow_address()
    trace_compare.compare(source, view, page)
    panels.hint("what stands below")
