"""Span attributes as upstream sends them: nested, every leaf a text, and any of it may be junk.

What cannot be read is *not reported* (None, or an empty text), never zero and never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

#: One span's tokens and dollars beyond these are junk (a sum of them must fit the archive's columns).
TOKENS_MAX = 10**12
USD_MAX = 10**6
#: Costs are counted in whole millionths of a millionth of a dollar, the archive's last digit: exact sums.
PICO = 10**12

LABEL_MAX = 200

_COUNT = re.compile(r"([0-9]{1,13})(?:\.0*)?", re.ASCII)
_COST = re.compile(r"[0-9]{1,40}(?:\.[0-9]{0,60})?(?:[eE][+-]?[0-9]{1,2})?|\.[0-9]{1,60}", re.ASCII)

_parts: dict[str, list[str]] = {}


def find(attributes: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path, nested or with the dotted name itself as key; None without."""
    here: Any = attributes.get(path)
    if here is not None:
        return here
    parts = _parts.get(path)
    if parts is None:
        # paths are constants of this package, so this stays small
        parts = _parts[path] = path.split(".")
    here = attributes
    for part in parts:
        if not isinstance(here, dict):
            return None
        here = here.get(part)
        if here is None:
            return None
    return here


def text(attributes: Mapping[str, Any], *paths: str) -> str:
    """The first of the paths that holds a text that is not blank, stripped; else ""."""
    for path in paths:
        value = find(attributes, path)
        if isinstance(value, str):
            value = value.strip()
            if value:
                return value
        elif isinstance(value, int | float):
            return str(value)
    return ""


def label(attributes: Mapping[str, Any], *paths: str) -> str:
    """A text as a label: on one line, at most LABEL_MAX characters."""
    return one_line(text(attributes, *paths))


def one_line(words: str) -> str:
    return " ".join(words[: 4 * LABEL_MAX].split())[:LABEL_MAX].replace("\0", "")


def count(attributes: Mapping[str, Any], *paths: str) -> int | None:
    """The first of the paths that holds a whole number of tokens, 0 or more; else None."""
    for path in paths:
        value = find(attributes, path)
        if value is None or isinstance(value, dict | list):
            continue
        read = _COUNT.fullmatch(str(value).strip())
        if read is not None and (tokens := int(read[1])) <= TOKENS_MAX:
            return tokens
    return None


def cost(attributes: Mapping[str, Any], *paths: str) -> int | None:
    """The first of the paths that holds dollars, 0 or more, in units of 1/PICO dollar; else None."""
    for path in paths:
        value = find(attributes, path)
        if value is None or isinstance(value, dict | list):
            continue
        words = str(value).strip()
        if _COST.fullmatch(words) is not None:
            usd = Decimal(words)
            if usd < USD_MAX:
                return round(usd * PICO)
    return None
