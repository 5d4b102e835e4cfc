"""The access file of ``DASHBOARD_ACCESS``: who may look, in which role, at which projects.

``docs/SIGN_IN.md`` describes it. The first entry that fits counts; whom none fits is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..toml_file import UnreadableFile, read_toml
from .viewer import ROLES, Role, Viewer

_KEYS = {"who", "groups", "role", "projects"}
MOST_ENTRIES = 1_000


class AccessProblem(ValueError):
    """The access file cannot be used: which file, which place, what is expected, what to do."""

    def __init__(self, path: Path, place: str, expected: str) -> None:
        at = f" at {place}" if place else ""
        super().__init__(
            f"The access file {path} cannot be used{at}: {expected} is expected. "
            "Correct the file (docs/SIGN_IN.md) and start again."
        )


@dataclass(frozen=True)
class Entry:
    """Attributes:
    who: patterns of names in lower case, ``*`` for any run of characters.
    groups: names of groups; one of them is enough.
    role, projects: as in :class:`Viewer`.
    """

    who: tuple[str, ...]
    groups: frozenset[str]
    role: Role
    projects: frozenset[str] | None = None

    def fits(self, name: str, groups: Collection[str]) -> bool:
        lowered = name.lower()
        return any(fnmatchcase(lowered, who) for who in self.who) or bool(self.groups & set(groups))


@dataclass(frozen=True)
class AccessRules:
    """The entries in their order."""

    entries: tuple[Entry, ...]

    def viewer(self, name: str, groups: Collection[str]) -> Viewer | None:
        """Who that is here; None for somebody whom no entry lets in."""
        entry = next((entry for entry in self.entries if entry.fits(name, groups)), None)
        return None if entry is None else Viewer(name, entry.role, entry.projects)


#: Without a file: whom the proxy lets through may look, without the texts.
EVERYBODY_VIEWS = AccessRules((Entry(("*",), frozenset(), "viewer"),))


def load_access(path: Path, projects: Collection[str]) -> AccessRules:
    """Reads the file; `projects` are the names that there are.

    Raises:
        AccessProblem: the first thing that is wrong.
    """
    try:
        wire = read_toml(path)
    except UnreadableFile as problem:
        raise AccessProblem(path, "", str(problem)) from None
    tables = wire.get("people")
    if set(wire) != {"people"} or not isinstance(tables, list) or not 0 < len(tables) <= MOST_ENTRIES:
        raise AccessProblem(path, "", f"nothing but tables [[people]], 1 to {MOST_ENTRIES},")
    return AccessRules(
        tuple(_entry(path, f"people[{n}]", table, projects) for n, table in enumerate(tables, 1))
    )


def _entry(path: Path, place: str, table: Any, projects: Collection[str]) -> Entry:
    if not isinstance(table, dict) or set(table) - _KEYS:
        raise AccessProblem(path, place, f"nothing but {', '.join(sorted(_KEYS))}")
    who, groups = _texts(path, place, table, "who"), _texts(path, place, table, "groups")
    if not who and not groups:
        raise AccessProblem(path, place, "who, groups or both")
    role = table.get("role")
    if role not in ROLES:
        raise AccessProblem(path, f"{place}.role", " or ".join(ROLES))
    limited = None
    if "projects" in table:
        limited = frozenset(_texts(path, place, table, "projects"))
        if not limited or not limited <= set(projects):
            known = ", ".join(filter(None, projects)) or "no such key, because AGENTOPS_PROJECTS is not set"
            raise AccessProblem(path, f"{place}.projects", f"a list of projects ({known})")
    return Entry(tuple(name.lower() for name in who), frozenset(groups), role, limited)


def _texts(path: Path, place: str, table: dict[str, Any], key: str) -> list[str]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise AccessProblem(path, f"{place}.{key}", 'a list of texts, such as ["alice@example.com"]')
    return [value.strip() for value in values]
