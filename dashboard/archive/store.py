"""The archive: what it holds of one upstream and project, for any number of threads.

Readers work on cursors of their own and see the last committed state; one writer at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb

from dashboard.archive import agenda, bounds, repricing, tables
from dashboard.archive.agenda import Held, Listed, Pending, Sweep
from dashboard.archive.file import Identity, Notice
from dashboard.archive.keeper import Keeper

#: So large may an archive become that has no file, in MB.
MEMORY_MB = 96.0
#: After so many writes of traces the size is looked at.
LOOK_AT_SIZE_EVERY = 25


class Stats(NamedTuple):
    """What is held: oldest and newest are the first and the last start of a trace."""

    traces: int
    spans: int
    oldest: datetime | None
    newest: datetime | None
    mb: float


class Archive:
    """See the module. Made by :meth:`open`; all its methods may be called from any thread.

    Writing falls back to memory, with a notice, when the file can no longer be written, and starts a new
    file when it was deleted or is broken.
    """

    def __init__(
        self,
        path: Path | None,
        identity: Identity,
        *,
        book: repricing.Prices,
        max_age: timedelta,
        max_mb: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._book = book
        self._max_age = max_age
        self._max_mb = max_mb
        self._writes = 0
        self._keeper = Keeper(path, identity, on_open=self._on_open, monotonic=monotonic)

    @classmethod
    def open(
        cls,
        folder: Path | None,
        *,
        endpoint: str,
        project_id: str,
        book: repricing.Prices,
        max_age: timedelta = timedelta(days=90),
        max_mb: float = 1024.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Archive:
        """The archive of this upstream and project in `folder`; None keeps it in memory. Never raises
        because of what it finds there: see ``notices``. `max_mb` are 10^6 bytes."""
        identity = Identity(endpoint, project_id)
        path = folder / identity.file_name if folder else None
        return cls(path, identity, book=book, max_age=max_age, max_mb=max_mb, monotonic=monotonic)

    # ---- what there is

    @property
    def notices(self) -> tuple[Notice, ...]:
        return self._keeper.notices

    def note(self, notice: Notice) -> None:
        """Adds to ``notices`` something that is known outside."""
        self._keeper.note(notice)

    @property
    def path(self) -> Path | None:
        """The file; None while it is kept in memory."""
        return self._keeper.path

    @property
    def read_only(self) -> bool:
        return self._keeper.read_only

    @property
    def revision(self) -> int:
        """Rises after each change of what spans and traces hold. Read before a question is asked, it tells
        how old the answer is at most."""
        return self._keeper.revision

    def reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor for SELECTs on one thread.

        Raises (in the ``with``):
            ArchiveUnreadable: the file turned out to be broken; the archive is a new one now.
        """
        return self._keeper.reading()

    def sweeps(self, start: datetime, end: datetime) -> list[Sweep]:
        with self.reading() as db:
            return agenda.sweeps(db, start, end)

    def pending(
        self, start: datetime, end: datetime, *, now: datetime, quiet: timedelta, limit: int
    ) -> list[Pending]:
        with self.reading() as db:
            return agenda.pending(db, start, end, now=now, quiet=quiet, limit=limit)

    def coverage(self, start: datetime, end: datetime, *, now: datetime, quiet: timedelta) -> Held:
        with self.reading() as db:
            return agenda.coverage(db, start, end, now=now, quiet=quiet)

    def kept_from(self, now: datetime) -> datetime:
        """Traces whose last span is older than this are not kept, nor made pending."""
        with self.reading() as db:
            return bounds.kept_from(db, now, self._max_age)

    def size_mb(self) -> float:
        with self.reading() as db:
            return bounds.size_mb(db, self._keeper.path)

    def stats(self) -> Stats:
        with self.reading() as db:
            traces, oldest, newest = db.execute(
                "SELECT count(*), min(started_at), max(started_at) FROM traces"
            ).fetchall()[0]
            spans = db.execute("SELECT count(*) FROM spans").fetchall()[0][0]
            mb = bounds.size_mb(db, self._keeper.path)
        oldest, newest = (moment and moment.replace(tzinfo=UTC) for moment in (oldest, newest))
        return Stats(traces, spans, oldest, newest, mb)

    # ---- what changes it; each raises ReadOnlyArchive when another process writes

    def put(self, tidy: tables.Tidy) -> None:
        """Replace these traces, all or none. ``read_at`` of a trace must not be later than the question
        for it, or a sweep in between would be taken for answered."""
        self._keeper.write(lambda db: tables.replace(db, tidy))
        self._writes += 1
        if self._writes % LOOK_AT_SIZE_EVERY == 0 and self.size_mb() > self._bound_mb:
            self.trim(datetime.now(UTC))

    def note_sweep(
        self, start: datetime, end: datetime, asked_at: datetime, listed: Sequence[Listed], failed: str = ""
    ) -> int:
        """Store a sweep of ``[start, end)``; how many of its traces are to be read for it."""
        return self._keeper.write(
            lambda db: agenda.note_sweep(
                db, start, end, asked_at, listed, failed=failed,
                kept_from=bounds.kept_from(db, asked_at, self._max_age),
            ),
            figures=False,
        )  # fmt: skip

    def note_failure(self, trace_id: str, cause: str, retry_at: datetime) -> None:
        now = datetime.now(UTC)
        self._keeper.write(
            lambda db: agenda.note_failure(db, trace_id, cause, retry_at, now=now), figures=False
        )

    def drop(self, trace_id: str) -> None:
        """AgentOps has no such trace any more: do not ask again until it lists another number."""
        self._keeper.write(lambda db: agenda.drop(db, trace_id), figures=False)

    def trim(self, now: datetime) -> int:
        """Keep age and size in their bounds; traces that went."""
        return self._keeper.write(
            lambda db: bounds.trim(
                db, now, max_age=self._max_age, max_mb=self._bound_mb, path=self._keeper.path
            ),
            transaction=False,
        )

    def reprice(self, book: repricing.Prices) -> int:
        """Estimate anew if prices of another version made the stored estimates; spans that changed.

        A day at a time, each a transaction: interrupted, it begins again."""
        with self.reading() as db:
            days = repricing.days_to_reprice(db, book)
        changed = 0
        for day in days:
            with self.reading() as db:
                priced = repricing.estimates(db, day, book)
            changed += self._keeper.write(partial(repricing.store, day=day, priced=priced))
        self._keeper.write(partial(repricing.done, book=book))
        return changed

    def refresh(self) -> bool:
        """Of an archive that another process writes: take over when that has ended, else renew the copy
        if it is old and there is news. Of our own file: start anew if it was deleted. True after a change."""
        return self._keeper.refresh()

    def close(self) -> None:
        self._keeper.close()

    @property
    def _bound_mb(self) -> float:
        return self._max_mb if self._keeper.path else min(self._max_mb, MEMORY_MB)

    def _on_open(self, db: duckdb.DuckDBPyConnection) -> None:
        if "book" not in tables.meta(db):
            tables.set_meta(db, book=self._book.version)
        bounds.allow(db, self._max_mb)
