"""What was paid for nothing: failed traces, failed attempts, the same tool called again."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pandas as pd

from .frames import ask, between

#: A repeated call right after a failed attempt of the same tool is the retry itself, and no waste.
#: UNION (not UNION ALL) ends at a cycle of parents.
_WASTE = """
    WITH RECURSIVE failed_traces AS (SELECT trace_id FROM traces WHERE outcome = 'failed'),
    kept AS MATERIALIZED (
        SELECT rowid AS row, trace_id, span_id, parent_id, started_at, duration_s, kind, tool, name,
            retried, repeated, reported_usd, estimated_usd
        FROM spans WHERE NOT duplicate AND {in_range} AND trace_id IN (
            SELECT trace_id FROM spans WHERE NOT duplicate AND (retried OR repeated) AND {in_range}
        ) AND trace_id NOT IN (FROM failed_traces)
    ),
    retries_themselves AS (
        SELECT row FROM kept
        WHERE kind = 'tool' AND trace_id IN (SELECT trace_id FROM kept WHERE kind = 'tool' AND retried)
        QUALIFY lag(retried) OVER (
            PARTITION BY trace_id, parent_id, tool, name ORDER BY started_at, span_id
        )
    ),
    marked AS MATERIALIZED (
        SELECT row, CASE WHEN retried THEN 'retries' ELSE 'repeated_tools' END AS mark
        FROM kept WHERE retried OR (repeated AND row NOT IN (FROM retries_themselves))
    ),
    links AS MATERIALIZED (
        SELECT child.row, parent.row AS parent
        FROM kept AS child JOIN kept AS parent
            ON child.trace_id = parent.trace_id AND child.parent_id = parent.span_id
    ),
    below AS (
        SELECT row, mark, FALSE AS inside FROM marked
        UNION
        SELECT links.row, below.mark, TRUE FROM below JOIN links ON links.parent = below.row
    ),
    wasted AS (SELECT row, max(mark) AS category, bool_or(inside) AS inside FROM below GROUP BY 1),
    parts AS (
        SELECT 'failed_traces' AS category, count(DISTINCT trace_id) AS count, {cost} AS cost_usd,
            CAST(NULL AS DOUBLE) AS seconds
        FROM spans WHERE NOT duplicate AND {in_range} AND trace_id IN (FROM failed_traces)
        UNION ALL
        SELECT category, count(mark) AS count, {cost} AS cost_usd,
            sum(duration_s) FILTER (mark IS NOT NULL AND NOT inside) AS seconds
        FROM wasted JOIN kept USING (row) LEFT JOIN marked USING (row) GROUP BY 1
    )
    SELECT category, coalesce(count, 0) AS count, coalesce(cost_usd, 0) AS cost_usd,
        CASE WHEN category <> 'failed_traces' THEN coalesce(seconds, 0) END AS seconds,
        (SELECT {cost} FROM spans WHERE NOT duplicate AND {in_range}) AS total_usd
    FROM (SELECT unnest(['failed_traces', 'retries', 'repeated_tools']) AS category) AS categories
    LEFT JOIN parts USING (category)
    ORDER BY array_position(['failed_traces', 'retries', 'repeated_tools'], category)
"""


def waste(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> pd.DataFrame:
    """Cost of the spans of a range that led to nothing, in parts that never count a dollar twice.

    A failed trace is wasted whole. In the other traces, a failed attempt that was made again and a tool
    called with the same input as before are, each with everything below it; what is below both is a
    retry's.

    Returns:
        Three rows, ``category`` failed_traces, retries, repeated_tools: ``count`` (failed traces; failed
        attempts; repeated calls), ``cost_usd``, ``seconds`` (time in such calls, those inside of another
        one not added again; NaN for traces), ``total_usd`` (cost of all spans of the range, NaN when
        none has one) and ``share`` (of it; NaN without a total above 0).
    """
    frame = ask(db, _WASTE, between(start, end))
    return frame.assign(share=frame["cost_usd"] / frame["total_usd"].where(frame["total_usd"] > 0))
