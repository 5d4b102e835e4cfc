"""Frames for tests of figures: windows of an hour in Seoul, and a name that wants to be markup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures import Figure, TimeAxis

NAN = float("nan")
START = datetime(2026, 11, 22, tzinfo=UTC)
HOSTILE = "<b>x</b> %{y} $z$"
INERT = "&lt;b&gt;x&lt;/b&gt; &#37;{y} &#36;z&#36;"


def windows_of(n: int, **columns: list[float]) -> pd.DataFrame:
    """`n` windows from midnight UTC on, labelled "window 0" …, with the given columns."""
    starts = pd.Series([START + timedelta(hours=i) for i in range(n)]).astype("datetime64[us, UTC]")
    labels = [f"window {i}" for i in range(n)]
    return pd.DataFrame({"start": starts, "end": starts + timedelta(hours=1), "label": labels, **columns})


def axis_of(windows: pd.DataFrame) -> TimeAxis:
    return TimeAxis.of(windows["start"], windows["end"], ZoneInfo("Asia/Seoul"), "Asia/Seoul (UTC+9)")


def checked(figure: Figure) -> go.Figure:
    """The same figure as plotly's own, which refuses what plotly.js would not understand."""
    return go.Figure(figure.to_dict())


def checking(draw: Callable[..., Figure]) -> Callable[..., go.Figure]:
    """`draw`, its figures checked by plotly."""
    return lambda *given, **named: checked(draw(*given, **named))


def trace(figure: Any, name: str) -> Any:
    return next(t for t in figure.data if t.name == name)


def annotations(figure: Any) -> list[str]:
    return [note.text for note in figure.layout.annotations]
