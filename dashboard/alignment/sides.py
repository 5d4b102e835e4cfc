"""One trace as it is aligned: its tree, what each span was, and what it is called."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import pandas as pd

from dashboard.waterfall.forest import NONE, Forest, forest, in_order

from .matching import Pair, matched
from .names import without_model, without_numbers

#: Spans below one that tell it from others of its name, nearest first; pairs for which that is worked out.
BELOW_MAX: Final = 32
PAIRS_MAX: Final = 50_000
_ROOT: Final = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """What a step was in one of the traces. Seconds and US dollars; None is *not reported*.

    ``label`` is the model, tool or agent where the name does not say it; ``model`` is "" without one.
    Tokens and cost are counted ones; ``unpriced``: there are tokens, but no price for them is known.
    """

    span_id: str
    name: str
    kind: str
    label: str
    model: str
    models: tuple[str, ...]  # all names that its model goes by
    duration_s: float | None
    self_s: float | None
    tokens: int | None
    cost_usd: float | None
    unpriced: bool
    status: str


class Numbers(defaultdict[Hashable, int]):
    """A number for each thing, the same for equal things."""

    def __missing__(self, key: Hashable) -> int:
        number = self[key] = len(self)
        return number


class Side:
    """The spans of one trace by position, in order of start.

    Attributes:
        linked: the tree. tops: its tops, the root first.
        exact, loose: numbers of what a span is called; equal loose ones may be the same step.
        shape: a number that is equal for spans that are equal in `exact` with everything below.
        size: how many spans a span is with everything below.
    """

    def __init__(self, spans: pd.DataFrame, numbers: Numbers) -> None:
        ordered = in_order(spans)
        self.linked: Forest = forest(ordered)
        self.halves = _halves(ordered)
        root = self.linked.root
        self.tops = sorted(self.linked.tops, key=lambda top: top != root)
        names = [without_model(half.name, half.models) for half in self.halves]
        subjects = _subjects(ordered)
        kinds = [half.kind for half in self.halves]
        self.exact = [
            numbers["exact", kind, name, subject]
            for kind, name, subject in zip(kinds, names, subjects, strict=True)
        ]
        self.loose = [
            numbers["loose", kind, without_numbers(name), without_numbers(subject)]
            for kind, name, subject in zip(kinds, names, subjects, strict=True)
        ]
        if root != NONE:
            self.loose[root] = numbers[_ROOT]
        self.shape = [0] * len(self.halves)
        self.size = [1] * len(self.halves)
        for span in reversed(_tree_order(self.linked)):
            below = self.linked.children[span]
            self.shape[span] = numbers["shape", self.exact[span], tuple(self.shape[child] for child in below)]
            self.size[span] += sum(self.size[child] for child in below)

    def __len__(self) -> int:
        return len(self.halves)

    def below(self, span: int) -> Counter[int]:
        """How often what is called how stands below a span, as far as the nearest `BELOW_MAX` tell."""
        return Counter(islice(self._descendants(span), BELOW_MAX))

    def _descendants(self, span: int) -> Iterator[int]:
        children = self.linked.children
        to_tell = deque(children[span])
        while to_tell:
            child = to_tell.popleft()
            yield self.loose[child]
            to_tell.extend(islice(children[child], BELOW_MAX))


class Likeness:
    """Which spans of one side may be which of the other, and what that is worth."""

    def __init__(self, this: Side, other: Side) -> None:
        self._this, self._other = this, other
        self._in_common: dict[tuple[int, int], int] = {}
        self._below: tuple[dict[int, Counter[int]], dict[int, Counter[int]]] = ({}, {})

    def matched(self, this: Sequence[int], other: Sequence[int]) -> list[Pair]:
        """Which of a row of siblings is which of another one."""
        if not this or not other:
            return []
        called = self._this.loose, self._other.loose
        return matched(this, other, called=called, same=self._same, weight=self._weight)

    def _same(self, this: int, other: int) -> bool:
        return self._this.shape[this] == self._other.shape[other]

    def _weight(self, this: int, other: int) -> int:
        """Of two that are called alike: twice (where digits or ids differ, once) the number of spans, the
        step itself and those below, that both have."""
        a, b = self._this, self._other
        if a.shape[this] == b.shape[other]:
            return 2 * a.size[this]
        exactly = a.exact[this] == b.exact[other]
        return (2 if exactly else 1) * (1 + self._common(this, other))

    def _common(self, this: int, other: int) -> int:
        a, b = self._this, self._other
        if not a.linked.children[this] or not b.linked.children[other]:
            return 0
        key = (a.shape[this], b.shape[other])
        known = self._in_common.get(key)
        if known is None:
            if len(self._in_common) >= PAIRS_MAX:
                return 0
            known = self._in_common[key] = (self._told(0, this) & self._told(1, other)).total()
        return known

    def _told(self, which: int, span: int) -> Counter[int]:
        side, told = (self._this, self._other)[which], self._below[which]
        if side.shape[span] not in told:
            told[side.shape[span]] = side.below(span)
        return told[side.shape[span]]


def _tree_order(linked: Forest) -> list[int]:
    """All spans, parents before children."""
    order, to_place = [], list(linked.tops)
    while to_place:
        span = to_place.pop()
        order.append(span)
        to_place += linked.children[span]
    return order


_SUBJECT: Final = {"llm": "model", "tool": "tool", "agent": "agent"}


def _subjects(spans: pd.DataFrame) -> list[str]:
    """Which tool runs, which agent works; "" for other kinds. A model is no part of what a step is."""
    tools, agents = spans["tool"].tolist(), spans["agent"].tolist()
    return [
        tool if kind == "tool" else agent if kind == "agent" else ""
        for kind, tool, agent in zip(spans["kind"].tolist(), tools, agents, strict=True)
    ]


def _halves(spans: pd.DataFrame) -> list[Half]:
    reported, estimated = (spans[name].astype("float64") for name in ("reported_usd", "estimated_usd"))
    usd = reported.add(estimated, fill_value=0.0)
    columns = {
        "span_id": spans["span_id"].tolist(),
        "name": spans["name"].tolist(),
        "kind": spans["kind"].tolist(),
        "model": spans["model"].tolist(),
        "duration_s": _known(spans["duration_s"]),
        "self_s": _known(spans["self_s"]),
        "tokens": [None if pd.isna(tokens) else int(tokens) for tokens in spans["total_tokens"].tolist()],
        "cost_usd": _known(usd),
        "unpriced": (spans["cost_source"] == "unpriced").tolist(),
        "status": spans["status"].tolist(),
    }
    subjects = {kind: spans[column].tolist() for kind, column in _SUBJECT.items()}
    aliases = spans["price_model"].tolist()
    halves = []
    for position, values in enumerate(zip(*columns.values(), strict=True)):
        told = dict(zip(columns, values, strict=True))
        subject = subjects[told["kind"]][position] if told["kind"] in subjects else ""
        names = (told["model"], *aliases[position].split("\n"))
        halves.append(
            Half(
                label="" if subject in told["name"] else subject,
                models=tuple(dict.fromkeys(name for name in names if name)),
                **told,
            )
        )
    return halves


def _known(column: pd.Series) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]
