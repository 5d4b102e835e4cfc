"""Lock files, read: what ``make lock`` writes beside each ``requirements*.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_NOTE = re.compile(r"# via (.*)")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


class NotALock(Exception):
    """A line that is neither a pinned package, one of its hashes nor a comment; the text names it."""


@dataclass(frozen=True)
class Locked:
    """One package of a lock.

    Attributes:
        name: normalised (``prometheus-client``).
        version: the one that is pinned.
        hashes: SHA-256 of every file that the index has of this version, as hexadecimal digits.
        wanted_by: names of the packages that need it; a requirements file is ``-r requirements.txt``.
        requirement: the entry without its hashes, with its marker.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]
    requirement: Requirement

    @property
    def applies(self) -> bool:
        """Whether this Python on this system installs it."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def read(lock: Path) -> list[Locked]:
    """All packages of a lock, in its order. Raises NotALock and OSError."""
    return [_locked(lock, *entry) for entry in _entries(lock)]


def _entries(lock: Path) -> Iterator[tuple[str, str]]:
    """Each package's line, continuations joined, with the comment below it that says who wants it."""
    joined = lock.read_text("utf-8").replace("\\\n", " ")
    entry = ""
    for line in filter(None, map(str.strip, joined.splitlines())):
        note = _NOTE.fullmatch(line)
        if note and entry:
            yield entry, note[1]
            entry = ""
        elif entry or (line.startswith("#") and note):
            raise NotALock(
                f"{lock.name}: a package and the comment that says who wants it do not pair: {line}"
            )
        elif not line.startswith("#"):
            entry = line
    if entry:
        raise NotALock(f"{lock.name}: it is not said who wants {entry.split()[0]}")


def _locked(lock: Path, entry: str, wanted_by: str) -> Locked:
    text, *options = re.split(r"\s+(?=--)", entry)
    hashes = [_HASH.fullmatch(option.strip()) for option in options]
    pinned = re.fullmatch(r"([A-Za-z0-9][\w.-]*)==([\w.!+]+)(?:\s*;.*)?", text)
    if pinned is None or not hashes or not all(hashes):
        raise NotALock(f"{lock.name}: not a pinned package with its hashes: {text}")
    return Locked(
        canonicalize_name(pinned[1]),
        pinned[2],
        tuple(found[1].removeprefix("sha256:") for found in hashes if found),
        tuple(name.strip() for name in wanted_by.split(",") if not name.strip().startswith("-c ")),
        Requirement(text),
    )
