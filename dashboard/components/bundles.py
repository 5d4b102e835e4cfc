"""Which plotly.js there is, and under which address a browser may keep it for ever."""

from __future__ import annotations

import functools
import hashlib
import logging
from pathlib import Path

from . import fetch

_log = logging.getLogger(__name__)


def has_basic() -> bool:
    """Whether set-up has fetched the small bundle."""
    return (fetch.VENDOR / fetch.BASIC).is_file()


def address(*, full: bool) -> str:
    """The bundle's address below the chart component's own; the full one where there is no other."""
    if not full and has_basic():
        return _versioned(fetch.VENDOR / fetch.BASIC)
    bundle = fetch.VENDOR / fetch.FULL
    if not bundle.is_file():
        _log.warning("plotly.js is not set up (run make install); copying the full bundle now")
        fetch.copy_full(fetch.VENDOR)
    return _versioned(bundle)


def _versioned(bundle: Path) -> str:
    stat = bundle.stat()
    return f"vendor/{bundle.name}?v={_digest(bundle, stat.st_mtime_ns, stat.st_size)}"


@functools.lru_cache(maxsize=8)
def _digest(bundle: Path, _mtime_ns: int, _size: int) -> str:
    """Part of the address, so that browsers may keep a bundle for ever and still get a new one."""
    return hashlib.sha256(bundle.read_bytes()).hexdigest()[:12]
