"""Text of others in a place that Streamlit reads as Markdown."""

from __future__ import annotations

import re

_SHOWN = 80
_MEANING = frozenset(r"\`*_{}[]()#+-.!|<>~$:")
#: Where a bare address would become a link in spite of backslashes (GitHub's extended autolinks).
_LINKED = re.compile(r"(?<=:/)(?=/)|(?<=www)(?=\\\.)", re.IGNORECASE)


def inert(text: str) -> str:
    """The first 80 printable characters, with backslashes before everything that has a meaning, and a mark
    without width in addresses."""
    escaped = "".join(f"\\{c}" if c in _MEANING else c for c in text[:_SHOWN] if c.isprintable())
    return _LINKED.sub("\u2060", escaped)
