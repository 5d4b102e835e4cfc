"""Questions to the archive: a connection and a range in, a small frame (or value) out; no clock.

Every function takes a DuckDB connection or cursor and a range [start, end) of aware times. Figures of
spans are those of the spans that *started* in the range, figures of traces those of the traces whose
``started_at`` lies in it; duplicates take part in none. Times come back aware, in UTC; costs are US
dollars, durations seconds, NaN is *not reported*. A key of "" is *none given*.
"""

from .agents import agents, edges, models, tools
from .differences import differences
from .errors import error_groups
from .frames import Limited
from .latency import Percentiles, durations, latency_over_time, latency_total, points
from .traces import Totals, by_ids, costliest, failed_newest, slowest, totals
from .usage import unpriced_models, usage_by, usage_by_quarter_hour, usage_over_time
from .waste import waste

__all__ = [
    "Limited",
    "Percentiles",
    "Totals",
    "agents",
    "by_ids",
    "costliest",
    "differences",
    "durations",
    "edges",
    "error_groups",
    "failed_newest",
    "latency_over_time",
    "latency_total",
    "models",
    "points",
    "slowest",
    "tools",
    "totals",
    "unpriced_models",
    "usage_by",
    "usage_by_quarter_hour",
    "usage_over_time",
    "waste",
]
