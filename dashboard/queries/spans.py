"""What pages that live on the span archive ask: the range, what AgentOps says of it, how much of it has
been read, and questions to the archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..answers import Totals
from ..archive import Held
from ..archive.follower import Progress
from ..archive.shared import Shelf
from ..archive.stretch import QUIET
from ..questions import Kind, Question
from ..scope import Scope
from ..upstream import Upstream
from ..windows import Grid, Window
from .common import Clocks, Emptiness, clocks, emptiness, pairs, raise_if_down, totals
from .remembered import remembered

#: Figures of spans stand for the whole range when at least this share of its traces has been read.
ENOUGH_READ = 0.99

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Coverage:
    """How much of a range the archive has read.

    Attributes:
        window: the range.
        total: traces in it as AgentOps counts them; None until known.
        held: what the archive has of it, and what waits.
        progress: what the follower does about it.
        asked: somebody asked for the whole range.
        notices: what is odd about the archive itself: (kind, detail).
        shelf: where it is kept, and who reads.
    """

    window: Window
    total: int | None
    held: Held
    progress: Progress
    asked: bool
    notices: tuple[tuple[str, str], ...]
    shelf: Shelf

    @property
    def missing(self) -> int | None:
        """Traces that are neither read nor too new to be read; None until the total is known."""
        if self.total is None:
            return None
        return max(0, self.total - self.held.read - self.held.too_new)

    @property
    def share(self) -> float | None:
        """Share of the traces that could have been read by now; None without any, or until known."""
        if self.total is None or self.missing is None:
            return None
        able = self.total - self.held.too_new
        return min(1.0, max(0.0, (able - self.missing) / able)) if able > 0 else None

    @property
    def enough(self) -> bool:
        """Whether sums over spans may stand for the range."""
        return self.held.read > 0 and self.share is not None and self.share >= ENOUGH_READ

    def read_rest(self) -> None:
        """Asks for the whole range to be read now."""
        if self.shelf.follower is not None:
            self.shelf.follower.complete(self.window.start, self.window.end)

    def leave(self) -> None:
        """Stops what :meth:`read_rest` began; what was read stays."""
        if self.shelf.follower is not None:
            self.shelf.follower.leave(self.window.start, self.window.end)


@dataclass(frozen=True)
class SpanRange:
    """The range of a page that lives on spans.

    Attributes:
        grid: its windows.
        totals: AgentOps' own figures of the range.
        coverage: how much of it has been read.
        emptiness: set when nothing was recorded in the range.
        clocks: when AgentOps was asked, and what is still under way.
    """

    grid: Grid
    totals: Totals
    coverage: Coverage
    emptiness: Emptiness | None
    clocks: Clocks

    @property
    def edges(self) -> list[datetime]:
        """Bounds of the windows, ascending; one more than there are windows."""
        return [*(w.start for w in self.grid.windows), self.grid.windows[-1].end]

    def ask(
        self, question: Callable[Concatenate[Any, datetime, datetime, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """The answer of the archive to a question of ``archive.reading`` about the whole range."""
        window = self.coverage.window
        return ask(self.coverage.shelf, question, window.start, window.end, *args, **kw)

    def ask_windows(
        self, question: Callable[Concatenate[Any, list[datetime], P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """The same for a question about each window."""
        return ask(self.coverage.shelf, question, self.edges, *args, **kw)

    def ask_plain(self, question: Callable[Concatenate[Any, P], T], /, *args: P.args, **kw: P.kwargs) -> T:
        """The same for a question that has no range."""
        return ask(self.coverage.shelf, question, *args, **kw)


def ask(shelf: Shelf, question: Callable[..., T], /, *args: object, **kw: object) -> T:
    """What the archive of `shelf` answers, asked once for all viewers as long as it does not change.

    Raises:
        ArchiveUnreadable: its file turned out to be broken just now; the next call finds a new one.
    """
    assert shelf.archive is not None  # noqa: S101 - pages ask only where traces have been read
    return remembered(shelf.archive).ask(shelf.archive, question, *args, **kw)


def span_range(upstream: Upstream, shelf: Shelf, scope: Scope, *, wait_s: float) -> SpanRange:
    """The range of `scope`, as far as AgentOps answers within `wait_s` seconds.

    Raises:
        NoData: AgentOps is out of reach, or failed on the newest window.
    """
    now = upstream.now()
    grid = scope.grid(now)
    wanted = pairs([grid.newest, grid.whole])
    reading = upstream.read(wanted, wait_s=wait_s)
    raise_if_down(reading, grid, now)
    whole = totals(upstream, grid, reading, wait_s)
    empty, latest_at = None, None
    if whole.spans == 0:
        empty = emptiness(upstream, grid, whole, wait_s)
        latest_at = empty.newest_at
    known = all(q in reading.answers for q in wanted)
    times = clocks(reading, grid, now, latest_at, complete=known, windows=[grid.newest])
    return SpanRange(grid, whole, coverage_of(shelf, grid.whole, whole.traces, now), empty, times)


def coverage_of(shelf: Shelf, window: Window, total: int | None, now: datetime) -> Coverage:
    """How much of `window` the archive has read; `total` is the number of traces that AgentOps counts."""
    archive, follower = shelf.archive, shelf.follower
    if archive is None or follower is None:
        held = Held(read=0, ready=0, too_new=0, failed=0, cause=shelf.cause, swept_s=0.0, known=0)
        state = "off" if shelf.state == "off" else "idle"
        progress = Progress(state, 0, 0, None, None, shelf.cause)  # type: ignore[arg-type]
        return Coverage(window, total, held, progress, False, (), shelf)
    start, end = window.start, window.end
    held = archive.coverage(start, end, now=now, quiet=QUIET)
    return Coverage(
        window,
        total,
        held,
        follower.progress(start, end, held=held),
        follower.asked(start, end),
        tuple((notice.kind, notice.detail) for notice in archive.notices),
        shelf,
    )


def count_traces(upstream: Upstream, window: Window, *, wait_s: float) -> int | None:
    """Traces of `window` as AgentOps counts them; None while that is not known."""
    question = Question(Kind.TRACES, window)
    answer = upstream.read([question], wait_s=wait_s, beside=True).answers.get(question)
    return getattr(answer.value, "total", None) if answer is not None else None
