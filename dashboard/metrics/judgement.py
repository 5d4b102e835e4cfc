"""What is said of one figure of the on-call page: how bad, against which limit, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Level = Literal["ok", "warning", "critical", "unknown"]
Metric = Literal["outage", "arrivals", "error_rate", "p95", "cost"]


class Limits(NamedTuple):
    """From `warning` on a figure is worth a look, from `critical` on it is worth waking somebody."""

    warning: float
    critical: float

    def level(self, value: float) -> Level:
        if value >= self.critical:
            return "critical"
        return "warning" if value >= self.warning else "ok"

    def of(self, level: Level) -> float:
        """The limit that stands for `level`."""
        return self.critical if level == "critical" else self.warning


@dataclass(frozen=True)
class Judgement:
    """One figure, judged; None is *unknown*.

    Attributes:
        metric: which figure.
        level: ``unknown`` where data or history are missing: missing data is neither good nor bad.
        value: what was judged, in the figure's unit (a share, seconds, traces, a factor).
        threshold: what it was held against.
        n: how many traces `value` is made of.
        since: start of the run of bad windows up to now.
        at_least: the run goes back as far as the data, so it may have begun earlier.
        better_since: the figure of the hour is bad, but no window since this moment is.
        why: what kind of finding it is, or why there is none; a key of the wording.
        error_type, model: what most of the failures have in common; "" where nothing has a majority.
    """

    metric: Metric
    level: Level
    value: float | None = None
    threshold: float | None = None
    n: int | None = None
    since: datetime | None = None
    at_least: bool = False
    better_since: datetime | None = None
    why: str = ""
    error_type: str = ""
    model: str = ""
