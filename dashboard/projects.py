"""The projects that this process reads, each with its own upstream, made from the settings on first use.

With ``AGENTOPS_PROJECTS`` they are those, by name; without it there is one, and its name is empty.
"""

from __future__ import annotations

import threading

from agentops_client import AgentOpsClient, AgentOpsSettings, load_settings

from .upstream import Tries, Upstream

#: The name of the one project where the settings name none.
ONLY = ""

_upstreams: dict[str, Upstream] = {}
_names: tuple[str, ...] | None = None
_lock = threading.RLock()


class UnknownProject(KeyError):
    """No project of this name is configured."""


def names() -> tuple[str, ...]:
    """Names of the projects, in the order of the settings; never empty.

    Raises:
        SettingsError: an ``AGENTOPS_*`` variable cannot be used.
    """
    global _names  # noqa: PLW0603 - read once for the process
    with _lock:
        if _names is None:
            _names = load_settings().project_names or (ONLY,)
        return _names


def shared(name: str | None = None) -> Upstream:
    """The upstream of a project, one for all viewers; None takes the first.

    Raises:
        UnknownProject: there is none of this name.
        SettingsError: an ``AGENTOPS_*`` variable cannot be used.
    """
    with _lock:
        known = names()
        name = known[0] if name is None else name
        if name not in known:
            raise UnknownProject(name)
        if name not in _upstreams:
            settings = load_settings()
            _upstreams[name] = _made(settings.of_project(name) if name else settings, name)
        return _upstreams[name]


def every() -> list[Upstream]:
    """The upstreams of all projects. Raises SettingsError as :func:`shared`."""
    return [shared(name) for name in names()]


def share(upstream: Upstream) -> None:
    """Puts another upstream in the place of the first project's."""
    global _names  # noqa: PLW0603
    with _lock:
        if _names is None:
            _names = (upstream.project,)
        _upstreams[_names[0]] = upstream


def close_shared() -> None:
    """Closes all upstreams; the settings are read again on next use."""
    global _names  # noqa: PLW0603
    with _lock:
        closing = list(_upstreams.values())
        _upstreams.clear()
        _names = None
    for upstream in closing:
        upstream.close()


def _made(settings: AgentOpsSettings, name: str) -> Upstream:
    tries = Tries()
    return Upstream(
        AgentOpsClient(settings, observe=tries), endpoint=settings.api_endpoint, app_url=settings.app_url,
        tries=tries, project=name,
    )  # fmt: skip
