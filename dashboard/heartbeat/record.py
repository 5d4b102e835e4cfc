"""The record of tries: one row a minute and kind of question, in a small SQLite file beside the archive.

SQLite and not the archive's DuckDB, because a second process may write here, too, and because an outage is
recorded also before the archive could be opened: which one that is, only the first token tells.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agentops_client import Attempt, Kind

log = logging.getLogger("dashboard.heartbeat")

NAME: Final = "heartbeat.sqlite3"
#: So long minutes are kept, and so many last tries as they were.
KEPT_S: Final = 7 * 86_400
TRIES: Final = 200
#: What is new is written so often.
WRITE_EVERY_S: Final = 10.0

_TABLE = """CREATE TABLE IF NOT EXISTS beats (
    endpoint TEXT, kind TEXT, minute INTEGER, tries INTEGER, failed INTEGER, status INTEGER, cause TEXT,
    total_s REAL, longest_s REAL, PRIMARY KEY (endpoint, kind, minute)
) WITHOUT ROWID"""
_ADD = """INSERT INTO beats VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET tries = tries + excluded.tries, failed = failed + excluded.failed,
    status = CASE WHEN excluded.failed THEN excluded.status ELSE coalesce(status, excluded.status) END,
    cause = coalesce(excluded.cause, cause), total_s = total_s + excluded.total_s,
    longest_s = max(longest_s, excluded.longest_s)"""
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SINCE = "SELECT kind, minute, tries, failed, status, cause, total_s, longest_s FROM beats"


@dataclass(slots=True)
class Beat:
    """A minute of one kind of question.

    Attributes:
        minute: Unix minutes (seconds // 60).
        tries, failed: how many; a try fails as `agentops_client.Attempt.failed` says.
        status, cause: of the last failure in it; without any, the status of an answer.
        total_s, longest_s: durations.
    """

    kind: Kind
    minute: int
    tries: int = 0
    failed: int = 0
    status: int | None = None
    cause: str | None = None
    total_s: float = 0.0
    longest_s: float = 0.0

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.minute * 60, UTC)

    @property
    def mean_s(self) -> float:
        return self.total_s / self.tries if self.tries else 0.0

    def add(self, attempt: Attempt) -> None:
        self.tries += 1
        self.total_s += attempt.duration_s
        self.longest_s = max(self.longest_s, attempt.duration_s)
        if attempt.failed:
            self.failed += 1
            self.status, self.cause = attempt.status, attempt.cause
        elif not self.failed:
            self.status = attempt.status

    def join(self, later: Beat) -> None:
        """Adds what was counted of the same minute afterwards."""
        self.tries += later.tries
        self.total_s += later.total_s
        self.longest_s = max(self.longest_s, later.longest_s)
        if later.failed or not self.failed:
            self.status = later.status
        self.cause = later.cause or self.cause
        self.failed += later.failed


class Record:
    """Tries at one endpoint with one key. Written to by the client's threads, read by pages.

    Args:
        folder: where the file lies; None keeps the record in memory.
        endpoint: whose it is, with the project where there are several.
        clock: Unix time in seconds.

    Attributes:
        trouble: why the file could not be written the last time; empty where it could.
    """

    def __init__(self, folder: Path | None, endpoint: str, *, clock: Callable[[], float] = time.time) -> None:
        self._path = None if folder is None else folder / NAME
        self._endpoint = endpoint
        self._clock = clock
        self._lock = threading.Lock()
        self._beats: dict[tuple[Kind, int], Beat] = {}
        self._new: dict[tuple[Kind, int], Beat] = {}
        self._written_at = clock()
        self.last: deque[Attempt] = deque(maxlen=TRIES)
        self.trouble = ""
        for beat in self._read():
            self._beats[beat.kind, beat.minute] = beat

    def observe(self, attempt: Attempt) -> None:
        """Adds a try; never raises."""
        key = (attempt.kind, int(attempt.at // 60))
        with self._lock:
            self.last.append(attempt)
            for beats in (self._beats, self._new):
                beats.setdefault(key, Beat(*key)).add(attempt)
            now = self._clock()
            due = not 0 <= now - self._written_at < WRITE_EVERY_S  # also after the clock was set back
            if due:
                self._written_at = now
        if due:
            self.write()

    def beats(self, since: datetime) -> list[Beat]:
        """The minutes since then, oldest first. None more than a minute ahead: the clock was wrong then."""
        first, last = int(since.timestamp() // 60), int(self._clock() // 60) + 1
        with self._lock:
            return sorted(
                (beat for beat in self._beats.values() if first <= beat.minute <= last),
                key=lambda beat: (beat.minute, beat.kind),
            )

    def write(self) -> None:
        """Writes what is new. Where that fails it stays in memory and is tried again later; a file that is
        broken is put aside and begun anew."""
        oldest = int((self._clock() - KEPT_S) // 60)
        with self._lock:
            new, self._new = self._new, {}
            self._beats = {key: beat for key, beat in self._beats.items() if beat.minute >= oldest}
        if self._path is None or not new:
            return
        rows = [
            (self._endpoint, b.kind, b.minute, b.tries, b.failed, b.status, b.cause, b.total_s, b.longest_s)
            for b in new.values()
        ]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(self._open()) as db, db:
                db.executemany(_ADD, rows)
                db.execute("DELETE FROM beats WHERE minute < ?", (oldest,))
            self.trouble = ""
        except (sqlite3.Error, OSError) as error:
            with self._lock:
                for key, beat in self._new.items():
                    new.setdefault(key, Beat(*key)).join(beat)
                self._new = {key: beat for key, beat in new.items() if beat.minute >= oldest}
            if self._put_aside(error):
                with self._lock:
                    self._new = {key: replace(beat) for key, beat in self._beats.items()}
            elif self.trouble != str(error):  # once, not every ten seconds
                self.trouble = str(error)
                log.warning("the record of tries could not be written: %s", error, extra=_cause(error))

    def _read(self) -> list[Beat]:
        since = int((self._clock() - KEPT_S) // 60)
        try:
            if self._path is None or not self._path.exists():
                return []
            with closing(self._open()) as db:
                rows = db.execute(f"{_SINCE} WHERE endpoint = ? AND minute >= ?", (self._endpoint, since))
                return [Beat(*row) for row in rows]
        except (sqlite3.Error, OSError) as error:
            if not self._put_aside(error):
                log.warning("the record of tries could not be read: %s", error, extra=_cause(error))
            return []

    def _put_aside(self, error: Exception) -> bool:
        """Whether `error` says that the file is broken, which is renamed then. One that is busy, or closed to
        us, is as good as ever."""
        if self._path is None or getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BROKEN:
            return False
        log.warning("the record of tries is put aside: %s", error, extra=_cause(error))
        with suppress(OSError):
            self._path.replace(self._path.with_suffix(".broken"))
        return True

    def _open(self) -> sqlite3.Connection:
        assert self._path is not None  # noqa: S101 - callers have looked
        db = sqlite3.connect(self._path, timeout=2.0)
        try:
            db.execute(_TABLE)
        except BaseException:
            db.close()
            raise
        return db


def _cause(error: Exception) -> dict[str, str]:
    """Fields of a log line."""
    return {"cause": type(error).__name__}
