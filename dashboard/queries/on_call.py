"""What the on-call page asks: always the last hour, what its spans say, what is usual, what failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta

import pandas as pd

from ..archive import reading
from ..archive.reading.failures import failures, outcomes_over_time
from ..archive.shared import Shelf
from ..archive.stretch import QUIET
from ..scope import Scope
from ..upstream import Upstream
from ..windows import MINUTE
from .overview import Overview, overview
from .spans import Coverage, ask, coverage_of
from .usual import Usual, usual_at

#: Traces younger than this may not have been read yet: of their windows AgentOps' own figures are newer.
SETTLING = QUIET + timedelta(seconds=30)
#: Durations are told in stretches of this: two minutes hold too few traces for a percentile.
LATENCY_BIN = 10 * MINUTE
#: The columns of failures where none can have been read.
NONE_READ = pd.DataFrame(
    columns=[
        "trace_id", "name", "service", "started_at", "duration_s", "outcome", "error_type", "error_group",
        "model",
    ]
)  # fmt: skip
#: What is usual is compared with so much of an hour at least.
MOST_LAG = 30 * MINUTE


@dataclass(frozen=True)
class SpanHour:
    """The hour as its spans tell it.

    Attributes:
        totals: of the whole hour.
        latency: ``start``, ``end`` (UTC), ``n``, ``p95_s`` of stretches of ten minutes; NaN without a trace.
    """

    totals: reading.Totals
    latency: pd.DataFrame


@dataclass(frozen=True)
class OnCall:
    """All that the on-call page shows.

    Attributes:
        view: the last hour as the Overview asks for it.
        coverage: how much of it the archive has read.
        spans: what its spans say; None while too few of its traces have been read to stand for it.
        windows: those of the view; where the spans stand for the hour, with their outcomes (except of the
            newest, not read yet) and costs.
        failures: failed traces of the hour that have been read, newest first, see
            ``archive.reading.failures``.
        usual: the same hour of past weeks.
    """

    view: Overview
    coverage: Coverage
    spans: SpanHour | None
    windows: pd.DataFrame
    failures: reading.Limited
    usual: Usual

    @property
    def minutes(self) -> float:
        """How long the hour is: AgentOps was asked for whole buckets, the newest of them open."""
        return self.view.totals.window.length / MINUTE

    @property
    def success(self) -> int | None:
        return self.spans.totals.success if self.spans else self.view.totals.success

    @property
    def failed(self) -> int | None:
        return self.spans.totals.failed if self.spans else self.view.totals.failed

    @property
    def traces_per_min(self) -> float | None:
        traces = self.view.totals.traces
        return None if traces is None else traces / self.minutes

    def usd_per_h(self, *, by_spans: bool) -> float | None:
        """Cost of an hour; from its spans only where they stand for it."""
        if by_spans:
            usd = self.spans.totals.cost_usd if self.spans else None
        else:
            usd = self.view.totals.cost_usd if self.view.totals.spans else None
        return None if usd is None else usd * 60 / self.minutes


def last_hour(scope: Scope) -> Scope:
    """The last 60 minutes of the reader's reporting zone, whatever range the reader looks at elsewhere."""
    return replace(scope, range="1h", start=None, end=None, bucket=None)


def on_call(upstream: Upstream, shelf: Shelf, scope: Scope, *, wait_s: float) -> OnCall:
    """Answers for the on-call page, as far as they arrive within `wait_s` seconds.

    The hour is asked for as the Overview does, so that both share their answers; beside them go the
    settled windows of :func:`usual_at`.

    Raises:
        NoData: AgentOps is out of reach, or failed on the newest window.
    """
    deadline = time.monotonic() + wait_s
    view = overview(upstream, last_hour(scope), wait_s=wait_s)
    now = view.grid.now
    covered = coverage_of(shelf, view.grid.whole, view.totals.traces, now)
    spans = _span_hour(view, covered)
    lag = timedelta(seconds=spans.totals.p95_s or 0) if spans else timedelta()
    past = usual_at(
        upstream, shelf, scope.tz, now, lag=min(lag, MOST_LAG), wait_s=max(0.0, deadline - time.monotonic())
    )
    start, end = view.grid.whole.start, view.grid.whole.end
    failed = ask(shelf, failures, start, end) if covered.held.read else reading.Limited(NONE_READ, 0)
    return OnCall(view, covered, spans, _windows(view, covered, spans), failed, past)


def _span_hour(view: Overview, coverage: Coverage) -> SpanHour | None:
    if not coverage.enough:
        return None
    start, end = coverage.window.start, coverage.window.end
    count = -((start - end) // LATENCY_BIN)
    edges = [start + n * LATENCY_BIN for n in range(count)] + [end]
    told = ask(coverage.shelf, reading.latency_over_time, edges, "trace").set_index("bucket")
    bins = pd.DataFrame({"start": edges[:-1], "end": edges[1:]})
    bins["n"] = told["n"].reindex(range(count)).fillna(0).to_numpy()
    bins["p95_s"] = told["p95_s"].reindex(range(count)).to_numpy(dtype="float64")
    return SpanHour(ask(coverage.shelf, reading.totals, start, end), bins)


def _windows(view: Overview, coverage: Coverage, spans: SpanHour | None) -> pd.DataFrame:
    if spans is None:
        return view.windows
    windows = view.windows.copy()
    edges = [*(w.start for w in view.grid.windows), view.grid.windows[-1].end]
    outcomes = ask(coverage.shelf, outcomes_over_time, edges).set_index("bucket").reindex(range(len(windows)))
    old = windows["end"] <= view.grid.now - SETTLING
    for name in ("success", "failed", "indeterminate"):
        windows[name] = windows[name].mask(old, outcomes[name].fillna(0).to_numpy(dtype="float64"))
    usage = ask(coverage.shelf, reading.usage_over_time, edges, "none").set_index("bucket")
    windows["cost_usd"] = usage["cost_usd"].reindex(range(len(windows))).to_numpy(dtype="float64")
    return windows
