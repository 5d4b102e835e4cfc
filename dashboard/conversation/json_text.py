"""JSON as a reader wants it: indented where that helps, and never another value than was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .visible import visible, without_bytes

#: Longer JSON is a text like any other: nobody reads it line by line.
INDENTED_MAX = 200_000
#: Deeper levels are not indented further, so that the indented text stays in proportion.
_INDENTS_MAX = 16
_WORD = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def indented(text: str) -> str | None:
    """A text that is a JSON list or object of at most INDENTED_MAX characters, indented; None for any other.

    Numbers, order and repeated keys stay as written; escapes in strings become the characters they mean.
    """
    if len(text) > INDENTED_MAX or text[:100].lstrip()[:1] not in ("{", "["):
        return None
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return _laid_out(text)


def written(value: Any) -> str:
    """A value as indented JSON, however deep it is; data URLs by their size."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, TypeError, ValueError):
        text = "".join(_pieces(value))
    return visible(without_bytes(_laid_out(text)))


def _laid_out(text: str) -> str:
    if len(text) > INDENTED_MAX:
        return text
    out: list[str] = []
    depth = 0
    before = ""
    for word in _WORD.findall(text):
        if word in "}]":
            depth -= 1
            if before not in ("{", "["):
                out.append(_line(depth))
        elif before in ("{", "["):
            out.append(_line(depth))
        if word in "{[":
            depth += 1
            out.append(word)
        elif word == ",":
            out.append("," + _line(depth))
        elif word == ":":
            out.append(": ")
        elif word[0] == '"' and "\\" in word:
            out.append(json.dumps(json.loads(word, strict=False), ensure_ascii=False))
        else:
            out.append(word)
        before = word
    return "".join(out)


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, _INDENTS_MAX)


def _pieces(value: Any) -> Iterator[str]:
    """Compact JSON without recursion: what is still to be written lies on a stack of our own."""
    todo: list[tuple[bool, Any]] = [(False, value)]
    while todo:
        is_text, item = todo.pop()
        if is_text:
            yield item
        elif isinstance(item, dict):
            yield "{"
            todo.append((True, "}"))
            for number, (key, inner) in reversed(list(enumerate(item.items()))):
                todo.append((False, inner))
                todo.append((True, ("," if number else "") + json.dumps(str(key), ensure_ascii=False) + ":"))
        elif isinstance(item, list | tuple):
            yield "["
            todo.append((True, "]"))
            for number, inner in reversed(list(enumerate(item))):
                todo.append((False, inner))
                if number:
                    todo.append((True, ","))
        else:
            yield json.dumps(item, ensure_ascii=False, default=str)
