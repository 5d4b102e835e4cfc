"""Addresses that say what is in a file: a browser may keep it for ever and still gets a new one."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path


def version(path: Path) -> str:
    """Twelve hexadecimal digits of the file's SHA-256; read anew when the file is another. Raises OSError."""
    stat = path.stat()
    return _digest(path, stat.st_mtime_ns, stat.st_size)


def version_of(content: bytes) -> str:
    """:func:`version` of these bytes."""
    return hashlib.sha256(content).hexdigest()[:12]


@functools.lru_cache(maxsize=128)
def _digest(path: Path, _mtime_ns: int, _size: int) -> str:
    return version_of(path.read_bytes())
