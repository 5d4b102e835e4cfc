"""Wording by key, from the files in ``en/`` and ``ko/`` beside this one, a file a part of the dashboard.

Both catalogues hold the same keys with the same placeholders; a test sees to it. What fills a
placeholder is text, never markup. ``trace{n!p}`` is the plural where `n` is not 1.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from string import Formatter

from .direction import isolated

LANGUAGES = ("ko", "en")


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, str]:
    """All wording of a language, by dotted key.

    Raises:
        KeyError: there is no such catalogue.
    """
    if language not in LANGUAGES:
        raise KeyError(f"no catalogue for {language!r}; there are {', '.join(LANGUAGES)}")
    flat: dict[str, str] = {}

    def walk(table: dict[str, object], prefix: str) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{key}.")
            else:
                flat[prefix + key] = str(value)

    for path in sorted((Path(__file__).parent / language).glob("*.toml")):
        walk(tomllib.loads(path.read_text(encoding="utf-8")), "")
    return flat


class _Counting(Formatter):
    """Knows ``{n!p}``: the ending of an English plural."""

    def convert_field(self, value: object, conversion: str | None) -> object:
        if conversion == "p":
            return "" if str(value) == "1" else "s"
        return super().convert_field(value, conversion)


_counting = _Counting()


class Words:
    """Wording in one language: ``words("kpi.cost.label")``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `key` with `values` in its placeholders, none of which turns the text around it.

        Raises:
            KeyError: the catalogue lacks the key or a placeholder has no value (our own mistake).
        """
        if not values:
            return self._texts[key]
        kept = {name: isolated(value) if isinstance(value, str) else value for name, value in values.items()}
        text = self._texts[key]
        # Formatter is ten times slower than str.format
        return _counting.vformat(text, (), kept) if "!p}" in text else text.format(**kept)

    def has(self, key: str) -> bool:
        return key in self._texts
