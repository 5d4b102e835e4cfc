"""The process's one watcher, as the settings want it; made on first use."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from dashboard import shelf
from dashboard.settings import dashboard_settings, variable, zone
from dashboard.text import Formats, Words
from dashboard.upstream import Upstream

from .rules import AlertRules
from .rules_file import load_rules
from .view import WatchOptions
from .watch import Watch

_options: WatchOptions | None = None
_watch: Watch | None = None
_sharing = threading.Lock()


def alert_rules() -> AlertRules:
    """The rules of this process, read once; none where no file is configured.

    Raises:
        RulesProblem: the file of ``DASHBOARD_ALERTS`` cannot be used.
    """
    path = dashboard_settings().alerts
    return AlertRules() if path is None else _loaded(path)


@lru_cache(maxsize=8)
def _loaded(path: Path) -> AlertRules:
    return load_rules(path, variable)


def configure(options: WatchOptions | None) -> None:
    """What :func:`alert_watch` opens from now on; None: what the settings say."""
    global _options  # noqa: PLW0603 - one for the process
    with _sharing:
        _options = options


def alert_watch(upstream: Upstream) -> Watch:
    """The watcher of `upstream`, started on first use; another upstream gets another one.

    Raises:
        RulesProblem: as :func:`alert_rules`.
    """
    global _watch  # noqa: PLW0603
    with _sharing:
        if _watch is None or _watch.upstream is not upstream:
            if _watch is not None:
                _watch.close()
            _watch = Watch(upstream, lambda: shelf.shelf_of(upstream), _options or _from_settings())
            _watch.start()
        return _watch


def running_watch() -> Watch | None:
    """The watcher, if there is one: what only shows what it saw starts none."""
    with _sharing:
        return _watch


def close_shared() -> None:
    """Ends the watcher, if there is one; before the archive and the upstream that it asks."""
    global _watch
    with _sharing:
        closing, _watch = _watch, None
    if closing is not None:
        closing.close()


def _from_settings() -> WatchOptions:
    settings = dashboard_settings()
    language = settings.language or "en"
    return WatchOptions(
        rules=alert_rules(),
        folder=settings.archive_folder,
        words=Words(language),
        formats=Formats(language, zone(settings.timezone or "UTC")),
    )
