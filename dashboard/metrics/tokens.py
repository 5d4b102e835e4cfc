"""Tokens taken apart without counting any twice."""

from __future__ import annotations

import pandas as pd

#: Parts of the token total, in the order in which they are stacked, bottom to top.
TOKEN_PARTS = ("prompt", "cache_read", "completion", "reasoning", "unsplit")


def token_parts(windows: pd.DataFrame) -> pd.DataFrame:
    """Parts that add up to the total of each window.

    Args:
        windows: columns ``total_tokens``, ``prompt_tokens``, ``completion_tokens``,
            ``cache_read_tokens``, ``reasoning_tokens``; NaN is unknown.

    Returns:
        Same index; columns ``prompt`` (prompt tokens that were not read from a cache),
        ``cache_read``, ``completion`` (completion tokens that are not reasoning), ``reasoning`` and
        ``unsplit`` (in the total, but reported neither as prompt nor as completion: AgentOps does not
        read the names that current litellm uses). Where cache-read or reasoning tokens are unknown,
        they are NaN and stay inside prompt and completion.
    """
    prompt, completion = windows["prompt_tokens"], windows["completion_tokens"]
    cached = windows["cache_read_tokens"].clip(upper=prompt)
    reasoning = windows["reasoning_tokens"].clip(upper=completion)
    return pd.DataFrame(
        {
            "prompt": prompt - cached.fillna(0),
            "cache_read": cached,
            "completion": completion - reasoning.fillna(0),
            "reasoning": reasoning,
            "unsplit": (windows["total_tokens"] - prompt - completion).clip(lower=0),
        }
    )
