"""What is to be done next: ranges that readers asked for, newest ask first, and the present."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from dashboard.windows import HOUR, Window

from . import Archive, Held, Pending
from .stretch import Stretch, follows_present

#: The present is listed so much longer than it is followed: the last check of a window is at 24 hours.
FOLLOW_SLACK = 2 * HOUR
#: Every so many jobs during a completion, one is for the present.
PRESENT_EVERY = 8

Job = Window | Pending


class Asks:
    """All stretches that are being read, and which of their jobs are under way. Thread-safe.

    Args:
        follow: the present that is read without being asked for; zero: none.
    """

    def __init__(self, archive: Archive, *, follow: timedelta) -> None:
        self._archive = archive
        self._lock = threading.RLock()
        self._asks: list[Stretch] = []
        self._present = Stretch(None, None, length=follow + FOLLOW_SLACK) if follow else None
        self._taken: dict[Window | str, Stretch] = {}
        self._jobs = 0

    def complete(self, start: datetime, end: datetime, now: datetime) -> None:
        """A range to be read before what was asked for earlier; `end` in the future follows the present."""
        start = max(start, self._archive.kept_from(now))
        with self._lock:
            before = [ask for ask in self._asks if ask.same(start, end, now)]
            others = [ask for ask in self._asks if ask not in before]
            if start < min(end, now):
                ask = before[0] if before else Stretch(start, None if follows_present(end, now) else end)
                self._asks = [ask, *others]

    def leave(self, start: datetime, end: datetime, now: datetime) -> None:
        start = max(start, self._archive.kept_from(now))
        with self._lock:
            self._asks = [ask for ask in self._asks if not ask.same(start, end, now)]

    def asked(self, start: datetime, end: datetime, now: datetime) -> bool:
        start = max(start, self._archive.kept_from(now))
        with self._lock:
            return any(ask.same(start, end, now) for ask in self._asks)

    def completing(self, start: datetime, end: datetime, now: datetime) -> bool:
        """Whether any range that was asked for overlaps this one."""
        with self._lock:
            return any(ask.overlaps(start, end, now) for ask in self._asks)

    def following(self, start: datetime, end: datetime, now: datetime) -> bool:
        """Whether the present that is followed overlaps this range."""
        return self._present is not None and self._present.overlaps(start, end, now)

    def next_job(self, lane: int, now: datetime) -> tuple[Job, bool] | None:
        """The next job of this lane, taken for it, and whether it was asked for; None: nothing is due.

        The first lane lists before it reads, the second reads before it lists, so that it is soon known
        how much there is. The present is the first lane's business alone, the newest job first.
        """
        with self._lock:
            self._asks = [ask for ask in self._asks if not self._is_complete(ask, now)]
            order = list(self._asks)
            if lane == 0 and self._present is not None:
                self._jobs += 1
                order.insert(0 if self._jobs % PRESENT_EVERY == 0 else len(order), self._present)
            for stretch in order:
                job = self._next_of(stretch, now, lists_first=lane == 0)
                if job is not None:
                    self._taken[_key(job)] = stretch
                    for other in self._all():
                        other.took(job)
                    return job, stretch is not self._present
        return None

    def done(self, *keys: Window | str) -> None:
        """These windows and traces (ids) are no longer under way."""
        with self._lock:
            for key in keys:
                self._taken.pop(key, None)

    def listed(self, window: Window, traces: int) -> None:
        """`window`, which was taken, listed so many traces."""
        with self._lock:
            if window in self._taken:
                self._taken[window].windows_done += 1
                self._taken[window].traces_listed += traces
            for stretch in self._all() if traces else []:
                stretch.listed()

    def requests_left(self, start: datetime, end: datetime, now: datetime, held: Held) -> float | None:
        """Windows and traces of the newest ask over this range that are to be asked for, those that are not
        known yet estimated by what was listed so far; None before anything was."""
        with self._lock:
            ask = next((ask for ask in self._asks if ask.overlaps(start, end, now)), None)
            if ask is None:
                return None
            windows = len(ask.windows(self._archive, now, self._windows_taken()))
            if windows and not ask.windows_done:
                return None
            behind = windows * ask.traces_listed / ask.windows_done if windows else 0.0
            return windows + held.ready + behind

    def _next_of(self, stretch: Stretch, now: datetime, *, lists_first: bool) -> Job | None:
        windows = stretch.windows(self._archive, now, self._windows_taken())
        traces = stretch.traces(self._archive, now, self._ids_taken())
        if not windows or not traces:
            return windows[0] if windows else traces[0] if traces else None
        if stretch is self._present:
            lists_first = windows[0].end >= traces[0].active_at
        return windows[0] if lists_first else traces[0]

    def _is_complete(self, ask: Stretch, now: datetime) -> bool:
        """Whether nothing is left of `ask` but what is too new, or failed and waits."""
        if any(stretch is ask for stretch in self._taken.values()):
            return False
        windows = ask.windows(self._archive, now, self._windows_taken())
        return not windows and not ask.traces(self._archive, now, self._ids_taken())

    def _all(self) -> list[Stretch]:
        return [*self._asks, self._present] if self._present is not None else list(self._asks)

    def _windows_taken(self) -> set[Window]:
        return {key for key in self._taken if isinstance(key, Window)}

    def _ids_taken(self) -> set[str]:
        return {key for key in self._taken if isinstance(key, str)}


def _key(job: Job) -> Window | str:
    return job if isinstance(job, Window) else job.trace_id
