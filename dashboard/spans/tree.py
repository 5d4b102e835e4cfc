"""The spans of a trace as a tree, whatever their parent links say; and the time each spent itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .facts import Facts

#: In place of a parent's position: none.
NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """Positions in the list of spans. ``order`` has every parent before its children.

    A span without a parent id is a root. One whose parent never arrived, and the first-started span of
    a cycle of parent links, is the top of its subtree, but not a root.
    """

    parent: list[int]
    children: list[list[int]]
    order: list[int]
    depth: list[int]
    roots: list[int]


def grow(spans: Sequence[Facts]) -> Tree:
    """The tree of spans whose ids are distinct. Linear; no recursion, so chains may be of any length."""
    at = {span.span_id: position for position, span in enumerate(spans)}
    parent = [at.get(span.parent_id, NO_PARENT) if span.parent_id else NO_PARENT for span in spans]
    _break_cycles(parent, spans)
    children: list[list[int]] = [[] for _ in spans]
    order: list[int] = []
    for position, above in enumerate(parent):
        if above == NO_PARENT:
            order.append(position)
        else:
            children[above].append(position)
    depth = [0] * len(spans)
    for position in order:  # grows while it is walked: breadth first
        for child in children[position]:
            depth[child] = depth[position] + 1
            order.append(child)
    roots = [position for position, span in enumerate(spans) if not span.parent_id]
    return Tree(parent, children, order, depth, roots)


def _break_cycles(parent: list[int], spans: Sequence[Facts]) -> None:
    seen_on_walk = [NO_PARENT] * len(parent)
    for first in range(len(parent)):
        here = first
        while here != NO_PARENT and seen_on_walk[here] == NO_PARENT:
            seen_on_walk[here] = first
            here = parent[here]
        if here != NO_PARENT and seen_on_walk[here] == first:
            cycle, there = [here], parent[here]
            while there != here:
                cycle.append(there)
                there = parent[there]
            parent[min(cycle, key=lambda position: (spans[position].start_ns, position))] = NO_PARENT


def self_times_ns(spans: Sequence[Facts], tree: Tree) -> list[int]:
    """Each span's duration without the union of its children's intervals, these clipped to the span."""
    own: list[int] = []
    for span, children in zip(spans, tree.children, strict=True):
        left = span.duration_ns
        covered_until = span.start_ns
        for start_ns, end_ns in sorted((spans[child].start_ns, spans[child].end_ns) for child in children):
            begin, end = max(start_ns, covered_until), min(end_ns, span.end_ns)
            if end > begin:
                left -= end - begin
                covered_until = end
        own.append(max(left, 0))
    return own
