"""Traces that go on arriving while a demonstration runs.

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

from agentops_lite.demo import Calendar, one_trace
from agentops_lite.demo_trace import SECOND
from agentops_lite.spans import Span, to_row

if TYPE_CHECKING:
    from agentops_lite.app import Lite

_TICK_S = 1.0
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
        running: Sequence[Span] = (),
    ) -> None:
        self._rng = Random(f"live {seed} {int(now)}")  # noqa: S311 - made-up data
        self._calendar = Calendar.of(seed, now)
        self._project_id = project_id
        self._every_s = every_s
        self._running: list[tuple[int, int, Span]] = []
        self._numbers = itertools.count()
        self._next_start = now + self._gap(now)
        for span in running:
            self._wait_for(span)

    def _gap(self, now: float) -> float:
        if self._every_s is not None:
            return self._every_s
        return self._calendar.live_gap_s(now) * self._rng.uniform(0.4, 1.6)

    def _wait_for(self, span: Span) -> None:
        heapq.heappush(self._running, (span.start_ns + span.duration_ns, next(self._numbers), span))

    def ended(self, now: float) -> list[Span]:
        """Starts what is due and answers the spans that have ended since the last time."""
        while self._next_start <= now:
            for span in one_trace(self._rng, self._calendar, self._project_id, self._next_start):
                self._wait_for(span)
            self._next_start += self._gap(self._next_start)
        done = []
        while self._running and self._running[0][0] <= now * SECOND:
            done.append(heapq.heappop(self._running)[2])
        return done


@contextlib.asynccontextmanager
async def traffic(lite: Lite, running: Sequence[Span]) -> AsyncIterator[None]:
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
                spans = live.ended(config.now())
                await run_in_threadpool(lite.store.add, [to_row(span) for span in spans])
            except Exception:  # noqa: BLE001 - logged; a demonstration must not end the server
                _log.exception("demonstration traffic failed; it goes on")

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
