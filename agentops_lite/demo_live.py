"""Traces that go on arriving while a demonstration runs, at the rate of the month before.

Each span is stored when it ends, under the time when it started, as upstream does: children come before
their parents, and a slow run appears late in an old window.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from agentops_lite.demo_calendar import Calendar
from agentops_lite.demo_trace import SECOND
from agentops_lite.demo_traces import one_trace
from agentops_lite.spans import SpanRow, to_row

if TYPE_CHECKING:
    from agentops_lite.app import Lite

_TICK_S = 1.0
# Whoever has just started a demonstration sees it move, also in the quiet of the night: the first trace
# comes soon, and those of the first minutes are never further apart than this.
_FIRST_S = (1.0, 4.0)
_GREETING_S = 180.0
_GREETING_GAP_S = 30.0
_log = logging.getLogger(__name__)


class LiveTraffic:
    """What has started and not ended yet, and when the next trace starts. Knows no clock: it is told
    the time.
    """

    def __init__(
        self,
        seed: int,
        now: float,
        project_id: str,
        *,
        every_s: float | None = None,
        running: Sequence[SpanRow] = (),
    ) -> None:
        self._rng = Random(f"live {seed} {int(now)}")  # noqa: S311 - made-up data
        self._calendar = Calendar.of(seed, now)
        self._project_id = project_id
        self._every_s = every_s
        self._running: list[tuple[int, int, SpanRow]] = []
        self._numbers = itertools.count()
        self._next_start = now + (self._rng.uniform(*_FIRST_S) if every_s is None else every_s)
        for row in running:
            self._wait_for(row)

    def _gap(self, at: float) -> float:
        if self._every_s is not None:
            return self._every_s
        gap = self._calendar.gap_s(self._rng, at)
        return min(gap, _GREETING_GAP_S) if at < self._calendar.now + _GREETING_S else gap

    def _wait_for(self, row: SpanRow) -> None:
        heapq.heappush(self._running, (row.start_ns + row.duration_ns, next(self._numbers), row))

    def ended(self, now: float) -> list[SpanRow]:
        """Starts what is due and answers the spans that have ended since the last time."""
        while self._next_start <= now:
            at = self._next_start
            weather = self._calendar.weather(at)
            for span in one_trace(self._rng, self._project_id, int(at * SECOND), weather):
                self._wait_for(to_row(span))
            self._next_start += self._gap(at)
        done = []
        while self._running and self._running[0][0] <= now * SECOND:
            done.append(heapq.heappop(self._running)[2])
        return done


@contextlib.asynccontextmanager
async def traffic(lite: Lite, running: Sequence[SpanRow]) -> AsyncIterator[None]:
    """Runs beside the server and stops with it. `running`: spans that were going on when the history
    ended.
    """
    config = lite.config
    live = LiveTraffic(
        config.seed, config.now(), config.projects[0].id, every_s=config.live_every_s, running=running
    )

    async def run() -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                await run_in_threadpool(lite.store.add, live.ended(config.now()))
            except Exception:  # noqa: BLE001 - logged; a demonstration must not end the server
                _log.exception("demonstration traffic failed; it goes on")

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
