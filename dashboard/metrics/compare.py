"""Which differences between two groups of traces are more than chance."""

from __future__ import annotations

from math import erfc, exp, lgamma, sqrt

import pandas as pd

from .kpis import ENOUGH

#: Chance of naming even one difference that is none.
ALPHA = 0.05

#: Below so many expected in a cell, the normal approximation is too coarse (Cochran's rule).
_FEWEST_EXPECTED = 5

_ORDER = {"significant": 0, "not_significant": 1, "too_few": 2}


def compare_shares(counts: pd.DataFrame, *, alpha: float = ALPHA, least: int = ENOUGH) -> pd.DataFrame:
    """Shares of each value among bad traces and the rest, the strongest difference first.

    Each value is tested alone: two proportions, two-sided; Fisher's exact test where fewer than five
    are expected in a cell, else the pooled z test. The p-values of all values that were tested are
    adjusted together (Holm 1979, Scand. J. Statist. 6:65–70).

    Args:
        counts: ``attribute``, ``value``, ``bad_n``, ``bad_total``, ``rest_n``, ``rest_total``.
        least: a value with fewer traces, or a side with fewer traces, is not tested.

    Returns:
        These columns, ``bad_share``, ``rest_share`` (NaN without traces), ``points`` (bad − rest, in
        percentage points), ``p_value``, ``p_adjusted`` (NaN when not tested) and ``verdict``:
        ``significant``, ``not_significant`` or ``too_few``. Significant ones first, by the size of the
        difference; the others likewise, untested ones last.
    """
    found = counts.reset_index(drop=True)
    found["bad_share"] = found["bad_n"] / found["bad_total"].where(found["bad_total"] > 0)
    found["rest_share"] = found["rest_n"] / found["rest_total"].where(found["rest_total"] > 0)
    found["points"] = 100 * (found["bad_share"] - found["rest_share"])
    smallest = pd.concat(
        [found["bad_total"], found["rest_total"], found["bad_n"] + found["rest_n"]], axis=1
    ).min(axis=1)
    tested = found[smallest >= least]
    columns = (tested[name] for name in ("bad_n", "bad_total", "rest_n", "rest_total"))
    p_values = [p_of_shares(int(a), int(n), int(b), int(m)) for a, n, b, m in zip(*columns, strict=True)]
    found["p_value"] = pd.Series(p_values, index=tested.index, dtype="float64")
    found["p_adjusted"] = _holm(found["p_value"])
    found["verdict"] = "not_significant"
    found.loc[found["p_adjusted"] < alpha, "verdict"] = "significant"
    found.loc[found["p_value"].isna(), "verdict"] = "too_few"
    strength = pd.DataFrame({"place": found["verdict"].map(_ORDER), "size": -found["points"].abs()})
    order = strength.assign(attribute=found["attribute"], value=found["value"])
    sorted_index = order.sort_values(["place", "size", "attribute", "value"]).index
    return found.loc[sorted_index].reset_index(drop=True)


def p_of_shares(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p-value of a of n against b of m."""
    with_value, whole = a + b, n + m
    if with_value in (0, whole) or n == 0 or m == 0:
        return 1.0
    expected = min(n, m) * min(with_value, whole - with_value) / whole
    return _z_test(a, n, b, m) if expected >= _FEWEST_EXPECTED else _fisher(a, n, b, m)


def _z_test(a: int, n: int, b: int, m: int) -> float:
    pooled = (a + b) / (n + m)
    z = (a / n - b / m) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return erfc(abs(z) / sqrt(2))


def _fisher(a: int, n: int, b: int, m: int) -> float:
    """Sum of the chances of all tables with these margins that are no likelier than this one."""
    with_value = a + b

    def log_chance(k: int) -> float:
        return _log_choose(n, k) + _log_choose(m, with_value - k) - _log_choose(n + m, with_value)

    observed = log_chance(a)
    chances = map(log_chance, range(max(0, with_value - m), min(n, with_value) + 1))
    # Equally likely tables differ in the last digits of their logarithms.
    return min(1.0, sum(exp(chance) for chance in chances if chance <= observed + 1e-7))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _holm(p_values: pd.Series[float]) -> pd.Series[float]:
    """Adjusted p-values: the i-th smallest of k × (k − i + 1), never below a smaller one's; at most 1."""
    ordered = p_values.dropna().sort_values()
    factors = pd.Series(range(len(ordered), 0, -1), index=ordered.index, dtype="float64")
    return (ordered * factors).cummax().clip(upper=1.0).reindex(p_values.index)
