"""Prices of the genai-prices package: which model a name means, and what its tokens cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from genai_prices import __version__
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from .names import is_own_server, provider_id, spellings

LIBRARY = f"genai-prices {__version__}"

#: The release whose date ``AS_OF`` is. The package carries no date of its own; the day is the one on which
#: the package index took the release in (``pip install --uploaded-prior-to``: 2026-11-11 finds it,
#: 2026-11-10 does not). Its newest dated remark about a price is of 2026-11-04.
AS_OF_RELEASE = "0.2.3"
AS_OF = date(2026, 11, 10)

_PER = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars per million tokens; from ``steps`` the last one whose start the prompt exceeds."""

    base_usd: float
    steps: tuple[tuple[int, float], ...] = ()

    def at(self, prompt_tokens: int) -> float:
        usd = self.base_usd
        for start, dearer_usd in self.steps:
            if prompt_tokens > start:
                usd = dearer_usd
        return usd


@dataclass(frozen=True, slots=True)
class Rates:
    """What one model's tokens cost; None is not priced. ``request_usd`` is for a call, whatever its size."""

    prompt: Rate | None
    completion: Rate | None
    cache_read: Rate | None = None
    reasoning: Rate | None = None
    request_usd: float = 0.0

    def usd(
        self, *, prompt_tokens: int, completion_tokens: int, cache_read_tokens: int, reasoning_tokens: int
    ) -> float | None:
        """Dollars of a call; None where tokens were used that have no price.

        Cached tokens are among the prompt's and reasoning among the completion's, as in the library;
        both cost as the rest where they have no rate of their own.
        """
        if (prompt_tokens and self.prompt is None) or (completion_tokens and self.completion is None):
            return None
        usd = self.request_usd
        for rate, special, tokens, special_tokens in (
            (self.prompt, self.cache_read, prompt_tokens, cache_read_tokens),
            (self.completion, self.reasoning, completion_tokens, reasoning_tokens),
        ):
            if rate is None:
                continue
            apart = min(special_tokens, tokens) if special is not None else 0
            usd += (tokens - apart) * rate.at(prompt_tokens) / _PER
            if special is not None:
                usd += apart * special.at(prompt_tokens) / _PER
        return usd


class LibraryPrices:
    """The package's prices, found by name and kept. Nothing is fetched."""

    def __init__(self) -> None:
        self._models = lru_cache(maxsize=4096)(_models)
        self._rates: dict[int, tuple[ModelPrice, Rates | None]] = {}

    def usd(
        self,
        names: tuple[str, ...],
        provider: str,
        at: datetime,
        *,
        prompt_tokens: int,
        completion_tokens: int,
        cache_read_tokens: int,
        reasoning_tokens: int,
    ) -> float | None:
        """The price at the time ``at`` by the first of the names that has one, None without."""
        for model in self._models(names, provider):
            rates = self._rates_of(model, at)
            if rates is None:
                continue
            usd = rates.usd(
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
                cache_read_tokens=cache_read_tokens,
                reasoning_tokens=reasoning_tokens,
            )
            if usd is not None:
                return usd
        return None

    def _rates_of(self, model: ModelInfo, at: datetime) -> Rates | None:
        price = model.get_prices(at)
        kept = self._rates.get(id(price))
        if kept is None:
            # the price is kept with its rates, so that its id stays its own
            kept = self._rates[id(price)] = (price, rates_of(price, free=model.id.endswith(":free")))
        return kept[1]


def rates_of(price: ModelPrice, *, free: bool = False) -> Rates | None:
    """The library's entry as rates; None where it prices neither prompt nor completion (sound, pages,
    subscriptions). ``free``: such an entry means no price at all, but nothing to pay."""
    prompt, completion = _rate(price.input_mtok), _rate(price.output_mtok)
    if prompt is None and completion is None:
        return Rates(Rate(0.0), Rate(0.0)) if free else None
    requests = _rate(price.requests_kcount)
    return Rates(
        prompt,
        completion,
        cache_read=_rate(price.cache_read_mtok),
        reasoning=_rate(price.output_reasoning_mtok),
        request_usd=requests.base_usd / 1_000 if requests is not None else 0.0,
    )


def _rate(price: object) -> Rate | None:
    if price is None:
        return None
    if isinstance(price, TieredPrices):
        return Rate(float(price.base), tuple((step.start, float(step.price)) for step in price.tiers))
    return Rate(float(str(price)))


def _models(names: Sequence[str], provider: str) -> tuple[ModelInfo, ...]:
    """The library's models for these names, best first: with the provider's help, then by name alone."""
    found: dict[int, ModelInfo] = {}
    for name, by in spellings(names, provider):
        if is_own_server(by):
            continue
        known = provider_id(by)
        for provider_asked in (known, None) if known is not None else (None,):
            try:
                model = get_snapshot().find_provider_model(name, None, provider_asked, None)[1]
            except LookupError:
                continue
            found.setdefault(id(model), model)
    return tuple(found.values())
