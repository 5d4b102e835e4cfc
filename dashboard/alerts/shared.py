"""The process's watchers, one for each project, as the settings want them; made on first use."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from dashboard import projects, shelf
from dashboard.settings import dashboard_settings, variable, zone
from dashboard.text import Formats, Words
from dashboard.upstream import Upstream

from .rules import AlertRules, RulesProblem
from .rules_file import load_rules
from .view import WatchOptions
from .watch import Watch

_options: WatchOptions | None = None
_watches: dict[str, Watch] = {}  # by the name of the project
_sharing = threading.Lock()


def alert_rules() -> AlertRules:
    """The rules of this process, read once; none where no file is configured.

    Raises:
        RulesProblem: the file of ``DASHBOARD_ALERTS`` cannot be used.
    """
    path = dashboard_settings().alerts
    if path is None:
        return AlertRules()
    rules = _loaded(path)
    known = projects.names() if any(rule.projects for rule in rules.rules) else ()
    for n, rule in enumerate(rules.rules, 1):
        for name in rule.projects:
            if name not in known:
                named = ", ".join(filter(None, known)) or "no project: AGENTOPS_PROJECTS is not set"
                raise RulesProblem(path, f'rules[{n}] "{rule.name}".projects', named, name)
    return rules


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
    with _sharing:
        held = _watches.get(upstream.project)
        if held is None or held.upstream is not upstream:
            if held is not None:
                held.close()
            options = (_options or _from_settings()).of_project(upstream.project)
            held = _watches[upstream.project] = Watch(upstream, lambda: shelf.shelf_of(upstream), options)
            held.start()
        return held


def running_watch(project: str = "") -> Watch | None:
    """The watcher of a project, if there is one: what only shows what it saw starts none."""
    with _sharing:
        return _watches.get(project)


def close_shared() -> None:
    """Ends the watchers that there are; before the archives and the upstreams that they ask."""
    with _sharing:
        closing = list(_watches.values())
        _watches.clear()
    for watch in closing:
        watch.close()


def _from_settings() -> WatchOptions:
    settings = dashboard_settings()
    language = settings.language or "en"
    return WatchOptions(
        rules=alert_rules(),
        folder=settings.archive_folder,
        words=Words(language),
        formats=Formats(language, zone(settings.timezone or "UTC")),
    )
