"""How old and how large an archive may become. The oldest goes first, in whole days where days suffice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from dashboard.archive import tables
from dashboard.archive.sweeping import CLOCK_SLACK
from dashboard.archive.tables import naive

#: A trim for size goes this far below the bound, so that not every write brings the next one.
ROOM = 0.85
#: Sweeps of short windows are dropped after this time where a longer window was swept later.
SHORT_SWEEPS_KEPT = timedelta(days=2)


def kept_from(db: duckdb.DuckDBPyConnection, now: datetime, max_age: timedelta) -> datetime:
    """Traces whose last span is older are not kept: the day `max_age` ago (UTC), or later for size."""
    by_age = (now - max_age).replace(hour=0, minute=0, second=0, microsecond=0)
    by_size = tables.meta(db).get("kept_from")
    return max(by_age, datetime.fromisoformat(by_size)) if by_size else by_age


def allow(db: duckdb.DuckDBPyConnection, max_mb: float) -> None:
    """Forget what was trimmed for size when more is allowed now: it may be read again."""
    held = tables.meta(db)
    if "kept_from" in held and max_mb > float(held.get("max_mb", "inf")):
        db.execute("DELETE FROM meta WHERE key = 'kept_from'")


def size_mb(db: duckdb.DuckDBPyConnection, path: Path | None) -> float:
    """MB (10^6 bytes) in use: blocks that hold something and the log; free blocks are used again."""
    if path is None:
        (held,) = db.execute(
            "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"
        ).fetchall()[0]
        return int(held) / 1e6
    block, used = db.execute("SELECT block_size, used_blocks FROM pragma_database_size()").fetchall()[0]
    log = path.with_name(path.name + ".wal")
    return float(block * used + (log.stat().st_size if log.exists() else 0)) / 1e6


def trim(
    db: duckdb.DuckDBPyConnection, now: datetime, *, max_age: timedelta, max_mb: float, path: Path | None
) -> int:
    """Remove what is older than ``kept_from``, then as much as brings the size below `max_mb`; and what a
    clock that was ahead has dated into the future: it is listed and tried anew.

    Returns how many traces went. Commits by itself: removed rows free their blocks at a checkpoint, and
    where DuckDB keeps half-empty row groups (of 122,880 rows) the tables are written anew.
    """
    ahead = naive(now + CLOCK_SLACK)
    db.execute("DELETE FROM sweeps WHERE asked_at > ?", [ahead])
    db.execute("DELETE FROM failures WHERE failed_at > ?", [ahead])
    gone = _remove_before(db, kept_from(db, now, max_age))
    _join_sweeps(db, naive(now - SHORT_SWEEPS_KEPT))
    db.execute("CHECKPOINT")
    for _ in range(4):
        size = size_mb(db, path)
        if size <= max_mb:
            break
        floor = _floor_for(db, share=ROOM * max_mb / size)
        if floor is None:
            break
        tables.set_meta(db, kept_from=floor.isoformat(), max_mb=str(max_mb))
        gone += _remove_before(db, floor)
        db.execute("CHECKPOINT")
        if size_mb(db, path) > max_mb:
            _write_anew(db)
    return gone


def _write_anew(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("BEGIN")
    try:
        for table in ("spans", "traces"):
            db.execute(f"CREATE TABLE {table}_anew AS SELECT * FROM {table}")  # noqa: S608 - our own tables
            db.execute(f"DROP TABLE {table}")
            db.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("CHECKPOINT")


def _floor_for(db: duckdb.DuckDBPyConnection, *, share: float) -> datetime | None:
    """The midnight (or where a day is too much, the hour) from which on `share` of the spans stand."""
    rows = db.execute(
        """SELECT date_trunc('hour', greatest(started_at, ended_at)) AS hour, sum(spans + 1)
        FROM traces GROUP BY hour ORDER BY hour DESC"""
    ).fetchall()
    left = share * float(sum(n for _, n in rows))
    hours: list[datetime] = []
    for hour, n in rows:
        left -= float(n)
        if left < 0:
            break
        hours.append(hour.replace(tzinfo=UTC))
    if not rows:
        return None
    newest: datetime = rows[0][0].replace(tzinfo=UTC)
    if not hours:
        return newest + timedelta(hours=1)
    midnight = hours[-1].replace(hour=0)
    midnight = midnight if midnight == hours[-1] else midnight + timedelta(days=1)
    return midnight if midnight <= newest else hours[-1]


def _remove_before(db: duckdb.DuckDBPyConnection, floor: datetime) -> int:
    at = [naive(floor)]
    db.execute("BEGIN")
    try:
        gone = db.execute(
            "SELECT count(*) FROM traces WHERE greatest(started_at, ended_at) < ?", at
        ).fetchall()[0][0]
        if gone:
            db.execute(
                """DELETE FROM spans WHERE trace_id IN
                (SELECT trace_id FROM traces WHERE greatest(started_at, ended_at) < ?)""",
                at,
            )
            db.execute("DELETE FROM traces WHERE greatest(started_at, ended_at) < ?", at)
        db.execute("DELETE FROM listed WHERE active_at < ?", at)
        db.execute("DELETE FROM failures WHERE trace_id NOT IN (SELECT trace_id FROM listed)")
        for table in ("sweeps", "unmatched"):
            db.execute(f"DELETE FROM {table} WHERE end_at <= ?", at)  # noqa: S608 - our own tables
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    return int(gone)


def _join_sweeps(db: duckdb.DuckDBPyConnection, before: datetime) -> None:
    db.execute(
        """DELETE FROM sweeps WHERE end_at < $before AND EXISTS (
            SELECT 1 FROM sweeps w WHERE w.failed = '' AND w.asked_at >= sweeps.asked_at
            AND w.start_at <= sweeps.start_at AND w.end_at >= sweeps.end_at
            AND w.end_at - w.start_at > sweeps.end_at - sweeps.start_at)""",
        {"before": before},
    )
