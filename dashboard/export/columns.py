"""The columns of an exported list, and their values as plain Python ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

import pandas as pd

Kind = Literal["text", "texts", "time", "count", "number"]

#: Column → what it holds. Times are UTC, durations seconds, costs US dollars; None is *not reported*.
COLUMNS: Final[Mapping[str, Kind]] = {
    "trace_id": "text",
    "name": "text",
    "service": "text",
    "agents": "texts",
    "started_at": "time",
    "duration_s": "number",
    "outcome": "text",
    "outcome_by": "text",
    "spans": "count",
    "errors": "count",
    "prompt_tokens": "count",
    "completion_tokens": "count",
    "total_tokens": "count",
    "cost_usd": "number",
    "reported_usd": "number",
    "estimated_usd": "number",
    "unpriced_tokens": "count",
    "tags": "texts",
    "models": "texts",
    "tools": "texts",
}


def values(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Each column's values: str, list of str, aware datetime, int, finite float, or None."""
    return {name: [_PLAIN[kind](value) for value in frame[name]] for name, kind in COLUMNS.items()}


def records(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows, in the order of `COLUMNS`."""
    return zip(*values(frame).values(), strict=True)


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) or not math.isfinite(value) else float(value)


_PLAIN: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    "text": lambda value: value if isinstance(value, str) else None,
    "texts": list,
    "time": lambda value: None if pd.isna(value) else value.to_pydatetime(),
    "count": _count,
    "number": _number,
}
