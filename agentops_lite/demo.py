"""`--demo`: thirty believable days ending now. Same seed and same moment, same data.

The calendar is Korean: office hours from nine to seven, thin weekends, a nightly batch at three, traffic
that grows a little. One hour some nine days ago went badly, a few short bursts hit the provider's rate
limit, one run took about half an hour and one has over a thousand spans. Spans go through the same `to_row`
as those that arrive by OTLP.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from agentops_lite import demo_litellm, demo_scripts
from agentops_lite.demo_faults import RATE_LIMIT, Fault, fault_for
from agentops_lite.demo_trace import SECOND, TraceBuilder
from agentops_lite.spans import Span, to_row

if TYPE_CHECKING:
    from agentops_lite.app import Lite

DAYS = 30
HOUR_S = 3600
DAY_S = 86_400
_SEOUL_S = 9 * HOUR_S
# Traces an hour by hour of the Korean day, on a working day at the end of the month.
_HOURLY = (3, 2, 2, 1, 1, 2, 3, 6, 11, 18, 24, 23, 15, 20, 24, 24, 21, 18, 12, 8, 7, 6, 5, 4)
_BUSIEST = max(_HOURLY)
# Somebody watches a demonstration for minutes, not days: live traces come faster than in the month before,
# this far apart in the dead of night and in the busiest hour.
_QUIET_GAP_S = 30.0
_BUSY_GAP_S = 8.0
_STEP_S = 600
_WEEKEND = 0.35
_BASE_FAILURES = 0.03
_BURST_FAILURES = 0.4
_BAD_HOUR_FAILURES = 0.6
_BURSTS = 6
_BURST_S = 20 * 60
_log = logging.getLogger(__name__)

Script = Callable[[TraceBuilder, int, float, Fault | None], None]
# (weight, service, script)
SCRIPTS: tuple[tuple[int, str, Script], ...] = (
    (30, "agentops", demo_scripts.support),
    (10, "agentops", demo_scripts.research),
    (13, "agentops", demo_scripts.review),
    (14, "agentops", demo_scripts.summarise),
    (22, "litellm", demo_litellm.library_call),
    (11, "litellm", demo_litellm.proxy_call),
)


@dataclass(frozen=True)
class Calendar:
    """The month's shape. `now` in Unix seconds."""

    now: float
    bad_hour: float
    bursts: tuple[float, ...]

    @classmethod
    def of(cls, seed: int, now: float) -> Calendar:
        rng = Random(f"calendar {seed} {int(now)}")  # noqa: S311 - made-up data
        # Two in the afternoon in Seoul, nine days ago or the working day before that.
        day = (now + _SEOUL_S) // DAY_S - 9
        while not _is_working_day(day):
            day -= 1
        bursts = tuple(sorted(now - rng.uniform(0.3, DAYS - 1) * DAY_S for _ in range(_BURSTS)))
        return cls(now=now, bad_hour=day * DAY_S + 14 * HOUR_S - _SEOUL_S, bursts=bursts)

    def per_hour(self, at: float) -> float:
        """How many traces start in an hour around this moment."""
        day, second = divmod(at + _SEOUL_S, DAY_S)
        growth = 1 - 0.35 * max(0.0, (self.now - at) / (DAYS * DAY_S))
        return _HOURLY[int(second // HOUR_S)] * growth * (1.0 if _is_working_day(day) else _WEEKEND)

    def live_gap_s(self, at: float) -> float:
        """Seconds between traces while the demonstration runs."""
        return _QUIET_GAP_S - (_QUIET_GAP_S - _BUSY_GAP_S) * self.per_hour(at) / _BUSIEST

    def with_ramp(self, at: float) -> float:
        """Traces an hour in the history: in its last hour they grow to the live rate, so that there is
        no step.
        """
        usual = self.per_hour(at)
        into_last_hour = 1 - (self.now - at) / HOUR_S
        if into_last_hour <= 0:
            return usual
        return usual + (HOUR_S / self.live_gap_s(self.now) - usual) * into_last_hour**2

    def in_bad_hour(self, at: float) -> bool:
        return self.bad_hour <= at < self.bad_hour + HOUR_S

    def in_burst(self, at: float) -> bool:
        return any(begin <= at < begin + _BURST_S for begin in self.bursts)

    def failure_rate(self, at: float) -> float:
        if self.in_bad_hour(at):
            return _BAD_HOUR_FAILURES
        return _BURST_FAILURES if self.in_burst(at) else _BASE_FAILURES


def _is_working_day(day: float) -> bool:
    return (int(day) + 3) % 7 < 5  # day 0 was a Thursday


def one_trace(rng: Random, calendar: Calendar, project_id: str, at: float) -> list[Span]:
    """One ordinary trace that starts at this moment."""
    weights = [weight for weight, _, _ in SCRIPTS]
    _, service, script = rng.choices(SCRIPTS, weights)[0]
    hard_times = calendar.in_bad_hour(at) or calendar.in_burst(at)
    fault = fault_for(rng, burst=hard_times) if rng.random() < calendar.failure_rate(at) else None
    build = TraceBuilder(rng, project_id, service=service)
    script(build, int(at * SECOND), 2.5 if calendar.in_bad_hour(at) else 1.0, fault)
    return build.spans


def history(seed: int, now: float, project_id: str, *, since: float | None = None) -> Iterator[list[Span]]:
    """The traces that started between `since` (thirty days ago) and now; the last ones may still be
    going on.
    """
    rng = Random(f"history {seed} {int(now)}")  # noqa: S311 - made-up data
    calendar = Calendar.of(seed, now)
    begin = now - DAYS * DAY_S if since is None else since
    step = begin
    while step < now:
        length = min(_STEP_S, now - step)
        middle = step + length / 2
        expected = calendar.with_ramp(middle) * length / HOUR_S * rng.uniform(0.75, 1.25)
        if calendar.in_bad_hour(middle):
            expected *= 1.6  # callers that fail try again
        for _ in range(int(expected + rng.random())):
            yield one_trace(rng, calendar, project_id, step + rng.random() * length)
        step += _STEP_S
    for spans in _special(rng, now, project_id):
        if begin * SECOND <= spans[-1].start_ns:
            yield spans


def _special(rng: Random, now: float, project_id: str) -> Iterator[list[Span]]:
    """The nightly batches (03:00 in Seoul), the very long one and the very wide one."""
    today = (now + _SEOUL_S) // DAY_S
    for night in range(DAYS):
        at = (today - night) * DAY_S + 3 * HOUR_S - _SEOUL_S + rng.uniform(0, 90)
        if at < now:
            build = TraceBuilder(rng, project_id)
            fault = RATE_LIMIT if rng.random() < 0.1 else None
            demo_scripts.nightly(build, int(at * SECOND), 1.0, fault)
            yield build.spans
    build = TraceBuilder(rng, project_id)
    demo_scripts.nightly(build, int((now - 20.5 * HOUR_S) * SECOND), 1.3, None, steps=40)
    yield build.spans
    build = TraceBuilder(rng, project_id)
    demo_scripts.wide(build, int((now - 43.2 * HOUR_S) * SECOND))
    yield build.spans


def fill(lite: Lite) -> list[Span]:
    """Loads the month into the first project; into a store that has spans, only what happened since.

    Answers the spans that have not ended yet: a span is stored when it ends, so these are for the live
    traffic.
    """
    config = lite.config
    now, project = config.now(), config.projects[0]
    begun = time.perf_counter()
    newest = lite.store.query("SELECT max(start_ns) FROM spans WHERE project_id = ?", [project.id])[0][0]
    since = max(newest / SECOND, now - DAYS * DAY_S) if newest else None
    # Sorted by start, as a collector would have received them: time ranges then read few blocks.
    spans = sorted(
        (span for trace in history(config.seed, now, project.id, since=since) for span in trace),
        key=lambda span: span.start_ns,
    )
    ended = [span for span in spans if span.start_ns + span.duration_ns <= now * SECOND]
    lite.store.add([to_row(span) for span in ended])
    _log.info("%d demonstration spans in %.1f s", len(ended), time.perf_counter() - begun)
    return [span for span in spans if span.start_ns + span.duration_ns > now * SECOND]
