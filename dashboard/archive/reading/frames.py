"""How a question becomes a frame: what a range, a call and a cost are in SQL, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import duckdb
import pandas as pd

_COST = """CASE WHEN count(reported_usd) + count(estimated_usd) > 0
    THEN CAST(coalesce(sum(reported_usd), 0) + coalesce(sum(estimated_usd), 0) AS DOUBLE) END"""

#: Words that mean the same in every question; a question writes them in braces.
WORDS: dict[str, str] = {
    "in_range": "started_at >= $start AND started_at < $end",
    # A model that was really called. What wraps such a call is no second one.
    "call": "kind = 'llm' AND node_kind = 'model'",
    # Sums of decimals are exact; they become doubles afterwards. NULL where nothing has a cost.
    "cost": _COST,
    "usage": f"""{_COST} AS cost_usd,
        CAST(sum(reported_usd) AS DOUBLE) AS reported_usd,
        CAST(sum(estimated_usd) FILTER (cost_source <> 'own') AS DOUBLE) AS estimated_usd,
        CAST(sum(estimated_usd) FILTER (cost_source = 'own') AS DOUBLE) AS own_usd,
        CAST(coalesce(sum(total_tokens) FILTER (cost_source = 'unpriced'), 0) AS BIGINT) AS unpriced_tokens,
        CAST(sum(prompt_tokens) AS DOUBLE) AS prompt_tokens,
        CAST(sum(completion_tokens) AS DOUBLE) AS completion_tokens,
        CAST(sum(cache_read_tokens) AS DOUBLE) AS cache_read_tokens,
        CAST(sum(reasoning_tokens) AS DOUBLE) AS reasoning_tokens,
        CAST(sum(total_tokens) AS DOUBLE) AS total_tokens,
        count(*) AS spans""",
    # What `bucket_parameters` gives, and how a row that knows its ``offset_us`` finds its window there.
    "buckets": """buckets AS (
            SELECT unnest($slots::BIGINT[]) AS slot, unnest($buckets::BIGINT[]) AS bucket,
                unnest($lows::BIGINT[]) AS low, unnest($highs::BIGINT[]) AS high
        )""",
    "offset_us": "epoch_us(started_at) - epoch_us($start::TIMESTAMP) AS offset_us",
    "in_bucket": "slot = offset_us // $slot_us AND offset_us >= low AND offset_us < high",
    # A caller that repeats what failed below it is no second error, nor is one that says no more than
    # "Error". A child may start some time after its parent, so those of a day around are looked at.
    "innermost": """errors AS MATERIALIZED (
            SELECT trace_id, span_id, parent_id, started_at, model, agent, error_type, error_group
            FROM spans
            WHERE NOT duplicate AND status = 'ERROR'
                AND started_at >= $start - INTERVAL 1 DAY AND started_at < $end + INTERVAL 1 DAY
        ),
        innermost AS MATERIALIZED (
            SELECT * FROM errors
            WHERE started_at >= $start AND started_at < $end AND NOT EXISTS (
                SELECT 1 FROM errors AS below
                WHERE below.trace_id = errors.trace_id AND below.parent_id = errors.span_id
                    AND below.span_id <> errors.span_id
                    AND below.error_group = CASE
                        WHEN errors.error_group IN ('', 'Error') THEN below.error_group
                        ELSE errors.error_group END
            )
        )""",
}


class Limited(NamedTuple):
    """The first rows of an answer, and how many there are in all."""

    frame: pd.DataFrame
    total: int

    @property
    def left_out(self) -> int:
        return self.total - len(self.frame)


def utc(at: datetime) -> datetime:
    """The archive's way to write a time: UTC without zone. A time without zone is refused."""
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    return at.astimezone(UTC).replace(tzinfo=None)


def between(start: datetime, end: datetime) -> dict[str, object]:
    """The parameters ``$start`` and ``$end``."""
    return {"start": utc(start), "end": utc(end)}


def ask(
    db: duckdb.DuckDBPyConnection,
    question: str,
    parameters: Mapping[str, object],
    **words: str,
) -> pd.DataFrame:
    """The answer as a frame.

    Args:
        question: SQL, with `WORDS` and ``words`` in braces; they are ours, never a reader's.
        parameters: values for its ``$names``, all of them used.

    Returns:
        Times are aware (UTC), lists are Python lists.
    """
    sql = question.format_map(WORDS | words)
    answer = db.execute(sql, dict(parameters))
    kinds = {str(name): str(kind) for name, kind, *_ in answer.description or []}
    frame = answer.df()
    for name, kind in kinds.items():
        if kind.startswith("TIMESTAMP"):
            frame[name] = frame[name].dt.tz_localize("UTC")
        elif kind.endswith("[]"):
            lists = [list(value) if pd.api.types.is_list_like(value) else [] for value in frame[name]]
            frame[name] = pd.Series(lists, index=frame.index, dtype="object")
    return frame


def limited(frame: pd.DataFrame) -> Limited:
    """Takes the column ``rows_in_all`` out of an answer."""
    total = int(frame["rows_in_all"].iloc[0]) if len(frame) else 0
    return Limited(frame.drop(columns="rows_in_all"), total)
