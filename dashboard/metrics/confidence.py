"""How much a figure of few traces is worth."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal

import pandas as pd

from .kpis import ENOUGH

SuccessLevel = Literal["good", "fair", "poor", "unknown"]


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float] | None:
    """Interval of a rate, 0 to 1, 95 % by default; None without any trial.

    Wilson's score interval (E. B. Wilson 1927, JASA 22:209–212): unlike rate ± z·s it stays within 0
    and 1 and does not shrink to a point at 0 % and 100 %.
    """
    if n == 0:
        return None
    rate = successes / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def success_level(success: int, failed: int) -> SuccessLevel:
    """``good`` from 95 %, ``fair`` from 80 %, else ``poor``; ``unknown`` when both are 0."""
    n = success + failed
    if n == 0:
        return "unknown"
    return "good" if 100 * success >= 95 * n else "fair" if 100 * success >= 80 * n else "poor"


def gate(n: int) -> str | None:
    """Why a high percentile of ``n`` values is not shown: ``"too_few"`` under ten; None when it is.

    Under ten values the 95th percentile is little else than the longest one.
    """
    return "too_few" if n < ENOUGH else None


def gated(frame: pd.DataFrame, columns: Sequence[str] = ("p95_s", "p99_s")) -> pd.DataFrame:
    """The frame with NaN for those percentiles (as far as it has them) that `gate` withholds.

    Args:
        frame: with ``n``.

    Returns:
        A copy, with ``withheld`` (bool).
    """
    withheld = frame["n"] < ENOUGH
    present = {name: frame[name].mask(withheld) for name in columns if name in frame.columns}
    return frame.assign(**present, withheld=withheld)
