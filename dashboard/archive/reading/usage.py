"""What was called, how many tokens it took and what it cost: over time, by key, and what has no price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import duckdb
import pandas as pd

from .buckets import bucket_parameters
from .frames import ask, between

By = Literal["model", "provider", "agent", "service", "tag", "none"]

_KEY = """CASE $by WHEN 'model' THEN model WHEN 'provider' THEN provider WHEN 'agent' THEN agent
    WHEN 'service' THEN service WHEN 'tag' THEN tag ELSE '' END"""

_PLAIN = "(SELECT *, '' AS tag FROM spans)"

#: A span once for each tag of its trace, once without one.
_TAGGED = """(
    SELECT spans.*, coalesce(labels.tag, '') AS tag
    FROM spans LEFT JOIN (
        SELECT trace_id, unnest(CASE WHEN len(tags) > 0 THEN tags ELSE [''] END) AS tag
        FROM traces
    ) AS labels USING (trace_id)
)"""

_OVER_TIME = """
    WITH {buckets},
    rows_in_range AS (SELECT *, {key} AS key, {offset_us} FROM {source} WHERE NOT duplicate AND {in_range})
    SELECT bucket, key, count(*) FILTER ({call}) AS calls, {usage}
    FROM rows_in_range JOIN buckets ON {in_bucket}
    GROUP BY 1, 2 ORDER BY 1, 2
"""

_BY = """
    SELECT {key} AS key, count(*) FILTER ({call}) AS calls, {usage},
        count(*) FILTER ({call} AND status = 'ERROR') AS errors
    FROM {source} AS spans
    WHERE NOT duplicate AND {in_range}
    GROUP BY 1 ORDER BY cost_usd DESC NULLS LAST, total_tokens DESC NULLS LAST, key
"""

_BY_QUARTER_HOUR = """
    SELECT time_bucket(INTERVAL 15 MINUTE, started_at) AS at, {cost} AS cost_usd,
        CAST(sum(reported_usd) AS DOUBLE) AS reported_usd,
        CAST(sum(total_tokens) AS DOUBLE) AS total_tokens,
        count(*) FILTER ({call}) AS calls
    FROM spans WHERE NOT duplicate AND {in_range}
    GROUP BY 1 ORDER BY 1
"""

_UNPRICED = """
    SELECT model, provider, prompt_tokens IS NULL AND completion_tokens IS NULL AS only_total,
        count(*) AS calls, CAST(sum(total_tokens) AS BIGINT) AS total_tokens,
        arg_max(price_model, started_at) AS price_model, max(started_at) AS last_seen
    FROM spans WHERE NOT duplicate AND cost_source = 'unpriced' AND {in_range}
    GROUP BY 1, 2, 3 ORDER BY total_tokens DESC, model, provider, only_total
"""


def usage_over_time(db: duckdb.DuckDBPyConnection, edges: Sequence[datetime], by: By) -> pd.DataFrame:
    """Usage of each window between two edges, by key.

    Args:
        edges: aware, ascending, at least two; window i is [edges[i], edges[i + 1]).
        by: what the key is. A trace with two tags counts in each, so tags do not add up.

    Returns:
        A row for each window and key with a span, sorted by both: ``bucket`` (i), ``key``, ``calls``
        (of models), ``cost_usd`` = ``reported_usd`` + ``estimated_usd`` (library) + ``own_usd`` (own
        table), ``unpriced_tokens``, ``prompt_tokens``, ``completion_tokens``, ``cache_read_tokens``,
        ``reasoning_tokens``, ``total_tokens``, ``spans``. The key "" is left out of a window where it
        has neither call, token nor cost (unless ``by`` is none).
    """
    parameters = bucket_parameters(edges) | {"by": by}
    frame = ask(db, _OVER_TIME, parameters, key=_KEY, source=_TAGGED if by == "tag" else _PLAIN)
    return _without_idle(frame, by)


def usage_by(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, by: By) -> pd.DataFrame:
    """Usage of a range by key, costliest first.

    Returns:
        The columns of `usage_over_time` without ``bucket``, and ``errors`` (calls that failed).
    """
    source = _TAGGED if by == "tag" else _PLAIN
    return _without_idle(ask(db, _BY, between(start, end) | {"by": by}, key=_KEY, source=source), by)


def _without_idle(frame: pd.DataFrame, by: By) -> pd.DataFrame:
    """Spans of no model are no usage of *no model*, unless they carry some."""
    if by == "none":
        return frame
    used = (frame["calls"] > 0) | (frame["total_tokens"].fillna(0) > 0) | frame["cost_usd"].notna()
    return frame[(frame["key"] != "") | used].reset_index(drop=True)


def usage_by_quarter_hour(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> pd.DataFrame:
    """Usage by quarter of an hour, the finest step in which clocks of the world differ.

    Returns:
        ``at`` (UTC, start of the quarter), ``cost_usd``, ``reported_usd``, ``total_tokens``, ``calls``;
        no row for a quarter without spans.
    """
    return ask(db, _BY_QUARTER_HOUR, between(start, end))


def unpriced_models(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> pd.DataFrame:
    """Usage that has tokens and no price, by model, most tokens first.

    Returns:
        ``model``, ``provider``, ``only_total`` (reported as a total alone: no price can apply until
        prompt and completion are told apart), ``calls`` (spans with such usage), ``total_tokens``,
        ``price_model`` (names under which a price is looked up, best first, a line each) and
        ``last_seen``.
    """
    return ask(db, _UNPRICED, between(start, end))
