"""Real senders → AgentOps → follower → archive → pages: what was used is what every page shows."""

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
from tests.flow.span_senders import PROGRAMS, Delivered
from tests.pages.opened import cards, open_read, rows, text

pytestmark = pytest.mark.flow

PROJECTS = ("sdk", "litellm")
PAGES = ("overview", "cost", "performance", "agents")

#: Runs of a page until its windows have arrived.
RUNS = 40

Pages = dict[tuple[str, str], AppTest]


@pytest.fixture(scope="module")
def pages(delivered: dict[str, Delivered]) -> Pages:
    """Every page of each project, two minutes later."""
    return {
        (name, page): at
        for name in PROJECTS
        for page, at in _opened(delivered[name].lite, traces=PROGRAMS[name].traces).items()
    }


def _opened(lite: Lite, *, traces: int) -> dict[str, AppTest]:
    """All pages, once so many traces are in the archive that they share."""
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


def test_overview(pages: Pages) -> None:
    """Costs with those of tools and of litellm, which AgentOps' figure leaves out, and why they differ."""
    sdk, litellm = pages["sdk", "overview"], pages["litellm", "overview"]
    assert shown(sdk, "Cost", "Tokens", "Failed traces") == ("$0.0356", "5,856", "1")
    assert shown(litellm, "Cost", "Tokens", "Failed traces") == ("$0.0248", "5,855", "1")
    told = "AgentOps' total {} Sum of windows {} agrees Sum of spans {} {} against AgentOps' total"
    assert told.format("$0.0256", "$0.0256", "$0.0356", "+$0.0100") in text(sdk)
    assert "Costs of tools, which AgentOps' metrics leave out +$0.0100" in text(sdk)
    assert told.format("$0.00", "$0.00", "$0.0248", "+$0.0248") in text(litellm)
    assert "form that AgentOps does not read (current litellm) +$0.0248" in text(litellm)
    (costliest, other) = rows(sdk, "Costliest traces")
    assert (costliest["Root span"], costliest["Tokens"], costliest["Cost"]) == (
        "crew.session",
        "5,828",
        "$0.0356",
    )
    assert (other["Root span"], other["Tokens"], other["Cost"]) == ("broken.session", "28", "$0.0000114")


def test_cost_page(pages: Pages) -> None:
    sdk, litellm = pages["sdk", "cost"], pages["litellm", "cost"]
    # 0.0256228 for five calls, 0.024775 for four; 1,000 of 3,250 from the cache
    assert shown(sdk, "Cost", "Cost per call", "Cache hit rate") == ("$0.0356", "$0.00512", "–")
    assert shown(litellm, "Cost", "Cost per call", "Cache hit rate") == ("$0.0248", "$0.00619", "30.8 %")
    columns = ("Model", "Calls", "Tokens", "Cost")
    assert table(sdk, "By model", *columns) == [
        ("gpt-4o-2024-08-06", "1", "2,800\n1,200 + 1,600", "$0.0190"),
        ("(no model: tools)", "0", "–", "$0.0100"),
        ("o4-mini-2025-04-16", "1", "3,000\n2,000 + 1,000", "$0.00660"),
        ("gpt-4o-mini-2024-07-18", "2", "56\n24 + 32", "$0.0000228"),
        ("gpt-4o-mini", "1", "–", "–"),
    ]
    assert table(litellm, "By model", *columns) == [
        ("gpt-4o", "1", "2,800\n1,200 + 1,600", "$0.0190"),
        ("o4-mini-2025-04-16", "1", "3,000\n2,000 + 1,000", "$0.00578"),
        ("house-model", "1", "55\n50 + 5", "–"),
        ("gpt-4o-mini", "1", "–", "–"),
    ]
    assert table(sdk, "Waste", "What", "Number", "Cost")[2] == (
        "Identical tool calls repeated",
        "1",
        "$0.00500",
    )
    assert table(litellm, "Models without a price", "Model", "Tokens") == [("house-model\nopenai", "55")]


def test_performance_page(pages: Pages) -> None:
    sdk, litellm = pages["sdk", "performance"], pages["litellm", "performance"]
    columns = ("Count", "Models", "Agents", "Cost burnt")
    refused = "Rate limit reached for gpt-#o-mini: limit #, used #"
    assert table(sdk, "Errors by group", "Error", *columns) == [
        ("ZeroDivisionError: division by zero", "1\n50.0 %", "–", "clerk", "$0.0000114"),
        (f"RateLimitError: {refused}", "1\n50.0 %", "gpt-4o-mini", "worker", "–"),
    ]
    assert table(litellm, "Errors by group", "Error", *columns) == [
        (f"RateLimitError: OpenAIException - {refused}", "1\n100.0 %", "gpt-4o-mini", "–", "–")
    ]
    assert shown(sdk, "Success rate", "p95") == ("50.0 %", "–")
    assert shown(litellm, "Success rate", "p95") == ("75.0 %", "–")


def test_agents_page(pages: Pages) -> None:
    sdk, litellm = pages["sdk", "agents"], pages["litellm", "agents"]
    assert table(sdk, "Agents", "Agent", "Calls", "Errors", "Tokens", "Cost") == [
        ("worker", "3", "1", "2,828", "$0.0290"),
        ("manager", "1", "0", "3,000", "$0.00660"),
        ("clerk", "1", "1", "28", "$0.0000114"),
    ]
    assert table(sdk, "Tools", "Tool", "Calls", "Failures", "Cost") == [
        ("look_up", "2", "0", "$0.0100"),
        ("divide", "1", "1\n100.0 %", "–"),
    ]
    assert table(litellm, "Models", "Model", "Calls", "Failures", "Prompt", "Completion", "Cost") == [
        ("gpt-4o\nopenai", "1", "0", "1,200", "1,600", "$0.0190"),
        ("o4-mini-2025-04-16\nopenai", "1", "0", "2,000", "1,000", "$0.00578"),
        ("gpt-4o-mini\nopenai", "1", "1\n100.0 %", "–", "–", "–"),
        ("house-model\nopenai", "1", "0", "50", "5", "–"),
    ]
    assert "plain litellm traffic has none" in text(litellm)


def shown(at: AppTest, *labels: str) -> tuple[str, ...]:
    """Values of key figures."""
    known = cards(at)
    return tuple(known[label] for label in labels)


def table(at: AppTest, label: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows(at, label)]
