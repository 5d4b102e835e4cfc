"""On call: is it the agents, the model, or AgentOps; since when, how bad; and one click to what failed."""

from contextlib import suppress

import streamlit as st

from agentops_client import AgentOpsError
from dashboard import heartbeats, panels, reading, shelf
from dashboard.panels.watch import use_watch_style
from dashboard.queries import on_call as query
from dashboard.sections import alerts, heartbeat, on_call_tiles
from dashboard.sections import on_call as section
from dashboard.sections import on_call_lists as lists

use_watch_style()


@st.fragment
def on_call() -> None:
    with panels.live_page("on_call.title") as page, section.always_the_last_hour(page):
        source = page.source
        view = query.on_call(source, shelf.shelf_of(source), page.scope, wait_s=panels.WAIT_S)
        page.show(view.view.clocks, again=section.again(view, page))
        found = section.judged(view)
        section.banner(found, view, page)
        reading.notes(view.view, page, split=True)
        on_call_tiles.tiles(found, view, page)
        left, right = st.columns(2)
        with left:
            lists.over_time(view, page)
        with right:
            lists.failures(view, page)
        lists.read_so_far(view, page)
    if not section.kiosk():
        with suppress(AgentOpsError):  # settings that cannot be used: the panel above says so
            source = page.source
            alerts.alerts(page)
            heartbeat.lamps(source, heartbeats.lamps_of(source).look(), page)
            heartbeat.history(heartbeats.record_of(source), page)


on_call()
