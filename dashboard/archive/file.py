"""The archive's file: opening it, what can be wrong with it, and reading along with another process.

DuckDB lets one process have a file open. The second one reads a private copy of the file and its log,
which DuckDB opens like a file after a crash. The process that writes must never open and close the file
by other means: POSIX would release its lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dashboard.archive import schema, tables

MEMORY_LIMIT = "256MB"
THREADS = 2
#: Attempts at a copy during which the writer did not rewrite the file, and the pause between them.
COPY_TRIES, COPY_PAUSE_S = 6, 0.15

#: Errors of DuckDB that speak of the file and not of the statement.
FILE_ERRORS = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
)


@dataclass(frozen=True)
class Notice:
    """Something a reader should know. Kinds: second_process (detail: its PID), unreadable (where the old
    file is now), other_version (the old version), not_writable (the cause), other_project (the id of the
    project whose archive was shown before)."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Identity:
    """Whose traces a file holds; two upstreams or projects never share one."""

    endpoint: str
    project_id: str

    @property
    def file_name(self) -> str:
        digest = hashlib.sha256(f"{self.endpoint}\n{self.project_id}".encode()).hexdigest()
        return f"archive-{digest[:12]}.duckdb"


class LockedByOther(Exception):
    """Another process has the file open. `pid` is "" where it cannot be told."""

    def __init__(self, pid: str) -> None:
        super().__init__(pid)
        self.pid = pid


class NotWritable(Exception):
    """Folder or file cannot be written, or the disk is full."""


class ArchiveUnreadable(Exception):
    """The stored data broke under a question; the archive has been started anew."""


def connect(database: Path | str, *, temp: Path | None, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection that reaches nothing but `database`: no other file, no network, no extension.

    What does not fit in memory goes to `temp`; without one a statement that needs more fails.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": str(THREADS),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(temp) if temp else "",
    }
    db = duckdb.connect(str(database), read_only=read_only, config=config)
    db.execute("SET python_enable_replacements = false")
    db.execute("SET enable_external_access = false")
    return db


def open_file(path: Path, identity: Identity) -> tuple[duckdb.DuckDBPyConnection, list[Notice]]:
    """`path` for writing, with all tables. A file that cannot be read is moved aside, one of another
    version removed: all that is in it can be read from AgentOps again.

    Raises:
        LockedByOther, NotWritable
    """
    notices: list[Notice] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for _ in range(3):
            try:
                db = connect(path, temp=path.with_suffix(".tmp"))
            except duckdb.Error as error:
                raise_if_locked(error)
                if no_space(error) or not path.exists():
                    raise NotWritable(first_line(error)) from error
                notices.append(Notice("unreadable", str(move_aside(path))))
                continue
            wrong = _claim(db, identity)
            if wrong is None:
                return db, notices
            db.close()
            if wrong.kind == "other_version":
                remove(path)
                notices.append(wrong)
            else:
                notices.append(Notice("unreadable", str(move_aside(path))))
    except (OSError, duckdb.Error) as error:
        raise NotWritable(first_line(error)) from error
    raise NotWritable(f"{path} stays unreadable")


def _claim(db: duckdb.DuckDBPyConnection, identity: Identity) -> Notice | None:
    """Make the tables of a new file; of an old one say what is wrong with it."""
    try:
        found = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if not found:
            db.execute("BEGIN")
            tables.create(db)
            tables.set_meta(
                db, version=str(schema.VERSION), endpoint=identity.endpoint, project_id=identity.project_id
            )
            db.execute("COMMIT")
            return None
        return fault(db, identity, found)
    except duckdb.Error as error:
        if no_space(error):
            raise
        return Notice("unreadable", first_line(error))


def fault(db: duckdb.DuckDBPyConnection, identity: Identity, found: set[str]) -> Notice | None:
    """What keeps an existing file from being used."""
    if "meta" not in found:
        return Notice("unreadable", "not an archive")
    held = tables.meta(db)
    if held.get("version") != str(schema.VERSION):
        return Notice("other_version", held.get("version", ""))
    if Identity(held.get("endpoint", ""), held.get("project_id", "")) != identity:
        return Notice("unreadable", "another upstream's archive")
    for table in ("spans", "traces", *tables.BOOKKEEPING):
        db.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own tables
    return None


def open_copy(path: Path, folder: Path, identity: Identity) -> duckdb.DuckDBPyConnection:
    """A private copy of `path`, which another process writes, as of now; read only.

    Raises:
        NotWritable: no attempt gave a copy that opens.
    """
    error: Exception = NotWritable(f"{path} cannot be copied")
    for attempt in range(COPY_TRIES):
        if attempt:
            time.sleep(COPY_PAUSE_S)
        copy = folder / f"copy-{attempt}.duckdb"
        try:
            before = stamp(path)
            shutil.copyfile(path, copy)
            for log in logs(path):
                with contextlib.suppress(FileNotFoundError):  # written into the file just now
                    shutil.copyfile(log, copy.with_name(copy.name + log.name.removeprefix(path.name)))
            if stamp(path)[:3] != before[:3]:
                remove(copy)
                continue
            db = connect(copy, temp=folder / "tmp", read_only=True)
            try:
                found = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
                wrong = fault(db, identity, found)
                if wrong is None:
                    return db
                error = NotWritable(f"{wrong.kind}: {wrong.detail}")
            except duckdb.Error as found_error:
                error = found_error
            db.close()
        except (OSError, duckdb.Error) as found_error:
            error = found_error
        remove(copy)
    raise NotWritable(first_line(error)) from error


def stamp(path: Path) -> tuple[int, ...]:
    """Changes when the file (first three numbers) or its log (the others) changes."""
    numbers: list[int] = []
    for file in (path, path.with_name(path.name + ".wal")):
        try:
            status = file.stat()
            numbers += [status.st_ino, status.st_mtime_ns, status.st_size]
        except OSError:  # it is not there, or its folder is no folder any more, or closed to us
            numbers += [0, 0, 0]
    return tuple(numbers)


def logs(path: Path) -> list[Path]:
    """The write-ahead log beside `path`, while a checkpoint runs two."""
    return sorted(path.parent.glob(path.name + ".wal*"))


def move_aside(path: Path) -> Path:
    """Rename `path` and its log to a name that says since when they have been broken."""
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z"
    aside = path.with_name(f"{path.name}.broken-{moment}")
    for log in logs(path):
        log.rename(aside.with_name(aside.name + log.name.removeprefix(path.name)))
    path.rename(aside)
    return aside


def remove(path: Path) -> None:
    for file in (path, *logs(path)):
        file.unlink(missing_ok=True)


def raise_if_locked(error: duckdb.Error) -> None:
    if "Could not set lock" in str(error):
        pid = re.search(r"\(PID (\d+)\)", str(error))
        raise LockedByOther(pid.group(1) if pid else "") from error


def no_space(error: Exception) -> bool:
    """Whether `error` says that nothing can be written here, rather than that what is written is broken."""
    text = str(error).lower()
    return any(
        words in text
        for words in ("no space", "disk full", "file too large", "read-only file system", "permission denied",
                      "could not write", "failed to write", "quota")
    )  # fmt: skip


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
