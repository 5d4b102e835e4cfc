"""From AgentOps into the archive: one window's list, one trace's details, and batches of traces stored."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from agentops_client import (
    AgentOpsClient,
    AgentOpsError,
    AnswerTooLarge,
    AnswerUnreadable,
    BadRequest,
    TimedOut,
    Trace,
    TraceNotFound,
    TraceSummary,
    UpstreamFailed,
)
from dashboard.pricing import PriceBook
from dashboard.spans import tidy
from dashboard.windows import SECOND, Window

from . import Archive, Listed, Pending
from .sweeping import halves, listed_until

log = logging.getLogger("dashboard.archive")

#: Kinds of requests, for their typical times.
LIST, TRACE = "list", "trace"
#: Rows of a list's page, as the client asks for them.
PAGE = 100
#: A batch is stored when it has so many traces or spans, or is so old; a crash loses no more than it.
FLUSH_TRACES, FLUSH_SPANS, FLUSH_S = 100, 5_000, 2.0
#: A trace that cannot be read is tried again after these, then each time after the last.
RETRY_AFTER: tuple[timedelta, ...] = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 1440))
#: So often a failing window is halved; what is not narrowed by then fails as it is.
HALVINGS = 24
#: A list of this long ago is empty: who cannot answer it can answer nothing.
EMPTY_AGO = timedelta(days=20 * 365)
#: Causes that concern one question and need not concern the next.
_ONE_QUESTION = (UpstreamFailed, AnswerUnreadable, AnswerTooLarge, BadRequest, TimedOut)


class Asking(Protocol):
    """Sends a request when its turn has come, and knows the pace."""

    def __call__(self, kind: str, request: Callable[[], Any]) -> Any: ...


def concerns_one_question(error: AgentOpsError) -> bool:
    """Whether another question may well be answered: not so where the key's exchange or the way failed."""
    return (
        isinstance(error, _ONE_QUESTION)
        and error.phase not in ("connect", "pool")
        and "/v4/" in (error.path or "")
    )


class Reader:
    """Reads windows and traces into `archive`. Thread-safe; every request goes through the `asking` given.

    Args:
        project_id: details of any other project are not stored.
        now: the present (aware, UTC); monotonic: seconds of any origin.
    """

    def __init__(
        self,
        client: AgentOpsClient,
        archive: Archive,
        book: PriceBook,
        *,
        project_id: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._client, self._archive, self._book = client, archive, book
        self._project_id = project_id.lower()
        self._now, self._monotonic = now, monotonic
        self._lock = threading.Lock()
        self._batch: list[tuple[Trace, datetime]] = []
        self._batch_since = 0.0

    def sweep(self, window: Window, asking: Asking) -> int:
        """Lists `window`, which makes pending what changed; returns the number of traces listed.

        One odd span makes AgentOps fail on a page that would show it: such a window is halved down to a
        minute around it, the failing piece is recorded with its cause, the rest as listed.

        Raises:
            AgentOpsError: AgentOps or the way to it fails, not this window alone; of what failed then
                nothing is recorded.
        """
        pieces, traces, probed, halvings = [window], 0, False, HALVINGS
        while pieces:
            piece = pieces.pop()
            asked_at = self._now()
            until = listed_until(piece, asked_at)
            try:
                # a piece of an open window may not have begun: nothing to list yet
                rows = self._list(piece.start, until, asking) if until > piece.start else []
            except AgentOpsError as error:
                if not concerns_one_question(error):
                    raise
                if not probed:  # raises where AgentOps cannot answer anything
                    asking(LIST, self._ask_for_nothing)
                    probed = True
                parts = halves(piece) if halvings > 0 else None
                if parts is None:
                    self._archive.note_sweep(piece.start, piece.end, asked_at, (), failed=error.cause)
                else:
                    halvings -= 1
                    pieces += parts
            else:
                traces += len(rows)
                self._archive.note_sweep(piece.start, piece.end, asked_at, [_listed(row) for row in rows])
        return traces

    def read(self, item: Pending, asking: Asking) -> bool:
        """Reads one trace; True where it waits to be stored now, False where it was dropped.

        Raises:
            AgentOpsError: it failed; where that concerns this trace alone, the time of its next attempt
                is recorded.
        """
        try:
            sent_at, trace = asking(TRACE, lambda: (self._now(), self._client.trace(item.trace_id)))
        except TraceNotFound:
            self._archive.drop(item.trace_id)
            return False
        except AgentOpsError as error:
            if concerns_one_question(error):
                self._fail(item, error.cause)
            raise
        if trace.project_id is not None and trace.project_id.lower() != self._project_id:
            self._fail(item, "other_project")
            return False
        with self._lock:
            if not self._batch:
                self._batch_since = self._monotonic()
            self._batch.append((trace, sent_at))
        return True

    def flush(self, settled: Callable[[list[str]], None], *, always: bool = False) -> None:
        """Stores what was read where that is due, or `always`; `settled` gets the ids of those traces, also
        when storing fails."""
        with self._lock:
            spans = sum(len(trace.spans) for trace, _ in self._batch)
            age_s = self._monotonic() - self._batch_since
            full = len(self._batch) >= FLUSH_TRACES or spans >= FLUSH_SPANS or age_s >= FLUSH_S
            if not self._batch or not (always or full):
                return
            batch, self._batch = self._batch, []
        try:
            self._store(batch)
        finally:
            settled([trace.trace_id for trace, _ in batch])

    def _store(self, batch: list[tuple[Trace, datetime]]) -> None:
        for trace, _ in batch:
            if not trace.spans:  # it has no row, and nothing that a page could show
                self._archive.drop(trace.trace_id)
        # the earliest: spans that a sweep listed since may not be in the answer
        read_at = min(sent_at for _, sent_at in batch)
        try:
            tidied = tidy([trace for trace, _ in batch], book=self._book, read_at=read_at)
        except Exception as bug:  # noqa: BLE001 - one odd trace must not keep the others out
            if len(batch) > 1:
                for one in batch:
                    self._store([one])
                return
            trace_id = batch[0][0].trace_id
            log_bug(bug, f"Trace {trace_id} could not be turned into rows")
            self._archive.note_failure(trace_id, "bug", self._now() + RETRY_AFTER[-1])
            return
        self._archive.put(tidied)

    def _fail(self, item: Pending, cause: str) -> None:
        wait = RETRY_AFTER[min(item.tries, len(RETRY_AFTER) - 1)]
        self._archive.note_failure(item.trace_id, cause, self._now() + wait)

    def _list(self, start: datetime, until: datetime, asking: Asking) -> list[TraceSummary]:
        walk = self._client.iter_traces(start, until)
        rows: list[TraceSummary] = []
        while True:
            on_next_page = len(rows) % PAGE == 0
            row = asking(LIST, lambda: next(walk, None)) if on_next_page else next(walk, None)
            if row is None:
                return rows
            rows.append(row)

    def _ask_for_nothing(self) -> None:
        # another second each time: AgentOps keeps answers to lists for 30 s, also while its database is down
        moment = self._now().replace(microsecond=0) - EMPTY_AGO
        self._client.traces(moment, moment + SECOND, limit=1)


def log_bug(bug: BaseException, what: str) -> None:
    """Our own mistake: its type and place. Never its words, which may hold what somebody's model was told."""
    place = "".join(traceback.format_tb(bug.__traceback__))
    kind = type(bug).__name__
    log.error("%s: %s\n%s", what, kind, place, extra={"bug": kind})


def _listed(row: TraceSummary) -> Listed:
    return Listed(row.trace_id, row.started_at, row.ended_at or row.started_at, row.span_count)
