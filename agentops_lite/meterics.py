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
        traces = self._store.query(
            f"""
            SELECT upper(arg_max(status_code, {LAST})) AS status,
                   max(start_ns) AS last_start,
                   count(*),
                   count(*) FILTER (upper(status_code) = 'OK'),
                   count(*) FILTER (upper(status_code) = 'ERROR'),
                   sum(prompt_tokens), sum(completion_tokens), sum(total_tokens),
                   sum(prompt_cost) + sum(completion_cost),
                   sum(duration_ns),
                   min(start_ns),
                   min(duration_ns) FILTER (duration_ns > 0),
                   max(duration_ns),
                   count(*) FILTER (duration_ns > 0)
            FROM spans WHERE {span_filter} GROUP BY trace_id ORDER BY last_start DESC, trace_id
            """,  # noqa: S608 - no text of the request; values are bound
            parameters,
        )
        if any(not status for status, *_ in traces):
            raise UpstreamFailure("a trace whose last-started span has an empty status")
        return _response(project, traces)


def _response(project: Project, traces: list[tuple[Any, ...]]) -> dict[str, Any]:
    spans, success, fail, prompt, completion, tokens = (int(sum(t[i] for t in traces)) for i in range(2, 8))
    cost = sum((t[8] for t in traces), Decimal(0))
    success_tokens, fail_tokens = (int(sum(t[7] for t in traces if t[0] == s)) for s in ("OK", "ERROR"))
    times: dict[str, list[str]] = {"OK": [], "ERROR": [], "": []}
    cost_dates: dict[str, Decimal] = {}
    for trace in traces:
        moment = naive_text(trace[1])
        times[trace[0] if trace[0] in times else ""].append(moment)
        if trace[0] == "OK":
            cost_dates[moment[:10]] = cost_dates.get(moment[:10], Decimal(0)) + trace[8]
    durations = sorted(int(t[9]) for t in traces)
    timed, total = sum(t[13] for t in traces), sum(durations)
    indeterminate = spans - success - fail
    return {
        "project_id": project.id,
        "trace_count": len(traces),
        "span_count": {
            "total": spans,
            "success": success,
            "fail": fail,
            "unknown": indeterminate,
            "indeterminate": indeterminate,
        },
        "token_metrics": {
            "total_cost": cost_text(cost, 5),
            "average_cost_per_session": cost_text(cost / len(traces) if traces else 0, 5),
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": {"all": tokens, "success": success_tokens, "fail": fail_tokens},
            # Tokens of traces divided by numbers of spans: upstream's averages are per span in name only.
            "avg_tokens": {
                "all": _average(tokens, spans),
                "success": _average(success_tokens, success),
                "fail": _average(fail_tokens, fail),
            },
        },
        "duration_metrics": {
            "min_duration_ns": min((t[11] for t in traces if t[11]), default=0),
            "max_duration_ns": max((t[12] for t in traces), default=0),
            "avg_duration_ns": int(total / timed) if timed else 0,
            "total_duration_ns": total,
            "trace_durations": durations,
        },
        "success_datetime": times["OK"],
        "fail_datetime": times["ERROR"],
        "indeterminate_datetime": times[""],
        "spans_per_trace": _spans_per_trace([t[2] for t in traces]),
        "trace_durations": durations,
        "trace_cost_dates": {day: float(value) for day, value in cost_dates.items()},
        "start_time": naive_text(min((t[10] for t in traces), default=0)),
        "end_time": naive_text(max((t[1] for t in traces), default=0)),
        "freeplan_truncated": False,
    }


def _average(tokens: int, count: int) -> float:
    return round(tokens / count, 2) if count else 0.0


def _spans_per_trace(counts: list[int]) -> dict[str, int]:
    """A histogram with at most about ten steps, keyed by the lower edge; empty steps are left out."""
    if not counts:
        return {}
    step = max(1, max(counts) // 10)
    histogram = Counter(count // step * step for count in counts)
    return {str(edge): histogram[edge] for edge in sorted(histogram)}
