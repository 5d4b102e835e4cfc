"""What the spans say of the Overview's range, once enough of its traces have been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from .. import panels
from ..archive import reading
from ..archive.stretch import QUIET
from ..panels import Page
from ..queries import Overview
from ..queries.spans import Coverage, ask
from . import errors
from .tables import traces

#: Rows of each list.
SHOWN = 5
#: Traces younger than this may not have been read yet: their windows are drawn as still open.
SETTLING = QUIET + timedelta(seconds=30)
_COLUMNS = (
    "cost_usd", "prompt_tokens", "completion_tokens", "total_tokens", "cache_read_tokens",
    "reasoning_tokens",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """Figures of the range from its spans.

    Attributes:
        totals: of the whole range.
        windows: the Overview's windows with costs and tokens of their spans.
    """

    totals: reading.Totals
    windows: pd.DataFrame


def truth(view: Overview, coverage: Coverage) -> Truth | None:
    """What the spans say; None while too few of the range's traces have been read to stand for it."""
    if not coverage.enough:
        return None
    start, end = coverage.window.start, coverage.window.end
    edges = [*(w.start for w in view.grid.windows), view.grid.windows[-1].end]
    usage = ask(coverage.shelf, reading.usage_over_time, edges, "none").set_index("bucket")
    windows = view.windows.copy()
    for column in _COLUMNS:
        windows[column] = usage[column].reindex(range(len(windows))).to_numpy(dtype="float64")
    windows["usage"] = windows["usage"].mask(windows["cost_usd"].notna(), "known")
    windows["open"] |= windows["end"] > view.grid.now - SETTLING
    return Truth(ask(coverage.shelf, reading.totals, start, end), windows)


def lists(coverage: Coverage, page: Page) -> None:
    """The most frequent errors, and the costliest and the slowest traces."""
    words = page.words
    start, end = coverage.window.start, coverage.window.end
    groups = ask(coverage.shelf, reading.error_groups, start, end, limit=SHOWN)
    errors.table(groups, page, brief=True)
    for name, question in (("costliest", reading.costliest), ("slowest", reading.slowest)):
        title = words(f"overview.{name}")
        panels.section(title, (words(f"overview.{name}_help"),))
        traces(ask(coverage.shelf, question, start, end, n=SHOWN), page, label=title)
