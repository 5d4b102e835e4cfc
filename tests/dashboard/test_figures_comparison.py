"""Shares among bad traces beside those among the rest."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import figures
from dashboard.figures.palette import FAILED
from tests.dashboard.figure_frames import HOSTILE, INERT, annotations, checking, trace

comparison = checking(figures.comparison)

FRAME = pd.DataFrame(
    {
        "label": [HOSTILE, "tool search"],
        "words": ["+50 points", "too few"],
        "bad_share": [0.8, 0.1],
        "rest_share": [0.3, float("nan")],
        "sure": [True, False],
    }
)


def figure_of(frame: pd.DataFrame = FRAME) -> Any:
    names = {"bad": "✕ failed", "rest": "○ rest"}
    return comparison(frame, names=names, x_title="share", text=lambda s: f"{100 * s:g} %")


def test_each_row_has_both_shares_from_zero_on() -> None:
    figure = figure_of()
    assert list(trace(figure, "✕ failed").x) == [0.8, 0.1]
    assert trace(figure, "○ rest").x[0] == 0.3
    assert trace(figure, "✕ failed").text[0] == "80 &#37;"
    assert figure.layout.xaxis.range[0] == 0


def test_the_two_are_told_apart_without_colour_and_uncertain_rows_are_faint() -> None:
    bad, rest = (trace(figure_of(), name).marker for name in ("✕ failed", "○ rest"))
    assert (bad.color, bad.pattern.shape, rest.pattern.shape) == (FAILED, None, "/")
    assert list(bad.opacity) == [1, 0.45]


def test_the_first_row_is_on_top_and_words_stand_beside_its_name() -> None:
    figure = figure_of()
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert annotations(figure) == [f"<b>{INERT}</b>  +50 points", "<b>tool search</b>  too few"]


def test_height_grows_with_the_rows_and_no_row_is_an_empty_figure() -> None:
    assert figure_of().layout.height - figure_of(FRAME.iloc[:1]).layout.height == 58
    assert annotations(figure_of(FRAME.iloc[:0])) == []
