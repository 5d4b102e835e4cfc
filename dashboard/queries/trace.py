"""One trace with all its spans, as AgentOps has it now, and its log."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from agentops_client import Span, Trace, TraceLog, TraceNotFound

from ..pricing import PriceBook
from ..spans import tidy, without_content
from ..upstream import Upstream

#: Traces kept, oldest use first out: the reader goes back and forth, and several look at the same one.
KEPT = 16
#: A trace whose last span ended less than this ago may still be running; it is read again so soon ...
RUNNING, RUNNING_AGAIN = timedelta(minutes=2), timedelta(seconds=5)
#: ... and one that is over at most so seldom.
SETTLED_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class TraceView:
    """A trace to be shown.

    Attributes:
        wire: as AgentOps sent it.
        spans: one row a span, see ``archive.schema.SPANS``.
        summary: its row of ``archive.schema.TRACES``, times aware, None for what is not reported; None
            without any span.
        fetched_at: when it was asked for.
        running: its last span ended so recently that more may follow.
        withheld: prompts, completions, arguments and messages are left out.
    """

    wire: Trace
    spans: pd.DataFrame
    summary: dict[str, Any] | None
    fetched_at: datetime
    running: bool
    withheld: bool = False

    def span(self, span_id: str | None) -> tuple[Span | None, dict[str, Any] | None]:
        """A span as it was sent, and its row of `spans`; None for both where there is none of this id."""
        wire = next((span for span in self.wire.spans if span.span_id == span_id), None)
        rows = self.spans[(self.spans["span_id"] == span_id) & ~self.spans["duplicate"].astype(bool)]
        return (wire, _plain(rows.iloc[0])) if wire is not None and len(rows) else (None, None)

    @property
    def stale_at(self) -> datetime:
        """When it should be asked for again."""
        return self.fetched_at + (RUNNING_AGAIN if self.running else SETTLED_AGAIN)


class _Kept:
    """Traces of one upstream, each fetched by one reader while the others wait."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self.lock = threading.Lock()
        self.views: OrderedDict[str, TraceView] = OrderedDict()
        self.fetching: dict[str, threading.Lock] = {}


_kept: WeakKeyDictionary[Upstream, _Kept] = WeakKeyDictionary()
_lock = threading.Lock()


def trace(
    upstream: Upstream, trace_id: str, book: PriceBook, *, content: bool, fresh: bool = False
) -> TraceView:
    """The trace, from memory while that is recent enough.

    Args:
        content: with prompts, completions, arguments and messages; without, they are nowhere in the answer.
        fresh: ask in any case.

    Raises:
        TraceNotFound: there is none, or it belongs to another project.
        AgentOpsError: AgentOps failed otherwise.
    """
    view = _whole(upstream, trace_id, book, fresh=fresh)
    return view if content else replace(view, wire=without_content(view.wire), withheld=True)


def _whole(upstream: Upstream, trace_id: str, book: PriceBook, *, fresh: bool) -> TraceView:
    kept = _kept_of(upstream)
    with kept.lock:
        fetching = kept.fetching.setdefault(trace_id, threading.Lock())
    with fetching:
        with kept.lock:
            known = kept.views.get(trace_id)
        if known is not None and not fresh and known.fetched_at <= upstream.now() < known.stale_at:
            return known
        view = _fetched(upstream, trace_id, book)
        with kept.lock:
            kept.views[trace_id] = view
            kept.views.move_to_end(trace_id)
            while len(kept.views) > KEPT:
                gone, _ = kept.views.popitem(last=False)
                kept.fetching.pop(gone, None)
        return view


def log(upstream: Upstream, trace_id: str) -> TraceLog:
    """The log that the SDK uploaded. It may hold anything: for readers of content only.

    Raises:
        LogNotFound: none was uploaded. TraceNotFound: no such trace, or no access to it.
        AgentOpsError: AgentOps failed otherwise.
    """
    with upstream.asking() as client:
        return client.logs(trace_id)


def _fetched(upstream: Upstream, trace_id: str, book: PriceBook) -> TraceView:
    now = upstream.now()
    with upstream.asking() as client:
        wire = client.trace(trace_id)
        project_id = client.project_id
    if wire.project_id is not None and wire.project_id.lower() != project_id.lower():
        # A stock build answers for every project that the session's user may read.
        raise TraceNotFound(
            "The trace belongs to another project.", method="GET", path="/v4/traces/{trace_id}",
            endpoint=upstream.endpoint,
        )  # fmt: skip
    frames = tidy([wire], book=book, read_at=now)
    summary = _plain(frames.traces.iloc[0]) if len(frames.traces) else None
    running = False
    if summary is not None:
        # Without its root a trace is likelier to go on: roots end last.
        running = now - summary["ended_at"] < (RUNNING if summary["has_root"] else 5 * RUNNING)
    return TraceView(wire, frames.spans, summary, now, running)


def _kept_of(upstream: Upstream) -> _Kept:
    """What is kept of this upstream; another one (another key, address or project) has nothing of it."""
    with _lock:
        kept = _kept.get(upstream)
        if kept is None or kept.project_id != upstream.project_id:
            kept = _kept[upstream] = _Kept(upstream.project_id)
        return kept


def _plain(row: pd.Series) -> dict[str, Any]:
    """A row as plain values: None where nothing was reported, times aware."""
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.tz_localize(UTC).to_pydatetime()
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value
