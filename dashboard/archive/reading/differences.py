"""In what failed or slow traces differ from the rest: counts, not yet a verdict."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Literal

import duckdb
import pandas as pd

from .frames import ask, between

Bad = Literal["failed", "slow"]

_JUDGED = """judged AS MATERIALIZED (
        SELECT started_at, models, agents, tools, tags, service, spans,
            CASE $bad WHEN 'failed' THEN outcome = 'failed' ELSE coalesce(
            duration_s > (SELECT quantile_cont(duration_s, 0.95) FROM traces WHERE {in_range}), FALSE
        ) END AS bad
        FROM traces WHERE {in_range}
    )"""

_ATTRIBUTES = """
    WITH {judged},
    pairs AS (
        SELECT 'model' AS attribute, unnest({models}) AS value, bad FROM judged
        UNION ALL SELECT 'agent', unnest({agents}), bad FROM judged
        UNION ALL SELECT 'tool', unnest({tools}), bad FROM judged
        UNION ALL SELECT 'tag', unnest({tags}), bad FROM judged
        UNION ALL SELECT 'service', service, bad FROM judged
        UNION ALL SELECT 'spans', CASE WHEN spans <= 1 THEN '1' WHEN spans <= 5 THEN '2–5'
            WHEN spans <= 20 THEN '6–20' WHEN spans <= 100 THEN '21–100' ELSE '> 100' END, bad FROM judged
    )
    SELECT attribute, value, count(*) FILTER (bad) AS bad_n, count(*) FILTER (NOT bad) AS rest_n
    FROM pairs GROUP BY 1, 2
    QUALIFY row_number() OVER (PARTITION BY attribute ORDER BY count(*) DESC, value) <= $most
    ORDER BY 1, count(*) DESC, 2
"""

_QUARTERS = """
    WITH {judged}
    SELECT time_bucket(INTERVAL 15 MINUTE, started_at) AS at,
        count(*) FILTER (bad) AS bad_n, count(*) FILTER (NOT bad) AS rest_n
    FROM judged GROUP BY 1 ORDER BY 1
"""

#: "" where a trace has none.
_LISTS = {
    name: f"CASE coalesce(len({name}), 0) WHEN 0 THEN [''] ELSE {name} END"
    for name in ("models", "agents", "tools", "tags")
}


def differences(
    db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, bad: Bad, *, zone: tzinfo, most: int = 50
) -> pd.DataFrame:
    """How often each value of an attribute stands among bad traces and among the rest.

    Args:
        bad: ``failed`` (the outcome) or ``slow`` (longer than the 95th percentile of the range's traces).
        zone: in which the hour of the day is told.
        most: values compared per attribute, the most frequent ones among all traces.

    Returns:
        ``attribute`` (model, agent, tool, tag, service, hour, spans), ``value`` ("" is none; an hour is
        "00" to "23"; spans is a class such as "2–5"), ``bad_n``, ``bad_total``, ``rest_n``,
        ``rest_total``: traces with the value, and all traces of the side. Empty without traces.
        `dashboard.metrics.compare_shares` judges them.
    """
    parameters = between(start, end) | {"bad": bad}
    judged = _JUDGED.format(in_range="started_at >= $start AND started_at < $end")
    values = ask(db, _ATTRIBUTES, parameters | {"most": most}, judged=judged, **_LISTS)
    quarters = ask(db, _QUARTERS, parameters, judged=judged)
    hour = quarters["at"].dt.tz_convert(zone).dt.strftime("%H")
    hours = quarters[["bad_n", "rest_n"]].groupby(hour).sum().rename_axis("value").reset_index()
    frame = pd.concat([values, hours.assign(attribute="hour")], ignore_index=True)
    frame["bad_total"] = int(quarters["bad_n"].sum())
    frame["rest_total"] = int(quarters["rest_n"].sum())
    return frame[["attribute", "value", "bad_n", "bad_total", "rest_n", "rest_total"]]
