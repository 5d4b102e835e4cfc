"""What all tests share: a clean process, and an embedded AgentOps to ask."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from playwright.sync_api import Browser
from streamlit.components.v2 import manifest_scanner

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from dashboard import projects, shelf
from dashboard.alerts.shared import close_shared as close_alerts
from dashboard.alerts.shared import configure as configure_alerts
from dashboard.archive.shared import close_shared as close_archive
from dashboard.archive.shared import configure
from dashboard.settings import dashboard_settings
from dashboard.upstream import Upstream
from tests.browser import launch

#: No test reads what another, or a developer's own dashboard, has archived.
MEMORY = ("DASHBOARD_DATA_DIR", "memory")
os.environ.update([MEMORY])  # servers that fixtures of a module start


def end_archive() -> None:
    """Ends the follower, also one whose request is under way on a loaded machine."""
    close_alerts()
    configure_alerts(None)
    close_archive()
    configure(None)
    for thread in threading.enumerate():
        if thread.name.startswith("span-archive"):
            thread.join(10)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for browsers and servers comes first: the quick rest then fills the gaps to the end. It also
    gets a second try, which the summary tells: a machine that is busy for seconds is no mistake of ours."""

    def waits(item: pytest.Item) -> bool:
        slow = {"flow", "shipping"} & set(item.path.parts)
        return bool(slow) or item.get_closest_marker("browser") is not None

    items.sort(key=lambda item: not waits(item))
    for item in filter(waits, items):
        item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def _packages_read_once() -> Iterator[None]:
    """``AppTest`` looks for components in every installed package, for each page that it opens: that takes
    longer than the pages, and finds the same each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(autouse=True)
def _clean_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of the developer's own environment, and no shared upstream left over."""
    for name in list(os.environ):
        if name.startswith(("AGENTOPS_", "DASHBOARD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv(*MEMORY)
    dashboard_settings.cache_clear()
    shelf.prices.cache_clear()
    yield
    end_archive()
    projects.close_shared()
    dashboard_settings.cache_clear()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module; each test takes a context of its own.

    Not one a session: while it is open, Playwright keeps an event loop running in this thread, and
    neither a second browser nor ``AppTest`` works beside that.
    """
    with launch() as browser:
        yield browser


@pytest.fixture
def lite() -> Iterator[str]:
    """The address of an empty AgentOps with both dialects."""
    with serve(LiteConfig(caches=False)) as url:
        yield url


@pytest.fixture
def ask() -> Iterator[Callable[..., Upstream]]:
    """Makes upstreams for an address; closes them at the end."""
    with ExitStack() as open_ones:

        def make(url: str, *, key: str | None = DEFAULT_API_KEY, **settings: object) -> Upstream:
            chosen = AgentOpsSettings(_env_file=None, api_key=key, api_endpoint=url, **settings)
            made = Upstream(AgentOpsClient(chosen), endpoint=url, app_url=chosen.app_url)
            open_ones.callback(made.close)
            return made

        yield make
        end_archive()  # before the client that it uses
