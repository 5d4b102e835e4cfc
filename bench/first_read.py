"""The first full read of an archive: how fast, and what it leaves of AgentOps for others.

    python bench/first_read.py [traces]

An embedded AgentOps with a few thousand traces over 30 days runs in a process of its own, and so does who
asks it for ``/health`` twenty times a second: idle, while the follower reads in the background, and while it
completes the 30 days with two requests at a time. Milliseconds depend on the machine; the ratios less so.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import uvicorn

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite import LiteConfig, create_app
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_PROJECT_ID
from dashboard.archive import Archive
from dashboard.archive.follower import Follower
from dashboard.pricing import price_book
from dashboard.upstream import Upstream
from tests.otlp import llm, send, span

DAYS = 30
EVERY_S = 0.05
SAMPLED_S = 12.0


def serve(port: int) -> None:
    uvicorn.run(create_app(LiteConfig(caches=False)), port=port, log_level="error")


def sample(url: str, seconds: float) -> None:
    """Prints the milliseconds of each ``/health``."""
    took, until = [], time.monotonic() + seconds
    with httpx.Client(base_url=url, trust_env=False) as client:
        client.get("/health")
        while time.monotonic() < until:
            began = time.perf_counter()
            client.get("/health").raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(EVERY_S)
    print(json.dumps(took))


def health(url: str) -> tuple[float, float]:
    """Median and 95th percentile of ``/health`` over the next seconds, in ms."""
    run = subprocess.run(
        [sys.executable, __file__, "--sample", url, str(SAMPLED_S)],
        capture_output=True,
        check=True,
        text=True,
    )
    took = json.loads(run.stdout)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


@contextmanager
def server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/health", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def fill(url: str, traces: int, now: datetime) -> None:
    """Traces of five spans, spread evenly over the days."""
    batch = []
    for n in range(1, traces + 1):
        at = now - timedelta(days=DAYS) * (n / (traces + 1)) - timedelta(minutes=5)
        batch.append(span(n, 1, at, seconds=9, status="UNSET", name="research.session"))
        batch.append(span(n, 2, at, seconds=8, parent=1, name="researcher.agent"))
        batch += [llm(n, k, at + timedelta(seconds=k), 1000, 500, parent=2) for k in (3, 4, 5)]
        if len(batch) >= 2_000 or n == traces:
            send(url, batch)
            batch = []


def main(traces: int) -> None:
    now = datetime.now(UTC)
    with server() as url:
        fill(url, traces, now)
        idle = health(url)
        settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=url)
        upstream = Upstream(AgentOpsClient(settings), endpoint=url)
        book = price_book(None)
        archive = Archive.open(None, endpoint=url, project_id=DEFAULT_PROJECT_ID, book=book)
        # as a page asks: up to the end of the bucket that is still open
        start, end = now - timedelta(days=DAYS, hours=1), now + timedelta(hours=1)
        follower = Follower(
            upstream, archive, book, project_id=DEFAULT_PROJECT_ID, follow=timedelta(days=DAYS)
        )
        follower.start()
        print(f"{'':>12} {'/health median':>15} {'95 %':>9} {'ratio':>7} {'ratio 95 %':>11} {'traces/s':>9}")
        print(f"{'idle':>12} {idle[0]:>12.2f} ms {idle[1]:>6.2f} ms")
        for name in ("background", "completing"):
            if name == "completing":
                follower.complete(start, end)
            time.sleep(2)
            before, began = archive.stats().traces, time.monotonic()
            median, high = health(url)
            rate = (archive.stats().traces - before) / (time.monotonic() - began)
            print(f"{name:>12} {median:>12.2f} ms {high:>6.2f} ms {median / idle[0]:>7.2f}"
                  f" {high / idle[1]:>11.2f} {rate:>9.1f}")  # fmt: skip
        print(follower.progress(start, end))
        began = time.monotonic()
        while follower.asked(start, end) and time.monotonic() - began < 600:
            time.sleep(0.2)
        print(f"{archive.stats().traces} of {traces} traces after {time.monotonic() - began:.0f} s more")
        follower.stop()
        archive.close()
        upstream.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--sample"]:
        sample(sys.argv[2], float(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
