"""The log of one trace: searched, coloured, taken along."""

from __future__ import annotations

import streamlit as st

from agentops_client import LogNotFound, TraceNotFound

from .. import panels
from ..conversation import runs
from ..panels import Page
from ..queries import trace as query
from ..queries.trace import TraceView
from ..upstream import Upstream

#: Lines drawn at most; search and download know all.
SHOWN = 5000
_READ = "trace_log"


def log(source: Upstream, view: TraceView, page: Page) -> None:
    """The log that the SDK uploaded: searched, in its colours, to download."""
    words, formats = page.words, page.formats
    panels.section(words("trace.log"))
    if not page.shows_content:
        panels.hint(words("access.withheld"))
        return
    try:
        text = _read(source, view)
    except LogNotFound:
        panels.hint(words("trace.log_none"))
        return
    except TraceNotFound:
        panels.hint(words("trace.log_refused"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(words("trace.log_search"), key="log_search", width=320).casefold()
        st.download_button(
            words("trace.log_download"), text.encode("utf-8", "replace"),
            file_name=f"{view.wire.trace_id[:8]}.log", mime="text/plain", on_click="ignore",
            key="log_download",
        )  # fmt: skip
    lines = text.splitlines()
    kept = [line for line in lines if wanted in line.casefold()]
    shown = formats.count(min(len(kept), SHOWN))
    panels.hint(
        words("trace.log_lines", shown=shown, n=formats.count(len(kept)), total=formats.count(len(lines)))
    )
    panels.coloured(runs("\n".join(kept[:SHOWN])), label=words("trace.log"))


def _read(source: Upstream, view: TraceView) -> str:
    """The log, asked for once as long as the reader stays with the trace; one that is not there yet is asked
    for each time."""
    trace_id = view.wire.trace_id
    kept: tuple[str, str] | None = st.session_state.get(_READ)
    if kept is None or kept[0] != trace_id or view.running:
        kept = (trace_id, query.log(source, trace_id).text)
        st.session_state[_READ] = kept
    return kept[1]
