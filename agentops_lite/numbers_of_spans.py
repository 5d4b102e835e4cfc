"""Tokens and costs of a span and of a trace, read from the attributes' text as upstream's API reads them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from agentops_lite.errors import UpstreamFailure
from agentops_lite.prices import api_cost
from agentops_lite.spans import (
    CACHE_READ_TOKENS,
    COMPLETION_COST,
    COMPLETION_TOKENS,
    PROMPT_COST,
    PROMPT_TOKENS,
    REASONING_TOKENS,
    REQUEST_MODEL,
    RESPONSE_MODEL,
    TOTAL_COST,
    TOTAL_TOKENS,
)
from agentops_lite.wire_text import cost_text


@dataclass(frozen=True)
class SpanNumbers:
    """Tokens and costs of one span: stored values first, then the API's prices."""

    status: str
    prompt_tokens: int
    completion_tokens: int
    cache_read: int
    reasoning: int
    total_tokens: int
    prompt_cost: Decimal
    completion_cost: Decimal
    total_cost: Decimal

    @classmethod
    def of(cls, attributes: dict[str, str], status: str) -> SpanNumbers:
        def tokens(key: str) -> int:
            return int(attributes.get(key) or 0)

        def cost(key: str) -> Decimal | None:
            text = attributes.get(key)
            cost = Decimal(text) if text else None
            if cost is not None and cost.is_snan():
                raise ValueError(f"{key} is a number that fails wherever it is used")
            return cost

        prompt, completion = tokens(PROMPT_TOKENS), tokens(COMPLETION_TOKENS)
        cache_read, reasoning = tokens(CACHE_READ_TOKENS), tokens(REASONING_TOKENS)
        total = attributes.get(TOTAL_TOKENS)
        model = attributes.get(RESPONSE_MODEL) or attributes.get(REQUEST_MODEL) or ""
        prompt_cost, completion_cost, total_cost = cost(PROMPT_COST), cost(COMPLETION_COST), cost(TOTAL_COST)
        if prompt_cost is None:
            prompt_cost = api_cost(prompt, model, "prompt")
        if completion_cost is None:
            completion_cost = api_cost(completion, model, "completion")
        return cls(
            status=status,
            prompt_tokens=prompt,
            completion_tokens=completion,
            cache_read=cache_read,
            reasoning=reasoning,
            total_tokens=int(total) if total else prompt + completion + cache_read + reasoning,
            prompt_cost=prompt_cost,
            completion_cost=completion_cost,
            total_cost=prompt_cost + completion_cost if total_cost is None else total_cost,
        )

    def answer(self) -> dict[str, Any]:
        return {
            "total_tokens": self.total_tokens,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cache_read_input_tokens": self.cache_read,
            "reasoning_tokens": self.reasoning,
            "success_tokens": self.total_tokens if self.status == "OK" else 0,
            "fail_tokens": self.total_tokens if self.status == "ERROR" else 0,
            "indeterminate_tokens": 0 if self.status in ("OK", "ERROR") else self.total_tokens,
            "prompt_cost": cost_text(self.prompt_cost),
            "completion_cost": cost_text(self.completion_cost),
            "total_cost": cost_text(self.total_cost),
        }


def trace_metrics(numbers: list[SpanNumbers]) -> dict[str, Any]:
    """Sums over spans; outcomes are per span here, and total tokens trust a stored total."""
    success = sum(n.status == "OK" for n in numbers)
    fail = sum(n.status == "ERROR" for n in numbers)
    try:
        total_cost, prompt_cost, completion_cost = (
            sum(costs, Decimal(0))
            for costs in zip(
                *((n.total_cost, n.prompt_cost, n.completion_cost) for n in numbers), strict=True
            )
        )
    except InvalidOperation:
        raise UpstreamFailure("costs without end of both signs") from None
    return {
        "span_count": len(numbers),
        "trace_count": 1,
        "success_count": success,
        "fail_count": fail,
        "indeterminate_count": len(numbers) - success - fail,
        "prompt_tokens": sum(n.prompt_tokens for n in numbers),
        "completion_tokens": sum(n.completion_tokens for n in numbers),
        "cache_read_input_tokens": sum(n.cache_read for n in numbers),
        "reasoning_tokens": sum(n.reasoning for n in numbers),
        "total_tokens": sum(n.total_tokens for n in numbers),
        "prompt_cost": cost_text(prompt_cost),
        "completion_cost": cost_text(completion_cost),
        "average_cost_per_trace": cost_text(total_cost),
        "total_cost": cost_text(total_cost),
    }
