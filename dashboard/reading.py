"""What pages say of a view in words: windows, axes, legends, notes, and descriptions of charts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from agentops_client import AgentOpsError

from . import figures, panels
from .metrics import TOKEN_PARTS
from .panels import Page
from .panels.charts import over_time_in_words
from .queries import Overview
from .queries.spans import SpanRange
from .scope import check_bounds
from .scope_state import choose_custom
from .windows import ROLLING


def labelled(windows: pd.DataFrame, page: Page) -> pd.DataFrame:
    """`windows` with ``label`` (the window in words, and why it has no value if it has none), and with
    ``cost_usd`` empty where nothing was recorded.
    """

    def label(window: Mapping[Hashable, Any]) -> str:
        text = page.formats.span(window["start"], window["end"])
        for state in ("failed", "waiting"):
            if state in (window["usage"], window["outcome"]):
                cause = cause_in_words(window["cause"], page) if state == "failed" else ""
                return page.words(f"chart.{state}_window", window=text, cause=cause)
        if window["usage"] == "empty":
            return page.words("chart.empty_window", window=text)
        return page.words("chart.open_window", window=text) if window["open"] else text

    cost = windows["cost_usd"].where(windows["usage"] == "known")
    told = windows[["start", "end", "usage", "outcome", "cause", "open"]].to_dict("records")
    return windows.assign(label=[label(window) for window in told], cost_usd=cost)


def cause_in_words(cause: str | None, page: Page) -> str:
    """The short title of a cause."""
    key = f"cause.{cause}.title"
    return page.words(key if page.words.has(key) else "cause.other.title")


def time_axis(view: Overview, page: Page) -> figures.TimeAxis:
    """The time axis of the view, titled with the reporting zone."""
    name = page.formats.zone_name(view.grid.windows[0].start, view.grid.windows[-1].end)
    return figures.TimeAxis.of(view.windows["start"], view.windows["end"], page.scope.tz, name)


def failed_bands(view: Overview, page: Page) -> list[figures.Band]:
    """Stretches of neighbouring windows for which AgentOps gave no answer."""
    rows = view.windows[view.windows["cause"].notna()]
    bands: list[figures.Band] = []
    for start, end in zip(rows["start"], rows["end"], strict=True):
        if bands and bands[-1].end == start:
            bands[-1] = figures.Band(bands[-1].start, end, bands[-1].label)
        else:
            bands.append(figures.Band(start, end, page.words("chart.failed_band")))
    return bands


def token_names(parts: pd.DataFrame, page: Page) -> dict[str, str]:
    """Legend of the token parts, in stacking order; *not split* only where there is some."""
    unsplit = parts["unsplit"].sum() > 0
    return {part: page.words(f"overview.{part}") for part in TOKEN_PARTS if part != "unsplit" or unsplit}


def outcome_names(page: Page) -> dict[str, str]:
    """Legend of the outcomes, in stacking order; each has a sign beside its colour."""
    return {name: page.words(f"overview.{name}") for name in ("success", "failed", "indeterminate")}


class Charts:
    """Puts the charts of one view on the screen; a range dragged on any of them can become the page's.

    Args:
        page: the page they stand on.
        axis: their common time axis.
        windows: the frame they show.
        per: the bucket in words ("per hour"), for titles.
    """

    def __init__(self, page: Page, axis: figures.TimeAxis, windows: pd.DataFrame, per: str) -> None:
        self.page, self.axis, self.windows, self.per = page, axis, windows, per
        self.drawn: list[tuple[str, str, str, figures.Figure]] = []  # title, description, definition, figure
        self._dragged: tuple[datetime, datetime] | None = None

    def __call__(
        self,
        figure: figures.Figure,
        key: str,
        column: str,
        text: Callable[[float | None], str],
        *,
        height: int = 280,
    ) -> None:
        """Draws `figure` under the title ``overview.<key>``; `column` and `text` tell its values."""
        words, formats = self.page.words, self.page.formats
        title = words(f"overview.{key}", per=self.per)
        description = over_time_in_words(
            title, self.windows[column], start=self.axis.start, end=self.axis.end, zone=self.axis.title,
            text=text, words=words, formats=formats,
        )  # fmt: skip
        scope = self.page.scope
        # Zoom lasts while the reader looks at the same range, not longer.
        figure.update_layout(uirevision=f"{scope.range} {scope.start} {scope.end} {scope.zone}")
        dragged = panels.chart(
            figure,
            key,
            title=title,
            definition=(words(f"overview.{key}_help"),),
            description=description,
            words=words,
            zone=self.axis.zone.key,
            height=height,
            group="overview",
        )
        self.drawn.append((title, description, words(f"overview.{key}_help"), figure))
        self._dragged = self._dragged or dragged

    def offer_dragged_range(self) -> None:
        """A button that makes the range dragged on any of the charts the page's range."""
        dragged = self._dragged
        if dragged is None or check_bounds(*dragged, self.page.now) is not None:
            return
        label = self.page.words("scope.use_range", range=self.page.formats.span(*dragged))
        if st.button(label, key="use_range", type="primary"):
            choose_custom(*dragged)
            st.rerun()


def notes(view: Overview, page: Page, *, split: bool = False) -> None:
    """What a reader must know beside the figures: missing windows, plan limits, tokens without a split
    (unless the figures are those of spans, which know it)."""
    words, formats = page.words, page.formats
    told: list[str] = []
    bands = failed_bands(view, page)
    if view.totals.error is not None and not view.totals.without:
        told.append(unanswered(view.totals.error, view, page))
    elif bands:
        cause = cause_in_words(view.windows["cause"].dropna().iloc[-1], page)
        spans = ", ".join(formats.span(b.start, b.end) for b in bands[:5]) + (" …" if bands[5:] else "")
        key = "overview.windows_failed" if view.totals.without else "overview.lines_failed"
        told.append(words(key, windows=spans, cause=f"{cause}."))
    if view.totals.plan_limited:
        told.append(words("overview.plan_limited"))
    totals = view.totals
    if not split and None not in (totals.total_tokens, totals.prompt_tokens, totals.completion_tokens):
        unsplit = totals.total_tokens - totals.prompt_tokens - totals.completion_tokens  # type: ignore[operator]
        if unsplit > 0:
            told.append(words("overview.unsplit_note", tokens=formats.count(unsplit)))
    for text in told:
        panels.note(text)


def unanswered(error: AgentOpsError, view: Overview | SpanRange, page: Page) -> str:
    """Why figures of the whole range are missing although single windows are answered."""
    whole = page.formats.span(view.grid.whole.start, view.totals.window.end)
    cause = cause_in_words(error.cause, page)
    return page.words("overview.range_failed", range=whole, cause=f"{cause}.")


def empty_range(view: Overview | SpanRange, page: Page) -> None:
    """The panel of a range without any span, with a way to where there is something."""
    emptiness, words, formats = view.emptiness, page.words, page.formats
    if emptiness is None:
        return
    bounds = {"start": formats.moment(view.grid.whole.start), "end": formats.moment(view.totals.window.end)}
    if emptiness.reason == "range" and emptiness.newest_at is not None:
        reason = words("empty.range", **bounds, newest=formats.moment(emptiness.newest_at))
        if panels.empty(reason, "", words, button=words("empty.range_do")):
            choose_custom(*around(emptiness.newest_at, page))
            st.rerun()
        return
    values = bounds if emptiness.reason == "unknown" else {}
    panels.empty(words(f"empty.{emptiness.reason}", **values), words(f"empty.{emptiness.reason}_do"), words)


def around(moment: datetime, page: Page) -> tuple[datetime, datetime]:
    """A range as long as the present one that ends shortly after `moment`, in whole minutes."""
    span = page.scope.span if page.scope.start is None else ROLLING["24h"]
    end = moment.replace(second=0, microsecond=0) + timedelta(minutes=5)
    return end - span, end
