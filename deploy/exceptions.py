"""The advisories that the audit is told to accept: ``audit.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path

from packaging.utils import canonicalize_name


class BadExceptions(Exception):
    """The file cannot be used; the text says which entry and why."""


@dataclass(frozen=True)
class Accepted:
    """One advisory about one package.

    Attributes:
        id: any of its numbers (GHSA, CVE, PYSEC).
        package: normalised name; the advisory is accepted for no other package.
        reason: why it cannot be used against the dashboard.
        until: the last day of which this is said.
    """

    id: str
    package: str
    reason: str
    until: date


def accepted(file: Path) -> list[Accepted]:
    """All entries of the file. Raises BadExceptions and OSError."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise BadExceptions(f"{file.name}: {error}") from None
    if extra := document.keys() - {"accepted"}:
        raise BadExceptions(
            f"{file.name}: only tables [[accepted]] are known, not {', '.join(sorted(extra))}"
        )
    return [_entry(file, number, entry) for number, entry in enumerate(document.get("accepted", []), start=1)]


def _entry(file: Path, number: int, entry: dict[str, object]) -> Accepted:
    where = f"{file.name}, entry {number}"
    if entry.keys() != {field.name for field in fields(Accepted)}:
        raise BadExceptions(f"{where}: id, package, reason and until are needed, and nothing else")
    name, package, reason, until = entry["id"], entry["package"], entry["reason"], entry["until"]
    if not (isinstance(name, str) and isinstance(package, str) and isinstance(reason, str)):
        raise BadExceptions(f"{where}: id, package and reason are texts")
    if not (name.strip() and package.strip() and reason.strip()):
        raise BadExceptions(f"{where}: id, package and reason must not be empty")
    if not isinstance(until, date) or isinstance(until, datetime):
        raise BadExceptions(f"{where}: until is a date such as 2027-01-31, without quotes")
    return Accepted(name.strip(), canonicalize_name(package.strip()), reason.strip(), until)
