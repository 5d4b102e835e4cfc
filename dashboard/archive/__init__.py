"""The archive of spans: each trace of AgentOps read once, kept in one DuckDB file an upstream and project."""

from __future__ import annotations

from dashboard.archive.agenda import Held, Listed, Pending, Sweep
from dashboard.archive.file import ArchiveUnreadable, Notice
from dashboard.archive.keeper import ReadOnlyArchive
from dashboard.archive.store import Archive, Stats

__all__ = [
    "Archive",
    "ArchiveUnreadable",
    "Held",
    "Listed",
    "Notice",
    "Pending",
    "ReadOnlyArchive",
    "Stats",
    "Sweep",
]
