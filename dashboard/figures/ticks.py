"""Places for tick marks whose texts come from a format of ours, because plotly cannot say ``2 min``."""

from __future__ import annotations

import math

#: Steps that read well for durations, seconds; below a second decimal steps do.
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


#: Ten times as long each, as far as clocks allow; and steps between for short axes.
_WIDE_S = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0, 345600.0)
_FINE_S = tuple(
    sorted(
        {float(f"{m}e{power}") for power in range(-4, 1) for m in (1, 2, 5)}
        | {m * unit for m in (1.0, 2.0, 5.0, 10.0, 20.0, 30.0) for unit in (1.0, 60.0)}
        | {m * 3600.0 for m in (1, 2, 5, 10, 24, 48, 96)}
    )
)


def decimal_step(top: float, most: int = 5) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten of which at most `most` reach `top` (> 0)."""
    size: float = 10.0 ** math.floor(math.log10(top / most))
    step = next(size * times for times in (1, 2, 5, 10) if size * times * most >= top * (1 - 1e-9))
    return float(f"{step:.6g}")


def duration_ticks(top_s: float, most: int = 5) -> list[float]:
    """Round durations from 0 to the first at or above `top_s`; 0 and 1 s where nothing was measured."""
    if not math.isfinite(top_s) or top_s <= 0:
        return [0.0, 1.0]
    step = decimal_step(top_s, most)
    if step >= 1:
        days = decimal_step(top_s / 86400, most) * 86400
        step = next((float(s) for s in _TIME_STEPS_S if s * most >= top_s), max(days, 86400.0))
    count = math.ceil(top_s / step - 1e-9)
    return [float(f"{step * i:.12g}") for i in range(count + 1)]


def log_duration_ticks(low_s: float, high_s: float) -> list[float]:
    """Round durations within [`low_s`, `high_s`] (both > 0) for a logarithmic axis: about a factor of ten
    apart, closer where fewer than three would stand there.
    """
    for scale in (_WIDE_S, _FINE_S):
        found = [value for value in scale if low_s * (1 - 1e-9) <= value <= high_s * (1 + 1e-9)]
        if len(found) >= 3:
            break
    return found
