"""Agents, tools and models in tables, and who calls whom."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pandas as pd

from .frames import Limited, ask, between, limited

_AGENTS = """
    WITH {innermost},
    own AS (
        SELECT agent, count(*) FILTER ({call}) AS calls, {usage},
            count(*) FILTER (kind = 'tool') AS tool_calls,
            count(duration_s) FILTER (kind = 'agent') AS n,
            quantile_cont(duration_s, 0.95) FILTER (kind = 'agent') AS p95_s
        FROM spans WHERE NOT duplicate AND agent <> '' AND {in_range} GROUP BY 1
    ),
    took_part AS (
        SELECT agent, count(*) AS traces,
            count(*) FILTER (outcome = 'success') AS success,
            count(*) FILTER (outcome = 'failed') AS failed,
            count(*) FILTER (coalesce(outcome, '') NOT IN ('success', 'failed')) AS indeterminate
        FROM (
            SELECT DISTINCT agent, trace_id FROM spans WHERE NOT duplicate AND agent <> '' AND {in_range}
        ) LEFT JOIN (SELECT trace_id, outcome FROM traces) USING (trace_id) GROUP BY 1
    ),
    failures AS (SELECT agent, count(*) AS errors FROM innermost GROUP BY 1)
    SELECT agent, traces, success, failed, indeterminate, coalesce(errors, 0) AS errors,
        own.* EXCLUDE (agent)
    FROM own JOIN took_part USING (agent) LEFT JOIN failures USING (agent)
    ORDER BY cost_usd DESC NULLS LAST, traces DESC, agent
"""

_TOOLS = """
    SELECT * EXCLUDE (quantiles), quantiles[1] AS p50_s, quantiles[2] AS p95_s FROM (
        SELECT tool, count(*) AS calls, count(DISTINCT trace_id) AS traces,
            count(*) FILTER (status = 'ERROR') AS failures,
            count(*) FILTER (repeated) AS repeated,
            count(duration_s) AS n,
            quantile_cont(duration_s, [0.5, 0.95]) AS quantiles,
            sum(duration_s) AS total_s, {cost} AS cost_usd
        FROM spans WHERE NOT duplicate AND kind = 'tool' AND {in_range}
        GROUP BY 1
    ) ORDER BY calls DESC, tool
"""

_MODELS = """
    SELECT * EXCLUDE (quantiles), quantiles[1] AS p50_s, quantiles[2] AS p95_s FROM (
        SELECT model, list_sort(list(DISTINCT provider) FILTER (provider <> '')) AS providers,
            count(*) FILTER ({call}) AS calls,
            count(*) FILTER ({call} AND status = 'ERROR') AS failures, {usage},
            count(duration_s) FILTER ({call}) AS n,
            quantile_cont(duration_s, [0.5, 0.95]) FILTER ({call}) AS quantiles
        FROM spans WHERE NOT duplicate AND (model <> '' OR ({call})) AND {in_range}
        GROUP BY 1
    ) ORDER BY cost_usd DESC NULLS LAST, calls DESC, model
"""

_EDGES = """
    SELECT * EXCLUDE (quantiles), quantiles[1] AS p50_s, quantiles[2] AS p95_s FROM (
        SELECT caller_kind, caller, node_kind, node, count(*) AS calls,
            count(*) FILTER (status = 'ERROR') AS errors,
            count(*) FILTER (blocked) AS blocked, count(*) FILTER (loop) AS loops,
            count(duration_s) AS n,
            quantile_cont(duration_s, [0.5, 0.95]) AS quantiles,
            sum(duration_s) AS total_s, {cost} AS cost_usd,
            count(*) OVER () AS rows_in_all
        FROM spans WHERE NOT duplicate AND node_kind <> '' AND {in_range}
        GROUP BY 1, 2, 3, 4
    ) ORDER BY calls DESC, 1, 2, 3, 4 LIMIT $limit
"""


def agents(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> pd.DataFrame:
    """What each agent did, costliest first. A span is its nearest agent's.

    Returns:
        ``agent``, ``traces`` it took part in with their outcomes ``success``, ``failed``,
        ``indeterminate``, ``errors`` (innermost ones, as in `error_groups`), ``calls`` (of models),
        the usage columns of `usage_by` from ``cost_usd`` to ``spans``, ``tool_calls``, ``n`` and
        ``p95_s`` (of the agent's own spans).
    """
    return ask(db, _AGENTS, between(start, end))


def tools(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> pd.DataFrame:
    """Each tool, the most called first.

    Returns:
        ``tool``, ``calls``, ``traces``, ``failures``, ``repeated`` (same input as an earlier call of the
        trace), ``n`` (with a duration), ``p50_s``, ``p95_s``, ``total_s``, ``cost_usd`` (the tool's own,
        not that of models called inside it).
    """
    return ask(db, _TOOLS, between(start, end))


def models(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> pd.DataFrame:
    """Each model, costliest first.

    Returns:
        ``model``, ``providers`` (list), ``calls``, ``failures``, the usage columns of `usage_by` from
        ``cost_usd`` to ``spans``, ``n``, ``p50_s``, ``p95_s`` (of the calls), ``cost_per_call_usd`` (NaN
        without calls or cost).
    """
    frame = ask(db, _MODELS, between(start, end))
    return frame.assign(cost_per_call_usd=frame["cost_usd"] / frame["calls"].where(frame["calls"] > 0))


def edges(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, limit: int = 60) -> Limited:
    """Who calls whom, the most frequent first.

    Returns:
        ``caller_kind``, ``caller`` (both "" where a trace enters), ``node_kind``, ``node``, ``calls``,
        ``errors`` (status ERROR), ``blocked``, ``loops`` (the node stands among its own callers), ``n``,
        ``p50_s``, ``p95_s``, ``total_s``, ``cost_usd`` (counted at the node's own spans); and how many
        pairs there are.
    """
    return limited(ask(db, _EDGES, between(start, end) | {"limit": limit}))
