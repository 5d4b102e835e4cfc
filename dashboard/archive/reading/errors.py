"""What failed, grouped by what it said."""

from __future__ import annotations

from datetime import datetime

import duckdb

from .frames import Limited, ask, between, limited

_GROUPS = """
    WITH {innermost},
    by_trace AS (
        SELECT error_type, error_group, trace_id, count(*) AS n,
            min(started_at) AS first_seen, max(started_at) AS last_seen
        FROM innermost GROUP BY 1, 2, 3
    ),
    hit AS (
        SELECT error_type, error_group,
            list_sort(list(DISTINCT model) FILTER (model <> '')) AS models,
            list_sort(list(DISTINCT agent) FILTER (agent <> '')) AS agents
        FROM innermost GROUP BY 1, 2
    ),
    groups AS (
        SELECT error_type, error_group, CAST(sum(n) AS BIGINT) AS count, count(*) AS traces,
            CAST(sum(n) AS DOUBLE) / sum(sum(n)) OVER () AS share,
            min(first_seen) AS first_seen, max(last_seen) AS last_seen,
            {cost} AS cost_usd,
            arg_max(trace_id, last_seen, 3) AS examples,
            count(*) OVER () AS rows_in_all
        FROM by_trace LEFT JOIN (
            SELECT trace_id, reported_usd, estimated_usd FROM traces WHERE outcome = 'failed'
        ) AS burnt USING (trace_id)
        GROUP BY 1, 2
    )
    SELECT error_type, error_group, count, traces, share, first_seen, last_seen, models, agents,
        cost_usd, examples, rows_in_all
    FROM groups JOIN hit USING (error_type, error_group)
    ORDER BY count DESC, last_seen DESC, error_type, error_group LIMIT $limit
"""


def error_groups(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, limit: int = 20) -> Limited:
    """Errors of a range by type and masked message, most frequent first.

    Only the innermost span of an error counts: a failed span with a direct child that failed with the
    same message (or a failed span without a message of its own, and a child that failed) hands on what
    went wrong below it.

    Returns:
        ``error_type``, ``error_group``, ``count`` (spans), ``traces``, ``share`` (of all such spans of
        the range, also of those in groups that are left out), ``first_seen``, ``last_seen``, ``models``,
        ``agents`` (lists, sorted), ``cost_usd`` (of the whole *failed* traces in which it stands, NaN
        without one; a trace with two errors counts in both groups), ``examples`` (ids of the three
        traces that met it last, newest first); and how many groups there are.
    """
    return limited(ask(db, _GROUPS, between(start, end) | {"limit": limit}))
