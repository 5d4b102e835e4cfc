"""The spans of one trace as linked positions, in order of their start."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

#: In place of a position: none.
NONE = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """Times are nanoseconds since 1970. ``parent`` is NONE and ``tops`` has the position for roots, for
    spans whose parent never arrived, and for the first-started span of a cycle of parent links.
    ``root`` is the only span without a parent id; NONE where there is none, or several.
    Children and tops stand in order of their start."""

    start_ns: list[int]
    end_ns: list[int]
    parent: list[int]
    children: list[list[int]]
    tops: list[int]
    root: int

    def __len__(self) -> int:
        return len(self.start_ns)

    @property
    def extent_ns(self) -> tuple[int, int]:
        """First start and last end; (0, 0) without spans."""
        return min(self.start_ns, default=0), max(self.end_ns, default=0)


def in_order(spans: pd.DataFrame) -> pd.DataFrame:
    """One row a span, by start, numbered anew: the positions that `forest` speaks of."""
    once = spans[~spans["duplicate"].astype(bool)]
    return once.sort_values("started_at", kind="stable", ignore_index=True)


def forest(spans: pd.DataFrame) -> Forest:
    """The forest of spans that are `in_order`. Linear, without recursion: chains may be of any length."""
    start_ns = [us * 1_000 for us in spans["started_at"].astype("datetime64[us]").astype("int64").tolist()]
    lasts_s = spans["duration_s"].fillna(0.0).clip(lower=0.0).tolist()
    end_ns = [start + round(s * 1e9) for start, s in zip(start_ns, lasts_s, strict=True)]
    above: list[str] = spans["parent_id"].tolist()
    at = {span_id: position for position, span_id in enumerate(spans["span_id"].tolist())}
    parent = [at.get(parent_id, NONE) if parent_id else NONE for parent_id in above]
    _break_cycles(parent)
    children: list[list[int]] = [[] for _ in parent]
    for position, parent_at in enumerate(parent):
        if parent_at != NONE:
            children[parent_at].append(position)
    tops = [position for position, parent_at in enumerate(parent) if parent_at == NONE]
    roots = [position for position, parent_id in enumerate(above) if not parent_id]
    return Forest(start_ns, end_ns, parent, children, tops, roots[0] if len(roots) == 1 else NONE)


def _break_cycles(parent: list[int]) -> None:
    seen_on_walk = [NONE] * len(parent)
    for first in range(len(parent)):
        here = first
        while here != NONE and seen_on_walk[here] == NONE:
            seen_on_walk[here] = first
            here = parent[here]
        if here != NONE and seen_on_walk[here] == first:
            started_first, there = here, parent[here]
            while there != here:
                started_first = min(started_first, there)  # positions are in order of start
                there = parent[there]
            parent[started_first] = NONE
