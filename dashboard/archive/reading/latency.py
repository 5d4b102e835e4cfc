"""How long traces, calls of models and tools take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import duckdb
import pandas as pd

from .buckets import bucket_parameters
from .frames import Limited, ask, between, limited

Of = Literal["trace", "llm", "tool"]

_SPANS = """(
    SELECT started_at, duration_s,
        CASE status WHEN 'OK' THEN 'success' WHEN 'ERROR' THEN 'failed' ELSE 'indeterminate' END AS outcome
    FROM spans WHERE NOT duplicate AND {which}
)"""

_SUBJECT: dict[Of, str] = {
    "trace": "traces",
    "llm": _SPANS.format(which="kind = 'llm' AND node_kind = 'model'"),
    "tool": _SPANS.format(which="kind = 'tool'"),
}

_PERCENTILES = """count(duration_s) AS n,
    quantile_cont(duration_s, 0.5) AS p50_s,
    quantile_cont(duration_s, 0.95) AS p95_s,
    quantile_cont(duration_s, 0.99) AS p99_s"""

_OVER_TIME = """
    WITH {buckets},
    rows_in_range AS (
        SELECT duration_s, {offset_us} FROM {subject} AS subject WHERE {in_range} AND duration_s IS NOT NULL
    )
    SELECT bucket, {percentiles} FROM rows_in_range JOIN buckets ON {in_bucket} GROUP BY 1 ORDER BY 1
"""

_TOTAL = "SELECT {percentiles} FROM {subject} AS subject WHERE {in_range}"

#: Eight bins a decade. What takes no more than a millisecond is not told apart.
_BINS_A_DECADE = 8
_LOWEST_BIN = -3 * _BINS_A_DECADE
_DURATIONS = """
    SELECT CAST(CASE WHEN duration_s <= 0.001 THEN -25
            ELSE floor(8 * log10(duration_s) + 1e-9) END AS BIGINT) AS bin,
        count(*) FILTER (outcome = 'success') AS success,
        count(*) FILTER (outcome = 'failed') AS failed,
        count(*) FILTER (outcome NOT IN ('success', 'failed')) AS indeterminate
    FROM {subject} AS subject WHERE {in_range} AND duration_s IS NOT NULL
    GROUP BY 1 ORDER BY 1
"""

#: By hash, so that a point that is shown stays when others come.
_POINTS = """
    WITH candidates AS (
        SELECT trace_id, name, service, started_at, duration_s, outcome,
            CASE WHEN reported_usd IS NOT NULL OR estimated_usd IS NOT NULL
                THEN CAST(coalesce(reported_usd, 0) + coalesce(estimated_usd, 0) AS DOUBLE) END AS cost_usd,
            spans, errors
        FROM traces WHERE {in_range} AND duration_s IS NOT NULL
    ),
    slowest AS (SELECT trace_id FROM candidates ORDER BY duration_s DESC, trace_id LIMIT $slowest),
    failed AS (
        SELECT trace_id FROM candidates WHERE outcome = 'failed'
        ORDER BY hash(trace_id), trace_id LIMIT $failed
    )
    SELECT *, (SELECT count(*) FROM candidates) AS rows_in_all FROM candidates
    ORDER BY trace_id IN (FROM slowest) DESC, trace_id IN (FROM failed) DESC, hash(trace_id), trace_id
    LIMIT $limit
"""


class Percentiles(NamedTuple):
    """Exact percentiles of ``n`` durations, interpolated between neighbours; None without one."""

    n: int
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None


def latency_over_time(db: duckdb.DuckDBPyConnection, edges: Sequence[datetime], of: Of) -> pd.DataFrame:
    """Percentiles of each window between two edges (aware, ascending).

    Args:
        of: ``trace`` (a trace's own duration), ``llm`` (a call of a model) or ``tool`` (a tool span).

    Returns:
        ``bucket`` (index of the window), ``n``, ``p50_s``, ``p95_s``, ``p99_s``; no row for a window
        without one. Nothing is hidden for a small n here.
    """
    return ask(db, _OVER_TIME, bucket_parameters(edges), subject=_SUBJECT[of], percentiles=_PERCENTILES)


def latency_total(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, of: Of) -> Percentiles:
    """Percentiles of the whole range."""
    frame = ask(db, _TOTAL, between(start, end), subject=_SUBJECT[of], percentiles=_PERCENTILES)
    n, *quantiles = frame.iloc[0]
    if not n:
        return Percentiles(0, None, None, None)
    return Percentiles(int(n), *(float(quantile) for quantile in quantiles))


def durations(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, of: Of) -> pd.DataFrame:
    """Histogram of durations, eight bins a decade.

    Returns:
        Neighbouring bins without a hole from the shortest to the longest: ``low_s``, ``high_s`` ([low,
        high)), ``success``, ``failed``, ``indeterminate`` (of a span: status OK, ERROR, UNSET). The
        lowest bin that can be, [0, 0.001], holds everything up to a millisecond.
    """
    frame = ask(db, _DURATIONS, between(start, end), subject=_SUBJECT[of]).set_index("bin")
    bins = range(int(frame.index.min()), int(frame.index.max()) + 1) if len(frame) else range(0)
    full = frame.reindex(pd.Index(bins, dtype="int64"), fill_value=0)
    low_s = [10 ** (bin / _BINS_A_DECADE) if bin >= _LOWEST_BIN else 0.0 for bin in bins]
    high_s = [10 ** ((bin + 1) / _BINS_A_DECADE) for bin in bins]
    full.insert(0, "low_s", pd.Series(low_s, index=full.index, dtype="float64"))
    full.insert(1, "high_s", pd.Series(high_s, index=full.index, dtype="float64"))
    return full.reset_index(drop=True)


def points(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, limit: int = 3000) -> Limited:
    """Traces for a scatter, at most ``limit`` of those that have a duration.

    Kept first: the slowest (a tenth of the limit), failed ones (up to half of it, an even sample of
    them where there are more); the rest is an even sample of all others.

    Returns:
        By start: ``trace_id``, ``name``, ``service``, ``started_at``, ``duration_s``, ``outcome``,
        ``cost_usd``, ``spans``, ``errors``; and how many traces there are.
    """
    bounds = {"slowest": limit // 10, "failed": limit // 2, "limit": limit}
    found = limited(ask(db, _POINTS, between(start, end) | bounds))
    return Limited(found.frame.sort_values(["started_at", "trace_id"], ignore_index=True), found.total)
