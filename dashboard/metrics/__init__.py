"""Figures computed from frames: a frame in, a frame (or a number) out; no widget, clock or cache.

Every definition here stands in docs/FORMULAS.md under the same name.
"""

from .kpis import Change, count_change, incomparable, rate_change, ratio, ratio_change, success_rate
from .tokens import TOKEN_PARTS, token_parts

__all__ = [
    "TOKEN_PARTS",
    "Change",
    "count_change",
    "incomparable",
    "rate_change",
    "ratio",
    "ratio_change",
    "success_rate",
    "token_parts",
]
