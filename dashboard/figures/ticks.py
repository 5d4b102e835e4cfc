"""Tick marks whose texts come from a format of ours, because plotly cannot say ``2 min`` or ``25만``."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dashboard.components.plain import plain

from .figure import Figure

#: d3's format of an axis of numbers: every digit, thousands apart, no zeros behind the last one.
NUMBERS = ",.12~f"
#: From here on numbers are said in short, as everywhere in the dashboard (``Formats.compact``).
_LARGE = 10_000
_STEPS = 12  # more than plotly puts on an axis of six ticks

#: A logarithm has no zero: shorter durations stand on the floor of their axis.
SHORTEST_S = 0.001
#: Ten times as long each, as far as clocks allow; and steps between for short axes.
_WIDE_S = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0, 345600.0)
_FINE_S = tuple(
    sorted(
        {float(f"{m}e{power}") for power in range(-4, 1) for m in (1, 2, 5)}
        | {m * unit for m in (1.0, 2.0, 5.0, 10.0, 20.0, 30.0) for unit in (1.0, 60.0)}
        | {m * 3600.0 for m in (1, 2, 5, 10, 24, 48, 96)}
    )
)


def log_duration_ticks(low_s: float, high_s: float) -> list[float]:
    """Round durations within [`low_s`, `high_s`] (both > 0) for a logarithmic axis: about a factor of ten
    apart, closer where fewer than three would stand there.
    """
    for scale in (_WIDE_S, _FINE_S):
        found = [value for value in scale if low_s * (1 - 1e-9) <= value <= high_s * (1 + 1e-9)]
        if len(found) >= 3:
            break
    return found


def log_duration_axis(low_s: float, high_s: float, text: Callable[[float], str]) -> dict[str, object]:
    """A logarithmic axis from a round duration below `low_s`, which it names, to some room above `high_s`;
    both NaN where nothing was measured.
    """
    if math.isnan(low_s) or math.isnan(high_s):
        low_s, high_s = 0.1, 10.0
    floor_s = max((s for s in _FINE_S if SHORTEST_S <= s <= low_s), default=SHORTEST_S)
    top_s = max(high_s, floor_s) * 1.4
    at = sorted({floor_s, *log_duration_ticks(floor_s, top_s)})
    return {
        "type": "log", "autorange": False, "range": [math.log10(floor_s / 1.15), math.log10(top_s)],
        "rangemode": "normal", "tickvals": at, "ticktext": [plain(text(s)) for s in at],
    }  # fmt: skip


def name_large_numbers(figure: Figure, compact: Callable[[float], str]) -> None:
    """Makes a y axis with the format `NUMBERS` say numbers from 10,000 on as ``compact`` does ("25만").

    plotly places the ticks itself, also when a reader hides a series: all numbers on which it may put one get
    a name. Amounts of money ("$" before them) keep every digit.
    """
    axis = figure.layout.get("yaxis", {})
    if axis.get("tickformat") == NUMBERS and not axis.get("tickprefix"):
        names = {f"{n:,}": plain(compact(n)) for n in _large_places(_highest(figure))}
        if names:
            axis["labelalias"] = names


def _large_places(highest: float) -> list[int]:
    """Where plotly may put ticks up to `highest`: multiples of 1, 2 and 5 times a power of ten."""
    places: set[int] = set()
    for power in range(3, len(str(int(highest))) + 1):
        for step in (10**power, 2 * 10**power, 5 * 10**power):
            places.update(n * step for n in range(1, _STEPS + 1) if _LARGE <= n * step <= 1.5 * highest)
    return sorted(places)


def _highest(figure: Figure) -> float:
    """As high as the figure's marks can stand, one on top of the other."""
    tops = [np.asarray(trace["y"], dtype="float64") for trace in figure.data if trace.get("y") is not None]
    return float(sum(np.nanmax(y) for y in tops if np.isfinite(y).any()))
