"""A second trace beside the one of the page: which one, and what differs."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from agentops_client import AgentOpsError, TraceNotFound

from .. import panels, shelf
from ..alignment import Comparison
from ..alignment import compare as align
from ..archive.reading import listing
from ..archive.reading.alike import alike
from ..filter_state import current_filters
from ..links import trace_href
from ..panels import Cell, Column, Page
from ..panels.cells import trace_cell
from ..panels.nothing import cause_text
from ..queries import trace as query
from ..queries.spans import ask
from ..queries.trace import TraceView
from ..upstream import Upstream
from .compare_head import head
from .compare_steps import steps
from .tables import Row, name, records, usd

PARAMETER: Final = "with"
#: The parameter of the page's view, and what it says of this one and of the waterfall.
VIEW, COMPARE, SPANS = "view", "compare", "spans"
#: Comparisons kept for all viewers.
ALIGNED_KEPT: Final = 4
_ID, _PREFIX = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{8,31}")
#: So much of a text that is no id is said again.
_SAID_MAX = 40
_MOODS: dict[str, panels.Mood] = {"success": "good", "failed": "bad"}


def follow_address() -> None:
    """An address that names a second trace and no view means this view; call it before views are drawn."""
    if (
        st.query_params.get(PARAMETER)
        and VIEW not in st.query_params
        and f"choice_{VIEW}" not in st.session_state
    ):
        st.query_params[VIEW] = COMPARE


def compare(source: Upstream, view: TraceView, page: Page) -> None:
    """The comparison with the trace that ``?with=`` names, or the way to choose one.

    Nothing about the other trace is raised: what is wrong with it is said here, below the page's own trace.
    """
    words = page.words
    asked = st.query_params.get(PARAMETER, "").strip()
    panels.section(words("compare.title"), (words("compare.help"),))
    if view.summary is None:
        panels.hint(words("compare.no_spans_here"))
        return
    if not asked:
        _choose(source, view.summary, view.wire.trace_id, page)
        return
    other = _other(source, view, asked, page)
    if other is None:
        panels.links(
            [(_address(view.wire.trace_id), words("compare.end"))], note="", label=words("compare.title")
        )
        _choose(source, view.summary, view.wire.trace_id, page)
        return
    ids = view.wire.trace_id, other.wire.trace_id
    links = [
        (_address(ids[1], beside=ids[0]), words("compare.swap")),
        (_address(ids[0]), words("compare.end")),
    ]
    panels.links(links, note="", label=words("compare.title"))
    if other.running:
        panels.note(words("compare.running"))
    head(view, other, page, hrefs=(_address(ids[0], view=SPANS), _address(ids[1], view=SPANS)))
    found = _aligned(ids, (view.fetched_at, other.fetched_at), view.spans, other.spans)
    steps(found, page, opens=partial(_span_href, ids))


def _other(source: Upstream, view: TraceView, asked: str, page: Page) -> TraceView | None:
    """The other trace; None after a sentence that says why there is none to compare with."""
    words = page.words
    trace_id = _trace_id(source, asked, page)
    if trace_id is None:
        return None
    if trace_id == view.wire.trace_id.lower().replace("-", ""):
        panels.note(words("compare.same"))
        return None
    other = _read(source, trace_id, page)
    if other is not None and other.summary is None:
        panels.note(words("compare.no_spans"))
        return None
    return other


def _read(source: Upstream, trace_id: str, page: Page) -> TraceView | None:
    """The trace of this id; None after a sentence that says why it cannot be had."""
    words = page.words
    try:
        return query.trace(source, trace_id, shelf.prices(), content=page.shows_content)
    except TraceNotFound:
        panels.note(words("compare.not_found", id=trace_id))
    except AgentOpsError as error:
        said = {part: cause_text(error, part, words) for part in ("title", "sentence")}
        panels.note(words("compare.failed", cause=said["title"], sentence=said["sentence"]))
        st.button(words("panel.retry"), key="compare_retry")  # drawing the page again asks again
    return None


def _trace_id(source: Upstream, asked: str, page: Page) -> str | None:
    """The id that a text means: letter case and hyphens do not matter, and the beginning of one is enough
    where it is archived. None after a sentence that says what is wrong with it."""
    wanted = asked.strip().lower().replace("-", "")
    if _ID.fullmatch(wanted):
        return wanted
    said = asked[:_SAID_MAX] + ("…" if len(asked) > _SAID_MAX else "")
    if not _PREFIX.fullmatch(wanted):
        panels.note(page.words("compare.bad_id", text=said))
        return None
    archive = shelf.shelf_of(source)
    found = ask(archive, listing.find, wanted) if archive.archive is not None else None
    if found is None:
        panels.note(page.words("compare.short_id", text=said))
    return found


def _choose(source: Upstream, summary: dict[str, Any], trace_id: str, page: Page) -> None:
    """Traces that suggest themselves, and a field for the id of any other."""
    words = page.words
    _suggestions(source, summary, trace_id, page)
    with st.form("compare_form", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        text = left.text_input(
            words("compare.id"), key="compare_id", max_chars=64, help=words("compare.id_help")
        )
        pressed = right.form_submit_button(words("compare.go"))
    if pressed and text.strip():
        wanted = _trace_id(source, text, page)
        if wanted is not None:
            st.query_params[PARAMETER] = wanted
            st.rerun()


def _suggestions(source: Upstream, summary: dict[str, Any], trace_id: str, page: Page) -> None:
    words, formats = page.words, page.formats
    archived = shelf.shelf_of(source)
    if archived.archive is None:
        return
    found = ask(archived, alike, trace_id, summary["name"], summary["started_at"])
    if found.empty:
        panels.hint(words("compare.none"))
        return
    rows: list[Row] = [
        {
            "why": Cell(
                ", ".join(words(f"compare.why_{reason}") for reason in row["why"]),
                href=_address(trace_id, beside=row["trace_id"]),
            ),
            "trace": trace_cell(row["trace_id"]),
            "status": Cell(
                words(f"outcome.{row['outcome']}").split(" ", 1)[1], mood=_MOODS.get(row["outcome"], "")
            ),
            "start": formats.moment(row["started_at"]),
            "duration": formats.duration(row["duration_s"]),
            "spans": formats.count(row["spans"]),
            "cost": usd(page, row["cost_usd"]),
        }
        for row in records(found)
    ]
    columns = [
        Column("why", words("compare.why")),
        Column("trace", words("column.trace"), mono=True),
        Column("status", words("column.status")),
        Column("start", words("column.start")),
        Column("duration", words("column.duration"), align="right"),
        Column("spans", words("column.spans"), align="right"),
        Column("cost", words("column.cost"), align="right"),
    ]
    told = words("compare.suggested_all", name=name(summary["name"], page))
    panels.table(columns, rows, label=words("compare.suggested"), caption=told)


@st.cache_resource(max_entries=ALIGNED_KEPT, show_spinner=False)
def _aligned(
    ids: tuple[str, str], times: tuple[datetime, datetime], _this: pd.DataFrame, _other: pd.DataFrame
) -> Comparison:
    """The steps of both, worked out once for all viewers as long as neither is read again."""
    return align(_this, _other)


def _span_href(ids: tuple[str, str], at_b: bool, span_id: str) -> str:
    """Where a span of the one trace, or of the other, opens; the comparison stays at hand."""
    return _address(ids[at_b], beside=ids[not at_b], view=SPANS, span=span_id)


def _address(trace_id: str, *, beside: str | None = None, view: str = COMPARE, **more: str) -> str:
    """The page of a trace, with the one beside it, the reader's view and filters."""
    if beside is not None:
        more[PARAMETER] = beside
    return trace_href(trace_id, **current_filters().to_query(), view=view, **more)
