"""Rows in and out of the archive's tables: creation, identity, replacement of traces."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import duckdb
import pandas as pd

from dashboard.archive import schema

#: What the archive keeps beside the two tables of figures.
#: ``listed``: what a sweep listed and reading has not caught up with; these traces are pending.
#: ``unmatched``: listed numbers that a reading did not bear out, so that they ask for no other one.
BOOKKEEPING: dict[str, str] = {
    "meta": "key VARCHAR, value VARCHAR",
    "sweeps": "start_at TIMESTAMP, end_at TIMESTAMP, asked_at TIMESTAMP, traces INTEGER, failed VARCHAR",
    "listed": "trace_id VARCHAR, start_at TIMESTAMP, end_at TIMESTAMP, started_at TIMESTAMP,"
    " active_at TIMESTAMP, spans INTEGER, asked_at TIMESTAMP",
    "unmatched": "trace_id VARCHAR, start_at TIMESTAMP, end_at TIMESTAMP, spans INTEGER",
    "failures": "trace_id VARCHAR, tries INTEGER, cause VARCHAR, failed_at TIMESTAMP, retry_at TIMESTAMP",
}

NUMBERS = ("DOUBLE", "BIGINT", "INTEGER", "DECIMAL(18, 12)")

#: Between the items of a list on their way into the file; in no name.
SEPARATOR = "\x1f"


class Tidy(Protocol):
    """Frames with exactly the columns of ``schema.SPANS`` and ``schema.TRACES``."""

    @property
    def spans(self) -> pd.DataFrame: ...
    @property
    def traces(self) -> pd.DataFrame: ...


def naive(moment: datetime) -> datetime:
    """As stored: UTC without zone. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"the archive takes aware times, not {moment!r}")
    return moment.astimezone(UTC).replace(tzinfo=None)


def create(db: duckdb.DuckDBPyConnection) -> None:
    """All tables, empty; in the transaction of the caller."""
    for table, columns in (("spans", schema.SPANS), ("traces", schema.TRACES)):
        body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        db.execute(f"CREATE TABLE {table} ({body})")
    for table, body in BOOKKEEPING.items():
        db.execute(f"CREATE TABLE {table} ({body})")


def meta(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(db.execute("SELECT key, value FROM meta").fetchall())


def set_meta(db: duckdb.DuckDBPyConnection, **values: str) -> None:
    for key, value in values.items():
        db.execute("DELETE FROM meta WHERE key = ?", [key])
        db.execute("INSERT INTO meta VALUES (?, ?)", [key, value])


def replace(db: duckdb.DuckDBPyConnection, tidy: Tidy) -> None:
    """Put `tidy`'s traces in the place of what is stored of them; in the transaction of the caller.

    Listed numbers that this reading was to settle leave ``listed``: those of sweeps that asked before it.
    A later sweep's number stays when the reading does not match it.
    """
    spans, traces = plain(tidy.spans, schema.SPANS), plain(tidy.traces, schema.TRACES)
    with frames(db, new_spans=spans, new_traces=traces):
        known = db.execute(
            "SELECT count(*) FROM traces WHERE trace_id IN (SELECT trace_id FROM new_traces)"
        ).fetchall()[0][0]
        if known:  # nearly always not: the traces are few, the spans many
            for table in ("spans", "traces"):
                db.execute(f"DELETE FROM {table} WHERE trace_id IN (SELECT trace_id FROM new_traces)")  # noqa: S608 - our own tables
        for table, columns in (("spans", schema.SPANS), ("traces", schema.TRACES)):
            db.execute(f"INSERT INTO {table} SELECT {_typed(columns)} FROM new_{table}")  # noqa: S608 - our own tables
        _settle(db)


@contextlib.contextmanager
def frames(db: duckdb.DuckDBPyConnection, **named: pd.DataFrame) -> Iterator[None]:
    """`named` as tables of this connection for a while."""
    for name, frame in named.items():
        db.register(name, frame)
    try:
        yield
    finally:
        for name in named:
            with contextlib.suppress(duckdb.Error):  # refused after an error; the next one replaces it
                db.unregister(name)


def _settle(db: duckdb.DuckDBPyConnection) -> None:
    mine = """
        FROM listed l
        JOIN (SELECT trace_id, CAST(read_at AS TIMESTAMP) AS read_at FROM new_traces) t USING (trace_id)
        LEFT JOIN (SELECT trace_id, CAST(started_at AS TIMESTAMP) AS at FROM new_spans) s
          ON s.trace_id = l.trace_id AND s.at >= l.start_at AND s.at < l.end_at
        GROUP BY l.trace_id, l.start_at, l.end_at, l.spans, l.asked_at, t.read_at
        HAVING count(s.at) <> l.spans
    """
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE unsettled AS
        SELECT l.trace_id, l.start_at, l.end_at, l.spans, l.asked_at > t.read_at AS later {mine}"""
    )
    db.execute(
        """DELETE FROM unmatched m USING unsettled u
        WHERE m.trace_id = u.trace_id AND m.start_at = u.start_at AND m.end_at = u.end_at AND NOT u.later"""
    )
    db.execute(
        "INSERT INTO unmatched SELECT trace_id, start_at, end_at, spans FROM unsettled WHERE NOT later"
    )
    db.execute(
        """DELETE FROM listed l WHERE l.trace_id IN (SELECT trace_id FROM new_traces) AND NOT EXISTS (
            SELECT 1 FROM unsettled u WHERE u.later AND u.trace_id = l.trace_id
            AND u.start_at = l.start_at AND u.end_at = l.end_at)"""
    )
    db.execute("DELETE FROM failures WHERE trace_id IN (SELECT trace_id FROM new_traces)")
    db.execute("DROP TABLE unsettled")


def _typed(columns: dict[str, str]) -> str:
    """Each column cast to what is stored. A number beyond its column's type is *not reported*: one
    trace's junk must not keep the others of its batch out."""
    typed = []
    for name, kind in columns.items():
        value = f'"{name}"'
        if kind == "VARCHAR[]":
            value = f"CASE WHEN {value} = '' THEN [] ELSE string_split({value}, chr({ord(SEPARATOR)})) END"
        elif kind.startswith("DECIMAL"):
            value = f"round({value}, 12)"
        cast = "TRY_CAST" if kind in NUMBERS else "CAST"
        typed.append(f'{cast}({value} AS {kind}) AS "{name}"')
    return ", ".join(typed)


def plain(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """`frame` in types whose meaning does not depend on which rows DuckDB looks at first.

    Lists become joined text; text without a UTF-8 form (lone surrogates) gets replacement characters.
    """
    out = {}
    for name, kind in columns.items():
        column = frame[name]
        if kind == "VARCHAR[]":
            joined = pd.Series([_joined(items) for items in column], dtype="object", index=frame.index)
            column = _text(joined)
        elif kind == "VARCHAR":
            column = _text(column)
        out[name] = column
    return pd.DataFrame(out, columns=list(columns)).reset_index(drop=True)


def _text(column: pd.Series) -> pd.Series:
    try:
        column = column.astype("str")
        if getattr(column.dtype, "storage", "") != "pyarrow":  # which holds nothing else
            "".join(column.dropna()).encode()
    except UnicodeEncodeError:
        return column.map(lambda t: t.encode("utf-8", "replace").decode(), na_action="ignore").astype("str")
    return column


def _joined(items: object) -> str:
    if not isinstance(items, Iterable) or isinstance(items, str):
        return ""
    return SEPARATOR.join(str(item).replace(SEPARATOR, " ") for item in items if item)
