"""Figures: what is drawn is what the frame says; gaps stay gaps; time stands in the reporting zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from dashboard import figures
from dashboard.figures import Band, TimeAxis
from dashboard.figures.palette import OUTCOME_COLOURS, SERIES, faded
from dashboard.metrics import token_parts
from tests.dashboard.figure_frames import checking

cost_over_time = checking(figures.cost_over_time)
outcomes_over_time = checking(figures.outcomes_over_time)
tokens_over_time = checking(figures.tokens_over_time)

NAN = float("nan")
START = datetime(2026, 11, 22, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def frame(**columns: list[float]) -> pd.DataFrame:
    """Windows of an hour with the given columns."""
    n = len(next(iter(columns.values())))
    starts = pd.Series([START + timedelta(hours=i) for i in range(n)]).astype("datetime64[us, UTC]")
    return pd.DataFrame(
        {
            "start": starts,
            "end": starts + timedelta(hours=1),
            "label": [f"window {i}" for i in range(n)],
            "open": False,
            **columns,
        }
    )


def axis_of(windows: pd.DataFrame, zone: ZoneInfo = SEOUL) -> TimeAxis:
    return TimeAxis.of(windows["start"], windows["end"], zone, f"{zone.key} (UTC+9)")


def cost_figure(*cost: float, **options: Any) -> Any:
    windows = frame(cost_usd=list(cost))
    return cost_over_time(
        windows,
        axis=axis_of(windows),
        name="Cost",
        y_title="USD per hour",
        usd=lambda v: f"${v:.2f}",
        **options,
    )


def trace(figure: Any, name: str) -> Any:
    return next(t for t in figure.data if t.name == name)


def test_a_cost_line_has_a_point_in_the_middle_of_each_window() -> None:
    line = trace(cost_figure(1.0, 2.0, 4.0), "Cost")
    assert line.y.tolist() == [1.0, 2.0, 4.0]
    assert [str(x)[:16] for x in line.x] == ["2026-11-22T09:30", "2026-11-22T10:30", "2026-11-22T11:30"]
    assert line.customdata.tolist() == ["$1.00", "$2.00", "$4.00"]


def test_an_unknown_cost_is_a_gap_in_line_and_area() -> None:
    figure = cost_figure(1.0, 2.0, NAN, 4.0, 5.0)
    assert np.isnan(trace(figure, "Cost").y[2])
    assert trace(figure, "Cost").connectgaps is False
    area = figure.data[0]
    assert list(area.y) == [0, 1.0, 2.0, 0, None, 0, 4.0, 5.0, 0, None]


def test_a_lone_point_is_a_dot_because_a_line_would_not_show() -> None:
    sizes = list(trace(cost_figure(NAN, 3.0, NAN, 1.0, 1.0), "Cost").marker.size)
    assert sizes == [0, 6, 0, 0, 0]


def test_the_bucket_that_is_not_over_is_reached_by_a_dotted_line() -> None:
    windows = frame(cost_usd=[1.0, 2.0, 0.1])
    windows["open"] = [False, False, True]
    figure = cost_over_time(windows, axis=axis_of(windows), name="Cost", y_title="USD", usd=str)
    dotted = next(t for t in figure.data if t.line.dash == "dot")
    assert list(dotted.y) == [2.0, 0.1]
    solid = next(t for t in figure.data if t.line.width == 2 and t.line.dash is None)
    assert list(solid.y)[:2] == [1.0, 2.0]
    assert np.isnan(list(solid.y)[2])


def test_no_known_cost_is_an_empty_line_and_not_zero() -> None:
    figure = cost_figure(NAN, NAN)
    assert np.isnan(trace(figure, "Cost").y).all()
    assert list(figure.data[0].y or []) == []


def test_axes_name_unit_and_zone_and_start_at_zero() -> None:
    layout = cost_figure(1.0).layout
    assert layout.yaxis.title.text == "USD per hour"
    assert layout.yaxis.rangemode == "tozero"
    assert layout.xaxis.title.text == "Asia/Seoul (UTC+9)"


def test_failed_stretches_are_bands_with_words() -> None:
    band = Band(START, START + timedelta(hours=2), "✕ no data")
    layout = cost_figure(NAN, NAN, 1.0, bands=[band]).layout
    assert (str(layout.shapes[0].x0)[:16], str(layout.shapes[0].x1)[:16]) == (
        "2026-11-22 09:00",
        "2026-11-22 11:00",
    )
    assert layout.annotations[0].text == "✕ no data"


def test_token_bars_stack_to_the_total() -> None:
    windows = frame(
        prompt_tokens=[100.0], completion_tokens=[40.0], total_tokens=[150.0],
        cache_read_tokens=[60.0], reasoning_tokens=[10.0],
    )  # fmt: skip
    names = {"prompt": "p", "cache_read": "c", "completion": "o", "reasoning": "r", "unsplit": "u"}
    figure = tokens_over_time(
        windows, token_parts(windows), axis=axis_of(windows), names=names, y_title="tokens", count=str
    )
    bars = {t.name: t.y[0] for t in figure.data if t.type == "bar"}
    assert bars == {"p": 40, "c": 60, "o": 30, "r": 10, "u": 10}
    assert sum(bars.values()) == 150
    assert figure.layout.barmode == "stack"


def test_outcomes_are_told_by_sign_and_pattern_beside_colour_and_unset_is_never_red() -> None:
    windows = frame(success=[6.0], failed=[2.0], indeterminate=[2.0])
    names = {"success": "● success", "failed": "✕ failed", "indeterminate": "○ indeterminate"}
    figure = outcomes_over_time(windows, axis=axis_of(windows), names=names, y_title="traces", count=str)
    unset = trace(figure, "○ indeterminate")
    assert unset.marker.color == OUTCOME_COLOURS["indeterminate"] != OUTCOME_COLOURS["failed"]
    assert unset.marker.pattern.shape == "/"
    assert trace(figure, "✕ failed").marker.pattern.shape == "x"
    assert figure.layout.yaxis.dtick is None  # ten traces: plotly's own steps are whole numbers


def test_few_traces_have_whole_numbers_on_the_axis() -> None:
    windows = frame(success=[1.0], failed=[0.0], indeterminate=[0.0])
    names = {"success": "s"}
    figure = outcomes_over_time(windows, axis=axis_of(windows), names=names, y_title="traces", count=str)
    assert figure.layout.yaxis.dtick == 1


def test_when_clocks_are_set_back_small_buckets_keep_one_offset() -> None:
    new_york = ZoneInfo("America/New_York")
    starts = pd.Series(pd.date_range("2026-11-01T04:00:00Z", periods=6, freq="1h"))  # 1:00 occurs twice
    axis = TimeAxis.of(starts, starts + timedelta(hours=1), new_york, "America/New_York")
    assert axis.positions(starts).is_unique
    assert axis.title == "America/New_York (UTC−4)"
    assert axis.positions(starts)[0] == pd.Timestamp("2026-11-01 00:00")


def test_without_a_change_of_clocks_the_axis_keeps_the_wall_clock() -> None:
    starts = pd.Series(pd.date_range("2026-11-02T05:00:00Z", periods=3, freq="1h"))
    axis = TimeAxis.of(starts, starts + timedelta(hours=1), ZoneInfo("America/New_York"), "New York")
    assert axis.title == "New York"
    assert axis.position(starts.iloc[0]) == datetime(2026, 11, 2)  # noqa: DTZ001 - an axis knows no zone


@pytest.mark.parametrize("back", ["#FFFFFF", "#0E1117"])
def test_series_colours_stand_out_on_both_themes(back: str) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in SERIES:
        high, low = sorted((luminance(colour), luminance(back)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 2.95, colour


def test_faded_colours() -> None:
    assert faded("#5B8FF9", 0.12) == "rgba(91, 143, 249, 0.12)"
