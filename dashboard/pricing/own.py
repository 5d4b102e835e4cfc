"""The user's own prices: a TOML table, US dollars or won per million tokens.

currency = "KRW"            # or "USD", the default
krw_per_usd = 1400          # with KRW
overrides_library = false   # true: this table goes before the library's prices

[models."my-org/llama-*"]   # a model's name, or a glob (* ? [abc]); upper and lower case are one
prompt = 280
completion = 840
cache_read = 70             # optional; else as the prompt
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from dashboard.toml_file import UnreadableFile, read_toml

from .library import Rate, Rates

_TOP = {"currency", "krw_per_usd", "overrides_library", "models"}
_PRICES = {"prompt", "completion", "cache_read"}
#: Beyond this a price per million tokens is a slip of the pen.
_USD_MAX = 100_000.0


class PricesProblem(ValueError):
    """The price table cannot be used: which file, which key, what was expected, what to do."""

    def __init__(self, path: Path, key: str, expected: str) -> None:
        self.path, self.key, self.expected = path, key, expected
        place = f" at {key}" if key else ""
        super().__init__(
            f"The price table {path} cannot be used{place}: {expected}. "
            "Correct the file, or remove DASHBOARD_PRICES, and restart."
        )


@dataclass(frozen=True)
class OwnPrices:
    """Rates by model name and by glob (longest first), and a digest of all that they say."""

    exact: Mapping[str, Rates]
    globs: tuple[tuple[re.Pattern[str], Rates], ...]
    overrides_library: bool
    digest: str

    def find(self, name: str) -> Rates | None:
        """The most specific rates for a name: exact, else the longest glob that matches."""
        name = name.lower()
        if name in self.exact:
            return self.exact[name]
        return next((rates for glob, rates in self.globs if glob.match(name)), None)


def load_own_prices(path: Path) -> OwnPrices:
    """Reads the table. Raises PricesProblem."""
    try:
        wire = read_toml(path)
    except UnreadableFile as problem:
        raise PricesProblem(path, "", f"{problem} is expected") from None
    for key in wire:
        if key not in _TOP:
            raise PricesProblem(path, key, f"one of {', '.join(sorted(_TOP))} is expected")
    overrides = wire.get("overrides_library", False)
    if not isinstance(overrides, bool):
        raise PricesProblem(path, "overrides_library", "true or false is expected")
    per_usd = _per_usd(path, wire)
    models = wire.get("models")
    if not isinstance(models, dict) or not models:
        raise PricesProblem(path, "models", 'at least one table [models."name"] is expected')
    by_name: dict[str, Rates] = {}
    for name, prices in models.items():
        if not name.strip() or name.strip().lower() in by_name:
            raise PricesProblem(path, f'models."{name}"', "a model's name is expected, each once")
        by_name[name.strip().lower()] = _rates(path, name, prices, per_usd)
    globs = sorted((n for n in by_name if _is_glob(n)), key=lambda n: (-len(n), n))
    said = repr((overrides, sorted(by_name.items())))
    return OwnPrices(
        # an exact name may hold a bracket, so a glob is also looked up as it is written
        exact=by_name,
        globs=tuple((re.compile(fnmatch.translate(glob)), by_name[glob]) for glob in globs),
        overrides_library=overrides,
        digest=hashlib.sha256(said.encode()).hexdigest()[:16],
    )


def _per_usd(path: Path, wire: dict[str, Any]) -> float:
    """Units of the table's currency in one US dollar."""
    currency = wire.get("currency", "USD")
    if currency not in ("USD", "KRW"):
        raise PricesProblem(path, "currency", '"USD" or "KRW" is expected')
    rate = wire.get("krw_per_usd")
    if rate is None and currency == "USD":
        return 1.0
    if not _is_number(rate) or not 100 <= rate <= 100_000:
        raise PricesProblem(path, "krw_per_usd", "the won in one US dollar, such as 1400, is expected")
    return float(rate) if currency == "KRW" else 1.0


def _rates(path: Path, name: str, prices: Any, per_usd: float) -> Rates:
    place = f'models."{name}"'
    if not isinstance(prices, dict):
        raise PricesProblem(path, place, "a table with prompt and completion is expected")
    for key in prices:
        if key not in _PRICES:
            raise PricesProblem(path, f"{place}.{key}", f"one of {', '.join(sorted(_PRICES))} is expected")
    rates: dict[str, Rate] = {}
    for key in ("prompt", "completion", "cache_read"):
        value = prices.get(key)
        if value is None and key == "cache_read":
            continue
        if not _is_number(value) or not 0 <= value / per_usd <= _USD_MAX:
            raise PricesProblem(path, f"{place}.{key}", "a price per million tokens, 0 or more, is expected")
        rates[key] = Rate(value / per_usd)
    return Rates(rates["prompt"], rates["completion"], cache_read=rates.get("cache_read"))


def _is_number(value: Any) -> TypeGuard[int | float]:
    # TOML's whole numbers have no end: one that is no float overflows wherever it is used
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_glob(name: str) -> bool:
    return any(mark in name for mark in "*?[")
