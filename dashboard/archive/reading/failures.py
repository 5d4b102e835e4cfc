"""Failed traces with what made them fail, and outcomes window by window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import pandas as pd

from .buckets import bucket_parameters
from .frames import Limited, ask, between, limited

#: Of the errors of a trace the last one is what it failed of: those before it were survived.
_FAILURES = """
    WITH {innermost},
    last_error AS (
        SELECT trace_id,
            arg_max(
                {{'type': error_type, 'group': error_group, 'model': model}}, (started_at, span_id)
            ) AS said
        FROM innermost GROUP BY 1
    )
    SELECT trace_id, name, service, started_at, duration_s, outcome,
        coalesce(said.type, '') AS error_type, coalesce(said.group, '') AS error_group,
        coalesce(said.model, '') AS model, count(*) OVER () AS rows_in_all
    FROM traces LEFT JOIN last_error USING (trace_id)
    WHERE started_at >= $start AND started_at < $end AND outcome = 'failed'
    ORDER BY started_at DESC, trace_id LIMIT $limit
"""

_OUTCOMES = """
    WITH {buckets},
    rows_in_range AS (SELECT outcome, {offset_us} FROM traces WHERE {in_range})
    SELECT bucket, count(*) FILTER (outcome = 'success') AS success,
        count(*) FILTER (outcome = 'failed') AS failed,
        count(*) FILTER (outcome NOT IN ('success', 'failed')) AS indeterminate
    FROM rows_in_range JOIN buckets ON {in_bucket} GROUP BY 1 ORDER BY 1
"""


def failures(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, limit: int = 1000) -> Limited:
    """Failed traces that started in a range, newest first, each with its last innermost error.

    Returns:
        ``trace_id``, ``name``, ``service``, ``started_at``, ``duration_s``, ``outcome`` (failed),
        ``error_type``, ``error_group``, ``model`` ("" where no span failed, or none is named); and how
        many there are.
    """
    return limited(ask(db, _FAILURES, between(start, end) | {"limit": limit}))


def outcomes_over_time(db: duckdb.DuckDBPyConnection, edges: Sequence[datetime]) -> pd.DataFrame:
    """Outcomes of the traces that started in each window between two edges (aware, ascending).

    Returns:
        ``bucket`` (index of the window), ``success``, ``failed``, ``indeterminate``; no row for a window
        in which no trace started.
    """
    return ask(db, _OUTCOMES, bucket_parameters(edges))
