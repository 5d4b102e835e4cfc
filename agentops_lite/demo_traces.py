"""Which traces the demonstration is made of: the mixture of scripts, and the few special runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from agentops_lite import demo_batches, demo_litellm, demo_scripts
from agentops_lite.demo_calendar import DAY_S, DAYS, HOUR_S, SEOUL_S, Weather
from agentops_lite.demo_faults import RATE_LIMIT, Fault, fault_for
from agentops_lite.demo_trace import SECOND, TraceBuilder
from agentops_lite.spans import Span

Script = Callable[[TraceBuilder, int, float, Fault | None], None]
# (weight, service, script)
SCRIPTS: tuple[tuple[int, str, Script], ...] = (
    (14, "agentops", demo_scripts.support),
    (3, "agentops", demo_scripts.research),
    (4, "agentops", demo_scripts.review),
    (17, "agentops", demo_scripts.summarise),
    (20, "agentops", demo_scripts.route),
    (36, "litellm", demo_litellm.library_call),
    (6, "litellm", demo_litellm.proxy_call),
)
_WEIGHTS = [weight for weight, _, _ in SCRIPTS]


def one_trace(
    rng: Random, project_id: str, start_ns: int, weather: Weather, *, failing: bool | None = None
) -> list[Span]:
    """One ordinary trace that starts at this moment; whether it fails is drawn, unless told."""
    _, service, script = rng.choices(SCRIPTS, _WEIGHTS)[0]
    if failing is None:
        failing = rng.random() < weather.failures
    fault = fault_for(rng, burst=weather.burst) if failing else None
    build = TraceBuilder(rng, project_id, service=service)
    script(build, start_ns, weather.pace, fault)
    return build.spans


def special_traces(rng: Random, now: float, project_id: str) -> Iterator[list[Span]]:
    """The nightly batches (03:00 in Seoul), the very long one and the very wide one."""
    today = (now + SEOUL_S) // DAY_S
    for night in range(DAYS):
        at = (today - night) * DAY_S + 3 * HOUR_S - SEOUL_S + rng.uniform(0, 90)
        fault = RATE_LIMIT if rng.random() < 0.1 else None
        if at < now:
            build = TraceBuilder(rng, project_id)
            demo_batches.nightly(build, int(at * SECOND), 1.0, fault)
            yield build.spans
    build = TraceBuilder(rng, project_id)
    demo_batches.nightly(build, int((now - 20.5 * HOUR_S) * SECOND), 1.3, None, steps=40)
    yield build.spans
    build = TraceBuilder(rng, project_id)
    demo_batches.wide(build, int((now - 43.2 * HOUR_S) * SECOND))
    yield build.spans
