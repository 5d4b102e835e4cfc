"""Real senders → AgentOps → follower → archive: what was used is what is counted, to the last digit.

A provider with canned usage answers the agentops SDK, litellm and the litellm of 2025; what each of its
models uses, and OpenAI's list prices, make every figure here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest

from dashboard import metrics
from dashboard.archive import reading
from tests.flow.archive_read import Read, archive_read, used
from tests.flow.span_senders import Delivered

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def archives(delivered: dict[str, Delivered]) -> Iterator[dict[str, Read]]:
    with ExitStack() as opened:
        yield {name: opened.enter_context(archive_read(one.lite)) for name, one in delivered.items()}


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
