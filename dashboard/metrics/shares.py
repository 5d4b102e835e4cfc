"""What a whole is made of: the largest parts and the rest, shares, and costs per unit."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

#: Key of everything that is not among the largest; `rest` tells it from a key of that name.
REST = "…"


def top_and_rest(
    frame: pd.DataFrame, column: str, n: int = 8, *, not_additive: Collection[str] = ("traces",)
) -> pd.DataFrame:
    """The ``n`` keys with the largest sum of ``column``, and all others in one.

    Args:
        frame: ``key``, numbers that add up, perhaps ``bucket``.
        column: of the numbers; a key that has none there comes last.
        not_additive: numbers of which the rest gets NaN, because one trace may stand behind two keys.

    Returns:
        ``bucket`` if there is one, ``key``, the numbers, ``rest`` (bool) and ``keys`` (how many keys a
        row stands for, the same in each bucket). Largest key first, the rest last; by bucket inside.
    """
    sums = frame.groupby("key")[column].sum(min_count=1).reset_index()
    order = list(sums.sort_values([column, "key"], ascending=[False, True], na_position="last")["key"])
    rank = {key: min(place, n) for place, key in enumerate(order)}
    numbers = [name for name in frame.select_dtypes("number").columns if name != "bucket"]
    by = ["_rank", *(["bucket"] if "bucket" in frame.columns else [])]
    ranked = frame.assign(_rank=frame["key"].map(rank).astype("int64"))
    found = ranked.groupby(by)[numbers].sum(min_count=1).reset_index()
    rest = found["_rank"] == n
    found.loc[rest, [name for name in numbers if name in not_additive]] = float("nan")
    found.insert(len(by), "key", [REST if place == n else order[place] for place in found["_rank"]])
    found["rest"] = rest
    found["keys"] = [len(order) - n if beyond else 1 for beyond in rest]
    return found.drop(columns="_rank")


def shares(column: pd.Series[float]) -> pd.Series[float]:
    """Each value's share of the sum, 0 to 1; NaN all over when the sum is 0 or nothing is known."""
    whole = column.sum()
    return column / (whole if whole else float("nan"))


def cost_per_call(frame: pd.DataFrame) -> pd.Series[float]:
    """``cost_usd`` / ``calls``; NaN without calls or cost."""
    return frame["cost_usd"] / frame["calls"].where(frame["calls"] > 0)


def cost_per_1k_tokens(frame: pd.DataFrame) -> pd.Series[float]:
    """1000 × ``cost_usd`` / (``total_tokens`` − ``unpriced_tokens``); NaN without priced tokens or cost.

    Tokens without a price are left out below the line too: they would make the others look cheap.
    """
    priced = frame["total_tokens"] - frame["unpriced_tokens"]
    return 1000 * frame["cost_usd"] / priced.where(priced > 0)


def cache_hit_rate(cache_read_tokens: float | None, prompt_tokens: float | None) -> float | None:
    """Prompt tokens read from a cache / prompt tokens, at most 1.

    None without prompt tokens, and where cache reads are not reported: unknown is not 0.
    """
    if cache_read_tokens is None or prompt_tokens is None or pd.isna(cache_read_tokens):
        return None
    return min(1.0, cache_read_tokens / prompt_tokens) if prompt_tokens > 0 else None
