"""The spans of two traces as one list of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, Literal

import pandas as pd

from dashboard.waterfall.forest import NONE

from .matching import Pair
from .sides import Half, Likeness, Numbers, Side
from .verdicts import Change, in_cost, in_failing, in_time

State = Literal["both", "lost", "added"]

_STATE: Final[dict[tuple[bool, bool], State]] = {
    (True, True): "both", (True, False): "lost", (False, True): "added",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row. At least one of ``this`` and ``other`` is there.

    Attributes:
        state: in ``both`` traces; ``lost``: only in this one; ``added``: only in the other.
        parent: position of the row above in the tree; None at the top. depth: rows above, up to the top.
        this, other: what it was in each.
        changes: what makes the other different: see :mod:`.verdicts`; ``model``: another model answered,
            ``renamed``: digits or ids in the name differ, or the roots' names do. Empty unless in both.
    """

    state: State
    parent: int | None
    depth: int
    this: Half | None
    other: Half | None
    changes: tuple[Change, ...] = ()

    @property
    def shown(self) -> Half:
        """What it is called: as in this trace, else as in the other."""
        half = self.this or self.other
        assert half is not None  # noqa: S101 - a step is of one trace at least
        return half

    @property
    def differs(self) -> bool:
        return self.state != "both" or bool(self.changes)

    @property
    def duration_change_s(self) -> float | None:
        """Other − this; None unless both are known."""
        this, other = self._both("duration_s")
        return None if this is None or other is None else other - this

    @property
    def self_change_s(self) -> float | None:
        """The same of the time in which no child ran."""
        this, other = self._both("self_s")
        return None if this is None or other is None else other - this

    @property
    def tokens_change(self) -> int | None:
        """Other − this, where what is not reported counts nothing; None where neither reports any."""
        this, other = self._both("tokens")
        return None if this is None and other is None else (other or 0) - (this or 0)

    @property
    def cost_change_usd(self) -> float | None:
        """Likewise; adds up to the difference of the traces' costs."""
        this, other = self._both("cost_usd")
        return None if this is None and other is None else (other or 0.0) - (this or 0.0)

    def _both(self, name: str) -> tuple[Any, Any]:
        return getattr(self.this, name, None), getattr(self.other, name, None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``steps`` in tree order: this trace's, siblings by start, with what the other one has besides at its
    place among them. Where two siblings took each other's place, the lost one stands first."""

    steps: tuple[Step, ...]

    @property
    def identical(self) -> bool:
        return not any(step.differs for step in self.steps)

    def counts(self) -> Counter[str]:
        """Steps by state and by change; ``alike`` are those that do not differ."""
        found: Counter[str] = Counter()
        for step in self.steps:
            found[step.state] += 1
            found["alike"] += not step.differs
            found.update(step.changes)
        return found


def compare(this: pd.DataFrame, other: pd.DataFrame) -> Comparison:
    """Aligns the spans of two traces, as the package says.

    Args:
        this, other: one row a span, with the columns of the archive's span table; may be empty. A span id
            that comes again is marked ``duplicate`` and left out.
    """
    numbers = Numbers()
    a, b = Side(this, numbers), Side(other, numbers)
    like = Likeness(a, b)
    steps: list[Step] = []
    to_place = [(pair, NONE, 0) for pair in reversed(_merged(a.tops, b.tops, like))]
    while to_place:
        (at, there), parent, depth = to_place.pop()
        half = a.halves[at] if at != NONE else None
        mate = b.halves[there] if there != NONE else None
        renamed = half is not None and mate is not None and a.exact[at] != b.exact[there]
        steps.append(
            Step(
                state=_STATE[half is not None, mate is not None],
                parent=parent if parent != NONE else None,
                depth=depth,
                this=half,
                other=mate,
                changes=tuple(_changes(half, mate, renamed)) if half and mate else (),
            )
        )
        here = a.linked.children[at] if at != NONE else []
        below = _merged(here, b.linked.children[there] if there != NONE else [], like)
        to_place += [(pair, len(steps) - 1, depth + 1) for pair in reversed(below)]
    return Comparison(tuple(steps))


def _merged(this: Sequence[int], other: Sequence[int], like: Likeness) -> list[Pair]:
    """Both rows of siblings as one row of pairs; NONE in the place of what a trace lacks."""
    merged: list[Pair] = []
    left, right = iter(this), iter(other)
    for a, b in [*like.matched(this, other), (NONE, NONE)]:
        merged += [(span, NONE) for span in takewhile(a.__ne__, left)]
        merged += [(NONE, span) for span in takewhile(b.__ne__, right)]
        if a != NONE:
            merged.append((a, b))
    return merged


def _changes(this: Half, other: Half, renamed: bool) -> Iterator[Change]:
    for found in (
        in_failing(this.status == "ERROR", other.status == "ERROR"),
        in_time(this.duration_s, other.duration_s),
        in_cost(_priced(this), _priced(other)),
    ):
        if found is not None:
            yield found
    if this.model and other.model and this.model not in other.models and other.model not in this.models:
        yield "model"
    if renamed:
        yield "renamed"


def _priced(half: Half) -> float | None:
    """What it cost. Without usage it cost nothing; without a price nobody knows."""
    return None if half.unpriced else half.cost_usd or 0.0
