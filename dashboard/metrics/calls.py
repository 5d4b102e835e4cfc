"""Who calls whom in a frame of spans; the same columns as the archive's question of that name."""

from __future__ import annotations

import pandas as pd

_ENDS = ["caller_kind", "caller", "node_kind", "node"]


def edges(spans: pd.DataFrame) -> pd.DataFrame:
    """Who calls whom, the most frequent first.

    Args:
        spans: columns of the archive's span table; duplicates and spans that are no node are left out.

    Returns:
        ``caller_kind``, ``caller`` (both "" where a trace enters), ``node_kind``, ``node``, ``calls``,
        ``errors`` (status ERROR), ``blocked``, ``loops``, ``n`` (with a duration), ``p50_s``, ``p95_s``
        (interpolated linearly), ``total_s``, ``cost_usd`` (NaN: none known).
    """
    nodes = spans[~spans["duplicate"].astype(bool) & (spans["node_kind"] != "")]
    known = nodes[["reported_usd", "estimated_usd"]].notna().any(axis=1)
    cost = nodes["reported_usd"].fillna(0.0) + nodes["estimated_usd"].fillna(0.0)
    calls = nodes.assign(failed=nodes["status"] == "ERROR", cost_usd=cost.where(known)).groupby(
        _ENDS, as_index=False, sort=False
    )
    found = calls.agg(
        calls=("status", "size"),
        errors=("failed", "sum"),
        blocked=("blocked", "sum"),
        loops=("loop", "sum"),
        n=("duration_s", "count"),
        p50_s=("duration_s", "median"),
        p95_s=("duration_s", lambda s: s.quantile(0.95)),
        total_s=("duration_s", lambda s: s.sum(min_count=1)),
        cost_usd=("cost_usd", lambda s: s.sum(min_count=1)),
    )
    order = ["calls", *_ENDS]
    return found.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True)
