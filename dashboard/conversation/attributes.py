"""Attributes as AgentOps sends them: nested, mostly texts; and all of them, flat, for the raw view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .json_text import written
from .values import Pair
from .visible import visible

#: What lies deeper is shown in one piece: a path of thousands of words helps nobody.
DEPTH_MAX = 40


def find(attributes: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path, nested or with the dotted name itself as key; None without."""
    here: Any = attributes.get(path)
    if here is not None:
        return here
    here = attributes
    for part in path.split("."):
        here = here.get(part) if isinstance(here, dict) else None
    return here


def text(attributes: Mapping[str, Any], *paths: str) -> str:
    """The first of the paths that holds a text that is not blank (or a number), as sent; else ""."""
    for path in paths:
        value = find(attributes, path)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float):
            return str(value)
    return ""


def flat(attributes: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Each leaf with its path, ``N.2`` before ``N.10``; nothing is lost.

    A hole in a list is ``null``; an empty list or object, and whatever lies deeper than DEPTH_MAX, stands
    as JSON.
    """
    found: list[Pair] = []
    todo: list[tuple[str, int, Any]] = [("", 0, attributes)]
    while todo:
        path, depth, value = todo.pop()
        if isinstance(value, Mapping | list) and value and depth < DEPTH_MAX:
            before = f"{path}." if depth else ""
            items = enumerate(value) if isinstance(value, list) else sorted(value.items(), key=_order_of_item)
            # the last one lies on top of the stack
            todo += reversed([(f"{before}{key}", depth + 1, inner) for key, inner in items])
        elif depth:
            found.append((visible(path), visible(value) if isinstance(value, str) else written(value)))
    return tuple(found)


def _order_of_item(item: tuple[Any, Any]) -> list[tuple[int, int, str]]:
    return [_order(word) for word in str(item[0]).split(".")]


def _order(word: str) -> tuple[int, int, str]:
    """Numbers first, by size: a longer number is larger."""
    if word.isascii() and word.isdigit():
        digits = word.lstrip("0")
        return 0, len(digits), digits
    return 1, 0, word
