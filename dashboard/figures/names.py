"""Names from elsewhere on their way into a figure: cut to the room there is, and inert."""

from __future__ import annotations

from dashboard.components.plain import plain


def shortened(name: str, letters: int) -> str:
    """`name` as inert text of at most `letters` characters; cut in the middle, for names that begin alike
    differ at their ends.
    """
    if len(name) > letters:
        head = (letters - 1) * 3 // 5
        name = f"{name[:head]}…{name[len(name) - (letters - 1 - head) :]}"
    return plain(name)


def lines(text: str) -> str:
    """`text` as inert text that keeps its line breaks."""
    return "<br>".join(plain(line) for line in text.splitlines())
