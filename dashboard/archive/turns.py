"""When a request of the background may go out: pages first, never into an outage, at AgentOps' own pace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from agentops_client import AgentOpsError
from dashboard.upstream import Upstream
from dashboard.windows import MINUTE

from .pacing import Pace

#: Requests at the same time while a range is being completed.
LANES = 2
#: Looks so often whether pages are done, an outage is over, AgentOps is quick again.
GIVE_WAY_S, OUTAGE_LOOK_S, SLOW_LOOK_S = 0.05, 0.5, 0.5
#: No wait is longer before it is looked whether there is anything new to wait for.
LOOK_S = 1.0
#: Waiting for pages is worth a word only when it lasts.
PAGES_SHOWN_AFTER_S = 2.0
#: An outage that nobody has probed for so long (no page is open) does not hold us up any more.
UNWATCHED_OUTAGE = MINUTE

T = TypeVar("T")


class Stopped(Exception):
    """The follower ends: nothing more may be asked or stored."""


class OtherProject(Exception):
    """The key now belongs to another project than the archive."""


class Turns:
    """Sends the requests of all lanes. Thread-safe.

    Args:
        project_id: the archive's project; nothing is asked of another.
        now: the present (aware, UTC); monotonic: seconds of any origin; wait: waits so many seconds.
        stopping: once set, requests raise :class:`Stopped`, also those under way.
    """

    def __init__(
        self,
        upstream: Upstream,
        *,
        project_id: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        wait: Callable[[float], object],
        stopping: threading.Event,
    ) -> None:
        self._upstream, self._project_id = upstream, project_id.lower()
        self._now, self._monotonic, self._wait = now, monotonic, wait
        self._stopping = stopping
        self._lock = threading.Lock()
        self._pace = Pace(monotonic)
        self._rest_until = [float("-inf")] * LANES
        self._began = [float("-inf")] * LANES
        self._giving_way_since: float | None = None

    def ask(self, lane: int, kind: str, request: Callable[[], T], *, completing: bool) -> T:
        """The answer to `request`, sent when the turn of this lane has come."""
        while (held_s := self._held_s(lane)) > 0:
            self._wait(min(held_s, LOOK_S))
            self._unless_stopped()
        self._unless_stopped()
        began = self._began[lane] = self._monotonic()
        answered = False
        try:
            self._unless_other_project()
            answer = request()
            answered = True
            self._unless_other_project()  # the key was exchanged on the way: the answer is of another one
        finally:
            self._unless_stopped()
            with self._lock:
                took_s = self._monotonic() - began
                if answered:
                    self._pace.succeeded(kind, took_s)
                rest_s = self._pace.rest_s(kind, took_s, completing=completing)
                self._rest_until[lane] = self._monotonic() + rest_s
        return answer

    def failed(self, lane: int, error: AgentOpsError, *, alone: bool) -> None:
        """The last request of this lane failed; `alone`: its question, and perhaps not AgentOps."""
        with self._lock:
            if alone:
                self._pace.failed_alone(error, began=self._began[lane])
            else:
                self._pace.failed(error, began=self._began[lane])

    @property
    def waiting_for(self) -> str:
        """``pages``, or the cause of an outage or a pause; empty while requests may go out."""
        outage = self._outage()
        if outage is not None:
            return outage.cause
        with self._lock:
            if self._pace.paused_s > 0:
                return self._pace.cause
            since = self._giving_way_since
            return "pages" if since is not None and self._monotonic() - since > PAGES_SHOWN_AFTER_S else ""

    def rate_per_s(self, kind: str) -> float | None:
        """Answers a second over the last half minute; None where too few to say."""
        with self._lock:
            return self._pace.rate_per_s(kind)

    def _held_s(self, lane: int) -> float:
        """Seconds until it is worth looking again whether a request may go out; 0: it may."""
        with self._lock:
            own_s = max(self._rest_until[lane] - self._monotonic(), self._pace.paused_s)
            if own_s > 0:
                return own_s
            if lane > 0 and self._pace.slow:
                return SLOW_LOOK_S  # one at a time is enough for it
            if self._outage() is not None:
                return OUTAGE_LOOK_S
            if self._upstream.busy > 0:
                if self._giving_way_since is None:
                    self._giving_way_since = self._monotonic()
                return GIVE_WAY_S
            self._giving_way_since = None
            return 0.0

    def _outage(self) -> AgentOpsError | None:
        outage = self._upstream.outage
        if outage is None or self._now() >= outage.retry_at + UNWATCHED_OUTAGE:
            return None
        return outage.error

    def _unless_other_project(self) -> None:
        project_id = self._upstream.client.project_id
        if project_id.lower() != self._project_id:
            self._upstream.answers_for(project_id)  # pages have not asked since
            raise OtherProject

    def _unless_stopped(self) -> None:
        if self._stopping.is_set():
            raise Stopped
