"""The pages of a project, opened where its traces are read: what the tests of real senders look at."""

from __future__ import annotations

import os

import pytest
from streamlit.testing.v1 import AppTest

from agentops_client import AgentOpsClient, AgentOpsSettings
from dashboard import projects, shelf
from dashboard.archive.shared import close_shared as close_archive
from dashboard.settings import dashboard_settings
from dashboard.upstream import Upstream
from tests.components.reading import pulse
from tests.flow.archive_read import Clock
from tests.flow.flow import ARRIVES_WITHIN_S
from tests.flow.processes import Lite, until
from tests.pages.opened import cards, open_read, rows

PAGES = ("overview", "cost", "performance", "agents")

#: Runs of a page until its windows have arrived.
RUNS = 40


def opened(lite: Lite, *, traces: int) -> dict[str, AppTest]:
    """All pages by their names, once so many traces are in the archive that they share; two minutes later."""
    settings = AgentOpsSettings(_env_file=None, api_key=lite.api_key, api_endpoint=lite.endpoint)
    with pytest.MonkeyPatch.context() as environment:
        for variable in [name for name in os.environ if name.startswith("DASHBOARD_")]:
            environment.delenv(variable)
        environment.setenv("DASHBOARD_DATA_DIR", "memory")
        dashboard_settings.cache_clear()
        shelf.prices.cache_clear()
        source = Upstream(AgentOpsClient(settings), endpoint=lite.endpoint, now=Clock())
        projects.share(source)
        try:
            kept = shelf.shelf_of(source)
            until(
                lambda: kept.archive is not None and kept.archive.stats().traces == traces,
                within_s=ARRIVES_WITHIN_S, what=f"{traces} traces in the archive",
            )  # fmt: skip
            return {page: _complete(open_read(page)) for page in PAGES}
        finally:
            close_archive()
            projects.close_shared()
            dashboard_settings.cache_clear()


def _complete(at: AppTest) -> AppTest:
    """The page when all its windows have arrived, too."""
    for _ in range(RUNS):
        if pulse(at)["status"] != "loading":
            return at
        at.run()
    raise AssertionError(f"still loading after {RUNS} runs")


def shown(at: AppTest, *labels: str) -> tuple[str, ...]:
    """Values of key figures."""
    known = cards(at)
    return tuple(known[label] for label in labels)


def table(at: AppTest, label: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows(at, label)]
