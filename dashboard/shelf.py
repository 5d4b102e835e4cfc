"""The span archives of this process, as the settings want them."""

from __future__ import annotations

from functools import lru_cache

from .archive.shared import ArchiveOptions, Shelf, configure, span_archive
from .pricing import PriceBook, price_book
from .settings import dashboard_settings
from .upstream import Upstream


@lru_cache(maxsize=1)
def prices() -> PriceBook:
    """The prices that estimates are made of.

    Raises:
        PricesProblem: the file of ``DASHBOARD_PRICES`` cannot be used.
    """
    return price_book(dashboard_settings().prices)


def shelf_of(upstream: Upstream) -> Shelf:
    """The shelf of `upstream`, opened in the background on first use; returns at once."""
    settings = dashboard_settings()
    options = ArchiveOptions(
        folder=settings.archive_folder,
        book=prices(),
        max_age=settings.archive_age,
        max_mb=settings.archive_mb,
        follow=settings.archive_follow,
    )
    configure(options)
    shelf = span_archive(upstream)
    assert shelf is not None  # noqa: S101 - configured
    return shelf
