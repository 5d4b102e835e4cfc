"""Totals of a range, and single traces: the costliest, the slowest, the newest failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from .frames import ask, between

_OUTCOMES = """
    SELECT count(*) AS traces,
        count(*) FILTER (outcome = 'success') AS success,
        count(*) FILTER (outcome = 'failed') AS failed,
        count(*) FILTER (outcome NOT IN ('success', 'failed')) AS indeterminate,
        count(duration_s) AS durations,
        quantile_cont(duration_s, 0.5) AS p50_s,
        quantile_cont(duration_s, 0.95) AS p95_s,
        quantile_cont(duration_s, 0.99) AS p99_s
    FROM traces WHERE {in_range}
"""

_USAGE = """
    SELECT count(*) FILTER ({call}) AS calls, {usage},
        CAST(sum(reported_usd) FILTER (kind = 'tool') AS DOUBLE) AS tool_reported_usd,
        CAST(sum(coalesce(reported_usd, 0) + coalesce(estimated_usd, 0)) FILTER (
            kind = 'tool' AND (reported_usd IS NOT NULL OR estimated_usd IS NOT NULL)
        ) AS DOUBLE) AS tool_cost_usd
    FROM spans WHERE NOT duplicate AND {in_range}
"""

_TRACES = """
    SELECT trace_id, name, service, started_at, ended_at, duration_s, outcome, outcome_by, spans, errors,
        tags, agents, models, tools, has_root, truncated,
        CASE WHEN reported_usd IS NOT NULL OR estimated_usd IS NOT NULL
            THEN CAST(coalesce(reported_usd, 0) + coalesce(estimated_usd, 0) AS DOUBLE) END AS cost_usd,
        CAST(reported_usd AS DOUBLE) AS reported_usd,
        CAST(estimated_usd AS DOUBLE) AS estimated_usd,
        unpriced_tokens, CAST(prompt_tokens AS DOUBLE) AS prompt_tokens,
        CAST(completion_tokens AS DOUBLE) AS completion_tokens,
        CAST(cache_read_tokens AS DOUBLE) AS cache_read_tokens,
        CAST(reasoning_tokens AS DOUBLE) AS reasoning_tokens,
        CAST(total_tokens AS DOUBLE) AS total_tokens
    FROM traces WHERE {which} ORDER BY {order} LIMIT $limit
"""

_IN_RANGE = "started_at >= $start AND started_at < $end"


@dataclass(frozen=True)
class Totals:
    """A range in single figures; None is *not reported*.

    Attributes:
        traces, success, failed, indeterminate: traces that started in the range, by outcome.
        durations: how many of them have one; p50_s, p95_s, p99_s: their percentiles.
        calls, spans: of models; of any kind, that started in the range. So are all usage figures.
        cost_usd: reported_usd + estimated_usd (library) + own_usd (own table).
        tool_cost_usd: the part of the cost that stands at tool spans; tool_reported_usd: reported there.
        unpriced_tokens: tokens without a price.
    """

    traces: int
    success: int
    failed: int
    indeterminate: int
    durations: int
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    calls: int
    spans: int
    cost_usd: float | None
    reported_usd: float | None
    estimated_usd: float | None
    own_usd: float | None
    tool_cost_usd: float | None
    tool_reported_usd: float | None
    unpriced_tokens: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cache_read_tokens: int | None
    reasoning_tokens: int | None
    total_tokens: int | None


def totals(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> Totals:
    """The range in single figures."""
    parts = [ask(db, question, between(start, end)) for question in (_OUTCOMES, _USAGE)]
    values: dict[str, float | int | None] = {}
    for frame in parts:
        for name, column in frame.items():
            value = column.iloc[0]
            whole = str(name).endswith("_tokens") or pd.api.types.is_integer_dtype(column.dtype)
            values[str(name)] = None if pd.isna(value) else int(value) if whole else float(value)
    return Totals(**values)  # type: ignore[arg-type]  # its fields are the answers' columns


def costliest(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, n: int = 10) -> pd.DataFrame:
    """The traces of a range that cost most; those without a cost are not among them.

    Returns:
        ``trace_id``, ``name``, ``service``, ``started_at``, ``ended_at``, ``duration_s``, ``outcome``,
        ``outcome_by``, ``spans``, ``errors``, ``tags``, ``agents``, ``models``, ``tools`` (lists),
        ``has_root``, ``truncated``, ``cost_usd``, ``reported_usd``, ``estimated_usd`` (library or own
        table), ``unpriced_tokens``, ``prompt_tokens``, ``completion_tokens``, ``cache_read_tokens``,
        ``reasoning_tokens``, ``total_tokens``: of the whole trace.
    """
    which = f"{_IN_RANGE} AND (reported_usd IS NOT NULL OR estimated_usd IS NOT NULL)"
    order = "coalesce(traces.reported_usd, 0) + coalesce(traces.estimated_usd, 0) DESC, trace_id"
    return ask(db, _TRACES, between(start, end) | {"limit": n}, which=which, order=order)


def slowest(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, n: int = 10) -> pd.DataFrame:
    """The traces of a range that took longest; columns of `costliest`."""
    which = f"{_IN_RANGE} AND duration_s IS NOT NULL"
    return ask(
        db, _TRACES, between(start, end) | {"limit": n}, which=which, order="duration_s DESC, trace_id"
    )


def failed_newest(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, n: int = 10) -> pd.DataFrame:
    """The failed traces of a range that started last; columns of `costliest`."""
    which = f"{_IN_RANGE} AND outcome = 'failed'"
    return ask(
        db, _TRACES, between(start, end) | {"limit": n}, which=which, order="started_at DESC, trace_id"
    )


def by_ids(db: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> pd.DataFrame:
    """The traces of these ids that are archived, newest first; columns of `costliest`."""
    which = "trace_id IN (SELECT unnest($ids::VARCHAR[]))"
    parameters = {"ids": list(ids), "limit": len(ids)}
    return ask(db, _TRACES, parameters, which=which, order="started_at DESC, trace_id")
