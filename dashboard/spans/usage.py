"""Tokens and cost as one span reports them, in either dialect of attribute names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .attributes import cost, count, find

_PROMPT = ("gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens", "llm.token_count.prompt")
_COMPLETION = ("gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens", "llm.token_count.completion")
_TOTAL = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total")
_CACHE_READ = (
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "llm.token_count.prompt_details.cache_read",
)
_REASONING = (
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "llm.token_count.completion_details.reasoning",
)

#: Where litellm says cached and reasoning tokens, and only there: the text of a Python dict.
_LITELLM_USAGE = "metadata.usage_object"
_LITELLM_CACHED = re.compile(r"'cached_tokens': ([0-9]{1,12})\b")
_LITELLM_REASONING = re.compile(r"'reasoning_tokens': ([0-9]{1,12})\b")


@dataclass(slots=True)
class Usage:
    """Tokens, and cost in 1/PICO dollars; None is not reported.

    ``total`` is the reported one, else prompt + completion.
    """

    prompt: int | None = None
    completion: int | None = None
    cache_read: int | None = None
    reasoning: int | None = None
    total: int | None = None
    cost: int | None = None

    @property
    def has_tokens(self) -> bool:
        return bool(self.total)


def reported_usage(attributes: Mapping[str, Any]) -> Usage | None:
    """What a span reports; None where it reports neither tokens nor cost."""
    if not attributes:
        return None
    prompt, completion = count(attributes, *_PROMPT), count(attributes, *_COMPLETION)
    total = count(attributes, *_TOTAL)
    if not total and (prompt is not None or completion is not None):
        total = (prompt or 0) + (completion or 0)
    cache_read, reasoning = count(attributes, *_CACHE_READ), count(attributes, *_REASONING)
    if total and (cache_read is None or reasoning is None):
        words = find(attributes, _LITELLM_USAGE)
        if isinstance(words, str):
            cache_read = _in(words, _LITELLM_CACHED) if cache_read is None else cache_read
            reasoning = _in(words, _LITELLM_REASONING) if reasoning is None else reasoning
    usage = Usage(prompt, completion, cache_read, reasoning, total, _reported_cost(attributes))
    return usage if usage != Usage() else None


def _reported_cost(attributes: Mapping[str, Any]) -> int | None:
    for whole, parts in (
        ("gen_ai.usage.total_cost", ("gen_ai.usage.prompt_cost", "gen_ai.usage.completion_cost")),
        ("gen_ai.cost.total_cost", ("gen_ai.cost.input_cost", "gen_ai.cost.output_cost")),
    ):
        said = cost(attributes, whole)
        if said is not None:
            return said
        of_parts = [part for name in parts if (part := cost(attributes, name)) is not None]
        if of_parts:
            return sum(of_parts)
    return None


def _in(words: str, pattern: re.Pattern[str]) -> int | None:
    read = pattern.search(words, 0, 4_000)
    return int(read[1]) if read is not None else None
