"""A trace's spans as a timeline that can be played."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from ..waterfall.forest import NONE, Forest, forest, in_order
from .pacing import ShownTime, bound_ns, pace
from .spending import Spent, spending, whole_or_none
from .steps import Stretch, depths, steps, stretches

#: More spans than this are not played one by one: the longest are.
SPANS_MAX: Final = 10_000
#: More changes of the sums than this are told coarser.
SUMS_MAX: Final = 10_000
#: The strip shows nothing narrower than this part of it.
STRIP_PARTS: Final = 1_000


class Played(NamedTuple):
    """One span. Seconds from the trace's first start; tokens and US dollars as counted, None is *not
    reported*. ``parent`` is a position in `Replay.spans`."""

    id: str
    name: str
    kind: str
    label: str  # model, tool or agent where the name does not say it
    parent: int | None
    depth: int
    start_s: float
    end_s: float
    failed: bool
    tokens: int | None
    cost_usd: float | None
    cost_source: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nothing starts or ends, shown shorter than it was. ``idle``: nothing ran in it,
    or only the root, waiting. ``shown_s`` is where it begins in the film; each lasts `Replay.bound_s`."""

    start_s: float
    end_s: float
    shown_s: float
    idle: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """From ``start_s`` to ``end_s`` of the film the innermost running span was of this kind; "": idle."""

    start_s: float
    end_s: float
    kind: str


@dataclass(frozen=True, slots=True)
class Moment:
    """``running`` are positions in `Replay.spans`: those without a running child first, of these the last
    started first; then what is above them, deepest first."""

    running: tuple[int, ...]
    spent: Spent


@dataclass(frozen=True, slots=True)
class Replay:
    """A trace's timeline.

    ``steps`` are (seconds, position, whether it starts) in order. ``sums`` are what was spent from which
    second on. ``shown_s`` is the film's length at ``pace`` 1: ``duration_s`` without what the ``gaps``
    leave out; ``pace`` seconds of it pass in a second at speed 1. ``left_out`` spans are not played, but
    counted in the sums.
    """

    spans: tuple[Played, ...]
    steps: tuple[tuple[float, int, bool], ...]
    sums: tuple[tuple[float, Spent], ...]
    gaps: tuple[Gap, ...]
    strip: tuple[Strip, ...]
    duration_s: float
    shown_s: float
    bound_s: float | None
    pace: float
    left_out: int

    def at(self, offset_s: float) -> Moment:
        """What runs and what is spent when all has happened that happens up to `offset_s`.

        The browser finds the same from the same columns (``components/replay/state.js``).
        """
        began: dict[int, int] = {}
        for number, (at_s, span, starts) in enumerate(self.steps):
            if at_s > offset_s:
                break
            if starts:
                began[span] = number
            else:
                del began[span]
        above = {self.spans[span].parent for span in began}
        inmost = sorted((span for span in began if span not in above), key=lambda span: -began[span])
        outer = sorted(
            (span for span in began if span in above),
            key=lambda span: (-self.spans[span].depth, -began[span]),
        )
        last = bisect_right(self.sums, offset_s, key=lambda entry: entry[0]) - 1
        return Moment((*inmost, *outer), self.sums[max(0, last)][1])


def replay(spans: pd.DataFrame, *, spans_max: int = SPANS_MAX) -> Replay:
    """The timeline of one trace. `spans` has the columns of the archive's span table; duplicates are left
    out. Of more than `spans_max` spans the longest are played."""
    everything = in_order(spans)
    all_linked = forest(everything)
    extent_ns = all_linked.extent_ns
    sums = spending(everything, all_linked.end_ns, extent_ns[0])
    ordered, linked = everything, all_linked
    if len(everything) > spans_max:
        longest = everything["duration_s"].fillna(0.0).nlargest(spans_max, keep="first").index
        ordered = everything.loc[sorted(longest)].reset_index(drop=True)
        linked = forest(ordered)
    return _timeline(ordered, linked, sums, extent_ns, len(everything) - len(ordered))


def _timeline(
    spans: pd.DataFrame,
    linked: Forest,
    sums: list[tuple[int, Spent]],
    extent_ns: tuple[int, int],
    left_out: int,
) -> Replay:
    first_ns, last_ns = extent_ns
    depth = depths(linked)
    happened = steps(linked, depth)
    pieces = list(stretches(linked, happened, extent_ns))
    bound = bound_ns([piece.end_ns - piece.start_ns for piece in pieces])
    long = [piece for piece in pieces if bound is not None and piece.end_ns - piece.start_ns > bound]
    shown = ShownTime(first_ns, [(piece.start_ns, piece.end_ns) for piece in long], bound or 0)
    shown_ns = shown(last_ns)

    def since(at_ns: int) -> float:
        return (at_ns - first_ns) / 1e9

    played = _played(spans, linked, depth, first_ns)
    return Replay(
        spans=played,
        steps=tuple((since(at_ns), span, starts) for at_ns, span, starts in happened),
        sums=tuple((since(at_ns), spent) for at_ns, spent in _coarser(sums)),
        gaps=tuple(
            Gap(since(start), since(end), shown(start) / 1e9, _waits(focus, linked))
            for start, end, focus in long
        ),
        strip=_strip(pieces, shown, shown_ns, [_kind(piece, linked, played) for piece in pieces]),
        duration_s=(last_ns - first_ns) / 1e9,
        shown_s=shown_ns / 1e9,
        bound_s=None if bound is None else bound / 1e9,
        pace=pace(shown_ns),
        left_out=left_out,
    )


def _coarser(sums: list[tuple[int, Spent]]) -> list[tuple[int, Spent]]:
    """At most `SUMS_MAX` of them, always with the last."""
    every = -(-len(sums) // SUMS_MAX)
    return sums if every == 1 else [*sums[:-1:every], sums[-1]]


def _waits(focus: int, linked: Forest) -> bool:
    """Whether nothing works: nothing runs, or a root alone that has something below it."""
    return focus == NONE or (focus == linked.root and len(linked) > 1)


def _kind(piece: Stretch, linked: Forest, played: tuple[Played, ...]) -> str:
    return "" if _waits(piece.focus, linked) else played[piece.focus].kind


def _strip(pieces: list[Stretch], shown: ShownTime, shown_ns: int, kinds: list[str]) -> tuple[Strip, ...]:
    """Neighbours of one kind as one; of what is too narrow to be seen, the kind that lasts longest."""
    found: list[Strip] = []
    gathered: dict[str, int] = {}
    start = 0
    for piece, kind in zip(pieces, kinds, strict=True):
        end = shown(piece.end_ns)
        gathered[kind] = gathered.get(kind, 0) + end - shown(piece.start_ns)
        if (end - start) * STRIP_PARTS < shown_ns and end < shown_ns:
            continue
        most = max(gathered, key=gathered.__getitem__)
        if found and found[-1].kind == most:
            found[-1] = Strip(found[-1].start_s, end / 1e9, most)
        else:
            found.append(Strip(start / 1e9, end / 1e9, most))
        gathered, start = {}, end
    return tuple(found)


def _played(spans: pd.DataFrame, linked: Forest, depth: list[int], first_ns: int) -> tuple[Played, ...]:
    cost = spans["reported_usd"].fillna(spans["estimated_usd"]).astype("float64")
    columns = zip(
        spans["span_id"].tolist(),
        spans["name"].tolist(),
        spans["kind"].tolist(),
        _labels(spans),
        [None if above == NONE else above for above in linked.parent],
        depth,
        [(start_ns - first_ns) / 1e9 for start_ns in linked.start_ns],
        [(end_ns - first_ns) / 1e9 for end_ns in linked.end_ns],
        (spans["status"] == "ERROR").tolist(),
        whole_or_none(spans["total_tokens"]),
        cost.astype("object").where(cost.notna(), None).tolist(),
        spans["cost_source"].tolist(),
        strict=True,
    )
    return tuple(Played(*values) for values in columns)


def _labels(spans: pd.DataFrame) -> list[str]:
    named = {kind: spans[column].tolist() for kind, column in _NAMED.items()}
    return [
        label if kind in named and (label := named[kind][position]) not in name else ""
        for position, (kind, name) in enumerate(
            zip(spans["kind"].tolist(), spans["name"].tolist(), strict=True)
        )
    ]


#: Which column says more of a span of that kind.
_NAMED: Final = {"llm": "model", "tool": "tool", "agent": "agent"}
