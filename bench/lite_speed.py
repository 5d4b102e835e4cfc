"""How fast the embedded AgentOps answers on the demonstration month: a day against thirty, and one trace.

    python bench/lite_speed.py [days of history]

Real AgentOps, recorded: an hour or a day 40–60 ms, thirty days of 167 thousand spans 0.7–1.1 s. Milliseconds
depend on the machine; the ratio of thirty days to one day hardly does.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1]))

from agentops_lite import DEFAULT_API_KEY, DEFAULT_PROJECT_ID, LiteConfig, create_app
from agentops_lite.demo import history
from agentops_lite.store import Store

REPEATS = 7


class Asker:
    """Asks over the ASGI app, so that no network and no other process is measured."""

    def __init__(self, client: TestClient, now: float) -> None:
        self.client, self.now = client, now

    def milliseconds(self, path: str, *, days: float = 30, **more: Any) -> float:
        start, end = (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) for t in (self.now - days * 86_400, self.now)
        )
        query = {"project_id": DEFAULT_PROJECT_ID, "start_time": start, "end_time": end, **more}
        times = []
        for _ in range(REPEATS + 1):
            begun = time.perf_counter()
            answer = self.client.get(path, params=query)
            times.append((time.perf_counter() - begun) * 1000)
            answer.raise_for_status()
        return statistics.median(times[1:])


def main() -> None:
    days = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    now = time.time()
    app = create_app(LiteConfig(caches=False))
    store: Store = app.state.lite.store
    begun = time.perf_counter()
    store.add_table(history(1, now, DEFAULT_PROJECT_ID, days=days).ended)
    with TestClient(app) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        ask = Asker(client, now).milliseconds
        print(f"{store.span_count():,} spans made and loaded in {time.perf_counter() - begun:.1f} s")
        for name, path, more in (
            ("list", "/v4/traces", {"limit": 1}),
            ("search", "/v4/traces", {"query": "support"}),
            ("metrics", "/v4/meterics/project", {}),
        ):
            day, month = (ask(path, days=days, **more) for days in (1, 30))
            print(f"{name:8} day {day:7.1f} ms   30 days {month:7.1f} ms   ratio {month / day:5.1f}")
        by_size = "SELECT trace_id FROM spans GROUP BY trace_id ORDER BY count(*)"
        sizes = [row[0] for row in store.query(by_size)]
        small, wide = (ask(f"/v4/traces/{trace_id}") for trace_id in (sizes[0], sizes[-1]))
        print(f"detail   1 span {small:4.1f} ms   1,000 spans {wide:5.1f} ms   ratio {wide / small:5.1f}")


if __name__ == "__main__":
    main()
