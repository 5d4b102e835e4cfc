"""The v4 trace list: one page of rows, and metrics over every trace of the range. Recordings:
traces_list/*, odd_rows/*.

Kept from upstream, because dashboards fall into them:

* a range filters *spans* by start; a row describes only the part of its trace inside the range;
* duration is last start − first start: 0 for single-span traces and plain litellm calls, and `end_time`
  follows from it;
* a trace's outcome is the status of its last-started span; `metrics.span_count` is the number of traces;
* total tokens add cached and reasoning tokens to prompt and completion (a second time);
* cost is a stored `total_cost` (tools) or the database's small price table, which knows no versioned model;
* with `query`, rows match root name, id and tags, while `total` and `metrics` count every trace with *any*
  matching span;
* tags that are JSON but no list, and an empty status, end in 500.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from agentops_lite.caches import LIST_SECONDS, AnswerCache
from agentops_lite.config import LiteConfig, Project
from agentops_lite.errors import UpstreamFailure
from agentops_lite.params import ListParams, clock_ns
from agentops_lite.plans import TRACES_ALWAYS_SHOWN, trace_is_truncated
from agentops_lite.prices import api_cost
from agentops_lite.store import FIRST, LAST, Store, where
from agentops_lite.wire_text import cost_text, utc_text

# Upstream puts order_by and sort_order into its SQL as they come; whatever is no column of its query ends
# in 500.
_ORDERS = {
    "trace_id",
    "service_name",
    "span_name",
    "tags",
    "start_time",
    "duration",
    "span_count",
    "error_count",
    "total_cost",
}
_DIRECTIONS = {"ASC", "DESC", ""}
_MAX_OFFSET = 2**63 - 1


class TraceList:
    """Answers `GET /v4/traces…` for both dialects."""

    def __init__(self, config: LiteConfig, store: Store) -> None:
        self._config, self._store = config, store
        self._cache = AnswerCache(seconds=LIST_SECONDS, size=500, now=config.now, enabled=config.caches)

    def answer(self, project: Project, asked: ListParams) -> dict[str, Any]:
        question = (
            project.id,
            *(t.isoformat() if t else None for t in (asked.start_time, asked.end_time)),
            asked.query or None,
            asked.limit,
            asked.offset,
            asked.order_by,
            asked.sort_order,
        )
        # The unfiltered first page is always asked live, so that new traces show at once.
        cached = asked.offset != 0 or any(
            v is not None for v in (asked.query, asked.start_time, asked.end_time)
        )
        if cached and (kept := self._cache.get(question)) is not None:
            return kept
        answer = self._ask(project, asked)
        if cached:
            self._cache.put(question, answer)
        return answer

    def _ask(self, project: Project, asked: ListParams) -> dict[str, Any]:
        span_filter, parameters = _span_filter(project, asked)
        rows = self._rows(asked, span_filter, parameters)
        newest: set[str] = set()
        if project.plan == "free" and rows:
            newest = newest_traces(self._store, project)
        metrics = self._metrics(asked, span_filter, parameters)
        total = metrics["trace_count"]
        return {
            "traces": [self._item(project, row, newest) for row in rows],
            "metrics": metrics,
            "total": total,
            "limit": asked.limit,
            "offset": asked.offset,
            "freeplan_truncated": project.plan == "free" and total > TRACES_ALWAYS_SHOWN,
        }

    def _rows(self, asked: ListParams, span_filter: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        direction = asked.sort_order.strip().upper()
        if asked.order_by not in _ORDERS or direction not in _DIRECTIONS:
            raise UpstreamFailure(f"unknown order: {asked.order_by} {asked.sort_order}")
        matching = ""
        if asked.query is not None:
            parameters = parameters | {"pattern": f"%{asked.query}%"}
            matching = "WHERE " + _matches("trace_id", "span_name", "tags")
        return self._store.query(
            f"""
            WITH traces AS (
                SELECT trace_id,
                       arg_min(service_name, {FIRST}) AS service_name,
                       arg_min(span_name, {FIRST}) AS span_name,
                       arg_min(tags, {FIRST}) AS tags,
                       min(start_ns) AS start_time,
                       max(start_ns) - min(start_ns) AS duration,
                       count(*) AS span_count,
                       count(*) FILTER (upper(status_code) = 'ERROR') AS error_count,
                       sum(list_cost) AS total_cost
                FROM spans WHERE {span_filter} GROUP BY trace_id)
            SELECT * FROM traces {matching}
            ORDER BY {asked.order_by} {direction}
            LIMIT {asked.limit} OFFSET {min(asked.offset, _MAX_OFFSET)}
            """,  # noqa: S608 - names from the sets above, numbers from pydantic, values bound
            parameters,
        )

    def _metrics(self, asked: ListParams, span_filter: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if asked.query:
            parameters = parameters | {"pattern": f"%{asked.query}%"}
            span_filter = f"{span_filter} AND {_matches('trace_id', 'span_name', 'tags')}"
        groups = self._store.query(
            f"""
            WITH traces AS (
                SELECT arg_max(status_code, {LAST}) AS status,
                       arg_min(cost_model, {FIRST}) AS model,
                       sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion,
                       sum(cache_read_tokens) AS cache_read, sum(reasoning_tokens) AS reasoning,
                       sum(list_cost_exact) AS cost
                FROM spans WHERE {span_filter} GROUP BY trace_id)
            SELECT upper(status), model, count(*),
                   sum(prompt), sum(completion), sum(cache_read), sum(reasoning), sum(cost)
            FROM traces GROUP BY ALL
            """,  # noqa: S608 - no text of the request; values are bound
            parameters,
        )
        if any(not status for status, *_ in groups):
            raise UpstreamFailure("a trace whose last-started span has an empty status")
        outcomes = {"OK": 0, "ERROR": 0}
        count = 0
        for status, _, traces, *_ in groups:
            count += traces
            if status in outcomes:
                outcomes[status] += traces
        prompt, completion, cache_read, reasoning = (int(sum(g[i] for g in groups)) for i in (3, 4, 5, 6))
        cost = sum((g[7] for g in groups), Decimal(0))
        return {
            "span_count": count,
            "trace_count": count,
            "success_count": outcomes["OK"],
            "fail_count": outcomes["ERROR"],
            "indeterminate_count": count - outcomes["OK"] - outcomes["ERROR"],
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "cache_read_input_tokens": cache_read,
            "reasoning_tokens": reasoning,
            "total_tokens": prompt + completion + cache_read + reasoning,
            # These two come from the API's prices and the model of each trace's *first* span, mostly none.
            "prompt_cost": cost_text(sum((api_cost(int(g[3]), g[1], "prompt") for g in groups), Decimal(0))),
            "completion_cost": cost_text(
                sum((api_cost(int(g[4]), g[1], "completion") for g in groups), Decimal(0))
            ),
            "average_cost_per_trace": cost_text(cost / count if count else 0),
            "total_cost": cost_text(cost),
        }

    def _item(self, project: Project, row: tuple[Any, ...], newest: set[str]) -> dict[str, Any]:
        trace_id, service, name, tags, start, duration, spans, errors, cost = row
        return {
            "freeplan_truncated": trace_is_truncated(
                project, trace_id, start + duration, newest, self._config.now()
            ),
            "trace_id": trace_id,
            "root_service_name": service,
            "root_span_name": name,
            "start_time": utc_text(start),
            "end_time": utc_text(start, plus_ns=duration),
            "duration": duration,
            "span_count": spans,
            "error_count": errors,
            "tags": parsed_tags(tags),
            "total_cost": cost,
        }


def newest_traces(store: Store, project: Project) -> set[str]:
    """The traces that a free organisation always sees whole."""
    rows = store.query(
        """SELECT trace_id FROM spans WHERE project_id = ?
           GROUP BY trace_id ORDER BY min(start_ns) DESC LIMIT ?""",
        [project.id, TRACES_ALWAYS_SHOWN],
    )
    return {row[0] for row in rows}


def parsed_tags(text: str) -> list[str] | None:
    """Tags as upstream parses them: no JSON is no tags, JSON null is none, and JSON of another shape
    is a failure.
    """
    try:
        tags = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return []
    if tags is None or (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        return tags
    raise UpstreamFailure("tags are JSON but no list of texts")


def _span_filter(project: Project, asked: ListParams) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {"project": project.id}
    if asked.start_time is not None:
        parameters["start"] = clock_ns(asked.start_time)
    if asked.end_time is not None:
        parameters["end"] = clock_ns(asked.end_time)
    conditions = (
        "project_id = $project",
        "start_ns >= $start" if "start" in parameters else None,
        "start_ns <= $end" if "end" in parameters else None,
    )
    return where(conditions), parameters


def _matches(*columns: str) -> str:
    # `%`, `_` and `\` keep their meaning inside the search text, as upstream.
    return "(" + " OR ".join(f"{column} ILIKE $pattern ESCAPE '\\'" for column in columns) + ")"
