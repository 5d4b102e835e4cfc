"""How often a value occurs among bad traces and among the rest, value by value."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure
from .names import shortened
from .template import canvas
from .windowed import Format

_ROW_PX = 58


def comparison(frame: pd.DataFrame, *, names: Mapping[str, str], x_title: str, text: Format) -> Figure:
    """Two bars a row, from zero on: the share among the bad, and hatched below it among the rest.

    ``layout.height`` is the height the figure wants.

    Args:
        frame: rows in order, first on top: ``label`` (what is compared, as recorded), ``words`` (said
            beside it: the difference, or that there are too few), ``bad_share``, ``rest_share`` from 0
            to 1 (NaN: no such traces) and ``sure`` (False draws the row faintly).
        names: of ``bad`` and ``rest``, for legend and hover.
        x_title: what the shares are of.
        text: turns a share into text.
    """
    figure = canvas()
    places = [float(row) for row in range(len(frame))]
    faint = [1.0 if sure else 0.45 for sure in frame["sure"]]
    top = max(frame["bad_share"].fillna(0).max(), frame["rest_share"].fillna(0).max()) if len(frame) else 1.0
    bars = (
        ("bad", "bad_share", {"color": palette.FAILED, "opacity": faint, "line": {"width": 0}}, 0.06),
        ("rest", "rest_share", {
            "color": palette.UNKNOWN, "opacity": faint, "pattern": palette.hatch("/"), "line": {"width": 0},
        }, 0.30),
    )  # fmt: skip
    for key, column, marker, shift in bars:
        said = [plain(text(share)) for share in frame[column]]
        figure.add_bar(
            x=frame[column].tolist(),
            y=[place + shift for place in places],
            width=0.22,
            orientation="h",
            name=plain(names[key]),
            marker=marker,
            text=said,
            textposition="outside",
            textfont={"size": 11},
            constraintext="none",
            cliponaxis=False,
            customdata=[[plain(label), share] for label, share in zip(frame["label"], said, strict=True)],
            hovertemplate="%{customdata[0]}<br>"
            + plain(names[key])
            + " <b>%{customdata[1]}</b><extra></extra>",
        )
    for place, label, words in zip(places, frame["label"], frame["words"], strict=True):
        figure.add_annotation(
            xref="paper", x=0, y=place - 0.08, xanchor="left", yanchor="bottom", showarrow=False,
            text=f"<b>{shortened(label, 28)}</b>  {plain(words)}", font={"size": 12}, align="left",
        )  # fmt: skip
    figure.update_layout(
        barmode="overlay",
        hovermode="closest",
        dragmode=False,
        margin={"l": 12, "r": 24, "t": 34, "b": 44},
        height=_ROW_PX * len(frame) + 78,
        xaxis={
            "title": {"text": x_title, "standoff": 6}, "range": [0, min(1.12, top * 1.15) or 1],
            "tickformat": ".0%", "nticks": 6, "zeroline": True, "showspikes": False, "fixedrange": True,
        },
        yaxis={
            "range": [len(frame) - 0.55, -0.55], "showticklabels": False, "showgrid": False,
            "ticks": "", "showline": False,
            "zeroline": False, "fixedrange": True,
        },
    )  # fmt: skip
    return figure
