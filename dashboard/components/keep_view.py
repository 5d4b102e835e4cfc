"""Keeps a text in the reader's own browser (its local storage): `render_kept`.

What is kept there is the reader's alone and outlives the session.  It is no place for anything secret.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.components import assets


@dataclass(frozen=True, slots=True)
class Kept:
    """What the browser has: `text`, "" for nothing; or it was refused and keeps nothing."""

    text: str
    refused: bool


def render_kept(name: str, *, text: str, n: int, key: str) -> Kept | None:
    """Read what the browser keeps under `name`, and write.

    Args:
        name: of the entry; other pages of the same origin see it too.
        text, n: what is to be kept; written when `n` is larger than it was when this was last shown.

    Returns:
        What was there when it was first shown; None until the browser has said.
    """
    result = assets.component("keep")(
        key=key, data={"name": name, "write": {"n": n, "text": text}}, on_found_change=lambda: None
    )
    found = result.get("found")
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        return None
    return Kept(found["text"], found.get("refused") is True)
