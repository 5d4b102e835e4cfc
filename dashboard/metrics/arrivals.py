"""Silence is an alarm: what arrived lately against the same stretch of past weeks, and against a minimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import exp, lgamma, log, nan

import pandas as pd

from .judgement import Judgement
from .usual import WEEKS_NEEDED

#: An alarm is raised only on what chance brings about less often than this.
CHANCE = 0.001
#: exp(-7) < 0.001: from so many expected traces on, none at all is no chance.
ENOUGH_EXPECTED = 7.0
#: Above so many, half of them is no chance by any measure.
SURELY = 100.0


@dataclass(frozen=True)
class PastStretch:
    """The latest minutes, and how many traces the same stretch had in past weeks.

    Attributes:
        start, end: the stretch now, both at a quarter of an hour.
        traces: of each past week that says what is usual.
    """

    start: datetime
    end: datetime
    traces: tuple[float, ...]

    @property
    def lowest(self) -> float:
        """Of the quietest past week; NaN while there are too few weeks."""
        return min(self.traces) if len(self.traces) >= WEEKS_NEEDED else nan


def arrivals(
    windows: pd.DataFrame,
    now: datetime,
    stretches: Sequence[PastStretch],
    *,
    minimum_per_min: float | None = None,
) -> Judgement:
    """Whether traces arrive as they use to.

    Of the stretches, the shortest is taken in which even the quietest past week had seven traces. What
    arrived from its start *until now* (more than the stretch itself, so that a burst at the full hour
    that is still to come cannot be missed) is held against that quietest week: nothing is critical;
    less than half of it is a warning where a Poisson process of that mean would bring so little less
    often than once in a thousand. Too little, too few weeks, or no history: not told.

    Below `minimum_per_min`, over the shortest stretch in which it expects seven traces (else the longest),
    is a warning; nothing there is critical.

    Args:
        windows: ``start``, ``end`` (UTC), ``traces`` (NaN is unknown), oldest first.
        now: the present.
        stretches: shortest first; those that begin before the windows are left out.

    Returns:
        `value`: traces that arrived; `threshold`: those of the quietest week, or of the minimum.
    """
    stretches = [s for s in stretches if s.start >= windows["start"].iloc[0]]
    judged = [_against_past(windows, stretches)]
    if minimum_per_min is not None and stretches:
        judged.append(_against_minimum(windows, now, stretches, minimum_per_min))
    worst = [j for level in ("critical", "warning") for j in judged if j.level == level]
    known = [j for j in judged if j.level != "unknown"]
    return next(iter([*worst, *known, *judged]))


def _against_past(windows: pd.DataFrame, stretches: Sequence[PastStretch]) -> Judgement:
    if not any(len(stretch.traces) >= WEEKS_NEEDED for stretch in stretches):
        return Judgement("arrivals", "unknown", why="no_history")
    telling = next((s for s in stretches if s.lowest >= ENOUGH_EXPECTED), None)
    if telling is None:
        some = windows["traces"].sum() > 0
        return Judgement("arrivals", "ok" if some else "unknown", why="too_small")
    seen = _since(windows, telling.start)
    if seen is None:
        return Judgement("arrivals", "unknown", why="waiting")
    found = Judgement("arrivals", "ok", seen, telling.lowest)
    if seen == 0:
        return _silent(windows, found, "silence")
    few = seen <= telling.lowest / 2
    if few and (telling.lowest > SURELY or at_most(seen, telling.lowest) < CHANCE):
        return Judgement("arrivals", "warning", seen, telling.lowest, since=telling.start, why="drop")
    return found


def _against_minimum(
    windows: pd.DataFrame, now: datetime, stretches: Sequence[PastStretch], minimum: float
) -> Judgement:
    lengths = [(now - s.start).total_seconds() / 60 for s in stretches]
    place = next((i for i, long in enumerate(lengths) if long * minimum >= ENOUGH_EXPECTED), -1)
    seen, threshold = _since(windows, stretches[place].start), lengths[place] * minimum
    if seen is None:
        return Judgement("arrivals", "unknown", why="waiting")
    if seen >= threshold:
        return Judgement("arrivals", "ok", seen, threshold)
    if seen == 0:
        return _silent(windows, Judgement("arrivals", "ok", seen, threshold), "silence_minimum")
    return Judgement("arrivals", "warning", seen, threshold, since=stretches[place].start, why="minimum")


def _silent(windows: pd.DataFrame, found: Judgement, why: str) -> Judgement:
    """`found` as silence, which began with the first window after the last trace."""
    busy = windows.loc[windows["traces"] > 0, "end"].tolist()
    began = busy[-1] if busy else windows["start"].tolist()[0]
    return replace(found, level="critical", since=began, at_least=not busy, why=why)


def _since(windows: pd.DataFrame, start: datetime) -> float | None:
    """Traces of all windows that touch the time since `start`; None while one is unknown."""
    counted = windows.loc[windows["end"] > start, "traces"]
    return None if counted.isna().any() or counted.empty else float(counted.sum())


def at_most(count: float, mean: float) -> float:
    """P(X ≤ `count`) of a Poisson variable with that mean."""
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(int(count) + 1))
