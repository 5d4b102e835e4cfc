"""What a step is called when models, ids and numbers are left out of its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

#: In place of a model, and of digits and ids.
MODEL, NUMBER = "\x00", "#"

_WORD = re.compile(r"[^\s()\[\]{}<>,;'\"]+")
_ENDS: Final = frozenset("-:@./_ ")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b(?=[0-9a-f]*[0-9])[0-9a-f]{6,}\b|[0-9]+", re.IGNORECASE)


@lru_cache(maxsize=4096)
def without_model(name: str, models: tuple[str, ...]) -> str:
    """`name` without the words that name one of `models` ("chat gpt-4o" for gpt-4o-2024-08-06 is "chat")."""
    if not models:
        return name
    return _WORD.sub(lambda word: MODEL if _is_model(word[0], models) else word[0], name)


@lru_cache(maxsize=4096)
def without_numbers(name: str) -> str:
    """`name` in small letters with digits and ids masked: "step 3f9a01" and "Step 77" are alike."""
    return _ID.sub(NUMBER, name).casefold()


def _is_model(word: str, models: Sequence[str]) -> bool:
    said = word.casefold().rpartition("/")[2]
    for model in models:
        known = model.casefold().rpartition("/")[2]
        longer, shorter = (known, said) if len(known) >= len(said) else (said, known)
        if said == known:
            return True
        # A dated model may be called without its date, and an alias with one.
        numbered = any(letter.isdigit() for letter in shorter)
        if numbered and longer.startswith(shorter) and longer[len(shorter)] in _ENDS:
            return True
    return False
