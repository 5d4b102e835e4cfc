"""Words of others within a sentence of ours: none of them turns its neighbours around.

Hebrew and Arabic run from right to left, and marks such as U+202E turn whatever follows them. A box of its
own holds such a text by itself; in the middle of a sentence only Unicode's isolates do
(https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates).
"""

from __future__ import annotations

import re

_OPEN, _CLOSE = "\u2068", "\u2069"
_OPENING = "\u2066\u2067\u2068"
#: Letters from right to left, and all marks of direction.
_TURNS = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolated(text: str) -> str:
    """`text`, so marked that the words around it keep their direction; as it is where it turns nothing."""
    if not _TURNS.search(text):
        return text
    kept: list[str] = []
    inside = 0
    for character in text:
        if character == _CLOSE:
            if not inside:
                continue  # it would end our own isolate
            inside -= 1
        elif character in _OPENING:
            inside += 1
        kept.append(character)
    return f"{_OPEN}{''.join(kept)}{_CLOSE * (inside + 1)}"
