"""A trace's spans as rows of a waterfall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import pandas as pd

from .critical_path import critical_path
from .forest import NONE, Forest, forest, in_order
from .idle import gaps, without, worth_a_row
from .nodes import Node, tree, with_runs

#: With more rows than this, runs of equal siblings become one row each.
ROWS_MAX: Final = 2_000


Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: a span, an idle gap, or a run of equal siblings, whose spans follow it as its children.

    Seconds and US dollars; None is *not reported*. ``offset_s`` counts from the trace's first start.
    Tokens and costs are counted ones, so ``subtree_…``, the row and all below it, is their sum.
    """

    id: str  # the span's id; "gap 3" or "run <id of its first span>"
    type: Literal["span", "gap", "run"]
    parent: int | None  # position of the row above in the tree
    depth: int
    name: str  # "" for a gap
    kind: str  # "" for a gap
    label: str = ""  # model, tool or agent where the name does not say it
    spans: int = 1  # that the row stands for: 0 for a gap, n for a run
    failed: int = 0  # how many of them have status ERROR
    failed_below: int = 0
    orphan: bool = False  # names a parent that is not in the trace, or closes a cycle
    offset_s: float
    duration_s: float
    self_s: float = 0.0  # of a run: of all its spans
    tokens: int | None = None
    cost_usd: float | None = None
    cost_source: str = "none"  # reported, estimated, own, unpriced, covered, none
    subtree_tokens: int | None = None
    subtree_cost_usd: float | None = None
    critical_s: float = 0.0  # in which the trace's end waited for this very row
    critical_share: float = 0.0  # of the trace's duration
    subtree_critical_s: float = 0.0
    on_path: tuple[tuple[float, float], ...] = ()  # when: (offset_s, duration_s), in order
    after: str = ""  # of a gap: name of the span that ended before it; "" at the trace's start
    before: str = ""  # of a gap: name of the span that ended it; "" at the trace's end


@dataclass(frozen=True, slots=True)
class Waterfall:
    """``rows`` in tree order, parents before children, siblings by start. ``duration_s`` from first start
    to last end. ``idle_s`` is all time in which no span below the root ran, also in gaps too short for a
    row; with the ``critical_s`` of the span rows it makes up the duration."""

    rows: tuple[Row, ...]
    duration_s: float
    idle_s: float


def waterfall(spans: pd.DataFrame, *, rows_max: int = ROWS_MAX) -> Waterfall:
    """The waterfall of one trace. `spans` has the columns of the archive's span table; duplicates are left
    out. With more than `rows_max` rows, ten or more equal siblings in a row are folded into a run."""
    ordered = in_order(spans)
    linked = forest(ordered)
    first_ns, last_ns = linked.extent_ns
    idle = gaps(linked)
    shown = [gap for gap in idle if worth_a_row(gap, last_ns - first_ns)]
    tops = tree(linked, shown)
    table = _Table(ordered, linked)
    if len(linked) + len(shown) > rows_max:
        tops = with_runs(tops, list(zip(table.kind, table.name, strict=True)))
    for piece in without(critical_path(linked), idle):
        table.on_path[piece.span].append((piece.start_ns, piece.end_ns))
    rows = _rows(tops, table)
    idle_ns = sum(gap.end_ns - gap.start_ns for gap in idle)
    return Waterfall(tuple(rows), (last_ns - first_ns) / 1e9, idle_ns / 1e9)


class _Table:
    """The columns that rows need, as lists by position."""

    def __init__(self, spans: pd.DataFrame, linked: Forest) -> None:
        self.first_ns, self.last_ns = linked.extent_ns
        self.id: list[str] = spans["span_id"].tolist()
        self.name: list[str] = spans["name"].tolist()
        self.kind: list[str] = spans["kind"].tolist()
        self.label = _labels(spans)
        self.failed: list[bool] = (spans["status"] == "ERROR").tolist()
        self.orphan: list[bool] = [
            above == NONE and bool(named)
            for above, named in zip(linked.parent, spans["parent_id"].tolist(), strict=True)
        ]
        self.self_s: list[float] = spans["self_s"].fillna(0.0).tolist()
        self.tokens = [None if pd.isna(tokens) else int(tokens) for tokens in spans["total_tokens"].tolist()]
        usd = spans["reported_usd"].fillna(spans["estimated_usd"]).astype("float64").tolist()
        self.cost_usd = [None if pd.isna(cost) else cost for cost in usd]
        self.cost_source: list[str] = spans["cost_source"].tolist()
        self.on_path: list[list[tuple[int, int]]] = [[] for _ in self.id]


def _labels(spans: pd.DataFrame) -> list[str]:
    column = {"llm": "model", "tool": "tool", "agent": "agent"}
    by_kind = {kind: spans[name].tolist() for kind, name in column.items()}
    return [
        label if kind in by_kind and (label := by_kind[kind][position]) not in name else ""
        for position, (kind, name) in enumerate(
            zip(spans["kind"].tolist(), spans["name"].tolist(), strict=True)
        )
    ]


def _rows(tops: list[Node], table: _Table) -> list[Row]:
    placed = list(_placed(tops))
    below = _sums_below(placed, table)
    gap_number = 0
    rows: list[Row] = []
    for (node, parent, depth), sums in zip(placed, below, strict=True):
        gap_number += node.gap is not None
        own = _of_gap(node, gap_number, table) or _of_run(node, table) or _of_span(node, table)
        rows.append(
            Row(
                parent=parent if parent != NONE else None,
                depth=depth,
                offset_s=(node.start_ns - table.first_ns) / 1e9,
                duration_s=(node.end_ns - node.start_ns) / 1e9,
                **own,
                **sums,
            )
        )
    return rows


def _placed(tops: list[Node]) -> Iterator[tuple[Node, int, int]]:
    """Nodes in tree order, with the position of the row above and the depth."""
    to_place = [(node, NONE, 0) for node in reversed(tops)]
    position = 0
    while to_place:
        node, parent, depth = to_place.pop()
        yield node, parent, depth
        to_place += [(child, position, depth + 1) for child in reversed(node.children)]
        position += 1


def _sums_below(placed: list[tuple[Node, int, int]], table: _Table) -> list[dict[str, Any]]:
    failed = [0] * len(placed)
    tokens: list[int | None] = [None] * len(placed)
    cost: list[float | None] = [None] * len(placed)
    critical_ns = [0] * len(placed)
    for position in range(len(placed) - 1, -1, -1):
        node, parent, _ = placed[position]
        own_failed = 0
        if node.span != NONE:
            own_failed = int(table.failed[node.span])
            tokens[position] = _sum(tokens[position], table.tokens[node.span])
            cost[position] = _sum(cost[position], table.cost_usd[node.span])
            critical_ns[position] += sum(end - start for start, end in table.on_path[node.span])
        if parent != NONE:
            failed[parent] += failed[position] + own_failed
            tokens[parent] = _sum(tokens[parent], tokens[position])
            cost[parent] = _sum(cost[parent], cost[position])
            critical_ns[parent] += critical_ns[position]
    return [
        {
            "failed_below": failed[position],
            "subtree_tokens": tokens[position],
            "subtree_cost_usd": cost[position],
            "subtree_critical_s": critical_ns[position] / 1e9,
        }
        for position in range(len(placed))
    ]


def _sum(one: Number | None, other: Number | None) -> Number | None:
    if one is None:
        return other
    return one if other is None else one + other


def _of_gap(node: Node, number: int, table: _Table) -> dict[str, Any] | None:
    if node.gap is None:
        return None
    after, before = node.gap.after, node.gap.before
    return {
        "id": f"gap {number}",
        "type": "gap",
        "name": "",
        "kind": "",
        "spans": 0,
        "after": table.name[after] if after != NONE else "",
        "before": table.name[before] if before != NONE else "",
    }


def _of_run(node: Node, table: _Table) -> dict[str, Any] | None:
    if not node.run:
        return None
    first = node.run[0]
    return {
        "id": f"run {table.id[first]}",
        "type": "run",
        "name": table.name[first],
        "kind": table.kind[first],
        "spans": len(node.run),
        "failed": sum(table.failed[span] for span in node.run),
        "self_s": sum(table.self_s[span] for span in node.run),
        **_critical(node.run, table),
    }


def _of_span(node: Node, table: _Table) -> dict[str, Any]:
    span = node.span
    return {
        "id": table.id[span],
        "type": "span",
        "name": table.name[span],
        "kind": table.kind[span],
        "label": table.label[span],
        "failed": int(table.failed[span]),
        "orphan": table.orphan[span],
        "self_s": table.self_s[span],
        "tokens": table.tokens[span],
        "cost_usd": table.cost_usd[span],
        "cost_source": table.cost_source[span],
        **_critical([span], table),
    }


def _critical(spans: list[int], table: _Table) -> dict[str, Any]:
    pieces = sorted(piece for span in spans for piece in table.on_path[span])
    lasts_ns = sum(end - start for start, end in pieces)
    return {
        "critical_s": lasts_ns / 1e9,
        "critical_share": lasts_ns / (table.last_ns - table.first_ns) if lasts_ns else 0.0,
        "on_path": tuple(((start - table.first_ns) / 1e9, (end - start) / 1e9) for start, end in pieces),
    }
