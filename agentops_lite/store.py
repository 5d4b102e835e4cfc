"""The spans and logs in DuckDB: in memory, or in a file that survives a restart.

One connection writes, guarded by a lock, one transaction per OTLP request; every reader takes a cursor of
its own and sees whole requests only. Queries never take text from a request as SQL: values are bound,
column names come from code.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from agentops_lite.spans import SpanRow

_DECIMAL = pa.decimal128(18, 9)
_TYPES: dict[str, pa.DataType] = {
    "start_ns": pa.int64(),
    "duration_ns": pa.int64(),
    "prompt_tokens": pa.uint64(),
    "completion_tokens": pa.uint64(),
    "cache_read_tokens": pa.uint64(),
    "reasoning_tokens": pa.uint64(),
    "total_tokens": pa.uint64(),
    "list_cost": pa.float64(),
    "list_cost_exact": _DECIMAL,
    "prompt_cost": _DECIMAL,
    "completion_cost": _DECIMAL,
}
_SQL_TYPES = {pa.int64(): "BIGINT", pa.uint64(): "UBIGINT", pa.float64(): "DOUBLE", _DECIMAL: "DECIMAL(18,9)"}
SCHEMA = pa.schema(
    [("seq", pa.int64())] + [(name, _TYPES.get(name, pa.string())) for name in SpanRow._fields]
)

# Order among spans of one trace: by start, then by arrival. Upstream's table is sorted by start and keeps
# arrival order among equals, and both of its "first" and "last" pick the earlier arrival of two equal
# starts.
FIRST = "start_ns::HUGEINT * 4294967296 + seq"
LAST = "start_ns::HUGEINT * 4294967296 - seq"


class DataUnusable(RuntimeError):
    """The data folder cannot be used; the message is one sentence for whoever chose it."""


class Store:
    """All data of one server. Safe for use from many threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self._connection = _opened(folder)
        self._lock = threading.Lock()
        columns = {f.name: _SQL_TYPES.get(f.type, "VARCHAR") for f in SCHEMA}
        self._write(f"CREATE TABLE IF NOT EXISTS spans ({', '.join(f'{n} {t}' for n, t in columns.items())})")
        self._write("CREATE TABLE IF NOT EXISTS logs (name VARCHAR PRIMARY KEY, content VARCHAR)")
        if [row[0] for row in self.query("DESCRIBE spans")] != list(columns):
            raise DataUnusable(
                f"{folder} was written by another version of agentops_lite; choose another folder"
            )
        self._seq: int = self.query("SELECT coalesce(max(seq), 0) FROM spans")[0][0]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add(self, rows: Sequence[SpanRow]) -> None:
        """Stores all rows or none."""
        if not rows:
            return
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        self.add_columns(dict(zip(SpanRow._fields, columns, strict=True)))

    def add_columns(self, columns: dict[str, Sequence[Any]]) -> None:
        """The same, for callers who hold columns; every field of `SpanRow`, all of one length."""
        schema = SCHEMA.remove(0)
        self.add_table(pa.table([pa.array(columns[f.name], type=f.type) for f in schema], schema=schema))

    def add_table(self, rows: pa.Table) -> None:
        """The same, for an Arrow table with the fields of `SpanRow`; texts may be dictionary-encoded."""
        with self._lock:
            numbers = pa.array(range(self._seq + 1, self._seq + len(rows) + 1), type=pa.int64())
            batch = rows.select(SpanRow._fields).add_column(0, "seq", numbers)
            self._write("INSERT INTO spans SELECT * FROM batch", batch=batch)
            self._seq += len(rows)

    def query(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one read, on a cursor of its own."""
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()

    def _write(self, sql: str, parameters: Sequence[Any] = (), *, batch: pa.Table | None = None) -> None:
        # A cursor each: a connection with an unread result refuses further work.
        with self._connection.cursor() as cursor:
            if batch is not None:
                cursor.register("batch", batch)
            cursor.execute(sql, parameters).fetchall()

    def span_count(self) -> int:
        return int(self.query("SELECT count(*) FROM spans")[0][0])

    def save_log(self, name: str, content: str) -> None:
        with self._lock:
            self._write("INSERT OR REPLACE INTO logs VALUES (?, ?)", [name, content])

    def log(self, name: str) -> str | None:
        rows = self.query("SELECT content FROM logs WHERE name = ?", [name])
        return rows[0][0] if rows else None


def _opened(folder: Path | None) -> duckdb.DuckDBPyConnection:
    if folder is None:
        return duckdb.connect(":memory:")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(str(folder / "agentops-lite.duckdb"))
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise DataUnusable(f"{folder} is in use by another agentops_lite; stop it first") from None
        raise DataUnusable(f"{folder} holds no database that can be opened ({error})") from None
    except OSError as error:
        raise DataUnusable(f"{folder} cannot be used as data folder ({error.strerror})") from None


def where(conditions: Iterable[str | None]) -> str:
    """The conditions that are there, joined."""
    return " AND ".join(c for c in conditions if c) or "true"
