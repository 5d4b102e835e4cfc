"""A small archive in memory, made of rows that say only what a test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import duckdb

from dashboard.archive import schema

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
END = START + 24 * HOUR

_numbers = count(1)

Row = dict[str, object]


def at(hours: float) -> datetime:
    """So many hours after the start, as the archive writes it."""
    return (START + hours * HOUR).replace(tzinfo=None)


def span(trace_id: str = "t1", **said: object) -> Row:
    """An idle span of kind other at the range's start."""
    words = dict.fromkeys(
        ("parent_id", "name", "service", "agent", "tool", "model", "provider", "error_type", "error_group"),
        "",
    ) | dict.fromkeys(("price_model", "node_kind", "node", "caller_kind", "caller"), "")
    flags = dict.fromkeys(("loop", "blocked", "retried", "repeated", "duplicate"), False)
    row: Row = {"trace_id": trace_id, "span_id": f"s{next(_numbers)}", "started_at": at(0), "kind": "other"}
    return row | {"status": "UNSET", "cost_source": "none"} | words | flags | said


def call(trace_id: str = "t1", model: str = "gpt", **said: object) -> Row:
    """A call of a model."""
    return span(trace_id, kind="llm", model=model, node_kind="model", node=model, status="OK") | said


def paid(usd: float, source: str = "reported", **said: object) -> Row:
    """What a span with a cost says."""
    amount = {"reported_usd": usd} if source == "reported" else {"estimated_usd": usd}
    return {**amount, "cost_source": source, **said}


def tool(trace_id: str = "t1", name: str = "search", **said: object) -> Row:
    """A tool that ran."""
    return span(trace_id, kind="tool", tool=name, node_kind="tool", node=name, status="OK") | said


def failed(group: str = "boom", kind: str = "Error") -> Row:
    """What a failed span says."""
    return {"status": "ERROR", "error_type": kind, "error_group": group}


def trace(trace_id: str = "t1", outcome: str = "success", **said: object) -> Row:
    """A trace of one span at the range's start."""
    lists: Row = {name: [] for name in ("tags", "agents", "models", "tools")}
    row: Row = {"trace_id": trace_id, "started_at": at(0), "outcome": outcome, "spans": 1, "errors": 0}
    return row | {"unpriced_tokens": 0, "service": "", "name": ""} | lists | said


def archive(*, spans: list[Row] = [], traces: list[Row] = []) -> duckdb.DuckDBPyConnection:  # noqa: B006
    """An archive that holds these rows."""
    db = duckdb.connect(":memory:")
    for table, columns, rows in (("spans", schema.SPANS, spans), ("traces", schema.TRACES, traces)):
        db.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        assert all(row.keys() <= columns.keys() for row in rows)
        if rows:
            places = f"({', '.join('?' * len(columns))})"
            values = [row.get(name) for row in rows for name in columns]
            db.execute(f"INSERT INTO {table} VALUES {', '.join([places] * len(rows))}", values)
    return db
