"""Hand-made frames for the archive: traces whose spans start one second after the other from noon on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard.archive import Archive, Listed, schema

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=s) for s in (1, 60, 3600, 86_400))
QUIET = MINUTE

DTYPES = {
    "VARCHAR": "str",
    "BIGINT": "Int64",
    "INTEGER": "int64",
    "BOOLEAN": "bool",
    "DOUBLE": "float64",
    "TIMESTAMP": "datetime64[us]",
    "VARCHAR[]": "object",
}
BLANK: dict[str, Any] = {"VARCHAR": "", "BIGINT": pd.NA, "INTEGER": 0, "BOOLEAN": False, "VARCHAR[]": []}


@dataclass(frozen=True)
class Frames:
    spans: pd.DataFrame
    traces: pd.DataFrame


@dataclass(frozen=True)
class Estimate:
    usd: float
    source: str = "estimated"


class Book:
    """One price per prompt token for each model; remembers what it was asked."""

    def __init__(self, version: str = "1", **usd_per_token: float) -> None:
        self.version = version
        self.usd_per_token = usd_per_token
        self.asked: list[tuple[tuple[str, ...], str, datetime, int | None]] = []

    def estimate(
        self, names: Sequence[str], provider: str, at: datetime, *, prompt_tokens: int | None, **_: int | None
    ) -> Estimate | None:
        self.asked.append((tuple(names), provider, at, prompt_tokens))
        price = next((self.usd_per_token[name] for name in names if name in self.usd_per_token), None)
        return None if price is None or prompt_tokens is None else Estimate(price * prompt_tokens)


def frame(columns: dict[str, str], rows: list[dict[str, Any]]) -> pd.DataFrame:
    made = {}
    for name, kind in columns.items():
        blank = BLANK.get(kind, np.nan)
        made[name] = pd.Series([row.get(name, blank) for row in rows], dtype=DTYPES.get(kind, "float64"))
    return pd.DataFrame(made)


def trace(
    trace_id: str,
    spans: int,
    *,
    at: datetime = NOON,
    read_at: datetime = NOON + HOUR,
    whole: dict[str, Any] | None = None,
    **span: Any,
) -> Frames:
    """A trace of so many spans; `span` goes into each of them, `whole` into the trace's own row."""
    start = at.replace(tzinfo=None)
    rows = [
        {"trace_id": trace_id, "span_id": f"{i:016x}", "started_at": start + i * SECOND, "name": "step"}
        | span
        for i in range(spans)
    ]
    row = {
        "trace_id": trace_id,
        "spans": spans,
        "started_at": start,
        "ended_at": start + max(spans - 1, 0) * SECOND,
        "read_at": read_at.replace(tzinfo=None),
    }
    return Frames(frame(schema.SPANS, rows), frame(schema.TRACES, [row | (whole or {})]))


def together(*parts: Frames) -> Frames:
    return Frames(
        pd.concat([p.spans for p in parts], ignore_index=True),
        pd.concat([p.traces for p in parts], ignore_index=True),
    )


def listed(trace_id: str, spans: int, *, at: datetime = NOON, active_at: datetime | None = None) -> Listed:
    return Listed(trace_id, at, active_at or at + max(spans - 1, 0) * SECOND, spans)


def opened(folder: Path | None = None, *, project: str = "p", **options: Any) -> Archive:
    options.setdefault("book", Book())
    options.setdefault("max_age", timedelta(days=36_500))
    return Archive.open(folder, endpoint="http://agentops.test", project_id=project, **options)


def held(archive: Archive, sql: str) -> list[Any]:
    with archive.reading() as db:
        return db.execute(sql).fetchall()
