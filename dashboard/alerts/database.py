"""The SQLite file in which alerts outlive the process: shared by processes, replaced when broken."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

log = logging.getLogger("dashboard.alerts")

T = TypeVar("T")

VERSION = 1
#: Another process that writes, or opens the file for the first time, is waited for so long.
BUSY_S, BUSY_LOOK_S = 5.0, 0.05

SCHEMA = """
CREATE TABLE IF NOT EXISTS lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL, pid INTEGER NOT NULL,
    expires_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS states (
    rule TEXT PRIMARY KEY, metric TEXT NOT NULL, name TEXT NOT NULL, since_s REAL NOT NULL,
    at_s REAL NOT NULL, value REAL, held_since_s REAL, fired_at_s REAL, why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS alerts (
    id TEXT PRIMARY KEY, rule TEXT NOT NULL, metric TEXT NOT NULL, severity TEXT NOT NULL,
    held_since_s REAL NOT NULL, fired_at_s REAL NOT NULL, fired_value REAL NOT NULL,
    cleared_at_s REAL, cleared_value REAL, ended TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (fired_at_s);
CREATE TABLE IF NOT EXISTS outages (
    id INTEGER PRIMARY KEY, since_s REAL NOT NULL, seen_s REAL NOT NULL, cause TEXT NOT NULL,
    over INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, webhook TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, created_s REAL NOT NULL, attempts INTEGER NOT NULL, next_s REAL NOT NULL,
    state TEXT NOT NULL, cause TEXT NOT NULL, UNIQUE (id, webhook)
);
CREATE TABLE IF NOT EXISTS deliveries (
    webhook TEXT PRIMARY KEY, success_s REAL, failure_s REAL, cause TEXT NOT NULL DEFAULT '',
    dropped INTEGER NOT NULL DEFAULT 0, tested_s REAL
);
"""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


@dataclass(frozen=True)
class Notice:
    """Something a reader should know. Kinds: ``unreadable`` (detail: where the old file is now),
    ``other_version`` (the same), ``not_writable`` (the cause)."""

    kind: str
    detail: str


class Database:
    """All access goes through :meth:`run`, one thread at a time. Thread-safe.

    A file that is broken is put aside and begun anew; of one that cannot be written a copy in memory is gone
    on with; one that was deleted is made again. Each with a notice, but for the last.

    Args:
        path: the file; None keeps everything in memory.

    Raises:
        sqlite3.OperationalError: another process holds the file for too long.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.notices: tuple[Notice, ...] = ()
        self._lock = threading.RLock()
        self._inode: int | None = None
        self._closed = False
        self._db = self._opened()

    def run(self, action: Callable[[sqlite3.Connection], T], *, writes: bool = True) -> T:
        """What `action` returns, all of its statements in one transaction; it may be run twice.

        Raises:
            sqlite3.OperationalError: another process holds the file for too long; or it was closed.
        """
        with self._lock:
            if self._closed:
                raise sqlite3.OperationalError("closed")
            if self._replaced():
                self._reopen()
            try:
                return self._transaction(action, writes=writes)
            except sqlite3.DatabaseError as error:
                if not self._mended(error):
                    raise
            return self._transaction(action, writes=writes)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._db.close()

    def _transaction(self, action: Callable[[sqlite3.Connection], T], *, writes: bool) -> T:
        self._db.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            result = action(self._db)
            self._db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        return result

    def _opened(self) -> sqlite3.Connection:
        if self.path is None:
            return _connected(None)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            for _ in range(2):
                try:
                    db = _patiently(self.path)
                except sqlite3.DatabaseError as error:
                    if _code(error) not in _BROKEN:
                        raise
                    self._put_aside("unreadable")
                    continue
                if db.execute("PRAGMA user_version").fetchone()[0] == VERSION:
                    self.path.chmod(0o600)
                    self._inode = self.path.stat().st_ino
                    return db
                db.close()
                self._put_aside("other_version")
            return _patiently(self.path)
        except (OSError, sqlite3.Error) as error:
            if isinstance(error, sqlite3.Error) and _code(error) in _BUSY:
                raise  # in memory, two processes would both evaluate and send
            return self._in_memory(error, of=self.path)

    def _reopen(self) -> None:
        old, self._db = self._db, self._opened()
        if self.path is None:  # the folder is closed to us now, but what is open can still be read
            with contextlib.suppress(sqlite3.Error):
                old.backup(self._db)
        old.close()

    def _replaced(self) -> bool:
        """Whether somebody deleted or exchanged the file under us."""
        if self.path is None:
            return False
        try:
            return self.path.stat().st_ino != self._inode
        except OSError:
            return True

    def _mended(self, error: sqlite3.DatabaseError) -> bool:
        code = _code(error)
        if self.path is None:
            return False
        if code in _BROKEN:
            self._db.close()
            try:
                if not self._replaced():  # else another process has begun anew already
                    self._put_aside("unreadable")
            except OSError as why:
                self._db = self._in_memory(why)
            else:
                self._db = self._opened()
            return True
        if code in _UNWRITABLE:
            old, self._db = self._db, self._in_memory(error)
            with contextlib.suppress(sqlite3.Error):
                old.backup(self._db)  # what was known is still to be read
            old.close()
            return True
        return False

    def _in_memory(self, error: Exception, *, of: Path | None = None) -> sqlite3.Connection:
        """A database in memory, with what the file `of` holds where that can be read."""
        self.path = None
        cause = error.strerror if isinstance(error, OSError) else str(error)
        self._notice("not_writable", (cause or type(error).__name__)[:200])
        db = _connected(None)
        if of is not None:
            with contextlib.suppress(OSError, sqlite3.Error), _copied(of) as old:
                old.backup(db)
        return db

    def _put_aside(self, kind: str) -> None:
        assert self.path is not None  # noqa: S101 - only files can be broken
        aside = self.path.with_name(f"{self.path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z")
        for beside in ("-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + beside).rename(aside.with_name(aside.name + beside))
        self.path.rename(aside)
        self._notice(kind, str(aside))

    def _notice(self, kind: str, detail: str) -> None:
        self.notices = (*self.notices[-4:], Notice(kind, detail))
        log.warning("the file that keeps alerts: %s (%s)", kind, detail, extra={"cause": kind})


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    """A private copy of a file that cannot be written, with its log: SQLite would write to read it.

    Raises:
        OSError, sqlite3.DatabaseError: it cannot be read, is broken, or of another version.
    """
    with tempfile.TemporaryDirectory(prefix="agentops-alerts-") as folder:
        copy = Path(folder) / path.name
        for file in (path, path.with_name(path.name + "-wal")):
            if file.exists():
                shutil.copyfile(file, copy.with_name(file.name))
        with contextlib.closing(_connected(copy)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                raise _broken("of another version")
            yield db


def _patiently(path: Path) -> sqlite3.Connection:
    """:func:`_connected`; SQLite itself does not wait while another process begins a write-ahead log."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            return _connected(path)
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(BUSY_LOOK_S)


def _connected(path: Path | None) -> sqlite3.Connection:
    """An open database with all tables.

    Raises:
        sqlite3.DatabaseError: it is broken, or cannot be opened.
    """
    if path is not None and not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # nobody else's to read, from the start
    db = sqlite3.connect(
        ":memory:" if path is None else path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        db.row_factory = sqlite3.Row
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _broken("the check found damage")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version in (0, VERSION):
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db


def _broken(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _code(error: sqlite3.Error) -> int:
    """The primary result code (https://www.sqlite.org/rescode.html)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
