"""Which plotly.js there is, and under which address a browser may keep it for ever."""

from __future__ import annotations

import logging
from pathlib import Path

from . import fetch
from .versions import version

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
    return f"vendor/{bundle.name}?v={version(bundle)}"
