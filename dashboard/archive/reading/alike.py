"""Traces to compare one with: others of the same root span, of whatever time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import duckdb
import pandas as pd

from .frames import ask, utc
from .traces import by_ids

#: Why a trace stands out among those of its name, the most telling first.
REASONS: Final = ("before", "successful", "fastest", "newest")

_ALIKE = """
    SELECT first(trace_id ORDER BY started_at DESC, trace_id) FILTER (started_at < $before) AS before,
        first(trace_id ORDER BY started_at DESC, trace_id) FILTER (outcome = 'success') AS successful,
        first(trace_id ORDER BY duration_s, trace_id)
            FILTER (outcome = 'success' AND duration_s IS NOT NULL) AS fastest,
        first(trace_id ORDER BY started_at DESC, trace_id) AS newest
    FROM traces WHERE name = $name AND trace_id <> $trace_id
"""


def alike(db: duckdb.DuckDBPyConnection, trace_id: str, name: str, started_at: datetime) -> pd.DataFrame:
    """Of the other archived traces whose root span is called `name`: the one before `started_at`, the newest
    successful one, the fastest successful one, and the newest.

    Returns:
        At most four rows, each trace once, in that order: columns of `traces.costliest`, and ``why``, a list
        of `REASONS`.
    """
    values = {"trace_id": trace_id, "name": name, "before": utc(started_at)}
    found = ask(db, _ALIKE, values).iloc[0]
    why: dict[str, list[str]] = {}
    for reason in REASONS:
        if isinstance(found[reason], str):
            why.setdefault(found[reason], []).append(reason)
    traces = by_ids(db, list(why)).set_index("trace_id", drop=False).reindex(list(why))
    return traces.assign(why=pd.Series(why, dtype="object")).reset_index(drop=True)
