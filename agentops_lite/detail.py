"""One trace with all its spans, and its numbers. Recordings: trace_detail/*, odd_rows/detail_*.

Attributes come nested, all leaves as text; times carry `+00:00`, event times do not. Numbers are read from
the attribute text by Python here, not by the database: `12.0` tokens fail (500) where the list counts 0.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import InvalidOperation
from functools import cached_property, lru_cache
from typing import Any

from agentops_lite.auth import Caller, Gate
from agentops_lite.config import LiteConfig
from agentops_lite.errors import ApiError, UpstreamFailure
from agentops_lite.listing import newest_traces, parsed_tags
from agentops_lite.nesting import nested, span_type
from agentops_lite.numbers_of_spans import SpanNumbers, trace_metrics
from agentops_lite.plans import trace_is_truncated
from agentops_lite.spans import (
    CACHE_READ_TOKENS,
    COMPLETION_COST,
    COMPLETION_TOKENS,
    PROMPT_COST,
    PROMPT_TOKENS,
    REASONING_TOKENS,
    TAGS,
    TOTAL_COST,
    TOTAL_TOKENS,
)
from agentops_lite.store import Store
from agentops_lite.wire_text import naive_text, utc_text

# A span carries metrics only if it has one of these attributes.
_MEASURED = {
    "gen_ai.completion",
    "gen_ai.prompt",
    "gen_ai.usage",
    PROMPT_TOKENS,
    COMPLETION_TOKENS,
    TOTAL_TOKENS,
    PROMPT_COST,
    COMPLETION_COST,
    TOTAL_COST,
    CACHE_READ_TOKENS,
    REASONING_TOKENS,
    "ai.system",
    "ai.llm",
    "llm.request.model",
    "llm.response.model",
    "llm.system",
}
_COLUMNS = (
    "project_id, trace_id, span_id, parent_span_id, span_name, span_kind, service_name, start_ns, "
    "duration_ns, status_code, status_message, attributes, resource, events, links"
)


@dataclass(frozen=True)
class StoredSpan:
    """A span as read back, with upstream's reading of its numbers."""

    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    service_name: str
    start_ns: int
    duration_ns: int
    status: str
    status_message: str
    attributes: dict[str, str]
    resource: dict[str, Any]
    """Nested already, and shared by all spans of one resource: not to be changed."""
    events: list[tuple[int, str, dict[str, str]]]
    links: list[tuple[str, str, str, dict[str, str]]]

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> StoredSpan:
        status = row[9]
        if not status:
            raise UpstreamFailure("a span with an empty status")
        attributes, resource, events, links = row[11:]
        values = (
            *row[:9],
            status.upper(),
            row[10],
            json.loads(attributes),
            _nested_resource(resource),
            json.loads(events) if events != "[]" else [],
            json.loads(links) if links != "[]" else [],
        )
        return cls(*values)

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.duration_ns

    @cached_property
    def tags(self) -> list[str] | None:
        return parsed_tags(self.attributes.get(TAGS, ""))

    @cached_property
    def numbers(self) -> SpanNumbers:
        try:
            return SpanNumbers.of(self.attributes, self.status)
        except (ValueError, InvalidOperation) as error:
            raise UpstreamFailure(f"span {self.span_id}: {error}") from None

    @property
    def metrics(self) -> dict[str, Any] | None:
        return self.numbers.answer() if _MEASURED.intersection(self.attributes) else None

    def summary(self) -> dict[str, Any]:
        """What every answer says about a span."""
        return {
            "span_id": self.span_id,
            "parent_span_id": self.parent_span_id,
            "span_name": self.name,
            "span_kind": self.kind,
            "service_name": self.service_name,
            "start_time": utc_text(self.start_ns),
            "end_time": utc_text(self.start_ns, plus_ns=self.duration_ns),
            "duration": self.duration_ns,
            "status_code": self.status,
            "status_message": self.status_message,
        }


@lru_cache(maxsize=256)
def _nested_resource(text: str) -> dict[str, Any]:
    return nested(json.loads(text))


class Traces:
    """Reads traces and spans."""

    def __init__(self, config: LiteConfig, store: Store, gate: Gate) -> None:
        self._config, self._store, self._gate = config, store, gate

    def trace(self, trace_id: str) -> list[StoredSpan]:
        """All spans by start, then arrival; empty if there is no such trace. Project is not looked at,
        as upstream.
        """
        return self._select("trace_id", trace_id)

    def span(self, span_id: str) -> StoredSpan | None:
        return next(iter(self._select("span_id", span_id)), None)

    def _select(self, column: str, value: str) -> list[StoredSpan]:
        sql = f"SELECT {_COLUMNS} FROM spans WHERE {column} = ? ORDER BY start_ns, seq"  # noqa: S608 - our names
        rows = self._store.query(sql, [value])
        spans = [StoredSpan.from_row(row) for row in rows]
        for span in spans:
            _ = span.tags, span.numbers  # upstream checks every span while it reads them
        return spans

    def answer(self, caller: Caller, trace_id: str) -> dict[str, Any]:
        """`GET /v4/traces/detail/{trace_id}`, `GET /v4/traces/{trace_id}`."""
        spans = self.trace(trace_id)
        if not spans:
            raise ApiError(404, "Trace not found.")
        if len({span.project_id for span in spans}) != 1:
            raise UpstreamFailure("one trace id in two projects")
        project = self._gate.project(caller, spans[0].project_id)
        newest = newest_traces(self._store, project) if project.plan == "free" else set()
        end_ns = max(span.end_ns for span in spans)
        truncated = trace_is_truncated(project, trace_id, end_ns, newest, self._config.now())
        return {
            "freeplan_truncated": truncated,
            "project_id": project.id,
            "trace_id": trace_id,
            "tags": spans[0].tags,
            "metrics": trace_metrics([span.numbers for span in spans]),
            "spans": [_item(span, truncated=truncated) for span in spans],
        }


def _item(span: StoredSpan, *, truncated: bool) -> dict[str, Any]:
    summary = span.summary()
    attributes = nested(span.attributes)
    item = {
        "freeplan_truncated": truncated,
        "span_id": summary.pop("span_id"),
        "parent_span_id": summary.pop("parent_span_id"),
        "span_name": summary.pop("span_name"),
        "span_kind": summary.pop("span_kind"),
        "span_type": span_type(attributes) if attributes else None,
        **summary,
        "attributes": {},
        "resource_attributes": span.resource,
        "span_attributes": attributes,
        "event_timestamps": [naive_text(at) for at, _, _ in span.events],
        "event_names": [name for _, name, _ in span.events],
        "event_attributes": [values for _, _, values in span.events],
        "link_trace_ids": [link[0] for link in span.links],
        "link_span_ids": [link[1] for link in span.links],
        "link_trace_states": [link[2] for link in span.links],
        "link_attributes": [link[3] for link in span.links],
        "metrics": span.metrics,
    }
    if truncated:
        for key, value in item.items():
            if key.endswith("attributes"):
                item[key] = [] if isinstance(value, list) else {}
            elif key.startswith(("event_", "link_")):
                item[key] = []
    return item
