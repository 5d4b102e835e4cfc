"""The price book: an estimate for a call whose cost was not reported, and where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from .library import AS_OF, LIBRARY, LibraryPrices, Rates
from .names import spellings
from .own import OwnPrices, load_own_prices

#: Raised whenever the same prices give another estimate.
_RULES = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """US dollars by the price library (``estimated``) or by the user's table (``own``)."""

    usd: float
    source: Literal["estimated", "own"]


class PriceBook:
    """Estimates from the library and the user's table, which goes first if it says so.

    ``version`` changes whenever an estimate could; ``as_of`` is the date of the library's prices.
    """

    def __init__(self, own: OwnPrices | None = None) -> None:
        self.version = f"{LIBRARY}; rules {_RULES}; own {own.digest if own is not None else 'none'}"
        self.as_of: date = AS_OF
        self._own = own
        self._library = LibraryPrices()
        self._own_rates = lru_cache(maxsize=4096)(self._find_own)

    def estimate(
        self,
        names: Sequence[str],
        provider: str,
        at: datetime,
        *,
        prompt_tokens: int | None,
        completion_tokens: int | None,
        cache_read_tokens: int | None,
        reasoning_tokens: int | None,
    ) -> Estimate | None:
        """What these tokens cost at the time ``at`` (a naive one is UTC), None if no price is known.

        ``names`` are tried best first, each also without a provider in front; an unknown count is
        none of such tokens, but with prompt and completion both unknown there is no estimate.
        """
        if prompt_tokens is None and completion_tokens is None:
            return None
        wanted = tuple(names)
        tokens = {
            "prompt_tokens": prompt_tokens or 0,
            "completion_tokens": completion_tokens or 0,
            "cache_read_tokens": cache_read_tokens or 0,
            "reasoning_tokens": reasoning_tokens or 0,
        }
        rates = self._own_rates(wanted, provider) if self._own is not None else None
        own_usd = rates.usd(**tokens) if rates is not None else None
        if own_usd is not None and self._own is not None and self._own.overrides_library:
            return Estimate(own_usd, "own")
        usd = self._library.usd(wanted, provider, at, **tokens)
        if usd is not None:
            return Estimate(usd, "estimated")
        return Estimate(own_usd, "own") if own_usd is not None else None

    def _find_own(self, names: tuple[str, ...], provider: str) -> Rates | None:
        assert self._own is not None  # noqa: S101 - asked only with a table
        for name, _ in spellings(names, provider):
            if (rates := self._own.find(name)) is not None:
                return rates
        return None


def price_book(path: Path | None) -> PriceBook:
    """The book with the user's table at ``path``, or with the library alone. Raises PricesProblem."""
    return PriceBook(load_own_prices(path) if path is not None else None)
