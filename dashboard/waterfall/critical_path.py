"""What the end of a trace waited for, at each moment of it.

Backwards from the last end. A span waits for the child that ended last; the time after that child's end
is the span's own, the time before belongs to the child and to what this one waited for. Before a span's
start comes the ancestor that started it, at that moment. A child that ran on while a later one was
already under way was not waited for: the later one did not need its end.

A span that outlives its parent (work in the background) is waited for by the nearest ancestor that ends
no earlier, or else by the trace itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from .forest import NONE, Forest

#: Starts are cut to microseconds, durations are not: an end may seem to lie after what followed it.
TOLERANCE_NS = 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the path: from ``start_ns`` to ``end_ns`` the trace's end waited for ``span`` itself."""

    span: int
    start_ns: int
    end_ns: int


def critical_path(forest: Forest) -> list[Piece]:
    """The path's pieces, last first. They do not overlap, and leave out only time in which no span ran."""
    first_ns, t = forest.extent_ns
    awaited, unawaited = _awaited(forest)
    trace = _Running(forest, unawaited)
    asked = [0] * len(forest)  # how many of a span's awaited ones have been considered
    pieces: list[Piece] = []
    here = NONE
    while t > first_ns:
        if here == NONE:
            here = trace.at(t)
            t = min(t, forest.end_ns[here])
        below = awaited[here]
        while asked[here] < len(below) and forest.end_ns[below[asked[here]]] > t + TOLERANCE_NS:
            asked[here] += 1
        if asked[here] < len(below):
            child = below[asked[here]]
            asked[here] += 1
            since, after = min(forest.end_ns[child], t), child
        else:
            since = min(forest.start_ns[here], t)
            after = _started_by(forest, here, since)
        if since < t:
            pieces.append(Piece(here, since, t))
        t, here = since, after
    return pieces


def _awaited(forest: Forest) -> tuple[list[list[int]], list[int]]:
    """For each span those that it waits for, last end first; and those that only the trace waits for, or
    that started before the span which waits for them."""
    awaited: list[list[int]] = [[] for _ in range(len(forest))]
    others: list[int] = []
    for span in sorted(range(len(forest)), key=lambda position: forest.end_ns[position], reverse=True):
        end_ns, above = forest.end_ns[span], forest.parent[span]
        while above != NONE and not (forest.start_ns[above] < end_ns <= forest.end_ns[above] + TOLERANCE_NS):
            above = forest.parent[above]
        if above != NONE:
            awaited[above].append(span)
        if above == NONE or forest.start_ns[span] < forest.start_ns[above]:
            others.append(span)
    return awaited, others


def _started_by(forest: Forest, span: int, t: int) -> int:
    """The nearest ancestor that runs just before `t`; NONE without one."""
    above = forest.parent[span]
    while above != NONE and not (forest.start_ns[above] < t <= forest.end_ns[above] + TOLERANCE_NS):
        above = forest.parent[above]
    return above


class _Running:
    """Which of some spans runs at a moment; the moments asked for never increase."""

    def __init__(self, forest: Forest, spans: list[int]) -> None:
        self._forest = forest
        self._to_come = iter([*spans, NONE])  # last end first
        self._next = next(self._to_come)
        self._started: list[tuple[int, int]] = []

    def at(self, t: int) -> int:
        """The one that runs just before `t` and started last; else the one that ended last before."""
        while self._next != NONE and self._forest.end_ns[self._next] >= t:
            heappush(self._started, (-self._forest.start_ns[self._next], self._next))
            self._next = next(self._to_come)
        while self._started and -self._started[0][0] >= t:
            heappop(self._started)
        return self._started[0][1] if self._started else self._next
