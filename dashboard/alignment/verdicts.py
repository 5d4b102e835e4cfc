"""When a step counts as changed: more than noise, and the same seen from either trace."""

from __future__ import annotations

from typing import Final, Literal

Change = Literal[
    "newly_failed", "no_longer_failed", "slower", "faster", "dearer", "cheaper", "model", "renamed"
]

#: Slower or faster: by so many seconds at least, and by this share of the shorter duration.
NOISE_S: Final = 0.05
NOISE_SHARE: Final = 0.2
#: Dearer or cheaper: by more than rounding of reported costs, and by this share of the smaller cost.
ROUNDING_USD: Final = 1e-7
COST_SHARE: Final = 0.01


def in_time(this_s: float | None, other_s: float | None) -> Change | None:
    """How the other duration compares; None where one is unknown, or within noise."""
    if this_s is None or other_s is None:
        return None
    change_s = round(other_s - this_s, 9)
    if abs(change_s) < max(NOISE_S, round(NOISE_SHARE * min(this_s, other_s), 9)):
        return None
    return "slower" if change_s > 0 else "faster"


def in_cost(this_usd: float | None, other_usd: float | None) -> Change | None:
    """How the other cost compares; None where one is unknown, or within rounding."""
    if this_usd is None or other_usd is None:
        return None
    change_usd = round(other_usd - this_usd, 12)
    smaller_usd = min(this_usd, other_usd)
    if abs(change_usd) <= ROUNDING_USD or abs(change_usd) < round(COST_SHARE * smaller_usd, 12):
        return None
    return "dearer" if change_usd > 0 else "cheaper"


def in_failing(this_failed: bool, other_failed: bool) -> Change | None:
    """Whether only one of them failed."""
    if this_failed == other_failed:
        return None
    return "newly_failed" if other_failed else "no_longer_failed"
