"""Whether AgentOps answers, for the readiness probe."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..questions import Kind, Question
from ..upstream import Upstream
from ..windows import ROLLING, rolling_grid
from .common import raise_if_down

#: An answer as old as this still shows that AgentOps answers.
RECENT = timedelta(minutes=1)


def check(upstream: Upstream, *, wait_s: float) -> datetime | None:
    """When AgentOps answered the newest minute's metrics; None when it has not within `wait_s` seconds.

    Raises:
        NoData: it failed.
    """
    now = upstream.now()
    grid = rolling_grid(ROLLING["1h"], "1m", ZoneInfo("UTC"), now)
    question = Question(Kind.USAGE, grid.newest)
    reading = upstream.read([question], wait_s=wait_s)
    raise_if_down(reading, grid, now)
    answer = reading.answers.get(question)
    if answer is not None:
        return answer.answered_at
    # Behind somebody's long range the question may wait for its turn while others are answered.
    last = reading.last_success_at
    return last if last is not None and now - last < RECENT else None
