"""What the Overview asks: a scope in, frames and totals out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..answers import Totals, totals_of, window_frame
from ..questions import Kind, Question
from ..scope import Scope
from ..upstream import Upstream
from ..windows import COMPARE_STEP, Grid, Window
from .common import Clocks, Emptiness, clocks, emptiness, pairs, raise_if_down, totals


@dataclass(frozen=True)
class Overview:
    """All that the Overview shows.

    Attributes:
        grid: the windows looked at.
        windows: one row a window, oldest first, see :func:`answers.window_frame`.
        totals: the whole range.
        closed, previous: the range's closed part and the equal stretch before it; None until known.
        emptiness: set when nothing was recorded in the range.
        clocks: when it was fetched, and what is still under way.
    """

    grid: Grid
    windows: pd.DataFrame
    totals: Totals
    closed: Totals | None
    previous: Totals | None
    emptiness: Emptiness | None
    clocks: Clocks


def overview(upstream: Upstream, scope: Scope, *, wait_s: float) -> Overview:
    """Answers for the Overview, as far as they arrive within `wait_s` seconds.

    Raises:
        NoData: AgentOps is out of reach, or failed on the newest window.
    """
    now = upstream.now()
    grid = scope.grid(now)
    first = [Question(Kind.USAGE, grid.newest), *pairs([grid.whole]), Question(Kind.TRACES, grid.newest)]
    compared = pairs(_compared(grid)[0]) if grid.compared is not None else []
    usage = [Question(Kind.USAGE, w) for w in reversed(grid.windows)]
    traces = [Question(Kind.TRACES, w) for w in reversed(grid.windows)]
    wanted = list(dict.fromkeys([*first, *compared, *usage, *traces]))
    reading = upstream.read(wanted, wait_s=wait_s)
    raise_if_down(reading, grid, now)
    frame = window_frame(grid, reading)
    whole = totals(upstream, grid, reading, wait_s)
    closed, previous = _comparison(upstream, grid)
    empty, latest_at = None, None
    if whole.spans == 0 and not (frame["spans"] > 0).any():
        empty = emptiness(upstream, grid, whole, wait_s)
        latest_at = empty.newest_at
    times = clocks(reading, grid, now, latest_at, complete=all(q in reading.answers for q in wanted))
    return Overview(grid, frame, whole, closed, previous, empty, times)


def _compared(grid: Grid) -> list[list[Window]]:
    """The stretch that is compared and the equal one before it; then both one step earlier."""
    now = grid.compared
    if now is None:
        return []
    before = now.shifted(-now.length)
    step = max(grid.windows[0].length, COMPARE_STEP)
    return [[now, before], [now.shifted(-step), before.shifted(-step)]]


def _comparison(upstream: Upstream, grid: Grid) -> tuple[Totals | None, Totals | None]:
    """Figures of the closed part and of the equal stretch before it, or of both one step earlier.

    Just after a bucket has closed, the new pair has not been asked yet; the old one is as true.
    """
    for stretches in _compared(grid):
        answers = upstream.known(pairs(stretches))
        if all(a is not None and a.value is not None for a in answers):
            closed, previous = (
                totals_of(w, answers[2 * i], answers[2 * i + 1]) for i, w in enumerate(stretches)
            )
            return closed, previous
    return None, None
