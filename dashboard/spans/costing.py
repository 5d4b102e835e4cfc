"""What a span's counted usage cost, and where that is known from."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.pricing import PriceBook

from .attributes import PICO, USD_MAX
from .counting import Counted
from .facts import Facts


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars; at most one of the two is there. ``source``: reported, estimated, own, unpriced, covered
    (paid for by the reported cost of a span above), none (nothing was used)."""

    source: str
    reported_usd: float | None = None
    estimated_usd: float | None = None


_NONE, _COVERED, _UNPRICED = Cost("none"), Cost("covered"), Cost("unpriced")


def cost_of(span: Facts, counted: Counted | None, book: PriceBook) -> Cost:
    """The reported cost, else for tokens that nobody else pays for the book's price."""
    if counted is None:
        return _NONE
    usage = counted.usage
    if usage.cost is not None:
        return Cost("reported", reported_usd=usage.cost / PICO)
    if not (usage.total or usage.prompt or usage.completion):
        return _NONE
    if counted.covered:
        return _COVERED
    estimate = book.estimate(
        span.price_names,
        span.provider,
        span.span.started_at,
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        cache_read_tokens=usage.cache_read,
        reasoning_tokens=usage.reasoning,
    )
    # beyond USD_MAX the tokens are junk, and the archive could not hold the amount
    if estimate is None or estimate.usd >= USD_MAX:
        return _UNPRICED
    return Cost(estimate.source, estimated_usd=estimate.usd)
