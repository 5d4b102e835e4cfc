"""A client that asks nobody, a clock that stands still, and the questions of a page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from agentops_client import AgentOpsError
from dashboard.questions import Kind, Question
from dashboard.windows import ROLLING, Grid, rolling_grid

START = datetime(2026, 11, 22, 5, 7, 3, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **span: float) -> None:
        self.time += timedelta(**span)


class FakeClient:
    """Counts what it is asked; answers with `answer`, which may raise or wait."""

    def __init__(self) -> None:
        self.project_id = "one"
        self.asked: list[tuple[str, Any, Any]] = []
        self.at_once = self.most_at_once = 0
        self.answer: Callable[[], Any] = lambda: SimpleNamespace(spans_total=1)
        self._lock = threading.Lock()

    def project_metrics(self, start: datetime, end: datetime) -> Any:
        return self._reply("usage", start, end)

    def traces(self, start: datetime | None, end: datetime | None, *, limit: int, offset: int = 0) -> Any:
        assert limit == 1
        return self._reply("traces", start, end)

    def health(self) -> Any:
        return SimpleNamespace(embedded="demo")

    def close(self) -> None:
        pass

    def _reply(self, kind: str, start: Any, end: Any) -> Any:
        with self._lock:
            self.asked.append((kind, start, end))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.answer()
        finally:
            with self._lock:
                self.at_once -= 1


def grid_at(clock: Clock, name: str = "24h") -> Grid:
    bucket = {"24h": "30m", "7d": "6h", "15m": "30s"}[name]
    return rolling_grid(ROLLING[name], bucket, ZoneInfo("UTC"), clock())


def page(grid: Grid) -> list[Question]:
    """The questions of a page, as the Overview orders them."""
    assert grid.compared is not None
    stretches = [grid.compared, grid.compared.shifted(-grid.compared.length), *reversed(grid.windows)]
    first = [
        Question(Kind.USAGE, grid.newest),
        Question(Kind.USAGE, grid.whole),
        Question(Kind.TRACES, grid.whole),
        Question(Kind.TRACES, grid.newest),
    ]
    return list(
        dict.fromkeys([*first, *(Question(k, w) for k in (Kind.USAGE, Kind.TRACES) for w in stretches)])
    )


def fail_with(error: AgentOpsError) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer
