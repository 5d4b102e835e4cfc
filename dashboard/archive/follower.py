"""Keeps the archive up to date in the background, and completes a range when a reader asks for it.

By itself it follows the last hours, newest first, one request at a time and at most about half of the time.
For a range that was asked for it sends up to two at a time and hardly rests. It never competes with a page:
while a page's question is under way it sends nothing, nor during an outage, and it slows down with AgentOps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from agentops_client import AgentOpsError
from dashboard.pricing import PriceBook
from dashboard.upstream import Upstream
from dashboard.windows import DAY, HOUR, Window

from . import Archive, ArchiveUnreadable, Held, ReadOnlyArchive
from .asks import Asks, Job
from .reader import LIST, TRACE, Reader, concerns_one_question, log_bug
from .stretch import QUIET
from .sweeping import CLOCK_SLACK
from .turns import LANES, OtherProject, Stopped, Turns

State = Literal["following", "completing", "waiting", "idle", "off"]

#: Looks so often whether anything is due when nothing was.
IDLE_S = 0.5
TRIM_EVERY, REFRESH_EVERY = HOUR, timedelta(seconds=30)
#: ``stop`` waits so long for a request under way; then it is abandoned.
STOP_WAIT_S = 0.8


@dataclass(frozen=True)
class Progress:
    """How far a range is read.

    Attributes:
        state: ``following`` (in the background), ``completing`` (asked for), ``waiting`` (`cause` says
            what for: ``pages`` or an error's cause), ``idle`` (not asked for), ``off`` (`cause`: ``bug``,
            ``second_process``, ``other_project`` or ``stopped``).
        done: traces of the range that are stored.
        total: traces of the range that are known so far.
        eta_s: seconds until all is listed and read, by the pace of the last half minute; None: unknown.
        rate_per_s: traces read a second, by the last half minute; None: too few.
        cause: see `state`; else the newest failure's of a trace or list of the range, or "".
    """

    state: State
    done: int
    total: int
    eta_s: float | None
    rate_per_s: float | None
    cause: str


class Follower:
    """One a process and archive. Its public methods do not wait for AgentOps.

    Args:
        project_id: the project that `archive` is of.
        follow: so far back it reads without being asked; zero: only what is asked for.
        monotonic: seconds of any origin; wait: waits seconds, by default until :meth:`stop` at most.
    """

    def __init__(
        self,
        upstream: Upstream,
        archive: Archive,
        book: PriceBook,
        *,
        project_id: str,
        follow: timedelta = DAY,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._archive, self._book = archive, book
        self._now, self._monotonic = upstream.now, monotonic
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._turns = Turns(
            upstream, project_id=project_id, now=self._now, monotonic=monotonic, wait=self._wait,
            stopping=self._stopping,
        )  # fmt: skip
        self._reader = Reader(
            upstream.client, archive, book, project_id=project_id, now=self._now, monotonic=monotonic
        )
        self._asks = Asks(archive, follow=follow)
        self._off = ""
        self._repriced = False
        self._latest = self._now()
        self._trimmed_at = self._refreshed_at = self._monotonic() - TRIM_EVERY.total_seconds()
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name=f"span-archive-{lane}", daemon=True)
            for lane in range(LANES)
        ]

    # ---- for pages

    def complete(self, start: datetime, end: datetime) -> None:
        """Reads ``[start, end)`` now, before what was asked for earlier; `end` in the future follows the
        present. Ends by itself when all is read that can be. Nothing happens while it is :attr:`off`."""
        if not self.off:
            self._asks.complete(start, end, self._now())

    def leave(self, start: datetime, end: datetime) -> None:
        """Ends what :meth:`complete` began for this range; what was read stays."""
        self._asks.leave(start, end, self._now())

    def asked(self, start: datetime, end: datetime) -> bool:
        """Whether this range was asked for and is not complete yet."""
        return not self.off and self._asks.asked(start, end, self._now())

    def progress(self, start: datetime, end: datetime, *, held: Held | None = None) -> Progress:
        """How far ``[start, end)`` is read, and what happens to it now.

        Args:
            held: what the archive just said of this range; else it is asked.
        """
        now = self._now()
        if held is None:
            held = self._archive.coverage(start, end, now=now, quiet=QUIET)
        state, cause = self._state(start, end, now)
        eta_s = None
        pace = sum(self._turns.rate_per_s(kind) or 0.0 for kind in (LIST, TRACE))
        if state == "completing" and pace:
            left = self._asks.requests_left(start, end, now, held)
            eta_s = None if left is None else left / pace
        rate = self._turns.rate_per_s(TRACE)
        return Progress(state, held.read, held.known, eta_s, rate, cause or held.cause)

    @property
    def off(self) -> str:
        """Why it reads nothing (see :class:`Progress`), or empty."""
        return self._off or ("second_process" if self._archive.read_only else "")

    def _state(self, start: datetime, end: datetime, now: datetime) -> tuple[State, str]:
        if self.off:
            return "off", self.off
        completing = self._asks.completing(start, end, now)
        if not completing and not self._asks.following(start, end, now):
            return "idle", ""
        if waiting_for := self._turns.waiting_for:
            return "waiting", waiting_for
        return ("completing" if completing else "following"), ""

    # ---- for its owner

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the threads within a second and stores what was read; a request that does not end by then
        is abandoned."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_WAIT_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))
        self._flush_last()
        self._off = self._off or "stopped"

    def _flush_last(self) -> None:
        try:
            if not self.off:
                self._flush(always=True)
        except (ArchiveUnreadable, ReadOnlyArchive):
            pass  # read again at the next start

    # ---- the threads

    def _run(self, lane: int) -> None:
        while not self._stopping.is_set():
            try:
                idle_s = self.step(lane)
            except Stopped:
                return
            except OtherProject:
                self._flush_last()
                self._end("other_project")
            except Exception as bug:  # noqa: BLE001 - the dashboard lives on, and says that this does not
                if not self._off:
                    log_bug(bug, "Reading traces in the background has ended")
                self._end("bug")
            else:
                if idle_s:
                    self._wait(idle_s)

    def _end(self, why: str) -> None:
        self._off = self._off or why
        self._stopping.set()

    def step(self, lane: int = 0) -> float:
        """Does the next job of this lane, if there is one; seconds to wait before the next step."""
        try:
            if lane == 0:
                self._keep_house()
            if self._archive.read_only:
                return IDLE_S
            chosen = self._asks.next_job(lane, self._now())
            if chosen is None:
                if lane == 0:
                    self._flush(always=True)
                return IDLE_S
            self._do(lane, *chosen)
            self._flush()
        except (ArchiveUnreadable, ReadOnlyArchive):
            return IDLE_S  # the archive's notices say so; what is missing will be due again
        return 0.0

    def _keep_house(self) -> None:
        now, now_s = self._now(), self._monotonic()
        set_back, self._latest = now < self._latest - CLOCK_SLACK, now
        if now_s - self._refreshed_at >= REFRESH_EVERY.total_seconds():
            self._refreshed_at = now_s
            self._archive.refresh()
        if self._archive.read_only:
            return
        if not self._repriced:
            self._archive.reprice(self._book)
            self._repriced = True
        if set_back or now_s - self._trimmed_at >= TRIM_EVERY.total_seconds():
            self._trimmed_at = now_s
            self._archive.trim(now)

    def _do(self, lane: int, job: Job, completing: bool) -> None:
        def asking(kind: str, request: Callable[[], Any]) -> Any:
            return self._turns.ask(lane, kind, request, completing=completing)

        waits_to_be_stored = False
        key = job if isinstance(job, Window) else job.trace_id
        try:
            if isinstance(job, Window):
                self._asks.listed(job, self._reader.sweep(job, asking))
            else:
                waits_to_be_stored = self._reader.read(job, asking)
        except AgentOpsError as error:
            alone = concerns_one_question(error) and not isinstance(job, Window)
            self._turns.failed(lane, error, alone=alone)
        finally:
            if not waits_to_be_stored:
                self._asks.done(key)

    def _flush(self, *, always: bool = False) -> None:
        self._reader.flush(lambda ids: self._asks.done(*ids), always=always)
