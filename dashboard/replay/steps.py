"""The starts and ends of a trace's spans, in an order in which they can have happened."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from ..waterfall.forest import NONE, Forest


class Step(NamedTuple):
    """The start or the end of the span at position ``span``, nanoseconds since 1970."""

    at_ns: int
    span: int
    starts: bool


def depths(forest: Forest) -> list[int]:
    """How many spans stand above each."""
    depth = [0] * len(forest)
    to_visit = list(forest.tops)
    while to_visit:
        span = to_visit.pop()
        for child in forest.children[span]:
            depth[child] = depth[span] + 1
            to_visit.append(child)
    return depth


def steps(forest: Forest, depth: list[int]) -> list[Step]:
    """Two for each span.  Within one instant ends come before starts, children end before and start after
    their parents; a span without duration starts and ends within its parent, and else after all starts."""
    keyed: list[tuple[tuple[int, ...], Step]] = []
    within = _ends_of_parents(forest, depth)
    for span, (start_ns, end_ns) in enumerate(zip(forest.start_ns, forest.end_ns, strict=True)):
        deep = depth[span]
        starts, ends = (1, deep, 0, 0), (0, -deep, 0, 0)
        if start_ns == end_ns:
            ends = (2, -deep, 0, 0)
            if span in within:
                starts, ends = (0, within[span], 1, deep), (0, within[span], 2, -deep)
        keyed.append(((start_ns, *starts, span), Step(start_ns, span, True)))
        keyed.append(((end_ns, *ends, span), Step(end_ns, span, False)))
    keyed.sort(key=lambda pair: pair[0])
    return [step for _, step in keyed]


def _ends_of_parents(forest: Forest, depth: list[int]) -> dict[int, int]:
    """The spans without duration at the very end of a longer one above, in chains of such spans too: where
    they stand among the ends of that instant (behind those as deep, before the one above)."""
    start_ns, end_ns = forest.start_ns, forest.end_ns
    within: dict[int, int] = {}
    for span in sorted(range(len(forest)), key=depth.__getitem__):
        above = forest.parent[span]
        if above == NONE or start_ns[span] != end_ns[span] or end_ns[above] != end_ns[span]:
            continue
        if start_ns[above] < end_ns[above]:
            within[span] = -depth[span]
        elif above in within:
            within[span] = within[above]
    return within


class Stretch(NamedTuple):
    """Time between two neighbouring instants; ``focus`` is the span that runs innermost (of several the
    one that started last), NONE while nothing runs."""

    start_ns: int
    end_ns: int
    focus: int


def stretches(forest: Forest, happened: list[Step], extent_ns: tuple[int, int]) -> Iterator[Stretch]:
    """All of `extent_ns` in order of time, cut where something happens."""
    running = [False] * len(forest)
    running_children = [0] * len(forest)
    began = [0] * len(forest)
    latest: list[tuple[int, int]] = []  # (-began, span) of leaves; also of some that no longer are

    def leaf(span: int) -> None:
        if running[span] and not running_children[span]:
            heappush(latest, (-began[span], span))

    before_ns = extent_ns[0]
    for number, (at_ns, span, starts) in enumerate(happened):
        if at_ns > before_ns:
            yield Stretch(before_ns, at_ns, _first(latest, running, running_children))
            before_ns = at_ns
        above = forest.parent[span]
        running[span] = starts
        began[span] = number if starts else began[span]
        if above != NONE:
            running_children[above] += 1 if starts else -1
            leaf(above)
        leaf(span)
    if extent_ns[1] > before_ns:
        yield Stretch(before_ns, extent_ns[1], NONE)


def _first(latest: list[tuple[int, int]], running: list[bool], running_children: list[int]) -> int:
    while latest:
        span = latest[0][1]
        if running[span] and not running_children[span]:
            return span
        heappop(latest)
    return NONE
