"""Time inside a trace in which nothing below its root ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .critical_path import Piece
from .forest import NONE, Forest

SHOWN_SHARE = 0.05
SHOWN_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Gap:
    """``after`` is the span that ended last before it, ``before`` the one that starts at its end; NONE at
    the trace's own ends."""

    start_ns: int
    end_ns: int
    after: int
    before: int


def gaps(forest: Forest) -> list[Gap]:
    """All of them, in order of time. Where a trace has not exactly one root, every span counts as running;
    a root that stands alone runs itself."""
    first_ns, last_ns = forest.extent_ns
    busy_until, latest = first_ns, NONE
    found: list[Gap] = []
    for span in range(len(forest)):  # in order of start
        if span == forest.root and len(forest) > 1:
            continue
        if forest.start_ns[span] > busy_until:
            found.append(Gap(busy_until, forest.start_ns[span], latest, span))
        if forest.end_ns[span] >= busy_until:
            busy_until, latest = forest.end_ns[span], span
    if last_ns > busy_until:
        found.append(Gap(busy_until, last_ns, latest, NONE))
    return found


def worth_a_row(gap: Gap, trace_ns: int) -> bool:
    """Longer than a twentieth of the trace, or than a second."""
    lasts_ns = gap.end_ns - gap.start_ns
    return lasts_ns > SHOWN_NS or lasts_ns > SHOWN_SHARE * trace_ns


def without(pieces: Sequence[Piece], idle: Sequence[Gap]) -> list[Piece]:
    """The pieces of a critical path, last first, without the idle time in them (a root's, waiting)."""
    left: list[Piece] = []
    nearest = len(idle) - 1
    for piece in pieces:
        until = piece.end_ns
        while nearest >= 0 and idle[nearest].start_ns >= until:
            nearest -= 1
        while nearest >= 0 and idle[nearest].end_ns > piece.start_ns:
            gap = idle[nearest]
            if gap.end_ns < until:
                left.append(Piece(piece.span, gap.end_ns, until))
            until = gap.start_ns
            if until <= piece.start_ns:
                break  # the gap may reach into the next piece
            nearest -= 1
        if until > piece.start_ns:
            left.append(Piece(piece.span, piece.start_ns, until))
    return left
