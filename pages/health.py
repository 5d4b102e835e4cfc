"""Health: how AgentOps has answered, the stack, the doctor, and what this dashboard is."""

import streamlit as st

from dashboard import heartbeats, panels, shelf
from dashboard.queries import Clocks
from dashboard.sections import health as sections
from dashboard.sections import heartbeat


@st.fragment
def health() -> None:
    with panels.live_page("health.title") as page:
        source = page.source
        failure = heartbeat.is_down(source, page)
        if failure is not None:
            page.down(failure)
        else:
            page.show(Clocks(page.now, None, None, 1, 1, True), traces=False)
        heartbeat.lamps(source, heartbeats.lamps_of(source).look(), page)
        heartbeat.history(heartbeats.record_of(source), page)
        if page.is_operator:
            sections.doctor(source, page)
            sections.about(shelf.shelf_of(source), page)
            sections.settings(source, page)
        else:
            panels.hint(page.words("access.inside"))
        sections.formulas(page)


health()
