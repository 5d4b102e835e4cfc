"""The hours of a week: one hue, gaps where an hour did not occur."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard import figures
from tests.dashboard.figure_frames import annotations, checking

heat_map = checking(figures.heat_map)

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
HOURS = [f"{hour:02}:00" for hour in range(24)]


def figure_of(cells: dict[tuple[int, int], float]) -> Any:
    values = np.full((7, 24), np.nan)
    for place, value in cells.items():
        values[place] = value
    return heat_map(pd.DataFrame(values), days=DAYS, hours=HOURS, x_title="hour", text=lambda v: f"{v:g} USD")


def test_a_cell_stands_in_its_row_and_hour_and_says_both() -> None:
    wednesday = figure_of({(2, 9): 4.0}).data[2]
    assert list(wednesday.x) == [9]
    assert (wednesday.base[0] + wednesday.y[0] / 2, wednesday.name) == (2, "Wed")
    assert list(wednesday.customdata[0]) == ["09:00", "4 USD"]
    assert wednesday.hovertemplate.startswith("Wed %{customdata[0]}")


def test_opacity_follows_the_value_and_nothing_still_shows() -> None:
    colours = figure_of({(0, 0): 0.0, (0, 1): 5.0, (0, 2): 10.0}).data[0].marker.color
    assert list(colours) == ["rgba(91, 143, 249, 0.08)", "rgba(91, 143, 249, 0.54)", "rgba(91, 143, 249, 1)"]


def test_hours_that_did_not_occur_have_no_cell() -> None:
    figure = figure_of({(0, 0): 0.0, (3, 3): float("nan"), (6, 23): 1.0})
    assert [len(row.x) for row in figure.data] == [1, 0, 0, 0, 0, 0, 1]


def test_monday_is_on_top_and_the_key_names_both_ends() -> None:
    figure = figure_of({(0, 0): 8.0})
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert list(figure.layout.yaxis.ticktext) == DAYS
    assert annotations(figure) == ["0 USD", "8 USD"]


def test_without_any_spend_there_is_no_key() -> None:
    assert annotations(figure_of({(0, 0): 0.0})) == []
    assert annotations(figure_of({})) == []
