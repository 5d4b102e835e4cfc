"""Flat attributes → nested JSON, and the type that upstream guesses from it. Recordings:
odd_rows/detail_0f, all details.

The rules, as observable from outside:

* `a.b.c` nests; a next part that is exactly `0` starts a list, so `gen_ai.prompt.0.role` makes a list of
  objects;
* lists grow with empty objects (or lists, or null for a final value) up to the index;
* the first writer wins: a path through an existing text, or a word into a list, is dropped silently;
* an object never takes one of the keys `0` … `9`, yet `10` is an ordinary key;
* a text at `gen_ai.prompt` becomes a list of one user message.
"""

from __future__ import annotations

import re
from typing import Any

_TYPES = {"gen_ai": "request", "agent": "agent", "tool": "tool"}


# Upstream has no such limit: there, one attribute named `a.0` and one named `a.999999999` fill the memory.
_MAX_INDEX = 100_000
#: Other scripts have digits, too, and some that are no number at all.
_INDEX = re.compile(r"[0-9]{1,9}")


def nested(attributes: dict[str, str]) -> dict[str, Any]:
    """The nested form, in the attributes' order."""
    root: dict[str, Any] = {}
    holes = _Holes()
    for path, value in attributes.items():
        *parts, last = path.split(".")
        place: Any = root
        for part, following in zip(parts, [*parts, last][1:], strict=True):
            place = _descend(place, part, following, holes)
            if place is None:
                break
        else:
            _put(place, last, value, holes)
    gen_ai = root.get("gen_ai")
    if isinstance(gen_ai, dict) and isinstance(gen_ai.get("prompt"), str):
        gen_ai["prompt"] = [{"content": gen_ai["prompt"], "role": "user"}]
    return root


class _Holes:
    """What lists may still grow by, beyond what is written into them: few names must not fill the memory."""

    def __init__(self) -> None:
        self._left = _MAX_INDEX

    def allow(self, place: list[Any], part: str) -> int | None:
        """The index that `part` says, None where it says none, or one too far away."""
        if not _INDEX.fullmatch(part):
            return None
        index = int(part)
        new = max(0, index - len(place))
        if new > self._left:
            return None
        self._left -= new
        return index


def _descend(place: Any, part: str, following: str, holes: _Holes) -> Any:
    """The child to go on in, made where missing; None where the path ends in a conflict."""
    if isinstance(place, list):
        index = holes.allow(place, part)
        if index is None:
            return None
        while len(place) <= index:
            place.append([] if following.isdigit() else {})
        return place[index]
    if not isinstance(place, dict) or _is_small_index(part):
        return None
    child = place.setdefault(part, [] if following == "0" else {})
    return None if isinstance(child, str) else child


def _put(place: Any, key: str, value: str, holes: _Holes) -> None:
    if isinstance(place, list):
        index = holes.allow(place, key)
        if index is not None:
            place.extend([None] * (index + 1 - len(place)))
            place[index] = value
    elif isinstance(place, dict) and not _is_small_index(key):
        place[key] = value


def _is_small_index(key: str) -> bool:
    return _INDEX.fullmatch(key) is not None and int(key) < 10


def span_type(data: Any) -> str:
    """The first of gen_ai, agent, tool among the keys, depth first: "request", "agent", "tool", else
    "other".
    """
    children: Any = ()
    if isinstance(data, dict):
        children = data.items()
    elif isinstance(data, list):
        children = enumerate(data)
    for key, child in children:
        found = _TYPES.get(key) if isinstance(data, dict) else None
        found = found or span_type(child)
        if found != "other":
            return found
    return "other"
