"""How fast the embedded AgentOps answers with 200,000 spans: a day against thirty, and one trace.

    python bench/lite_speed.py [spans]

Real AgentOps (recorded): an hour or a day 40–60 ms, thirty days of 167 thousand spans 0.7–1.1 s. Milliseconds depend on
the machine; the ratio of thirty days to one day hardly does.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from agentops_lite import DEFAULT_API_KEY, DEFAULT_PROJECT_ID, LiteConfig, create_app
from agentops_lite.store import SCHEMA

REPEATS = 5


def load(app: object, spans: int, now: float) -> None:
    """Demonstration spans, repeated with other ids until there are enough, spread over the same thirty days."""
    lite = app.state.lite  # type: ignore[attr-defined]
    have = lite.store.span_count()
    columns = ", ".join(
        "seq + copy * 10000000" if f.name == "seq" else f"{f.name[0:1]}{f.name[1:]}"
        if f.name not in ("trace_id", "span_id", "start_ns")
        else {
            "trace_id": "md5(trace_id || copy)",
            "span_id": "substr(md5(span_id || copy), 1, 16)",
            "start_ns": "start_ns - copy * 61000000000",
        }[f.name]
        for f in SCHEMA
    )
    copies = max(0, -(-spans // have) - 1)
    lite.store._write(  # noqa: SLF001 - only the bench multiplies spans
        f"INSERT INTO spans SELECT {columns} FROM spans, range(1, {copies + 1}) AS c(copy) ORDER BY start_ns"
    )


def milliseconds(question: Callable[[], httpx.Response]) -> float:
    def once() -> float:
        begun = time.perf_counter()
        answer = question()
        assert answer.status_code == 200, answer.text
        return (time.perf_counter() - begun) * 1000

    once()
    return statistics.median(once() for _ in range(REPEATS))


def main() -> None:
    spans = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    now = time.time()
    app = create_app(LiteConfig(demo=True, live=False, caches=False))
    load(app, spans, now)
    from starlette.testclient import TestClient

    with TestClient(app) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"

        def asked(days: float) -> dict[str, str]:
            moments = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) for t in (now - days * 86_400, now))
            return dict(zip(("start_time", "end_time"), moments, strict=True)) | {"project_id": DEFAULT_PROJECT_ID}

        print(f"{app.state.lite.store.span_count():,} spans")
        for name, path, more in (
            ("list", "/v4/traces", {"limit": "1"}),
            ("search", "/v4/traces", {"limit": "20", "query": "support"}),
            ("metrics", "/v4/meterics/project", {}),
        ):
            day, month = (
                milliseconds(lambda p=path, q=asked(days) | more: client.get(p, params=q)) for days in (1, 30)
            )
            print(f"{name:8} day {day:7.1f} ms   30 days {month:7.1f} ms   ratio {month / day:5.1f}")
        wide, small = (
            app.state.lite.store.query(f"SELECT trace_id FROM spans GROUP BY 1 ORDER BY count(*) {way} LIMIT 1")[0][0]
            for way in ("DESC", "ASC")
        )
        times = [
            milliseconds(lambda t=t: client.get(f"/v4/traces/{t}", params={"project_id": DEFAULT_PROJECT_ID}))
            for t in (small, wide)
        ]
        print(f"detail   small {times[0]:5.1f} ms   widest {times[1]:8.1f} ms   ratio {times[1] / times[0]:5.1f}")


if __name__ == "__main__":
    main()
