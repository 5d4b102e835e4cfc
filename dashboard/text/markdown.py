"""Text of others in a place that Streamlit reads as Markdown."""

from __future__ import annotations

_SHOWN = 80
_MEANING = frozenset(r"\`*_{}[]()#+-.!|<>~$:")


def inert(text: str) -> str:
    """The first 80 printable characters, with backslashes before everything that has a meaning."""
    return "".join(f"\\{c}" if c in _MEANING else c for c in text[:_SHOWN] if c.isprintable())
