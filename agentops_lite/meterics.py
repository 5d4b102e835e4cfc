"""The v4 project metrics (the address is really spelled `meterics`). Recordings: meterics/*, windows_daily/*.

Kept from upstream:

* costs are prompt + completion cost as stored (right, tool costs missing), as text with five decimals;
* success, fail and indeterminate count *spans*; tokens by outcome follow the trace's last-started span;
* `trace_cost_dates` holds successful traces only, under the date of their last start;
* `trace_durations` sums all spans of a trace, nested ones again, and comes twice;
* an empty range is zeros and 1970; all times are naive UTC.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from agentops_lite.caches import METRICS_SECONDS, AnswerCache
from agentops_lite.config import LiteConfig, Project
from agentops_lite.errors import UpstreamFailure
from agentops_lite.params import RangeParams, clock_ns
from agentops_lite.plans import metrics_range
from agentops_lite.store import LAST, Store, where
from agentops_lite.wire_text import cost_text, naive_text


class ProjectMetrics:
    """Answers `GET /v4/meterics/project…` for both dialects."""

    def __init__(self, config: LiteConfig, store: Store) -> None:
        self._config, self._store = config, store
        self._cache = AnswerCache(seconds=METRICS_SECONDS, size=1000, now=config.now, enabled=config.caches)

    def answer(self, project: Project, asked: RangeParams) -> dict[str, Any]:
        start, end, truncated = metrics_range(project, asked, self._config.now())
        question = (project.id, start.isoformat() if start else None, end.isoformat() if end else None)
        kept = self._cache.get(question)
        if kept is None:
            kept = self._ask(project, clock_ns(start), clock_ns(end))
            self._cache.put(question, kept)
        return kept | {"freeplan_truncated": truncated}

    def _ask(self, project: Project, start: int | None, end: int | None) -> dict[str, Any]:
        parameters: dict[str, Any] = {"project": project.id}
        if start is not None:
            parameters["start"] = start
        if end is not None:
            parameters["end"] = end
        span_filter = where(
            (
                "project_id = $project",
                "start_ns >= $start" if start is not None else None,
                "start_ns <= $end" if end is not None else None,
            )
        )
        (totals,) = self._store.query(
            f"""
            WITH traces AS (
                SELECT trace_id,
                       upper(arg_max(status_code, {LAST})) AS status,
                       count(*) AS spans,
                       count(*) FILTER (upper(status_code) = 'OK') AS success,
                       count(*) FILTER (upper(status_code) = 'ERROR') AS fail,
                       sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion,
                       sum(total_tokens) AS tokens,
                       sum(prompt_cost) + sum(completion_cost) AS cost,
                       sum(duration_ns) AS duration,
                       min(duration_ns) FILTER (duration_ns > 0) AS shortest,
                       max(duration_ns) AS longest,
                       count(*) FILTER (duration_ns > 0) AS timed,
                       min(start_ns) AS first_start, max(start_ns) AS last_start
                FROM spans WHERE {span_filter} GROUP BY trace_id)
            SELECT {", ".join(_TOTALS.values())} FROM traces
            """,  # noqa: S608 - no text of the request; values are bound
            parameters,
        )
        total = dict(zip(_TOTALS, totals, strict=True))
        if total["empty_status"]:
            raise UpstreamFailure("a trace whose last-started span has an empty status")
        return _response(project, total)


_MOMENT = "strftime(make_timestamp(last_start // 1000), '%Y-%m-%dT%H:%M:%S.%f')"
_NEWEST_FIRST = "ORDER BY last_start DESC, trace_id"
# Everything is summed and sorted in the database: a month has tens of thousands of traces.
_TOTALS = {
    "traces": "count(*)",
    "empty_status": "coalesce(bool_or(status = ''), false)",
    "spans": "coalesce(sum(spans), 0)::BIGINT",
    "success": "coalesce(sum(success), 0)::BIGINT",
    "fail": "coalesce(sum(fail), 0)::BIGINT",
    "prompt": "coalesce(sum(prompt), 0)::HUGEINT",
    "completion": "coalesce(sum(completion), 0)::HUGEINT",
    "tokens": "coalesce(sum(tokens), 0)::HUGEINT",
    "success_tokens": "coalesce(sum(tokens) FILTER (status = 'OK'), 0)::HUGEINT",
    "fail_tokens": "coalesce(sum(tokens) FILTER (status = 'ERROR'), 0)::HUGEINT",
    "cost": "coalesce(sum(cost), 0)",
    "timed": "coalesce(sum(timed), 0)::BIGINT",
    "shortest": "coalesce(min(shortest), 0)",
    "longest": "coalesce(max(longest), 0)",
    "first_start": "coalesce(min(first_start), 0)",
    "last_start": "coalesce(max(last_start), 0)",
    "durations": "list(duration::HUGEINT ORDER BY duration)",
    "span_counts": "list(spans)",
    "success_times": f"list({_MOMENT} {_NEWEST_FIRST}) FILTER (status = 'OK')",
    "success_costs": f"list((cost * 1000000000)::HUGEINT {_NEWEST_FIRST}) FILTER (status = 'OK')",
    "fail_times": f"list({_MOMENT} {_NEWEST_FIRST}) FILTER (status = 'ERROR')",
    "other_times": f"list({_MOMENT} {_NEWEST_FIRST}) FILTER (status NOT IN ('OK', 'ERROR'))",
}


def _response(project: Project, total: dict[str, Any]) -> dict[str, Any]:
    spans, success, fail, traces = total["spans"], total["success"], total["fail"], total["traces"]
    durations = total["durations"] or []
    indeterminate = spans - success - fail
    success_times = _moments(total["success_times"])
    return {
        "project_id": project.id,
        "trace_count": traces,
        "span_count": {
            "total": spans,
            "success": success,
            "fail": fail,
            "unknown": indeterminate,
            "indeterminate": indeterminate,
        },
        "token_metrics": {
            "total_cost": cost_text(total["cost"], 5),
            "average_cost_per_session": cost_text(total["cost"] / traces if traces else 0, 5),
            "prompt_tokens": total["prompt"],
            "completion_tokens": total["completion"],
            "total_tokens": {
                "all": total["tokens"],
                "success": total["success_tokens"],
                "fail": total["fail_tokens"],
            },
            # Tokens of traces divided by numbers of spans: upstream's averages are per span in name only.
            "avg_tokens": {
                "all": _average(total["tokens"], spans),
                "success": _average(total["success_tokens"], success),
                "fail": _average(total["fail_tokens"], fail),
            },
        },
        "duration_metrics": {
            "min_duration_ns": total["shortest"],
            "max_duration_ns": total["longest"],
            "avg_duration_ns": int(sum(durations) / total["timed"]) if total["timed"] else 0,
            "total_duration_ns": sum(durations),
            "trace_durations": durations,
        },
        "success_datetime": success_times,
        "fail_datetime": _moments(total["fail_times"]),
        "indeterminate_datetime": _moments(total["other_times"]),
        "spans_per_trace": _spans_per_trace(total["span_counts"] or []),
        "trace_durations": durations,
        "trace_cost_dates": _cost_dates(success_times, total["success_costs"] or []),
        "start_time": naive_text(total["first_start"]),
        "end_time": naive_text(total["last_start"]),
        "freeplan_truncated": False,
    }


def _moments(texts: list[str] | None) -> list[str]:
    """As Python prints times: without a fraction where it is zero."""
    return [text.removesuffix(".000000") for text in texts or ()]


def _cost_dates(moments: list[str], nano_usd: list[int]) -> dict[str, float]:
    days: dict[str, int] = {}
    for moment, cost in zip(moments, nano_usd, strict=True):
        days[moment[:10]] = days.get(moment[:10], 0) + cost
    return {day: float(Decimal(cost).scaleb(-9)) for day, cost in days.items()}


def _average(tokens: int, count: int) -> float:
    return round(tokens / count, 2) if count else 0.0


def _spans_per_trace(counts: list[int]) -> dict[str, int]:
    """A histogram with at most about ten steps, keyed by the lower edge; empty steps are left out."""
    if not counts:
        return {}
    step = max(1, max(counts) // 10)
    histogram = Counter(count // step * step for count in counts)
    return {str(edge): histogram[edge] for edge in sorted(histogram)}
