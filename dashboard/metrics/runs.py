"""Since when something is bad: windows joined until they say something, and the run of bad ones up to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile


@dataclass(frozen=True)
class Stretch:
    """Neighbouring windows that are judged together.

    Attributes:
        start, end: its bounds.
        bad: the judgement; None where there is too little to judge: it neither makes nor ends a run.
    """

    start: datetime
    end: datetime
    bad: bool | None


@dataclass(frozen=True)
class Run:
    """The run of bad stretches up to now.

    Attributes:
        since: its start; None when the newest stretch that can be judged is not bad.
        at_least: no stretch before it was found good, so it may be older.
        better_since: end of the newest bad stretch, where a good one follows it.
    """

    since: datetime | None = None
    at_least: bool = False
    better_since: datetime | None = None


def run_of(stretches: Sequence[Stretch]) -> Run:
    """The run of bad stretches (oldest first) up to now."""
    judged = [s for s in reversed(stretches) if s.bad is not None]
    bad = list(takewhile(lambda s: s.bad, judged))
    if bad:
        return Run(since=bad[-1].start, at_least=len(bad) == len(judged))
    return Run(better_since=next((s.end for s in judged if s.bad), None))


def joined(weights: Sequence[float], enough: float) -> list[slice]:
    """Neighbouring places joined backwards from the last until each group weighs `enough`.

    Returns:
        Groups, oldest first; the oldest may weigh less.
    """
    groups: list[slice] = []
    stop, weight = len(weights), 0.0
    for place in range(len(weights) - 1, -1, -1):
        weight += weights[place]
        if weight >= enough or place == 0:
            groups.append(slice(place, stop))
            stop, weight = place, 0.0
    return groups[::-1]
