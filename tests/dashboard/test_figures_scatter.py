"""Traces one by one: where they stand, how they look, and what a selected one tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from dashboard import figures
from tests.dashboard.figure_frames import HOSTILE, INERT, NAN, START, axis_of, checking, trace, windows_of

scatter = checking(figures.scatter)

NAMES = {"success": "● success", "failed": "✕ failed", "indeterminate": "○ unknown"}


def points_of(*rows: tuple[str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["trace_id", "duration_s", "outcome"])
    starts = pd.Series([START + timedelta(minutes=30)] * len(rows), dtype="datetime64[us, UTC]")
    return frame.assign(started_at=starts, label=[f"{HOSTILE}\n{d} s" for d in frame["duration_s"]])


def figure_of(points: pd.DataFrame) -> Any:
    axis = axis_of(windows_of(3))
    return scatter(points, axis=axis, names=NAMES, y_title="duration", text=lambda s: f"{s:g} s")


def test_a_trace_stands_over_its_start_as_high_as_it_took() -> None:
    mark = trace(figure_of(points_of(("a1", 4.0, "success"))), "● success")
    assert (str(mark.x[0])[:16], mark.y[0]) == ("2026-11-22T09:30", 4.0)


def test_a_mark_tells_its_trace_and_nothing_else() -> None:
    figure = figure_of(points_of(("a1", 4.0, "failed"), ("b2", 1.0, "failed")))
    assert list(trace(figure, "✕ failed").customdata) == ["a1", "b2"]
    assert figure.layout.dragmode == "select"
    assert figure.layout.hovermode == "closest"


def test_outcomes_have_shapes_and_failed_ones_lie_on_top() -> None:
    figure = figure_of(points_of(("a", 1.0, "success"), ("b", 1.0, "failed"), ("c", 1.0, "indeterminate")))
    assert [(t.name, t.marker.symbol) for t in figure.data] == [
        ("● success", "circle"), ("○ unknown", "circle-open"), ("✕ failed", "x"),
    ]  # fmt: skip


def test_the_hover_is_text_in_lines() -> None:
    figure = figure_of(points_of(("a", 4.0, "success")))
    assert trace(figure, "● success").text[0] == f"{INERT}<br>4.0 s"


def test_a_trace_without_a_length_stands_on_the_floor_and_one_without_duration_nowhere() -> None:
    figure = figure_of(points_of(("a", 0.0, "success"), ("b", NAN, "success"), ("c", 10.0, "success")))
    assert list(trace(figure, "● success").y) == [0.001, 10.0]
    assert list(trace(figure, "● success").customdata) == ["a", "c"]


def test_the_axis_is_logarithmic_with_durations() -> None:
    axis = figure_of(points_of(("a", 0.09, "success"), ("b", 61.0, "success"))).layout.yaxis
    assert axis.type == "log"
    assert list(axis.ticktext) == ["0.05 s", "0.1 s", "1 s", "10 s", "60 s"]


def test_no_trace_is_an_empty_figure_and_too_many_are_refused() -> None:
    assert [len(t.x) for t in figure_of(points_of()).data] == [0, 0, 0]
    with pytest.raises(ValueError, match="3001 points"):
        figure_of(points_of(*[("a", 1.0, "success")] * 3001))
