"""What the month has cost so far, and where that leads against the budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure
from .template import GRID, ZERO, canvas
from .ticks import NUMBERS
from .windowed import Format

Day = Callable[[date], str]


def projection(
    daily: pd.DataFrame,
    *,
    month_end: date,
    projected_usd: float | None,
    low_usd: float | None,
    high_usd: float | None,
    budget_usd: float | None,
    exhausted_on: date | None,
    names: Mapping[str, str],
    x_title: str,
    y_title: str,
    text: Format,
    day: Day,
) -> Figure:
    """Spend of a month as it adds up: a line so far, dashed on to the month's end, the budget across.

    Args:
        daily: ``day`` (dates of the reporting zone, ascending, the last one today) and ``cost_usd``;
            days before the month of `month_end` are left out, an unknown cost adds nothing.
        month_end: the month's last day.
        projected_usd, low_usd, high_usd: of the whole month, with its band; None where nothing can be
            foretold, which draws no dashed line.
        budget_usd: of the month; None draws no line.
        exhausted_on: the day on which the budget is or was used up, None for not this month.
        names: words for ``spent``, ``expected``, ``range`` (the band), ``budget`` and ``exhausted``.
        x_title, y_title: the reporting zone, and the unit.
        text: turns an amount into text.
        day: turns a day into text, for the hover.
    """
    figure = canvas()
    words = {key: plain(name) for key, name in names.items()}
    first = month_end.replace(day=1)
    month = daily[pd.Series([first <= when <= month_end for when in daily["day"]], daily.index, dtype="bool")]
    days: list[date] = list(month["day"])
    sums = month["cost_usd"].astype("float64").fillna(0.0).cumsum().tolist()
    if projected_usd is not None and days and days[-1] < month_end:
        x, y = [days[-1], month_end], [sums[-1], projected_usd]
        low, high = (projected_usd if end is None else end for end in (low_usd, high_usd))
        figure.add_scatter(
                x=_at([*x, month_end]), y=[sums[-1], high, low], name=words["range"], legendrank=3,
                fill="toself", fillcolor=palette.faded(palette.BLUE, 0.16),
                mode="lines", line={"width": 0}, hoverinfo="skip",
            )  # fmt: skip
        figure.add_scatter(
                x=_at(x), y=y, mode="lines", line={"color": palette.BLUE, "width": 2, "dash": "dash"},
                hoverinfo="skip", showlegend=False,
            )  # fmt: skip
        said = (
            f"{plain(day(month_end))}<br>{words['expected']} <b>{plain(text(projected_usd))}</b>"
            f"<br>{words['range']} {plain(text(low))} – {plain(text(high))}<extra></extra>"
        )
        figure.add_scatter(
                x=_at(x[1:]), y=y[1:], name=words["expected"], legendrank=2, mode="lines+markers",
                line={"color": palette.BLUE, "width": 2, "dash": "dash"},
                marker={"symbol": "circle-open", "size": 8}, hovertemplate=said,
            )  # fmt: skip
    _draw_spent(figure, days, sums, month["cost_usd"].tolist(), words, text=text, day=day)
    _draw_budget(figure, budget_usd, exhausted_on, words, text=text, day=day)
    tops = [*sums, projected_usd or 0.0, high_usd or 0.0, budget_usd or 0.0]
    bounds = pd.Series(pd.to_datetime([first, month_end])) + pd.to_timedelta([-12, 12], unit="h")
    figure.update_layout(
        hovermode="closest",
        hoverdistance=40,
        dragmode=False,
        xaxis={
            "type": "date", "title": {"text": x_title, "standoff": 6}, "showgrid": False,
            "ticks": "outside", "ticklen": 4, "tickcolor": ZERO, "tickformat": "%-m/%-d",
            "range": bounds.dt.to_pydatetime().tolist(), "showspikes": False, "fixedrange": True,
        },
        yaxis={
            "title": {"text": y_title, "standoff": 8}, "gridcolor": GRID, "zerolinecolor": ZERO,
            "range": [0, (max(tops) or 1.0) * 1.12],
            "tickformat": NUMBERS, "tickprefix": "$", "nticks": 6, "fixedrange": True,
        },
    )  # fmt: skip
    return figure


def _draw_spent(
    figure: Figure,
    days: Sequence[date],
    sums: Sequence[float],
    costs: Sequence[float],
    words: Mapping[str, str],
    *,
    text: Format,
    day: Day,
) -> None:
    figure.add_scatter(
            x=_at(days), y=sums, name=words["spent"], legendrank=1,
            mode="lines+markers", line={"color": palette.BLUE, "width": 2.5}, marker={"size": 5},
            customdata=[
                [plain(day(when)), plain(text(total)), plain(text(cost))]
                for when, total, cost in zip(days, sums, costs, strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>" + words["spent"] + " <b>%{customdata[1]}</b>"
            " (+%{customdata[2]})<extra></extra>",
        )  # fmt: skip


def _draw_budget(
    figure: Figure,
    budget_usd: float | None,
    exhausted_on: date | None,
    words: Mapping[str, str],
    *,
    text: Format,
    day: Day,
) -> None:
    if budget_usd is None:
        return
    figure.add_shape(
        type="line", xref="paper", x0=0, x1=1, y0=budget_usd, y1=budget_usd,
        line={"color": palette.UNKNOWN, "width": 1.5},
    )  # fmt: skip
    figure.add_annotation(
        xref="paper", x=0, y=budget_usd, xanchor="left", yanchor="bottom", showarrow=False,
        text=f"{words['budget']} {plain(text(budget_usd))}", font={"size": 12},
    )  # fmt: skip
    if exhausted_on is None:
        return
    said = f"{words['exhausted']} {plain(day(exhausted_on))}"
    figure.add_scatter(
            x=_at([exhausted_on]), y=[budget_usd], name=said, legendrank=4, mode="markers",
            marker={"symbol": "triangle-up", "size": 13, "color": palette.WARNING},
            hovertemplate=said + "<extra></extra>",
        )  # fmt: skip


def _at(days: Sequence[date]) -> np.ndarray:
    return np.array([np.datetime64(day, "ms") for day in days], dtype="datetime64[ms]")
