"""How fast a trace is shown: which waits are shortened, and what speed 1 means."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

SECOND_NS: Final = 1_000_000_000
#: A trace that is over so soon is shown in full ...
FULL_NS: Final = 10 * SECOND_NS
#: ... in others no wait is shown longer than a twentieth of all that is shown, ...
SHOWN_SHARE: Final = 20
#: ... though none shorter than this.
BOUND_MIN_NS: Final = 3 * SECOND_NS
#: What speed 1 takes at least and at most; real time in between.
TAKES_MIN_NS: Final = 3 * SECOND_NS
TAKES_MAX_NS: Final = 60 * SECOND_NS


def bound_ns(lasts_ns: Sequence[int]) -> int | None:
    """How long a stretch in which nothing happens is shown at most, given all of them; whole seconds.

    The greatest B that is a twentieth of the sum of min(stretch, B), rounded up, and three seconds at
    least; None for a trace of up to ten seconds.
    """
    rest_ns = sum(lasts_ns)
    if rest_ns <= FULL_NS:
        return None
    found_ns = 0
    longest = sorted(lasts_ns, reverse=True)[:SHOWN_SHARE]
    for longer, lasts in enumerate(longest):  # so many are shortened: B = (rest + longer * B) / 20
        bound = -(-rest_ns // (SHOWN_SHARE - longer))
        if lasts <= bound:
            found_ns = bound
            break
        rest_ns -= lasts
    return max(-(-found_ns // SECOND_NS) * SECOND_NS, BOUND_MIN_NS)


def pace(shown_ns: int) -> float:
    """Seconds of the trace, without what is shortened, in one second at speed 1: 1 for real time, else
    the nearest of 2, 5, 10, 20 … or 1/2, 1/5 … with which it takes 3 to 60 seconds."""
    if shown_ns > TAKES_MAX_NS:
        return float(_round(shown_ns, TAKES_MAX_NS))
    if 0 < shown_ns < TAKES_MIN_NS:
        return 1 / _round(TAKES_MIN_NS, shown_ns)
    return 1.0


def _round(more: int, less: int) -> int:
    """The first of 1, 2, 5, 10, 20 … that is at least more / less."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power * less >= more:
                return digit * power
        power *= 10


class ShownTime:
    """Times of the trace → times of the film. `shortened` are stretches (start, end) in order, each shown
    for `bound` nanoseconds; everything is nanoseconds, the film's from 0."""

    def __init__(self, first_ns: int, shortened: Sequence[tuple[int, int]], bound: int) -> None:
        self._first_ns, self._bound = first_ns, bound
        self._starts = [start for start, _ in shortened]
        self._ends = [end for _, end in shortened]
        saved = [end - start - bound for start, end in shortened]
        self._saved = list(accumulate(saved, initial=0))  # before the gap of that number

    def __call__(self, at_ns: int) -> int:
        gap = bisect_right(self._starts, at_ns) - 1
        if gap >= 0 and at_ns < self._ends[gap]:
            start, end = self._starts[gap], self._ends[gap]
            into = (at_ns - start) * self._bound // (end - start)
            return start - self._first_ns - self._saved[gap] + into
        return at_ns - self._first_ns - self._saved[gap + 1]
