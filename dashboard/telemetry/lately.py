"""Values that may have to be waited for: a busy file must not keep Prometheus waiting."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable
from typing import Generic, TypeVar

import duckdb

from dashboard.archive import ArchiveUnreadable

log = logging.getLogger("dashboard.telemetry")

#: What was seen longer ago is no longer told, seconds.
TOLD_S = 120.0

T = TypeVar("T")


class Lately(Generic[T]):
    """What `look` finds, looked for in a thread of its own, one at a time. Thread-safe.

    Args:
        look: may take its time; where it finds nothing, it returns None. A file that is busy, broken or
            closed finds nothing, too.
        monotonic: seconds of any origin.
    """

    def __init__(
        self, look: Callable[[], T | None], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._looking = False
        self._seen: tuple[float, T | None] | None = None
        self._said_bug = ""

    def begin(self) -> None:
        """Looks anew, unless that is being done already."""
        with self._changed:
            if self._looking:
                return
            self._looking = True
        threading.Thread(target=self._run, name="telemetry-look", daemon=True).start()

    def value(self, wait_s: float) -> T | None:
        """What the last look found, if it ends within `wait_s` seconds; else what was found before, unless
        that is older than :data:`TOLD_S`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._looking, max(0.0, wait_s))
            if self._seen is None or self._monotonic() - self._seen[0] > TOLD_S:
                return None
            return self._seen[1]

    def _run(self) -> None:
        found: T | None = None
        try:
            found = self._look()
        except (ArchiveUnreadable, duckdb.Error, sqlite3.Error):
            pass
        except Exception as bug:  # noqa: BLE001 - the other figures are still told; said once, without its words
            self._say_bug(bug)
        with self._changed:
            self._seen, self._looking = (self._monotonic(), found), False
            self._changed.notify_all()

    def _say_bug(self, bug: Exception) -> None:
        place = "".join(traceback.format_tb(bug.__traceback__))
        if place != self._said_bug:
            self._said_bug = place
            kind = type(bug).__name__
            log.error("A figure for Prometheus could not be had: %s\n%s", kind, place, extra={"bug": kind})
