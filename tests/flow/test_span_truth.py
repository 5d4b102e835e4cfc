"""Real senders → AgentOps → follower → archive → pages: what was used is counted and shown, to every digit.

A provider with canned usage answers the agentops SDK, litellm and the litellm of 2025; what each of its
models uses, and OpenAI's list prices, make every figure here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import metrics
from dashboard.archive import reading
from tests.flow.archive_read import Read, archive_read, used
from tests.flow.span_pages import opened, shown, table
from tests.flow.span_senders import PROGRAMS, Delivered, all_sent
from tests.pages.opened import rows, text

pytestmark = pytest.mark.flow


Pages = dict[tuple[str, str], AppTest]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Delivered]]:
    """What the programs of ``span_senders`` have sent, by their names; sent once, as they take their time."""
    with all_sent(tmp_path_factory.mktemp("spans")) as done:
        yield done


@pytest.fixture(scope="module")
def archives(delivered: dict[str, Delivered]) -> Iterator[dict[str, Read]]:
    with ExitStack() as opened:
        yield {name: opened.enter_context(archive_read(one.lite)) for name, one in delivered.items()}


@pytest.fixture(scope="module")
def pages(delivered: dict[str, Delivered]) -> Pages:
    """Every page of two projects, two minutes later."""
    return {
        (name, page): at
        for name in ("sdk", "litellm")
        for page, at in opened(delivered[name].lite, traces=PROGRAMS[name].traces).items()
    }


# ---- the agentops SDK: AgentOps' collector adds list prices


def test_sdk_models(archives: dict[str, Read]) -> None:
    assert archives["sdk"].by_model() == {
        # 2,000 x $1.10 and 1,000 x $4.40 a million; what was cached and reasoned the SDK does not tell
        "o4-mini-2025-04-16": used(1, 2000, 1000, "0.0066"),
        # streamed; 1,200 x $2.50 and 1,600 x $10
        "gpt-4o-2024-08-06": used(1, 1200, 1600, "0.019"),
        # twice 12 x $0.15 and 16 x $0.60
        "gpt-4o-mini-2024-07-18": used(2, 24, 32, "0.0000228"),
        # turned away: no model answered
        "gpt-4o-mini": used(1, failed=1),
    }


def test_sdk_agents_and_tools(archives: dict[str, Read]) -> None:
    read = archives["sdk"]
    assert read.by_agent() == {
        "manager": used(1, 2000, 1000, "0.0066"),
        # 0.019 + 0.0000114, and a look-up of half a cent each
        "worker": used(3, 1212, 1616, "0.0290114", failed=1),
        "clerk": used(1, 12, 16, "0.0000114", failed=1),
    }
    assert read.by_tool() == {"look_up": (2, 0, Decimal("0.01")), "divide": (1, 1, None)}
    links = read.links()
    assert links["manager", "worker"] == links["worker", "look_up"] == (2, 0)
    assert links["worker", "gpt-4o-mini"] == links["clerk", "divide"] == (1, 1)
    assert ("agentops", "worker") not in links, "nested agents are called by agents"


def test_sdk_totals_are_what_the_client_library_was_told(
    archives: dict[str, Read], delivered: dict[str, Delivered]
) -> None:
    sent, totals = delivered["sdk"].calls, archives["sdk"].totals
    assert (totals.prompt_tokens, totals.completion_tokens) == (sent.prompt, sent.completion) == (3224, 2632)
    assert Decimal(repr(totals.reported_usd)) == sent.cost_usd + Decimal("0.01") == Decimal("0.0356228")
    assert (totals.traces, totals.success, totals.failed) == (2, 1, 1)
    assert delivered["sdk"].sender.outside == []


def test_a_failed_attempt_and_a_repeated_look_up_are_found(archives: dict[str, Read]) -> None:
    waste = archives["sdk"].ask(reading.waste).set_index("category")
    assert waste["count"].to_dict() == {"failed_traces": 1, "retries": 1, "repeated_tools": 1}
    # the clerk's call; an attempt that nobody was paid for; the second look-up
    assert waste["cost_usd"].to_dict() == {
        "failed_traces": 0.0000114,
        "retries": 0,
        "repeated_tools": 0.005,
    }


def test_agentops_leaves_out_tools_and_nothing_else(archives: dict[str, Read]) -> None:
    read = archives["sdk"]
    upstreams = read.client.project_metrics(None, None)
    assert (upstreams.prompt_tokens, upstreams.completion_tokens) == (3224, 2632)
    assert upstreams.cost_usd == Decimal("0.02562")
    parts = differences(read)
    assert set(parts) == {"tool_costs", "rounding"}
    assert parts["tool_costs"].usd == 0.01
    assert parts["rounding"].usd == pytest.approx(0.0000028)


# ---- litellm: a library that says what it was billed, and tokens in words that AgentOps does not read


@pytest.mark.parametrize(
    ("name", "version", "reasoning_usd"),
    [
        # its own price: 1,000 x $1.10, 1,000 from the cache x $0.275, 1,000 x $4.40
        ("litellm", "1.106.2", "0.005775"),
        # it says none, so AgentOps' collector does
        ("litellm of 2025", "1.74.9", "0.0066"),
    ],
)
def test_litellm_models(
    name: str,
    version: str,
    reasoning_usd: str,
    archives: dict[str, Read],
    delivered: dict[str, Delivered],
) -> None:
    read, sender = archives[name], delivered[name].sender
    assert (sender.sent["version"], sender.outside) == (version, [])
    assert read.by_model() == {
        "o4-mini-2025-04-16": used(1, 2000, 1000, reasoning_usd, cached=1000, reasoning=600),
        # streamed; litellm says the name that was asked for
        "gpt-4o": used(1, 1200, 1600, "0.019"),
        "house-model": used(1, 50, 5),
        "gpt-4o-mini": used(1, failed=1),
    }
    sent, totals = delivered[name].calls, read.totals
    assert (totals.prompt_tokens, totals.completion_tokens) == (sent.prompt, sent.completion) == (3250, 2605)
    assert (totals.unpriced_tokens, totals.estimated_usd) == (55, None)
    assert (totals.traces, totals.success, totals.failed) == (4, 3, 1)


def test_agentops_reads_nothing_of_current_litellm_and_all_of_the_old(archives: dict[str, Read]) -> None:
    new, old = (archives[name].client.project_metrics(None, None) for name in ("litellm", "litellm of 2025"))
    assert (new.prompt_tokens, new.completion_tokens, new.total_tokens) == (0, 0, 5855)
    assert (old.prompt_tokens, old.completion_tokens, old.total_tokens) == (3250, 2605, 5855)
    assert (new.cost_usd, old.cost_usd) == (Decimal(0), Decimal("0.0256"))
    (missed,) = differences(archives["litellm"]).values()
    assert (missed.name, missed.usd) == ("unread_usage", 0.024775)
    assert differences(archives["litellm of 2025"]) == {}


def differences(read: Read) -> dict[str, metrics.Reason]:
    """What lies between AgentOps' own cost and that of the spans."""
    upstreams, totals = read.client.project_metrics(None, None), read.totals
    found = metrics.reconcile(
        windowed_usd=None, windows=0,
        upstream_usd=float(upstreams.cost_usd), upstream_tokens=upstreams.total_tokens,
        reported_usd=totals.reported_usd, tool_reported_usd=totals.tool_reported_usd,
        estimated_usd=totals.estimated_usd, own_usd=totals.own_usd, spans_tokens=totals.total_tokens,
        traces_read=totals.traces, traces_in_all=upstreams.trace_count,
    )  # fmt: skip
    return {reason.name: reason for reason in found.spans_against_upstream}


# ---- what was used is what every page shows


def test_overview_page(pages: Pages) -> None:
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
