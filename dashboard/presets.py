"""Presets: filters under a name, as a small JSON text that the caller keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from .filters import Filters
from .scope import Problem

#: So many presets are kept, and so long may a name be; of each name there is one.
PRESETS_MAX, NAME_MAX = 50, 60
#: A text that is longer was not written here.
_JSON_MAX = 1_000_000


@dataclass(frozen=True)
class Preset:
    """Filters, order and size of a page; never a page's number."""

    name: str
    filters: Filters


def saved(presets: Iterable[Preset], name: str, filters: Filters) -> tuple[Preset, ...]:
    """With `filters` under `name`, in the place of what had that name, else at the end.

    Raises:
        ValueError: the name is blank or too long, or there are `PRESETS_MAX` already.
    """
    wanted = Preset(name.strip(), filters.changed())
    kept = tuple(presets)
    if not 0 < len(wanted.name) <= NAME_MAX:
        raise ValueError(f"a name has 1 to {NAME_MAX} characters")
    if any(preset.name == wanted.name for preset in kept):
        return tuple(wanted if preset.name == wanted.name else preset for preset in kept)
    if len(kept) >= PRESETS_MAX:
        raise ValueError(f"there are {PRESETS_MAX} presets already")
    return (*kept, wanted)


def removed(presets: Iterable[Preset], name: str) -> tuple[Preset, ...]:
    """Without the one of this name."""
    return tuple(preset for preset in presets if preset.name != name)


def to_json(presets: Iterable[Preset]) -> str:
    """A text that :func:`from_json` turns back into the presets."""
    return json.dumps([{"name": p.name, "query": p.filters.changed().to_query()} for p in presets])


def from_json(text: str) -> tuple[tuple[Preset, ...], tuple[Problem, ...]]:
    """The presets of a text, and what of it cannot be used; no text is no presets.

    A preset of which one filter cannot be used is left out whole: it would show more than it says.
    """
    if not text.strip():
        return (), ()
    try:
        entries = json.loads(text) if len(text) <= _JSON_MAX else None
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        return (), (Problem("presets", text[:NAME_MAX], '[{"name": …, "query": {…}}]'),)
    presets: tuple[Preset, ...] = ()
    problems: list[Problem] = []
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        query = entry.get("query") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not _is_query(query):
            problems.append(Problem("presets", str(entry)[:NAME_MAX], '{"name": …, "query": {…}}'))
            continue
        filters, faults = Filters.from_query(query)
        problems += faults
        if not faults:
            try:
                presets = saved(presets, name, filters)
            except ValueError as fault:
                problems.append(Problem("presets", name[:NAME_MAX], str(fault)))
    return presets, tuple(problems)


def _is_query(query: object) -> TypeGuard[dict[str, str]]:
    return isinstance(query, dict) and all(isinstance(value, str) for value in query.values())
