"""Percentiles over time and the spread of durations; axes whose ticks are durations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard import figures
from dashboard.figures.palette import OUTCOME_COLOURS
from dashboard.figures.ticks import log_duration_ticks
from tests.dashboard.figure_frames import NAN, annotations, axis_of, checking, trace, windows_of

histogram = checking(figures.histogram)
latency_over_time = checking(figures.latency_over_time)

PERCENTILES = {"p50_s": "p50", "p95_s": "p95", "p99_s": "p99"}
OUTCOMES = {"success": "● success", "failed": "✕ failed", "indeterminate": "○ unknown"}


def seconds(value: float) -> str:
    return f"{value:g} s"


def latency_figure(**columns: list[float]) -> Any:
    n = len(columns["n"])
    windows = windows_of(n)
    return latency_over_time(
        windows, pd.DataFrame(columns), axis=axis_of(windows), names=PERCENTILES, y_title="duration",
        text=seconds, measured=lambda count: f"n = {count:g}",
    )  # fmt: skip


def test_percentiles_are_told_apart_without_colour() -> None:
    figure = latency_figure(n=[20, 30], p50_s=[1, 2], p95_s=[3, 4], p99_s=[5, 6])
    lines = [trace(figure, name) for name in ("p50", "p95", "p99")]
    assert [list(line.y) for line in lines] == [[1, 2], [3, 4], [5, 6]]
    assert [line.line.dash for line in lines] == ["solid", "dash", "dot"]
    assert [line.marker.symbol for line in lines] == ["circle", "square", "diamond"]


def test_hidden_percentiles_are_gaps_and_the_hover_says_on_how_many_a_window_rests() -> None:
    figure = latency_figure(n=[4, NAN, 30], p50_s=[1, NAN, 2], p95_s=[NAN, NAN, 4], p99_s=[NAN] * 3)
    assert np.isnan(trace(figure, "p95").y).tolist() == [True, True, False]
    assert trace(figure, "p95").connectgaps is False
    assert figure.data[-1].customdata.tolist() == [
        "window 0 · n = 4",
        "window 1 · n = 0",
        "window 2 · n = 30",
    ]


def test_windows_without_a_row_are_gaps() -> None:
    windows = windows_of(3)
    frame = pd.DataFrame({"n": [20], "p50_s": [1.0], "p95_s": [2.0], "p99_s": [3.0]}, index=[1])
    figure = latency_over_time(
        windows, frame, axis=axis_of(windows), names=PERCENTILES, y_title="duration", text=seconds,
        measured=lambda count: f"n = {count:g}",
    )  # fmt: skip
    assert np.isnan(trace(figure, "p50").y).tolist() == [True, False, True]
    assert figure.data[-1].customdata[2] == "window 2 · n = 0"


def test_the_axis_is_logarithmic_and_speaks_in_durations() -> None:
    axis = latency_figure(n=[20, 20], p50_s=[1, 2], p95_s=[50, 5], p99_s=[600, 6]).layout.yaxis
    assert axis.type == "log"
    assert 10 ** axis.range[0] == pytest.approx(1 / 1.15)
    assert 10 ** axis.range[1] == pytest.approx(600 * 1.4)
    assert list(axis.ticktext) == ["1 s", "10 s", "60 s", "600 s"]


def test_no_duration_at_all_stands_on_the_floor_and_its_hover_tells_the_truth() -> None:
    line = trace(latency_figure(n=[20], p50_s=[0], p95_s=[1], p99_s=[1]), "p50")
    assert list(line.y) == [0.001]
    assert list(line.customdata) == ["0 s"]


def test_without_any_measured_window_the_figure_is_empty() -> None:
    figure = latency_figure(n=[0], p50_s=[NAN], p95_s=[NAN], p99_s=[NAN])
    assert np.isnan(trace(figure, "p50").y).all()
    assert list(figure.layout.yaxis.ticktext) == ["0.1 s", "1 s", "10 s"]


def histogram_figure(marks: dict[str, float] | None = None, **counts: list[int]) -> Any:
    n = len(counts["success"])
    bins = pd.DataFrame(
        {"low_s": [0.1 * 10**i for i in range(n)], "high_s": [1.0 * 10**i for i in range(n)], **counts}
    )
    return histogram(
        bins, names=OUTCOMES, x_title="duration", y_title="traces", text=seconds, count=str, marks=marks
    )


def test_bars_stand_on_the_logarithm_of_their_bins_and_stack_by_outcome() -> None:
    figure = histogram_figure(success=[5, 9], failed=[1, 0], indeterminate=[0, 2])
    success, failed = trace(figure, "● success"), trace(figure, "✕ failed")
    assert [round(x, 6) for x in success.x] == [-0.5, 0.5]
    assert list(success.y) == [5, 9]
    assert failed.y[0] == 1
    assert math.isnan(failed.y[1])
    assert (failed.marker.color, failed.marker.pattern.shape) == (OUTCOME_COLOURS["failed"], "x")
    assert figure.layout.barmode == "stack"
    assert list(success.customdata[0]) == ["0.1 s – 1 s", "5.0"]


def test_ticks_of_the_histogram_are_durations_at_their_logarithms() -> None:
    axis = histogram_figure(success=[1, 1], failed=[0, 0], indeterminate=[0, 0]).layout.xaxis
    assert list(axis.ticktext) == ["0.1 s", "1 s", "10 s"]
    assert [round(x, 6) for x in axis.tickvals] == [-1, 0, 1]


def test_a_bin_from_zero_on_has_a_width_too() -> None:
    bins = pd.DataFrame({"low_s": [0.0, 0.001], "high_s": [0.001, 0.01], "success": [1, 1]})
    figure = histogram(
        bins, names={"success": "s"}, x_title="duration", y_title="traces", text=seconds, count=str
    )
    assert [round(x, 6) for x in figure.data[0].x] == [-3.125, -2.5]
    assert figure.layout.xaxis.range == (-3.25, -2)


def test_marks_cross_the_bars_under_their_names_and_unknown_ones_do_not() -> None:
    figure = histogram_figure(
        {"p95": 1.0, "p50": 0.1, "p99": NAN}, success=[3], failed=[0], indeterminate=[0]
    )
    assert [round(s.x0, 6) for s in figure.layout.shapes] == [-1, 0]
    assert annotations(figure) == ["p50", "p95"]


def test_an_empty_histogram_is_empty() -> None:
    assert list(histogram_figure(success=[], failed=[], indeterminate=[]).data[0].x) == []


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.1, 700, [0.1, 1, 10, 60, 600]),
        (2, 40, [2, 5, 10, 20, 30]),
        (0.001, 0.1, [0.001, 0.01, 0.1]),
        (50, 4000, [60, 600, 3600]),
    ],
)
def test_logarithmic_ticks_are_round_durations(low: float, high: float, ticks: list[float]) -> None:
    assert log_duration_ticks(low, high) == ticks
