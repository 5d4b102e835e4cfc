"""Where the nodes of a flow stand: callers left of (or above) what they call. No drawing here.

Layers after Sugiyama: cycles are opened, layers are longest paths from the starts, the order within a
layer follows the neighbours' mean place, and places are those nearest to the neighbours that keep apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

Node = tuple[str, str]  # kind and name
Point = tuple[float, float]

_SWEEPS = 8
#: Distances within a layer, in nodes: beside an edge that only passes through, and between two such.
_BESIDE_BEND, _BETWEEN_BENDS = 0.65, 0.35
_START_KINDS = ("service", "agent", "tool", "guardrail", "model")


@dataclass(frozen=True)
class FlowLayout:
    """Places for one drawing; y grows downwards.

    Attributes:
        nodes: columns ``kind``, ``name``, ``x``, ``y``, and over all that comes in, be it from another node
            or from outside, ``calls`` and ``errors``.
        edges: those between nodes, in the order given, with ``form``: "forward", "back" (against the
            layers, closes a cycle) or "self".
        paths: of each edge, the points that it passes, from caller to node; one point for "self".
        width, height: the places' extent, in layers and nodes.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    paths: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def flow_layout(edges: pd.DataFrame, *, rows: bool = False) -> FlowLayout:
    """Layers of nodes, callers left of what they call; the same edges give the same places.

    Args:
        edges: one row a caller and node: ``caller_kind``, ``caller``, ``node_kind``, ``node``, ``calls``,
            ``errors``; other columns are kept. Callers of no kind ("") stand for the outside, where traces
            begin: they are no nodes.
        rows: every node in a row of its own below its first caller, and x only an indent: for narrow
            screens, where layers of many nodes find no room.
    """
    ends = [(str(kind), str(name)) for kind, name in zip(edges["node_kind"], edges["node"], strict=True)]
    incoming: defaultdict[Node, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for node, calls, errors in zip(ends, edges["calls"], edges["errors"], strict=True):
        incoming[node][0] += calls
        incoming[node][1] += errors
    inner = edges[edges["caller_kind"] != ""]
    links = [
        ((str(a), str(b)), (str(c), str(d)))
        for a, b, c, d in inner[["caller_kind", "caller", "node_kind", "node"]].itertuples(index=False)
    ]
    weights = inner["calls"].tolist()
    nodes = list(dict.fromkeys([*(node for link in links for node in link), *ends]))
    order, back = _opened(nodes, links, weights)
    forms = ["self" if link[0] == link[1] else "back" if link in back else "forward" for link in links]
    down = [link for link, form in zip(links, forms, strict=True) if form == "forward"]
    layers = _layers(order, down)
    if rows:
        places = {node: (float(layers[node]), float(row)) for row, node in enumerate(order)}
        paths = [(places[a],) if a == b else (places[a], places[b]) for a, b in links]
    else:
        places, bends = _places(order, layers, down)
        paths = [
            (places[a],)
            if form == "self"
            else (places[a], *(bends[a, b] if form == "forward" else ()), places[b])
            for (a, b), form in zip(links, forms, strict=True)
        ]
    frame = pd.DataFrame(
        [(*node, *places[node], *incoming[node]) for node in order],
        columns=["kind", "name", "x", "y", "calls", "errors"],
    )
    return FlowLayout(
        nodes=frame,
        edges=inner.assign(form=forms),
        paths=tuple(paths),
        width=1.0 + max((x for x, _ in places.values()), default=0.0),
        height=1.0 + max((y for path in [*paths, places.values()] for _, y in path), default=0.0),
    )


def _opened(
    nodes: Sequence[Node], links: Sequence[tuple[Node, Node]], weights: Sequence[float]
) -> tuple[list[Node], set[tuple[Node, Node]]]:
    """All nodes as a walk from the starts meets them, and the links that close a cycle on that walk."""
    called: defaultdict[Node, list[tuple[float, Node]]] = defaultdict(list)
    balance: defaultdict[Node, float] = defaultdict(float)
    has_caller = {b for a, b in links if a != b}
    for (a, b), weight in zip(links, weights, strict=True):
        if a != b:
            called[a].append((-weight, b))
            balance[a] += weight
            balance[b] -= weight

    def rank(node: Node) -> tuple[bool, int, float, Node]:
        kind = _START_KINDS.index(node[0]) if node[0] in _START_KINDS else len(_START_KINDS)
        return node in has_caller, kind, -balance[node], node

    order: list[Node] = []
    back: set[tuple[Node, Node]] = set()
    seen: set[Node] = set()
    for start in sorted(nodes, key=rank):
        if start in seen:
            continue
        seen.add(start)
        order.append(start)
        # A stack of our own: a chain of calls may be longer than Python recurses.
        walk = [(start, iter(sorted(called[start])))]
        above = {start}
        while walk:
            node, rest = walk[-1]
            following = next(rest, None)
            if following is None:
                above.discard(node)
                walk.pop()
            elif following[1] in above:
                back.add((node, following[1]))
            elif following[1] not in seen:
                seen.add(following[1])
                above.add(following[1])
                order.append(following[1])
                walk.append((following[1], iter(sorted(called[following[1]]))))
    return order, back


def _layers(order: Sequence[Node], down: Sequence[tuple[Node, Node]]) -> dict[Node, int]:
    """The longest path from any start to each node, over links without a cycle."""
    layers = dict.fromkeys(order, 0)
    waiting = dict.fromkeys(order, 0)
    called: defaultdict[Node, list[Node]] = defaultdict(list)
    for a, b in down:
        called[a].append(b)
        waiting[b] += 1
    ready = [node for node in order if not waiting[node]]
    while ready:
        node = ready.pop()
        for below in called[node]:
            layers[below] = max(layers[below], layers[node] + 1)
            waiting[below] -= 1
            if not waiting[below]:
                ready.append(below)
    return layers


def _places(
    order: Sequence[Node], layers: dict[Node, int], down: Sequence[tuple[Node, Node]]
) -> tuple[dict[Node, Point], dict[tuple[Node, Node], list[Point]]]:
    """Places of the nodes, and of the bends of links that pass through layers."""
    rows: list[list[Hashable]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node in order:
        rows[layers[node]].append(node)
    near: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
    bends: dict[tuple[Node, Node], list[Hashable]] = {}
    for a, b in down:
        chain: list[Hashable] = [a, *((a, b, layer) for layer in range(layers[a] + 1, layers[b])), b]
        bends[a, b] = chain[1:-1]
        for layer, bend in zip(range(layers[a] + 1, layers[b]), chain[1:-1], strict=True):
            rows[layer].append(bend)
        for left, right in pairwise(chain):
            near[left].append(right)
            near[right].append(left)
    y: dict[Hashable, float] = {}
    for row in rows:
        y |= _apart(row, range(len(row)), layers)
    for _ in range(_SWEEPS):
        for row in (*rows, *reversed(rows)):
            wanted = {item: _mean([y[n] for n in near[item]], y[item]) for item in row}
            row.sort(key=lambda item: wanted[item])
            y |= _apart(row, [wanted[item] for item in row], layers)
    top = min(y.values(), default=0.0)
    places = {node: (float(layers[node]), round(y[node] - top, 4)) for node in order}
    return places, {
        (a, b): [(layers[a] + 1.0 + i, round(y[bend] - top, 4)) for i, bend in enumerate(chain)]
        for (a, b), chain in bends.items()
    }


def _apart(row: Sequence[Hashable], wanted: Iterable[float], nodes: dict[Node, int]) -> dict[Hashable, float]:
    """The places nearest to `wanted` (least squares) that keep the row's order and its distances."""
    offsets, at = [], 0.0
    for i, item in enumerate(row):
        if i:
            at += (_BETWEEN_BENDS, _BESIDE_BEND, 1.0)[(item in nodes) + (row[i - 1] in nodes)]
        offsets.append(at)
    blocks: list[tuple[float, int]] = []  # mean of (wanted − offset) and number of items: never falling
    for place, offset in zip(wanted, offsets, strict=True):
        mean, count = place - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return {item: mean + offset for item, mean, offset in zip(row, means, offsets, strict=True)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
