"""A stretch of time that is being read, and what is next in it: newest first, nothing twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.windows import HOUR, SECOND, Window

from . import Archive, Pending
from .sweeping import due, listed_until

#: A trace is read when nothing of it was listed for so long.
QUIET = timedelta(seconds=60)
#: What is due is asked of the archive again after this; when nothing was left, after that.
LOOK_AGAIN, LOOK_AGAIN_EMPTY = 5 * SECOND, SECOND
#: Traces that are taken from the archive's list at once.
BATCH = 200
#: Ranges asked for are the same where their bounds differ by less than this part of their length: the
#: bounds of a range that follows the present move between two views of a page.
SAME_WITHIN = 0.1


@dataclass(eq=False)
class Stretch:
    """One range and the queues of what is due in it. Not locked: the follower's lock guards it.

    Attributes:
        start: of the range; None: the last `length` before the present, whenever that is.
        end: of the range; None follows the present.
        length: of a range without start.
        windows_done, traces_listed: what listing brought so far, for an estimate.
    """

    start: datetime | None
    end: datetime | None
    length: timedelta = timedelta()
    windows_done: int = 0
    traces_listed: int = 0
    _windows: deque[Window] = field(default_factory=deque)
    _traces: deque[Pending] = field(default_factory=deque)
    _windows_at: datetime | None = None
    _traces_at: datetime | None = None
    _news: bool = False

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """The range at this moment, aware UTC."""
        end = now + SECOND if self.end is None else self.end
        return (now - self.length if self.start is None else self.start), end

    def same(self, start: datetime, end: datetime, now: datetime) -> bool:
        """Whether this is the range that somebody asked for as ``[start, end)``, perhaps a while ago."""
        mine = self.bounds(now)
        slack = SAME_WITHIN * (mine[1] - mine[0])
        return abs(start - mine[0]) <= slack and abs(min(end, mine[1]) - mine[1]) <= slack

    def overlaps(self, start: datetime, end: datetime, now: datetime) -> bool:
        mine = self.bounds(now)
        return start < mine[1] and mine[0] < end

    def windows(self, archive: Archive, now: datetime, taken: Collection[Window]) -> deque[Window]:
        """Windows to list now, newest first, none of those `taken`."""
        if _old(self._windows_at, now, empty=not self._windows):
            start, end = self.bounds(now)
            # a little more than the range: windows lie on a grid, and pieces of them were listed
            sweeps = archive.sweeps(start - 2 * HOUR, end + 2 * HOUR)
            found = due(start, end, now=now, sweeps=sweeps)
            self._windows, self._windows_at = deque(w for w in found if w not in taken), now
        while self._windows and listed_until(self._windows[0], now) <= self._windows[0].start:
            self._windows.popleft()
        return self._windows

    def traces(self, archive: Archive, now: datetime, taken: Collection[str]) -> deque[Pending]:
        """Traces to read now, newest first, none of those `taken`."""
        news = self._news and not self._traces
        if news or _old(self._traces_at, now, empty=not self._traces):
            self._news = False
            start, end = self.bounds(now)
            found = archive.pending(start, end, now=now, quiet=QUIET, limit=BATCH + len(taken))
            self._traces, self._traces_at = deque(p for p in found if p.trace_id not in taken), now
        return self._traces

    def took(self, item: Window | Pending) -> None:
        """Somebody does `item` now, for this stretch or for another."""
        if isinstance(item, Window):
            self._windows = deque(w for w in self._windows if w != item)
        else:
            self._traces = deque(p for p in self._traces if p.trace_id != item.trace_id)

    def listed(self) -> None:
        """A window listed something: there may be more traces to read than known."""
        self._news = True


def follows_present(end: datetime, now: datetime) -> bool:
    """Whether a range with this end goes on: its last bucket is not over."""
    return end > now


def _old(looked_at: datetime | None, now: datetime, *, empty: bool) -> bool:
    if looked_at is None:
        return True
    return not timedelta() <= now - looked_at < (LOOK_AGAIN_EMPTY if empty else LOOK_AGAIN)
