"""An embedded AgentOps, a made clock and a follower that takes one step at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_PROJECT_ID
from dashboard.archive import Archive
from dashboard.archive.follower import Follower
from dashboard.pricing import price_book
from dashboard.upstream import Upstream

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """Moves by waiting alone."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def pass_(self, **span: float) -> None:
        self.time += timedelta(**span)


class Watched(httpx.BaseTransport):
    """Notes what goes to AgentOps; `refuse` may raise or answer in its place."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport()
        self._lock = threading.Lock()
        self.paths: list[str] = []
        self.lists: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.refuse: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.paths.append(request.url.path)
            if "start_time" in request.url.params:
                self.lists.append((request.url.params["start_time"], request.url.params["end_time"]))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.refuse(request) or self.forward(request)
        finally:
            with self._lock:
                self.at_once -= 1

    def forward(self, request: httpx.Request) -> httpx.Response:
        return self._network.handle_request(request)

    def details(self) -> list[str]:
        """Ids of the traces that were asked for, in order."""
        ids = [path.rpartition("/")[2] for path in self.paths if path.startswith("/v4/traces/")]
        return [name for name in ids if len(name) == 32]

    def close(self) -> None:
        self._network.close()


class World:
    """One AgentOps at `url`, one archive, and as many followers as a test starts."""

    def __init__(self, url: str, closing: ExitStack, folder: Path | None = None) -> None:
        self.clock, self.wire = Clock(), Watched()
        self.closing, self.folder = closing, folder
        settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=url)
        client = AgentOpsClient(settings, transport=self.wire, sleep=lambda _: None)
        self.upstream = Upstream(client, endpoint=url, now=self.clock)
        closing.callback(self.upstream.close)
        self.book = price_book(None)
        self.archive = self.open()

    def open(self) -> Archive:
        archive = Archive.open(
            self.folder, endpoint=self.upstream.endpoint, project_id=DEFAULT_PROJECT_ID, book=self.book
        )
        self.closing.callback(archive.close)
        return archive

    def follower(self, **options: Any) -> Follower:
        """One that a test moves on by `step`, on the made clock; it has no threads."""
        chosen = {"follow": timedelta(hours=1), "project_id": DEFAULT_PROJECT_ID, **options}
        return Follower(
            self.upstream, self.archive, self.book,
            monotonic=self.clock.monotonic, wait=self.clock.wait, **chosen,
        )  # fmt: skip

    def running(self, **options: Any) -> Follower:
        """One with threads, on the real monotonic clock."""
        chosen = {"follow": timedelta(hours=1), "project_id": DEFAULT_PROJECT_ID, **options}
        follower = Follower(self.upstream, self.archive, self.book, **chosen)
        self.closing.callback(follower.stop)
        follower.start()
        return follower

    def stored(self) -> dict[str, int]:
        """Number of spans by the trace's number."""
        with self.archive.reading() as db:
            rows = db.execute("SELECT trace_id, count(*) FROM spans GROUP BY ALL ORDER BY 1").fetchall()
        return {int(trace_id, 16): spans for trace_id, spans in rows}


def settle(follower: Follower, *, lanes: tuple[int, ...] = (0,), steps: int = 2_000) -> None:
    """Steps until nothing is due."""
    for _ in range(steps):
        idle = [follower.step(lane) > 0 for lane in lanes]
        if all(idle):
            return
    raise AssertionError(f"still busy after {steps} steps")


def wait_for(met: Callable[[], bool], *, seconds: float = 40) -> None:
    """Until `met`, for what threads do; looks are rare enough not to slow them down."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.02)
