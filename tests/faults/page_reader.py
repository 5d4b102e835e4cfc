"""One reader before one page, with an upstream of the reader's own whose clock a case moves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from streamlit.testing.v1 import AppTest

from agentops_client import AgentOpsClient
from dashboard import heartbeats, projects
from dashboard.archive.shared import close_shared as close_archive
from dashboard.upstream import Tries, Upstream
from tests.faults.seen import Seen, seen
from tests.faults.table import Fault
from tests.faults.world import JITTER, TRACE, World
from tests.pages.opened import MAIN

#: What a first view asks for is asked by then.
QUIET_S: Final = 20.0


class Clock:
    """The present of the upstream, which moves when a case says so."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Reader:
    """One reader before one page, and the upstream that answers it."""

    def __init__(self, page: str, upstream: Upstream, clock: Clock) -> None:
        self.page, self.upstream, self.clock = page, upstream, clock
        self._at = AppTest.from_file(str(MAIN), default_timeout=60)
        view = {"view": "log"} if page == "trace_log" else {}
        self._at.switch_page(f"../pages/{page.removesuffix('_log')}.py")
        query = {"lang": "en", "range": "1h", "tz": "UTC", "trace": f"{TRACE:032x}", **view}
        for name, value in query.items():
            self._at.query_params[name] = value

    def look(self) -> Seen:
        self._at.run()
        return seen(self._at)


@contextmanager
def reading(world: World, page: str, fault: Fault) -> Iterator[Reader]:
    """A reader with an upstream that knows nothing yet."""
    settings = world.settings(fault)
    tries, clock = Tries(), Clock(world.end)
    client = AgentOpsClient(settings, jitter=lambda: JITTER, observe=tries)
    upstream = Upstream(
        client, endpoint=settings.api_endpoint, app_url=settings.app_url, tries=tries, now=clock
    )
    heartbeats.record_of(upstream)
    projects.share(upstream)
    reader = Reader(page, upstream, clock)
    try:
        yield reader
    finally:
        quiet(reader)
        close_archive()
        projects.close_shared()


def quiet(reader: Reader, most_s: float = QUIET_S) -> None:
    """Waits until nothing is under way any more, or for `most_s`."""
    deadline = time.monotonic() + most_s
    while reader.upstream.busy and time.monotonic() < deadline:
        time.sleep(0.02)
