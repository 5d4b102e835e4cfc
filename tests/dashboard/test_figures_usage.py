"""Usage over time: stacked by key with a bounded number of looks, or by where the cost comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard import figures
from dashboard.figures import Band
from dashboard.figures.palette import BLUE, SERIES, UNKNOWN, WARNING
from dashboard.figures.ticks import name_large_numbers
from tests.dashboard.figure_frames import HOSTILE, INERT, NAN, axis_of, checked, checking, trace, windows_of

cost_by_source_over_time = checking(figures.cost_by_source_over_time)
usage_over_time = checking(figures.usage_over_time)


def usage_figure(
    series: dict[str, list[float]], *, compact: Callable[[float], str] | None = None, **options: Any
) -> Any:
    windows = windows_of(len(next(iter(series.values()))))
    settings: dict[str, Any] = {
        "axis": axis_of(windows), "names": {}, "y_title": "USD per hour", "text": lambda v: f"${v:.2f}",
        "total": "total",
    }  # fmt: skip
    figure = figures.usage_over_time(
        windows, pd.DataFrame(series, index=windows.index), **{**settings, **options}
    )
    if compact:
        name_large_numbers(figure, compact)
    return checked(figure)


def bars(figure: Any) -> list[Any]:
    return [t for t in figure.data if t.type == "bar"]


def test_keys_stack_in_the_columns_order_at_the_windows_middles() -> None:
    figure = usage_figure({"gpt": [1.0, 2.0], "claude": [3.0, 4.0]})
    assert [(t.name, t.y.tolist()) for t in bars(figure)] == [("gpt", [1, 2]), ("claude", [3, 4])]
    assert [str(x)[:16] for x in bars(figure)[0].x] == ["2026-11-22T09:30", "2026-11-22T10:30"]
    assert figure.layout.barmode == "stack"


def test_unknown_and_nothing_draw_no_bar_and_say_nothing() -> None:
    assert np.isnan(bars(usage_figure({"gpt": [NAN, 0.0, 1.0]}))[0].y).tolist() == [True, True, False]


def test_hover_heads_with_the_window_and_its_sum_and_no_sum_where_nothing_is_known() -> None:
    figure = usage_figure({"gpt": [1.0, NAN], "claude": [0.5, NAN]})
    assert figure.data[-1].customdata.tolist() == ["window 0 · total &#36;1.50", "window 1"]


def test_windows_without_a_row_are_gaps() -> None:
    windows = windows_of(2)
    figure = usage_over_time(
        windows, pd.DataFrame({"gpt": [5.0]}, index=[1]), axis=axis_of(windows), names={}, y_title="USD",
        text=str, total="total",
    )  # fmt: skip
    assert np.isnan(bars(figure)[0].y).tolist() == [True, False]


def test_the_seventh_and_eighth_key_are_striped_and_the_rest_is_grey_and_hatched() -> None:
    figure = usage_figure({f"k{i}": [1.0] for i in range(8)} | {"other": [9.0]}, rest="other")
    markers = [t.marker for t in bars(figure)]
    assert [m.color for m in markers] == [*SERIES, SERIES[0], SERIES[1], UNKNOWN]
    assert [m.pattern.shape for m in markers] == [None] * 6 + ["\\", "\\", "/"]


def test_the_rest_is_on_top_wherever_its_column_stands() -> None:
    figure = usage_figure({"other": [9.0], "gpt": [1.0]}, rest="other", names={"other": "others"})
    assert [t.name for t in bars(figure)] == ["gpt", "others"]


def test_nine_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="9 keys"):
        usage_figure({f"k{i}": [1.0] for i in range(9)})


def test_names_are_text_and_long_ones_are_cut_in_the_legend_alone() -> None:
    long = "claude-sonnet-4-5-20250929-thinking"
    figure = usage_figure({HOSTILE: [1.0], long: [1.0]})
    assert bars(figure)[0].name == INERT
    assert bars(figure)[1].name == "claude-sonne…-thinking"
    assert bars(figure)[1].hovertemplate == f"%{{customdata}}<extra>{long}</extra>"


def test_bands_lie_behind_the_bars() -> None:
    windows = windows_of(2)
    band = Band(windows["start"][0].to_pydatetime(), windows["end"][0].to_pydatetime(), "✕ no data")
    figure = usage_figure({"gpt": [NAN, 1.0]}, bands=[band])
    assert (figure.layout.shapes[0].layer, figure.layout.annotations[0].text) == ("below", "✕ no data")


def test_cost_by_source_has_estimates_hatched_in_the_colour_of_warnings() -> None:
    windows = windows_of(1, reported_usd=[3.0], own_usd=[2.0], estimated_usd=[1.0])
    names = {"reported_usd": "reported", "own_usd": "own", "estimated_usd": "▲ estimated"}
    figure = cost_by_source_over_time(
        windows, axis=axis_of(windows), names=names, y_title="USD", text=str, total="total"
    )
    assert [(t.name, t.y.tolist()) for t in bars(figure)] == [
        ("reported", [3]), ("own", [2]), ("▲ estimated", [1]),
    ]  # fmt: skip
    estimated = trace(figure, "▲ estimated").marker
    assert (estimated.color, estimated.pattern.shape) == (WARNING, "/")
    assert trace(figure, "reported").marker.color == BLUE
    assert figure.data[-1].customdata[0] == "window 0 · total 6.0"


def test_a_source_without_a_name_is_left_out() -> None:
    windows = windows_of(1, reported_usd=[3.0], own_usd=[NAN], estimated_usd=[1.0])
    figure = cost_by_source_over_time(
        windows, axis=axis_of(windows), names={"reported_usd": "r"}, y_title="USD", text=str, total="total"
    )
    assert [t.name for t in bars(figure)] == ["r"]


def test_numbers_on_an_axis_are_said_as_everywhere_and_money_keeps_its_digits() -> None:
    series = {"gpt": [200_000.0, 0.0], "claude": [50_000.0, NAN]}
    figure = usage_figure(series, y_title="tokens", compact=lambda n: f"{n / 10_000:g}만")
    assert figure.layout.yaxis.tickformat == ",.12~f"
    names = figure.layout.yaxis.labelalias
    assert (names["10,000"], names["50,000"], names["250,000"]) == ("1만", "5만", "25만")
    assert "5,000" not in names
    assert max(int(name.replace(",", "")) for name in names) <= 1.5 * 250_000
    money = usage_figure({"gpt": [20_000.0]}, y_prefix="$", compact=lambda n: "short")
    assert money.layout.yaxis.labelalias is None


def test_small_numbers_need_no_other_names() -> None:
    figure = usage_figure({"gpt": [12.0]}, compact=lambda n: "short")
    assert figure.layout.yaxis.labelalias is None
