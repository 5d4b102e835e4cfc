"""The two tables' columns and their types, and how rows become a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

_TIME, _TEXT, _COUNT, _NUMBER, _FLAG = "datetime64[us]", "str", "Int64", "float64", "bool"

SPANS: dict[str, str] = {
    "trace_id": _TEXT,
    "span_id": _TEXT,
    "parent_id": _TEXT,
    "started_at": _TIME,
    "duration_s": _NUMBER,
    "self_s": _NUMBER,
    "name": _TEXT,
    "kind": _TEXT,
    "service": _TEXT,
    "agent": _TEXT,
    "tool": _TEXT,
    "model": _TEXT,
    "provider": _TEXT,
    "status": _TEXT,
    "error_type": _TEXT,
    "error_group": _TEXT,
    "prompt_tokens": _COUNT,
    "completion_tokens": _COUNT,
    "cache_read_tokens": _COUNT,
    "reasoning_tokens": _COUNT,
    "total_tokens": _COUNT,
    "reported_usd": _NUMBER,
    "estimated_usd": _NUMBER,
    "cost_source": _TEXT,
    "price_model": _TEXT,
    "node_kind": _TEXT,
    "node": _TEXT,
    "caller_kind": _TEXT,
    "caller": _TEXT,
    "loop": _FLAG,
    "blocked": _FLAG,
    "retried": _FLAG,
    "repeated": _FLAG,
    "duplicate": _FLAG,
}

TRACES: dict[str, str] = {
    "trace_id": _TEXT,
    "name": _TEXT,
    "service": _TEXT,
    "started_at": _TIME,
    "ended_at": _TIME,
    "duration_s": _NUMBER,
    "outcome": _TEXT,
    "outcome_by": _TEXT,
    "spans": "int64",
    "errors": "int64",
    "tags": "object",
    "agents": "object",
    "models": "object",
    "tools": "object",
    "has_root": _FLAG,
    "truncated": _FLAG,
    "prompt_tokens": _COUNT,
    "completion_tokens": _COUNT,
    "cache_read_tokens": _COUNT,
    "reasoning_tokens": _COUNT,
    "total_tokens": _COUNT,
    "reported_usd": _NUMBER,
    "estimated_usd": _NUMBER,
    "unpriced_tokens": _COUNT,
    "read_at": _TIME,
}


def frame(rows: Sequence[tuple[Any, ...]], columns: dict[str, str]) -> pd.DataFrame:
    """Rows in the columns' order as a frame; times are whole microseconds since 1970."""
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return pd.DataFrame(
        {
            name: _series(list(of_rows), dtype)
            for (name, dtype), of_rows in zip(columns.items(), values, strict=True)
        }
    )


def _series(values: list[Any], dtype: str) -> pd.Series[Any]:
    if dtype == _TIME:
        return pd.Series(values, dtype="int64").astype("datetime64[us]")
    if dtype == _NUMBER:
        # a list of numbers and None would first become one of objects
        return pd.Series([float("nan") if value is None else value for value in values], dtype="float64")
    return pd.Series(values, dtype=dtype)
