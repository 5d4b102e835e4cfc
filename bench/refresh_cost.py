"""How many questions a view costs AgentOps: its first view, and a refresh in steady state.

    python bench/refresh_cost.py

A counting client stands in for AgentOps and the clock is made, so the figures are exact and take
seconds: refreshes every 30 s, by one viewer for an hour and by 50 for two minutes. The last columns are
what a dashboard would cost that asks all windows at each refresh.
"""

from __future__ import annotations

import statistics
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from dashboard.queries import overview
from dashboard.scope import Scope
from dashboard.upstream import Upstream
from dashboard.windows import ROLLING

REFRESH_S = 30


class Counter:
    """An AgentOps that has recorded nothing and counts questions."""

    project_id = "bench"

    def __init__(self) -> None:
        self.asked = 0
        self._lock = threading.Lock()

    def project_metrics(self, *_: Any) -> Any:
        with self._lock:
            self.asked += 1
        return SimpleNamespace(spans_total=1)

    def traces(self, *_: Any, **__: Any) -> Any:
        with self._lock:
            self.asked += 1
        return SimpleNamespace(total=1, traces=())

    def health(self) -> Any:
        return SimpleNamespace(embedded=None)

    def close(self) -> None:
        pass


def measure(name: str, viewers: int, seconds: int) -> tuple[int, int, float, int]:
    """Windows of the view, questions of the first view, median and most of a refresh."""
    client, moment = Counter(), [datetime(2026, 11, 22, 5, 7, 3, tzinfo=UTC)]
    upstream = Upstream(client, now=lambda: moment[0])  # type: ignore[arg-type]
    scope = Scope(range=name, zone="Asia/Seoul", language="en", refresh_s=REFRESH_S)
    windows = len(overview(upstream, scope, wait_s=30).windows)
    first = client.asked
    costs = []
    for _ in range(seconds // REFRESH_S):
        moment[0] += timedelta(seconds=REFRESH_S)
        before = client.asked
        for _viewer in range(viewers):
            overview(upstream, scope, wait_s=30)
        costs.append(client.asked - before)
    upstream.close()
    return windows, first, statistics.median(costs), max(costs)


def main() -> None:
    print(f"{'range':>6} {'windows':>8} {'first view':>11} | refresh, 1 viewer: median most"
          f" | 50 viewers: median most | naive refresh, 50 viewers   ratio")  # fmt: skip
    for name in ROLLING:
        windows, first, median, most = measure(name, 1, 3600)
        _, _, median_50, most_50 = measure(name, 50, 120)
        naive = 2 * windows * 50
        print(f"{name:>6} {windows:>8} {first:>11} | {median:>26g} {most:>4}"
              f" | {median_50:>18g} {most_50:>4} | {naive:>26} {median_50 / naive:>8.5f}")  # fmt: skip


if __name__ == "__main__":
    main()
