"""The real agentops SDK → OTLP → AgentOps → client → page: the numbers sent are the numbers shown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect

from tests.flow.environments import SDK
from tests.flow.flow import Flow, attribute, client_of, cost_of, spans_named, traces
from tests.flow.overview_page import (
    WINDOW_S,
    close_up,
    drawn,
    key_figures,
    overview,
    plotted,
    wait_for_figures,
)
from tests.flow.processes import running_lite, sending

pytestmark = [pytest.mark.flow, pytest.mark.browser]

#: research: session, agent, two operations, tool, two calls; broken: session, call, tool; bare: session.
SPANS = 7 + 3 + 1
CENT_OF_A_CENT = Decimal("0.00001")


@pytest.fixture(scope="module")
def flow(chromium: Browser, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """A page that was open, and empty, before the first span was sent."""
    folder = tmp_path_factory.mktemp("sdk") / "sender"
    with running_lite() as lite, client_of(lite) as client, overview(chromium, lite) as (page, watch):
        expect(page.get_by_text("This project has not received any trace yet.")).to_be_visible(timeout=30_000)
        page.evaluate("window.openedBefore = true")
        sdk = sending(
            "send_sdk.py", provider, str(WINDOW_S), environment=SDK, lite=lite, folder=folder
        )  # fmt: skip
        with sdk as summary:
            yield Flow(summary(), client, page, watch)


def test_an_open_page_shows_by_itself_what_was_sent(flow: Flow) -> None:
    figures = wait_for_figures(
        flow.page,
        cost="$0.0223",
        traces="3",
        success_rate="50.0 %",
        tokens="4,328",
        cost_per_trace="$0.00744",
        failed_traces="1",
    )

    sent = flow.sent
    assert (sent.prompt, sent.completion, sent.cost_usd) == (2212, 2116, Decimal("0.0223114"))
    assert figures["Tokens"].exact == sent.prompt + sent.completion
    assert figures["Cost"].exact == sent.cost_usd.quantize(CENT_OF_A_CENT)
    assert figures["Cost per trace"].value == f"${float(figures['Cost'].exact) / 3:.3g}"
    outcomes = list(flow.sender.sent["traces"].values())
    assert figures["Traces"].exact == len(outcomes)
    assert figures["Failed traces"].exact == outcomes.count("failed") == 1
    assert figures["Success rate"].note == "of 2 with an outcome"
    assert outcomes.count("success") == 1

    assert flow.page.evaluate("window.openedBefore"), "the page was reloaded"
    assert flow.sender.process.poll() is None, "the SDK had ended, so its flush at exit may have sent these"


def test_the_page_says_that_a_tools_cost_is_not_in_its_figure(flow: Flow) -> None:
    assert Decimal(flow.sender.sent["tool_cost_usd"]) == Decimal("0.005")
    definition = key_figures(flow.page)["Cost"].definition[0]
    assert "Costs that AgentOps does not store (tools, current litellm) are not in it." in definition
    expect(flow.page.get_by_text("came without a split into prompt and completion")).to_have_count(0)


def test_lines_and_bars_are_drawn_and_hold_what_was_sent(flow: Flow) -> None:
    close_up(flow.page, flow.sender.sent["began"])
    wait_for_figures(flow.page, cost="$0.0223", tokens="4,328")
    (cost_line,) = drawn(flow.page, "Cost per 5 seconds")
    assert cost_line.startswith("M") and cost_line.count("L") == 1, "two neighbouring windows, one line"
    assert plotted(flow.page, "Cost per 5 seconds") == pytest.approx({"Cost": 0.02231}, abs=0.00001)

    assert len(drawn(flow.page, "Tokens per 5 seconds")) == 4, "prompt and completion in two windows"
    assert plotted(flow.page, "Tokens per 5 seconds") == {
        "prompt": flow.sent.prompt,
        "cache-read": 0,
        "completion": flow.sent.completion,
        "reasoning": 0,
    }
    assert len(drawn(flow.page, "Traces by outcome per 5 seconds")) == 3
    assert plotted(flow.page, "Traces by outcome per 5 seconds") == {
        "● success": 1,
        "✕ failed": 1,
        "○ indeterminate": 1,
    }
    assert flow.watch.errors == []
    assert flow.watch.foreign == []


def test_the_client_gets_every_digit(flow: Flow) -> None:
    found = traces(flow.client, spans=SPANS)
    calls = spans_named(found, "openai.chat.completion")

    stored = [
        (
            attribute(call, "gen_ai.response.model"),
            int(attribute(call, "gen_ai.usage.prompt_tokens")),
            int(attribute(call, "gen_ai.usage.completion_tokens")),
            Decimal(attribute(call, "gen_ai.usage.prompt_cost"))
            + Decimal(attribute(call, "gen_ai.usage.completion_cost")),
        )
        for call in sorted(calls, key=lambda span: span.started_at)
    ]
    assert stored == [
        (call["model"], call["prompt_tokens"], call["completion_tokens"], cost_of(call))
        for call in flow.sent.calls
    ]
    (search,) = spans_named(found, "web_search.tool")
    assert attribute(search, "gen_ai.usage.total_cost") == flow.sender.sent["tool_cost_usd"]

    metrics = flow.client.project_metrics(None, None)
    assert (metrics.prompt_tokens, metrics.completion_tokens) == (flow.sent.prompt, flow.sent.completion)
    assert metrics.total_tokens == flow.sent.prompt + flow.sent.completion
    assert metrics.cost_usd == flow.sent.cost_usd.quantize(CENT_OF_A_CENT)
    assert (metrics.trace_count, metrics.spans_total) == (3, SPANS)
    listed = flow.client.traces(None, None).metrics
    assert (listed.success_count, listed.fail_count, listed.indeterminate_count) == (1, 1, 1)


def test_a_trace_has_its_spans_and_messages(flow: Flow) -> None:
    research, broken, bare = traces(flow.client, spans=SPANS)
    assert sorted(span.name for span in research.spans) == [
        "Researcher.agent",
        "openai.chat.completion",
        "openai.chat.completion",
        "plan.task",
        "research.session",
        "web_search.tool",
        "write.task",
    ]
    for trace, calls in ((research, flow.sent.calls[:2]), (broken, flow.sent.calls[2:])):
        spans = sorted(spans_named([trace], "openai.chat.completion"), key=lambda span: span.started_at)
        assert [attribute(s, "gen_ai.prompt.0.content") for s in spans] == [c["question"] for c in calls]
        assert [attribute(s, "gen_ai.completion.0.content") for s in spans] == [c["answer"] for c in calls]
    (divide,) = spans_named([broken], "divide.tool")
    assert divide.status == "ERROR"
    assert "division by zero" in str([divide.status_message, *(event.attributes for event in divide.events)])
    assert [span.status for span in bare.spans] == ["UNSET"]


def test_the_sdk_asks_nobody_outside_by_then(flow: Flow) -> None:
    assert flow.sender.outside == []
