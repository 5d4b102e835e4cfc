"""The steps of two traces beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from .. import panels
from ..alignment import Change, Comparison, Half, Step
from ..choices import choice
from ..panels import Cell, Column, Mood, Page
from ..text import isolated
from .tables import Row, name

#: Rows of the table before the rest is only counted; levels that are indented, or named above a step.
STEPS_MAX: Final = 200
LEVELS_MAX: Final = 12
#: One level in the text, and as wide in the smaller note below it.
_INDENT, _NOTE_INDENT = "\u2003", "\u2003\u2005"
#: Letters of a name in a note, which is never cut off by its column.
NOTE_MAX: Final = 26
#: A difference of self time worth a word; less than what a clock can tell is none at all.
SELF_MIN_S: Final = 0.001
INSTANT_S: Final = 0.000_000_5

#: By meaning, what weighs most first; another model or name is neither good nor bad.
MOODS: Final[dict[Change, Mood]] = {
    "newly_failed": "bad", "no_longer_failed": "good", "slower": "fair", "dearer": "fair",
    "faster": "good", "cheaper": "good", "model": "", "renamed": "",
}  # fmt: skip

#: Whether in B, and a span's id → the address that opens it.
Opens = Callable[[bool, str], str]


def steps(found: Comparison, page: Page, *, opens: Opens) -> None:
    """The steps of both beside each other: those that differ, or all, as they ran or the largest first."""
    words, formats = page.words, page.formats
    panels.section(words("compare.steps"), (words("compare.steps_help"),))
    total = formats.count(len(found.steps))
    counts = found.counts()
    parts = [
        words(f"compare.count_{key}", n=formats.count(counts[key]))
        for key in ("alike", "added", "lost", *MOODS)
        if counts[key]
    ]
    if found.identical:
        panels.hint(words("compare.identical", n=total))
    else:
        panels.hint(words("compare.told", n=total, parts=" · ".join(parts)))
    shows = {key: words(f"compare.show_{key}") for key in ("differing", "all")}
    sorts = {key: words(f"compare.sort_{key}") for key in ("tree", "time", "cost")}
    left, right = st.columns([2, 5])
    with left:
        which = choice("steps", shows, label=words("compare.show"))
    with right:
        order = choice("steps_by", sorts, label=words("compare.sort"))
    shown = _chosen(found.steps, differing=which == "differing", order=order)
    drawn = _Steps(page, found.steps, opens, flat=order != "tree")
    hidden = len(shown) - STEPS_MAX
    panels.table(
        drawn.columns(), [drawn.row(found.steps[at]) for at in shown[:STEPS_MAX]],
        label=words("compare.steps"), empty=words("compare.none_shown"),
        caption=words("table.more", n=formats.count(hidden)) if hidden > 0 else "",
    )  # fmt: skip


def _chosen(found: Sequence[Step], *, differing: bool, order: str) -> list[int]:
    """Positions of the steps to show. In tree order, what differs brings along what it stands under, as long
    as there is room for all of it."""
    wanted = {at for at, step in enumerate(found) if step.differs or not differing}
    if order != "tree":
        size = _time_s if order == "time" else _usd
        return sorted(wanted, key=lambda at: (-size(found[at]), at))
    in_place = set(wanted)
    for at in wanted:
        above = found[at].parent
        while above is not None and above not in in_place:
            in_place.add(above)
            above = found[above].parent
    return sorted(in_place if len(in_place) <= STEPS_MAX else wanted)


def _time_s(step: Step) -> float:
    """How much time the step itself makes a difference of, without what ran below it."""
    if step.state == "both":
        return abs(step.self_change_s or 0.0)
    return step.shown.self_s or 0.0


def _usd(step: Step) -> float:
    return abs(step.cost_change_usd or 0.0)


class _Steps:
    """Rows of the table of steps; `flat` ones stand without what is above them, and name it."""

    def __init__(self, page: Page, found: Sequence[Step], opens: Opens, *, flat: bool) -> None:
        self.page, self.words, self.formats = page, page.words, page.formats
        self.found, self.opens, self.flat = found, opens, flat
        halves = [half for step in found for half in (step.this, step.other) if half is not None]
        self.longest_s = max((half.duration_s or 0.0 for half in halves), default=0.0)

    def columns(self) -> list[Column]:
        words = self.words
        return [
            Column("step", words("compare.step")),
            Column("kind", words("compare.kind")),
            Column("change", words("compare.change"), definition=(words("compare.change_help"),)),
            Column("a", "A", align="right", bar=True, definition=(words("compare.opens_a"),)),
            Column("b", "B", align="right", bar=True, definition=(words("compare.opens_b"),)),
            Column(
                "difference", words("compare.difference"), align="right",
                definition=(words("compare.difference_help"),),
            ),
            Column("tokens", words("compare.tokens"), align="right"),
            Column("cost", words("compare.cost"), align="right"),
        ]  # fmt: skip

    def row(self, step: Step) -> Row:
        return {
            "step": self._step(step),
            "kind": self._kind(step),
            "change": self._change(step),
            "a": self._duration(step.this, at_b=False),
            "b": self._duration(step.other, at_b=True),
            "difference": self._difference(step),
            "tokens": self._tokens(step),
            "cost": self._cost(step),
        }

    def _step(self, step: Step) -> Cell:
        title, label = self._title(step), _short(step.shown.label)
        exact = " › ".join([*self._above(step), title])
        depth = 0 if self.flat else min(step.depth, LEVELS_MAX)
        return Cell(
            _INDENT * depth + title, exact=exact, note=_NOTE_INDENT * depth + isolated(label) if label else ""
        )

    def _kind(self, step: Step) -> Cell:
        kind = self.words(f"waterfall.kind_{step.shown.kind}")
        if not self.flat or step.parent is None or step.depth == 1:  # all that is worth naming is below a top
            return Cell(kind)
        parent = name(self.found[step.parent].shown.name, self.page)
        return Cell(kind, note=self.words("compare.under", name=_short(parent)))

    def _above(self, step: Step) -> list[str]:
        """What the nearest steps above are called, from the top."""
        names: list[str] = []
        above = step.parent
        while above is not None and len(names) < LEVELS_MAX:
            names.append(isolated(name(self.found[above].shown.name, self.page)))
            above = self.found[above].parent
        return names[::-1]

    def _title(self, step: Step) -> str:
        title = name(step.shown.name, self.page)
        if step.other is not None and "renamed" in step.changes:
            return self.words("compare.pair", a=title, b=name(step.other.name, self.page))
        return isolated(title)

    def _change(self, step: Step) -> Cell:
        if step.state != "both":
            return Cell(self.words(f"compare.{step.state}"))
        text = ", ".join(self.words(f"compare.{change}") for change in step.changes)
        mood: Mood = next((mood for change, mood in MOODS.items() if change in step.changes), "")
        note = ""
        if step.this and step.other and "model" in step.changes:
            models = [_short(half.model) for half in (step.this, step.other)]
            note = self.words("compare.pair", a=models[0], b=models[1])
        return Cell(text or self.words("compare.alike"), mood=mood, note=note)

    def _duration(self, half: Half | None, *, at_b: bool) -> Cell:
        if half is None:
            return Cell("–")
        share = (half.duration_s or 0.0) / self.longest_s if self.longest_s else None
        return Cell(
            self.formats.duration(half.duration_s), share=share, href=self.opens(at_b, half.span_id),
            note=self.words("compare.failed_note") if half.status == "ERROR" else "",
        )  # fmt: skip

    def _difference(self, step: Step) -> Cell:
        change, own = step.duration_change_s, step.self_change_s
        if change is None:
            return Cell("–")
        note = ""
        if own is not None and abs(own) >= SELF_MIN_S and abs(own - change) >= INSTANT_S:
            note = self.words("compare.self", value=signed(own, self.formats.duration))
        if abs(change) < INSTANT_S:
            return Cell(self.words("compare.unchanged"), note=note)
        return Cell(signed(change, self.formats.duration), note=note)

    def _tokens(self, step: Step) -> Cell:
        texts = [
            self.formats.count(half.tokens if half is not None else None) for half in (step.this, step.other)
        ]
        return self._pair(step, *texts, exact="")

    def _cost(self, step: Step) -> Cell:
        texts = [self._usd(half) for half in (step.this, step.other)]
        exact = " → ".join(
            self.formats.usd_exact(half.cost_usd) for half in (step.this, step.other) if half is not None
        )
        return self._pair(step, *texts, exact=exact)

    def _usd(self, half: Half | None) -> str:
        if half is not None and half.unpriced:
            return self.words("compare.no_price")
        return self.formats.usd(half.cost_usd if half is not None else None)

    def _pair(self, step: Step, this: str, other: str, *, exact: str) -> Cell:
        """Both values, or the one where they read alike or only one trace has the step."""
        if step.state != "both":
            return Cell(this if step.this is not None else other, exact=exact)
        return Cell(this if this == other else self.words("compare.pair", a=this, b=other), exact=exact)


def _short(text: str) -> str:
    """As much of a name as a note can say on a phone."""
    return text if len(text) <= NOTE_MAX else text[: NOTE_MAX - 1] + "…"


def signed(value: float, formatted: Callable[[float], str]) -> str:
    """A difference with its sign, which is never a hyphen."""
    return f"{'−' if value < 0 else '+'}{formatted(abs(value))}"
