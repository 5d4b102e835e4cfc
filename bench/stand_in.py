"""An AgentOps that costs nothing to ask: the same figures for any range, and no trace to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from agentops_client import ProjectMetrics, TracePage
from agentops_client.models import TraceListMetrics

PROJECT_ID = "bench"
ENDPOINT = "http://bench"


class StandIn:
    """Stands in for an ``AgentOpsClient``; says that every range holds `traces` traces.

    Attributes:
        asked: questions so far.
    """

    project_id = PROJECT_ID
    dialect = None

    def __init__(self, traces: int) -> None:
        self.asked = 0
        self._list = TraceListMetrics.model_construct(
            trace_count=traces, success_count=traces, fail_count=0, indeterminate_count=0,
            prompt_tokens=1000, completion_tokens=500, total_tokens=1500, cache_read_input_tokens=100,
            reasoning_tokens=0,
        )  # fmt: skip
        self._page = TracePage.model_construct(traces=(), metrics=self._list, total=traces)
        self._metrics = ProjectMetrics.model_construct(
            project_id=PROJECT_ID, trace_count=traces, spans_total=traces, spans_success=traces, spans_fail=0,
            spans_indeterminate=0, cost_usd=Decimal("1.5"), prompt_tokens=1000, completion_tokens=500,
            total_tokens=1500,
        )  # fmt: skip

    def project_metrics(self, *_: datetime) -> ProjectMetrics:
        self.asked += 1
        return self._metrics

    def traces(self, *_: Any, **__: Any) -> TracePage:
        self.asked += 1
        return self._page

    def iter_traces(self, *_: datetime) -> Iterator[Any]:
        self.asked += 1
        return iter(())

    def health(self) -> Any:
        return SimpleNamespace(embedded=None)

    def close(self) -> None:
        pass
