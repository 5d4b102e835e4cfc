"""Figures computed from frames: a frame in, a frame (or a number) out; no widget, clock or cache.

Every definition here stands in docs/FORMULAS.md under the same name.
"""

from .budget import LOOK_BACK, Projection, month_end, projection
from .calls import edges
from .compare import compare_shares
from .confidence import SuccessLevel, gate, gated, success_level, wilson
from .days import daily, heat_map
from .kpis import ENOUGH, Change, count_change, incomparable, rate_change, ratio, ratio_change, success_rate
from .reconciliation import Reason, Reconciliation, reconcile
from .shares import REST, cache_hit_rate, cost_per_1k_tokens, cost_per_call, shares, top_and_rest
from .tokens import TOKEN_PARTS, token_parts

__all__ = [
    "ENOUGH",
    "LOOK_BACK",
    "REST",
    "TOKEN_PARTS",
    "Change",
    "Projection",
    "Reason",
    "Reconciliation",
    "SuccessLevel",
    "cache_hit_rate",
    "compare_shares",
    "cost_per_1k_tokens",
    "cost_per_call",
    "count_change",
    "daily",
    "edges",
    "gate",
    "gated",
    "heat_map",
    "incomparable",
    "month_end",
    "projection",
    "rate_change",
    "ratio",
    "ratio_change",
    "reconcile",
    "shares",
    "success_level",
    "success_rate",
    "token_parts",
    "top_and_rest",
    "wilson",
]
