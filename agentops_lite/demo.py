"""`--demo`: thirty believable days ending now. Same seed and same moment, same data.

The calendar says when traces start and how the providers are then: one hour some nine days ago went badly,
a few short bursts hit the rate limit. Most traces are copies of some three thousand that were built span by
span (`demo_copies`); the nightly batches, one run of about half an hour and one with over a thousand spans
are one of a kind.
"""

from __future__ import annotations

import logging
import time
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from agentops_lite.demo_calendar import BAD, DAY_S, DAYS, FAIR, LIMITED, Calendar, Moments, Weather
from agentops_lite.demo_copies import Copies, Templates, Whole, span_rows
from agentops_lite.demo_trace import SECOND
from agentops_lite.demo_traces import one_trace, special_traces
from agentops_lite.spans import Span, SpanRow

if TYPE_CHECKING:
    from agentops_lite.app import Lite

# How many templates there are for each weather, of traces that succeed and of those that fail.
_TEMPLATES: dict[Weather, tuple[int, int]] = {FAIR: (2400, 400), LIMITED: (100, 100), BAD: (120, 160)}
# Copies last longer or shorter than their template, by a log-normal factor within these limits.
_STRETCH = 0.2
_STRETCHES = (0.6, 1.7)
_log = logging.getLogger(__name__)


def history(
    seed: int, now: float, project_id: str, *, since: float | None = None, days: float = DAYS
) -> Copies:
    """The spans of all traces that started between `since` (`days` ago) and now. Of the last ones, some
    are still running.
    """
    name = f"history {seed} {int(now)}"
    rng, numbers = Random(name), np.random.default_rng(list(name.encode()))  # noqa: S311 - made-up data
    calendar = Calendar.of(seed, now)
    begin = now - days * DAY_S if since is None else since
    starts = calendar.starts(numbers, begin, now)
    templates, which = _ordinary(rng, numbers, calendar, starts, project_id)
    factors = np.clip(np.exp(numbers.normal(0, _STRETCH, len(starts))), *_STRETCHES)

    special = [
        t for t in special_traces(rng, now, project_id) if begin * SECOND <= _start_ns(t) < now * SECOND
    ]
    return Templates(templates + special).copies(
        numbers,
        np.append(which, len(templates) + np.arange(len(special), dtype=np.int64)),
        np.append(
            (starts * SECOND).astype(np.int64), np.array([_start_ns(t) for t in special], dtype=np.int64)
        ),
        np.append(factors, np.ones(len(special))),
        now_ns=int(now * SECOND),
    )


def _ordinary(
    rng: Random, numbers: np.random.Generator, calendar: Calendar, starts: Moments, project_id: str
) -> tuple[list[list[Span]], Whole]:
    """Templates, and which of them each start gets."""
    templates: list[list[Span]] = []
    which = np.zeros(len(starts), dtype=np.int64)
    for weather, here in calendar.weathers(starts):
        failing = numbers.random(len(starts)) < weather.failures
        for fails, count in zip((False, True), _TEMPLATES[weather], strict=True):
            chosen = here & (failing == fails)
            wanted = min(count, int(chosen.sum()))
            which[chosen] = len(templates) + numbers.integers(0, max(wanted, 1), int(chosen.sum()))
            templates += [one_trace(rng, project_id, 0, weather, failing=fails) for _ in range(wanted)]
    return templates, which


def _start_ns(trace: list[Span]) -> int:
    return min(span.start_ns for span in trace)


def fill(lite: Lite) -> list[SpanRow]:
    """Loads the month into the first project; into a store that has spans, only what happened since.

    Answers the spans that have not ended yet: a span is stored when it ends, so these are for the live
    traffic.
    """
    config = lite.config
    now, project = config.now(), config.projects[0]
    begun = time.perf_counter()
    newest = lite.store.query("SELECT max(start_ns) FROM spans WHERE project_id = ?", [project.id])[0][0]
    earliest = now - config.demo_days * DAY_S
    month = history(
        config.seed, now, project.id, since=max(newest / SECOND, earliest) if newest else earliest
    )
    # In one piece: in slices, the database needs five times as long.
    lite.store.add_table(month.ended)
    _log.info("%d demonstration spans in %.1f s", len(month.ended), time.perf_counter() - begun)
    return span_rows(month.running)
