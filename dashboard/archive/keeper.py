"""Keeps one database open through all that can happen to its file: the connection behind the archive.

Another process may have the file open (then a private copy is read, and writing is taken over when that
process ends), it may be broken or deleted (a new one is begun), or the disk may be full (memory instead).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import duckdb

from dashboard.archive import file, tables
from dashboard.archive.file import ArchiveUnreadable, Identity, LockedByOther, Notice, NotWritable

#: So long a new file waits for questions to the old one; then they fail.
READERS_LEAVE_S = 5.0
#: So long the end waits for them.
CLOSE_WAIT_S = 1.0
#: A private copy of another process's archive is renewed at most so often.
COPY_EVERY_S = 30.0

log = logging.getLogger("dashboard.archive")

T = TypeVar("T")


class ReadOnlyArchive(Exception):
    """Another process writes this archive (its PID is in ``notices``); here it can only be read."""


class Keeper:
    """Cursors for readers, transactions for one writer at a time; readers never wait for the writer.

    Attributes:
        path: of the file, None in memory.
        notices: what is odd about it.
        revision: rises after each change of figures and each exchange of the database, never before: who
            reads it and then asks gets an answer that is at least as new.
    """

    def __init__(
        self,
        path: Path | None,
        identity: Identity,
        *,
        on_open: Callable[[duckdb.DuckDBPyConnection], None],
        monotonic: Callable[[], float],
    ) -> None:
        """`on_open` is called with every database that can be written, once, in no transaction."""
        self.path = path
        self.notices: tuple[Notice, ...] = ()
        self._identity = identity
        self._on_open = on_open
        self._monotonic = monotonic
        self._lock = threading.RLock()  # one writer, and whatever exchanges the database
        self._hand = threading.Condition()  # the moment in which a cursor is made or the database exchanged
        self._readers: list[duckdb.DuckDBPyConnection] = []
        self._exchanging = False
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._copied: tuple[float, tuple[int, ...]] = (0.0, ())
        self._inode = 0
        self._revision = itertools.count(1)
        self.revision = 0
        self._db = self._opened()

    @property
    def read_only(self) -> bool:
        return self._copy is not None

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._hand:
            self._hand.wait_for(lambda: not self._exchanging)
            db = self._db
            cursor = db.cursor()
            self._readers.append(cursor)
        try:
            try:
                yield cursor
            finally:
                cursor.close()
                with self._hand:
                    self._readers.remove(cursor)
                    self._hand.notify_all()
        except duckdb.ConnectionException as error:  # closed under the question
            raise ArchiveUnreadable(str(error)) from error
        except file.FILE_ERRORS as error:
            with self._lock:
                if db is self._db and not self.read_only:
                    self._begin_anew(error)
            raise ArchiveUnreadable(str(error)) from error

    def write(
        self,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        *,
        transaction: bool = True,
        figures: bool = True,
    ) -> T:
        """Run `work`, in a transaction of its own; once more on a new database if the file gives out.

        Args:
            figures: whether it may change ``spans`` or ``traces``.
        """
        with self._lock:
            self._replaced_if_deleted()
            try:
                try:
                    return self._attempt(work, transaction=transaction)
                except duckdb.Error as error:
                    if not (isinstance(error, file.FILE_ERRORS) or file.no_space(error)):
                        raise
                    self._begin_anew(error)
                return self._attempt(work, transaction=transaction)
            finally:
                if figures:
                    self._changed()

    def note(self, *notices: Notice) -> None:
        """Adds notices, for pages and for the log."""
        self.notices += notices
        for notice in notices:
            said = {"cause": notice.kind}
            log.warning("the archive's file: %s (%s)", notice.kind, notice.detail, extra=said)

    def _changed(self) -> None:
        self.revision = next(self._revision)

    def refresh(self) -> bool:
        with self._lock:
            if self.path is None or not self.read_only:
                return self._replaced_if_deleted()
            try:
                db, notices = file.open_file(self.path, self._identity)
            except (LockedByOther, NotWritable):
                return self._renew_copy(self.path)
            self._hand_out(self._adopt(db, self.path))
            self._drop_copy()
            self.notices = tuple(n for n in self.notices if n.kind != "second_process")
            self.note(*notices)
            return True

    def close(self) -> None:
        """Waits a moment for questions under way: DuckDB refuses to close under them."""
        with self._lock, self._nobody_reading(CLOSE_WAIT_S):
            with contextlib.suppress(duckdb.Error):
                self._db.close()
            self._drop_copy()

    def _attempt(self, work: Callable[[duckdb.DuckDBPyConnection], T], *, transaction: bool) -> T:
        if self.read_only:
            pids = ", ".join(n.detail for n in self.notices if n.kind == "second_process")
            raise ReadOnlyArchive(f"process {pids or '?'} writes this archive")
        with self._hand:
            db = self._db.cursor()
        try:
            if not transaction:
                return work(db)
            db.execute("BEGIN")
            done = work(db)
            db.execute("COMMIT")
            return done
        finally:
            db.close()  # rolls back what is not committed

    # ---- which database

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self.path is None:
            return self._in_memory()
        try:
            db, notices = file.open_file(self.path, self._identity)
        except LockedByOther as other:
            self.note(Notice("second_process", other.pid))
            return self._copied_from_other(self.path)
        except NotWritable as error:
            return self._in_memory(Notice("not_writable", str(error)))
        self.note(*notices)
        return self._adopt(db, self.path)

    def _in_memory(self, *notices: Notice) -> duckdb.DuckDBPyConnection:
        self.path = None
        self.note(*notices)
        db = file.connect(":memory:", temp=None)
        tables.create(db)
        self._on_open(db)
        return db

    def _adopt(self, db: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
        self._inode = file.stamp(path)[0]
        self._on_open(db)
        return db

    def _hand_out(self, db: duckdb.DuckDBPyConnection) -> None:
        """From now on `db`; readers that are at work keep the old one, which ends with the last of them."""
        with self._hand:
            self._db = db
        self._changed()

    @contextlib.contextmanager
    def _nobody_reading(self, wait_s: float = READERS_LEAVE_S) -> Iterator[None]:
        """While the file is exchanged: DuckDB gives a path that a cursor of this process still has open
        the old database again."""
        with self._hand:
            self._exchanging = True
            self._hand.wait_for(lambda: not self._readers, timeout=wait_s)
        try:
            yield
        finally:
            self._changed()
            with self._hand:
                self._exchanging = False
                self._hand.notify_all()

    def _begin_anew(self, error: Exception) -> None:
        with self._nobody_reading():
            with contextlib.suppress(duckdb.Error):
                self._db.close()
            if self.path is None or file.no_space(error):
                self._db = self._in_memory(Notice("not_writable", file.first_line(error)))
                return
            with contextlib.suppress(OSError):
                self.note(Notice("unreadable", str(file.move_aside(self.path))))
            self._db = self._opened()

    def _replaced_if_deleted(self) -> bool:
        """A deleted file goes on to exist for us alone but its log goes by name, so that another
        process's new file would share it."""
        if self.path is None or self.read_only or file.stamp(self.path)[0] == self._inode:
            return False
        with self._nobody_reading():
            with contextlib.suppress(duckdb.Error):
                self._db.execute("PRAGMA disable_checkpoint_on_shutdown")
                self._db.close()
            self._db = self._opened()
        return True

    # ---- another process's archive

    def _copied_from_other(self, path: Path) -> duckdb.DuckDBPyConnection:
        folder = tempfile.TemporaryDirectory(prefix="agentops-archive-")
        news = file.stamp(path)
        try:
            db = file.open_copy(path, Path(folder.name), self._identity)
        except NotWritable:
            db = file.connect(":memory:", temp=None)  # nothing to show until a copy succeeds
            tables.create(db)
            news = ()
        self._drop_copy()
        self._copy, self._copied = folder, (self._monotonic(), news)
        return db

    def _renew_copy(self, path: Path) -> bool:
        at, news = self._copied
        if self._monotonic() - at < COPY_EVERY_S or file.stamp(path) == news:
            return False
        self._hand_out(self._copied_from_other(path))
        return True

    def _drop_copy(self) -> None:
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None
