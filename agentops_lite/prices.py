"""Model prices: the collector's (added to spans as they arrive), the API's, and the database's small table.

Upstream prices a call in three places, and they disagree; each is imitated where it is used:

* **The collector** multiplies tokens by a price list of the `tokencost` package and stores
  `gen_ai.usage.prompt_cost` / `completion_cost`, for known *response* models only.
* **The API** falls back to the same package when a span carries no stored cost (detail, list metrics).
* **The database** has a table of 23 unversioned names. Real response models are versioned
  (`gpt-4o-mini-2024-07-18`), so it nearly never matches: costs in the list are nearly
  only tool costs.

Here `genai-prices` stands for the first two. It reproduces every stored cost of the recordings (gpt-4o,
gpt-4o-mini and o3-mini, versioned and unversioned). It differs from `tokencost` by being newer, and by
matching some names by prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from genai_prices import Usage, calc_price

# Few tokens: some models cost more per token in long prompts, which upstream's list does not know.
_TOKENS = 1_000

_API_ALIASES = {"sonar-pro": "perplexity/sonar-pro", "sonar": "perplexity/sonar"}

# USD per 1,000 tokens (prompt, completion), as the stock build's migrations seed them.
_DATABASE_PRICES: dict[str, tuple[float, float]] = {
    "gpt-4o-mini": (0.00015, 0.00060),
    "gpt-4o": (0.005, 0.015),
    "claude-3-5-sonnet": (0.003, 0.015),
    "perplexity/sonar": (0.0001, 0.0004),
    "perplexity/sonar-pro": (0.0005, 0.0015),
    "ai21/jamba-instruct": (0.001, 0.004),
    "ai21/jamba-1-5-large": (0.0025, 0.01),
    "anthropic/claude-3-5-haiku": (0.0008, 0.004),
    "anthropic/claude-3-5-sonnet": (0.003, 0.015),
    "anthropic/claude-3-opus": (0.015, 0.075),
    "anthropic/claude-3-sonnet": (0.003, 0.015),
    "anthropic/claude-3-haiku": (0.00025, 0.00125),
    "openai/gpt-4o": (0.005, 0.015),
    "openai/gpt-4o-mini": (0.00015, 0.0006),
    "openai/gpt-4.1": (0.01, 0.03),
    "openai/gpt-4o-realtime": (0.015, 0.06),
    "openai/gpt-3.5-turbo": (0.0005, 0.0015),
    "mistral/mistral-large": (0.003, 0.012),
    "mistral/mistral-small": (0.0002, 0.0006),
    "groq/llama-3.1-8b-instant": (0.00005, 0.0001),
    "groq/llama-3.1-70b-versatile": (0.00059, 0.00079),
    "google/gemini-1.5-pro": (0.00125, 0.005),
    "google/gemini-1.5-flash": (0.000075, 0.0003),
}


@dataclass(frozen=True)
class TokenPrice:
    """USD per one token."""

    prompt: Decimal
    completion: Decimal


@lru_cache(maxsize=4096)
def token_price(model: str) -> TokenPrice | None:
    """Price of a model by its exact or versioned name; None when nobody knows it (self-hosted models,
    typing errors).
    """
    if not model:
        return None
    try:
        prompt = calc_price(Usage(input_tokens=_TOKENS, output_tokens=0), model_ref=model).total_price
        completion = calc_price(Usage(input_tokens=0, output_tokens=_TOKENS), model_ref=model).total_price
    except (LookupError, ValueError):
        return None
    return TokenPrice(prompt / _TOKENS, completion / _TOKENS)


def api_cost(tokens: int, model: str, side: str) -> Decimal:
    """What the API makes of a span without stored cost: tokens times price, 0 for an unknown model."""
    price = token_price(_API_ALIASES.get(model, model))
    if price is None or not tokens:
        return Decimal(0)
    return tokens * (price.prompt if side == "prompt" else price.completion)


def database_cost(prompt_tokens: int, completion_tokens: int, model: str) -> tuple[float, float]:
    """What the database makes of it: (prompt, completion), each rounded to 7 places; zeros for
    versioned names.
    """
    name = model.lower()
    prompt, completion = _DATABASE_PRICES.get(_API_ALIASES.get(name, name), (0.0, 0.0))
    return (
        round(prompt_tokens / 1000 * prompt, 7) if prompt_tokens > 0 else 0.0,
        round(completion_tokens / 1000 * completion, 7) if completion_tokens > 0 else 0.0,
    )
