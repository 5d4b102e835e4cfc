"""Which windows of the trace list are due: a span is stored when it *ends* under the time when it *started*.

So spans appear late in windows that are over, and a window is listed again at growing ages. Windows lie on
a grid of UTC: five minutes while they are young, whole hours later. What has been listed is asked of the
archive (its *sweeps*, which may be pieces of a window); nothing here asks a clock or a server.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Protocol

from dashboard.windows import HOUR, MINUTE, SECOND, Window

#: Length of a window in the hour of the present and the one before, and in older ones.
FINE, COARSE = 5 * MINUTE, HOUR
#: The window that is still open is listed again so often.
LIVE_EVERY = 15 * SECOND
#: Ages (since its end) at which a window is listed again. Steps are longer than the 30 seconds for which
#: AgentOps keeps the answer to a list, and the last are for agents that ran for hours.
CHECK_AT: tuple[timedelta, ...] = tuple(
    timedelta(seconds=s) for s in (5, 45, 180, 600, 1_800, 3_600, 7_200, 21_600, 86_400)
)
#: A window of which a piece failed is listed again after this at the latest; an open one not sooner.
FAILED_EVERY, FAILED_LIVE_EVERY = 6 * HOUR, MINUTE
#: Pieces of a failing window are not cut below this.
SMALLEST = MINUTE
#: Sweeps from further in the future were made by a clock that was wrong.
CLOCK_SLACK = MINUTE


class Swept(Protocol):
    """One window or piece that was listed; ``failed`` is a cause, or empty."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def failed(self) -> str: ...


def grid(start: datetime, end: datetime, now: datetime) -> list[Window]:
    """Windows that hold all of ``[start, end)`` that is not in the future, newest first."""
    fine_from = _floor(now - HOUR, COARSE)
    windows: list[Window] = []
    at = _floor(start, COARSE if start < fine_from else FINE)
    end = min(end, _ceil_s(now))
    while at < end:
        length = COARSE if at < fine_from else FINE
        windows.append(Window(at, at + length))
        at += length
    return windows[::-1]


def last_listed(window: Window, sweeps: Sequence[Swept]) -> tuple[datetime, bool] | None:
    """When `window` was last listed whole, and whether a piece of it failed then; None: not yet whole.

    `sweeps` may overlap; each moment counts by the latest sweep over it, the window by its oldest moment.
    """
    over = [s for s in sweeps if s.start < window.end and s.end > window.start]
    inner = {moment for s in over for moment in (s.start, s.end) if window.start < moment < window.end}
    oldest, failed = None, False
    for begin, finish in pairwise(sorted({window.start, window.end, *inner})):
        latest = max(
            (s for s in over if s.start <= begin and finish <= s.end), key=lambda s: s.asked_at, default=None
        )
        if latest is None:
            return None
        oldest = latest.asked_at if oldest is None else min(oldest, latest.asked_at)
        failed = failed or bool(latest.failed)
    return None if oldest is None else (oldest, failed)


def next_listing(window: Window, listed: tuple[datetime, bool] | None) -> datetime | None:
    """When `window` is to be listed (again); None when it is settled. `listed` as by :func:`last_listed`."""
    if listed is None:
        return window.start
    asked_at, failed = listed
    if asked_at < window.end:
        again = asked_at + (FAILED_LIVE_EVERY if failed else LIVE_EVERY)
        return again if again < window.end else window.end + CHECK_AT[0]
    later = next((window.end + age for age in CHECK_AT if window.end + age > asked_at), None)
    if failed:
        return asked_at + FAILED_EVERY if later is None else min(later, asked_at + FAILED_EVERY)
    return later


def due(start: datetime, end: datetime, *, now: datetime, sweeps: Sequence[Swept]) -> list[Window]:
    """Windows over ``[start, end)`` that are to be listed now, newest first. `sweeps`: all over the range."""
    sane = sorted((s for s in sweeps if s.asked_at <= now + CLOCK_SLACK), key=lambda s: s.start)
    starts = [s.start for s in sane]
    wanted = []
    for window in grid(start, end, now):
        if not window.start < listed_until(window, now):
            continue
        near = sane[bisect_left(starts, window.start - COARSE) : bisect_left(starts, window.end)]
        at = next_listing(window, last_listed(window, near))
        if at is not None and at <= now:
            wanted.append(window)
    return wanted


def listed_until(window: Window, now: datetime) -> datetime:
    """The end to ask for: of an open window the present second, never its own end.

    AgentOps keeps the answer to a list for 30 seconds by its exact bounds: the partial answer would be
    given again once the window is closed. In its last second a window is asked up to the second before.
    """
    return window.end if window.end <= now else min(_ceil_s(now), window.end - SECOND)


def halves(window: Window) -> tuple[Window, Window] | None:
    """The older and the newer half, on whole seconds; None below two of the smallest pieces' halves."""
    if window.length <= SMALLEST:
        return None
    middle = window.start + timedelta(seconds=int(window.length.total_seconds()) // 2)
    return Window(window.start, middle), Window(middle, window.end)


def _floor(moment: datetime, step: timedelta) -> datetime:
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)


def _ceil_s(moment: datetime) -> datetime:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole + SECOND if moment.microsecond else whole
