"""The waterfall's tree before it is written down as rows: spans, idle gaps, and runs of equal siblings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .forest import NONE, Forest
from .idle import Gap

#: A run of fewer equal siblings stays as it is.
RUN_MIN = 10


@dataclass(slots=True)
class Node:
    """A span (``span`` is its position), a gap, or a run: ``run`` holds the positions of its spans."""

    start_ns: int
    end_ns: int
    span: int = NONE
    gap: Gap | None = None
    run: list[int] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)


def tree(forest: Forest, idle: Sequence[Gap]) -> list[Node]:
    """The top nodes. A gap stands among the root's children where it lies within the root, else at the
    top; siblings are in order of their start."""
    spans = [Node(start, end, span) for span, (start, end) in enumerate(_times(forest))]
    for node, below in zip(spans, forest.children, strict=True):
        node.children = [spans[child] for child in below]
    tops = [spans[top] for top in forest.tops]
    root = spans[forest.root] if forest.root != NONE else None
    for gap in idle:
        within = root is not None and root.start_ns <= gap.start_ns and gap.end_ns <= root.end_ns
        beside = root.children if root is not None and within else tops
        beside.append(Node(gap.start_ns, gap.end_ns, gap=gap))
    for siblings in (tops, root.children if root else []):
        siblings.sort(key=lambda node: node.start_ns)
    return tops


def with_runs(tops: list[Node], kinds_and_names: Sequence[tuple[str, str]]) -> list[Node]:
    """The same tree with runs of equal siblings (kind and name) folded into one node each.

    What is idle between two spans of a run is folded in with them.
    """
    top = Node(0, 0, children=tops)
    to_fold = [top]
    while to_fold:
        node = to_fold.pop()
        to_fold += node.children
        node.children = _folded(node.children, kinds_and_names)
    return top.children


def _folded(siblings: list[Node], kinds_and_names: Sequence[tuple[str, str]]) -> list[Node]:
    folded: list[Node] = []
    run: list[Node] = []
    alike: tuple[str, str] | None = None
    for node in siblings:
        if node.gap is None and (what := kinds_and_names[node.span]) != alike:
            folded += _as_run(run)
            run, alike = [], what
        run.append(node)
    return folded + _as_run(run)


def _as_run(members: list[Node]) -> list[Node]:
    spans = [node for node in members if node.gap is None]
    if len(spans) < RUN_MIN:
        return members
    first, last = members.index(spans[0]), members.index(spans[-1])
    run = Node(
        spans[0].start_ns,
        max(node.end_ns for node in spans),
        run=[node.span for node in spans],
        children=members[first : last + 1],
    )
    return [*members[:first], run, *members[last + 1 :]]


def _times(forest: Forest) -> zip[tuple[int, int]]:
    return zip(forest.start_ns, forest.end_ns, strict=True)
