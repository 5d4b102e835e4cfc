"""Texts that are lists or objects: JSON, and Python's own way to write them, which AgentOps passes on.

Reading is linear in the text, builds nothing but lists, dicts, texts and numbers, and gives up on whatever
it does not know: the text then stays what it is.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

#: Nobody's conversation has more lists and objects, code in its texts included.
CONTAINERS_MAX = 400_000
#: A Python literal is read token by token: not more of them than this.
TOKENS_MAX = 300_000

_ESCAPE = r"""\\(?:[\\'"nrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"""
#: What repr() writes and no more; each token begins where the one before ended.
_TOKEN = re.compile(
    rf"""
      [bu]?'(?P<single>[^'\\]*+(?:{_ESCAPE}[^'\\]*+)*+)'
    | [bu]?"(?P<double>[^"\\]*+(?:{_ESCAPE}[^"\\]*+)*+)"
    | (?P<word>None|True|False)\b
    | (?P<plain>(?:[\s\d.:{{}}\[\]+eE-]|,(?!\s*+\)))++)
    | (?P<close>,\s*+\)|\))
    | (?P<open>\()
    """,
    re.VERBOSE,
)
_WORDS = {"None": "null", "True": "true", "False": "false"}


class _Ambiguous(ValueError):
    """An object that says one thing twice: reading it would hide the first."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Ambiguous
    return made


def structure(text: str) -> dict[str, Any] | list[Any] | None:
    """The list or object that a text writes, None for any other text."""
    if text[:100].lstrip()[:1] not in ("{", "[", "("):
        return None
    if text.count("[") + text.count("{") + text.count("(") > CONTAINERS_MAX:
        return None
    value = _json(text)
    if value is None:
        written = _as_json(text)
        value = None if written is None else _json(written)
    return value if isinstance(value, dict | list) else None


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None


def _as_json(text: str) -> str | None:
    """A Python literal as JSON (tuples as lists); None for what is none. It may still be no valid JSON."""
    out: list[str] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or len(out) == TOKENS_MAX:
            return None
        at = token.end()
        kind = token.lastgroup
        if kind == "plain":
            out.append(token[0])
        elif kind == "word":
            out.append(_WORDS[token[0]])
        elif kind == "open":
            out.append("[")
        elif kind == "close":
            out.append("]")
        else:
            inner = _unescaped(token["single"] or token["double"] or "")
            if inner is None:
                return None
            out.append(json.dumps(inner, ensure_ascii=False))
    return "".join(out)


def _unescaped(inner: str) -> str | None:
    if "\\" not in inner:
        return inner
    try:
        return codecs.decode(inner.encode("latin-1", "backslashreplace"), "unicode_escape")
    except ValueError:
        return None
