"""Key figures of a stretch of time, and how they changed against the one before."""

from __future__ import annotations

from dataclasses import dataclass

#: Below so many traces, a change says more about chance than about agents.
ENOUGH = 10


@dataclass(frozen=True)
class Change:
    """How a figure changed.

    Attributes:
        value: the change, in `unit`; None when there is none to tell.
        unit: ``"ratio"`` (0.08 is +8 %), ``"points"`` (percentage points) or ``"count"``.
        why_not: without a value: ``"unknown"`` (a side is not known), ``"no_previous"`` (nothing there
            to compare with) or ``"too_few"`` (n too small).
    """

    value: float | None
    unit: str
    why_not: str | None = None


def success_rate(success: int | None, failed: int | None) -> float | None:
    """success / (success + failed): a share from 0 to 1.

    Indeterminate traces (status UNSET, the ordinary state of an SDK session) count on neither side.
    None when nothing succeeded or failed: the rate is then undefined, not zero.
    """
    if success is None or failed is None or success + failed == 0:
        return None
    return success / (success + failed)


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """numerator / denominator; None when either is unknown or the denominator is zero."""
    if numerator is None or not denominator:
        return None
    return numerator / denominator


def incomparable(traces_before: int | None) -> str | None:
    """Why nothing can be compared with a stretch of so many traces; None when it can."""
    if traces_before is None:
        return "unknown"
    if traces_before == 0:
        return "no_previous"
    return "too_few" if traces_before < ENOUGH else None


def ratio_change(now: float | None, before: float | None) -> Change:
    """Relative change, now / before - 1."""
    if now is None or before is None:
        return Change(None, "ratio", "unknown")
    if before == 0:
        return Change(None, "ratio", "no_previous") if now else Change(0.0, "ratio")
    return Change(now / before - 1, "ratio")


def count_change(now: int | None, before: int | None) -> Change:
    """Absolute change, now - before."""
    if now is None or before is None:
        return Change(None, "count", "unknown")
    return Change(float(now - before), "count")


def rate_change(
    success: int | None, failed: int | None, success_before: int | None, failed_before: int | None
) -> Change:
    """Change of the success rate in percentage points; withheld under ten outcomes on either side."""
    if success is None or failed is None or success_before is None or failed_before is None:
        return Change(None, "points", "unknown")
    if min(success + failed, success_before + failed_before) < ENOUGH:
        return Change(None, "points", "too_few")
    return Change(
        100 * (success / (success + failed) - success_before / (success_before + failed_before)), "points"
    )
