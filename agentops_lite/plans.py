"""What a free organisation may see: 30 days of metrics, whole traces of 3 days or the 3 newest, 100 lines
of a log.

Recordings: traces_list/free_plan*, trace_detail/free_plan_*, meterics/free_plan_*.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agentops_lite.config import Project
from agentops_lite.errors import UpstreamFailure
from agentops_lite.params import RangeParams

METRICS_DAYS = 30
TRACE_DAYS = 3
TRACES_ALWAYS_SHOWN = 3
LOG_LINES = 100


def metrics_range(
    project: Project, asked: RangeParams, now: float
) -> tuple[datetime | None, datetime | None, bool]:
    """Start, end and whether the plan moved them. A time without zone cannot be compared upstream: 500."""
    if project.plan != "free":
        return asked.start_time, asked.end_time, False
    moment = datetime.fromtimestamp(now, UTC)
    cutoff = moment - timedelta(days=METRICS_DAYS)
    try:
        start = max(asked.start_time, cutoff) if asked.start_time else cutoff
        end = max(asked.end_time, cutoff) if asked.end_time else moment
    except TypeError:
        raise UpstreamFailure("free plan: a time without zone") from None
    return start, end, start != asked.start_time or end != asked.end_time


def trace_is_truncated(project: Project, trace_id: str, end_ns: int, newest: set[str], now: float) -> bool:
    """Whether the plan hides this trace's contents: ended over 3 days ago and not among the 3 newest."""
    if project.plan != "free" or trace_id in newest:
        return False
    return end_ns / 1e9 < now - TRACE_DAYS * 86_400
