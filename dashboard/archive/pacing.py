"""How fast AgentOps may be asked in the background: rests, typical times, and pauses after failures."""

from __future__ import annotations

import statistics
from collections import defaultdict, deque
from collections.abc import Callable

from agentops_client import AgentOpsError

#: The rest after a request, in parts of the time that the request took.
REST_FOLLOWING, REST_COMPLETING = 1.0, 0.25
#: AgentOps is slow when its last answers took so many times what is typical, and at least so long.
SLOW_TIMES, SLOW_FROM_S = 4.0, 0.2
#: While it is slow the rest grows with the delay, up to so many times the request's time.
SLOW_REST_MAX = 10.0
#: No rest is longer.
REST_MAX_S = 60.0
#: Answers that make what is typical, how many of them at least, and those that count as the last ones.
TYPICAL_OF, TYPICAL_FROM, LAST_ONES = 100, 10, 3
#: After a failure nothing is asked for so long, doubled with each further one, up to the last.
PAUSE_FIRST_S, PAUSE_LAST_S = 5.0, 300.0
#: So many requests in a row that failed each for itself are a failure of AgentOps.
FAILURES_IN_A_ROW = 3
#: Requests of so many last seconds make the measured pace.
MEASURED_S = 30.0


class Pace:
    """The pace of one follower. Not locked: whoever shares it holds a lock.

    Args:
        monotonic: seconds of any origin.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._took: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=TYPICAL_OF))
        self._done: defaultdict[str, deque[float]] = defaultdict(deque)
        self._paused_until = self._paused_at = float("-inf")
        self._pauses = 0
        self._failed_alone = 0
        self._cause = ""

    def succeeded(self, kind: str, took_s: float) -> None:
        """A request of this `kind` was answered after `took_s` seconds."""
        self._took[kind].append(took_s)
        now = self._monotonic()
        self._done[kind].append(now)
        while self._done[kind][0] < now - MEASURED_S:
            self._done[kind].popleft()
        self._pauses = self._failed_alone = 0
        self._cause = ""

    def failed(self, error: AgentOpsError, *, began: float) -> None:
        """AgentOps or the way to it failed: a pause. A request that `began` before the last pause, beside
        the one that failed first, makes it no longer."""
        if began < self._paused_at:
            return
        now = self._monotonic()
        wait = min(PAUSE_FIRST_S * 2 ** min(self._pauses, 20), PAUSE_LAST_S)
        self._pauses += 1
        self._paused_at, self._paused_until = now, now + max(wait, error.retry_after_s or 0.0)
        self._cause = error.cause

    def failed_alone(self, error: AgentOpsError, *, began: float) -> None:
        """A request failed for itself; many in a row are a failure of AgentOps."""
        self._failed_alone += 1
        if self._failed_alone >= FAILURES_IN_A_ROW:
            self.failed(error, began=began)

    @property
    def paused_s(self) -> float:
        """Seconds until the next request may go out."""
        return max(0.0, self._paused_until - self._monotonic())

    @property
    def cause(self) -> str:
        """Why there was a pause, until an answer came; else empty."""
        return self._cause

    def slowness(self, kind: str) -> float:
        """The last answers' time over the typical one where AgentOps is slow; else 1."""
        took = self._took[kind]
        if len(took) < TYPICAL_FROM:
            return 1.0
        last = statistics.median(list(took)[-LAST_ONES:])
        typical = statistics.median(took)
        slow = last >= SLOW_FROM_S and last > SLOW_TIMES * typical
        return min(last / typical, SLOW_REST_MAX) if slow and typical > 0 else 1.0

    @property
    def slow(self) -> bool:
        """Whether answers of any kind are slow."""
        return any(self.slowness(kind) > 1 for kind in list(self._took))

    def rest_s(self, kind: str, took_s: float, *, completing: bool) -> float:
        """Seconds of rest after a request: while AgentOps is slow, up to ten times its time."""
        slowness = self.slowness(kind)
        share = slowness if slowness > 1 else REST_COMPLETING if completing else REST_FOLLOWING
        return min(took_s * share, REST_MAX_S)

    def typical_s(self, kind: str) -> float | None:
        """The median time of an answer, None before the first."""
        return statistics.median(self._took[kind]) if self._took[kind] else None

    def rate_per_s(self, kind: str) -> float | None:
        """Answers a second over the last half minute; None where too few to say."""
        done = self._done[kind]
        now = self._monotonic()
        recent = [at for at in done if at >= now - MEASURED_S]
        if len(recent) < 3 or now <= recent[0]:
            return None
        return (len(recent) - 1) / (now - recent[0])
