"""Around one trace: which one is meant, its neighbours in the list, the way back, the way to AgentOps."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from .. import panels
from ..archive.reading import listing
from ..archive.reading.listing import Neighbours
from ..filter_state import current_filters
from ..links import app_href, link_to_list, link_to_trace, list_href
from ..panels import Page
from ..queries import Clocks
from ..queries.spans import ask
from ..queries.trace import RUNNING_AGAIN, TraceView
from ..shelf import shelf_of
from ..upstream import Upstream

PARAMETER = "trace"


def wanted(page: Page) -> str | None:
    """The id in the address, as far as it may be one."""
    return (st.query_params.get(PARAMETER) or "").strip().lower().replace("-", "") or None


def ask_for_one(page: Page) -> None:
    """A bare page: says how to get to a trace."""
    words = page.words
    grid = page.scope.grid(page.now)
    page.show(Clocks(page.now, None, None, len(grid.windows), len(grid.windows), True))
    panels.section(words("trace.ask"))
    panels.hint(words("trace.ask_do"))
    trace_id = st.text_input(words("trace.id"), key="trace_wanted", max_chars=64)
    if st.button(words("trace.open"), key="trace_open", disabled=not trace_id.strip()):
        st.query_params[PARAMETER] = trace_id.strip()
        st.rerun()
    st.html(panels.html('<p><a href="{href}">{text}</a></p>', href=list_href(), text=words("trace.list")))


def clocks(view: TraceView) -> Clocks:
    """When it was asked for; and when its newest span ended."""
    newest = max((span.ended_at for span in view.wire.spans), default=None)
    return Clocks(view.fetched_at, newest, None, 1, 1, True)


def again(view: TraceView) -> timedelta | None:
    return RUNNING_AGAIN if view.running else None


def neighbours(source: Upstream, view: TraceView, page: Page) -> None:
    """Links to the traces above and below in the list's order, to the list, and to AgentOps' dashboard."""
    words = page.words
    shelf, filters = shelf_of(source), current_filters()
    query = filters.to_query()
    found = Neighbours(None, None, None, 0)
    if shelf.archive is not None:
        window = page.scope.grid(page.now).whole
        found = ask(shelf, listing.neighbours, window.start, window.end, filters, view.wire.trace_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for other, key in ((found.previous, "previous"), (found.next, "next")):
            if other is not None:
                link_to_trace(other, words(f"trace.{key}"), **query)
        link_to_list(words("trace.list"), **query)
        if source.app_url and not source.embedded:
            address = app_href(source.app_url, view.wire.trace_id)
            panels.links([(address, words("trace.app"))], note="", label=words("trace.app"))
        if found.position is not None:
            count = page.formats.count
            panels.hint(words("trace.position", position=count(found.position), total=count(found.total)))
