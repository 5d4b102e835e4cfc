"""Agents & models: who calls whom, and how well agents, tools and models do."""

import streamlit as st

from dashboard import panels, shelf
from dashboard.queries.spans import span_range
from dashboard.sections import agents as sections
from dashboard.sections import coverage, flow


@st.fragment
def agents() -> None:
    with panels.live_page("agents.title") as page:
        source = page.source
        span = span_range(source, shelf.shelf_of(source), page.scope, wait_s=panels.WAIT_S)
        if not coverage.begin(span, page):
            return
        flow.flow(span, page)
        sections.agents_table(span, page)
        sections.models_table(span, page)
        sections.tools_table(span, page)


agents()
