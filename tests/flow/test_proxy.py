"""The real litellm proxy, set up as docs/AGENTOPS_SETUP.md says → OTLP → AgentOps → client → page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import free_port
from tests.flow.archive_read import archive_read, used
from tests.flow.environments import LITELLM
from tests.flow.flow import Flow, attribute, client_of, spans_named, traces
from tests.flow.overview_page import close_up, drawn, overview, plotted, wait_for_figures
from tests.flow.processes import Lite, running_lite, sending

pytestmark = [pytest.mark.flow, pytest.mark.browser]

#: A call makes six spans at least (auth, request received, pre-call, router twice, litellm_request).
SPANS_AT_LEAST = 12


@pytest.fixture(scope="module")
def lite() -> Iterator[Lite]:
    with running_lite() as lite:
        yield lite


@pytest.fixture(scope="module")
def flow(
    chromium: Browser, lite: Lite, provider: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flow]:
    folder = tmp_path_factory.mktemp("proxy") / "sender"
    with client_of(lite) as client:
        proxy = sending(
            "send_proxy.py",
            str(free_port()),
            environment=LITELLM,
            lite=lite,
            folder=folder,
            PROVIDER_API_BASE=provider,
            PROVIDER_API_KEY="sk-canned",
            LITELLM_MASTER_KEY="sk-flow",
        )
        with proxy as summary, overview(chromium, lite) as (page, watch):
            yield Flow(summary(), client, page, watch)


def test_each_call_is_one_trace_and_its_tokens_are_counted(flow: Flow) -> None:
    wait_for_figures(
        flow.page, traces="2", tokens="5,600", success_rate="100.0 %", failed_traces="0", cost="$0.00"
    )
    assert (flow.sent.prompt, flow.sent.completion) == (2400, 3200)
    note = flow.page.get_by_text("came without a split into prompt and completion")
    expect(note).to_contain_text("▲ 5,600 tokens came without a split into prompt and completion")
    close_up(flow.page, flow.sender.sent["began"])
    assert drawn(flow.page, "Tokens per 5 seconds")
    assert plotted(flow.page, "Tokens per 5 seconds")["not split"] == 5600
    assert flow.watch.errors == []
    assert flow.watch.foreign == []


def test_the_spans_have_the_messages_and_the_usage(flow: Flow) -> None:
    requests = spans_named(traces(flow.client, spans=SPANS_AT_LEAST), "litellm_request")
    assert [
        (
            int(attribute(request, "gen_ai.usage.input_tokens")),
            int(attribute(request, "gen_ai.usage.output_tokens")),
            json.loads(attribute(request, "gen_ai.input.messages"))[0]["parts"][0]["content"],
            json.loads(attribute(request, "gen_ai.output.messages"))[0]["parts"][0]["content"],
        )
        for request in requests
    ] == [
        (call["prompt_tokens"], call["completion_tokens"], call["question"], call["answer"])
        for call in flow.sent.calls
    ]


def test_the_archive_counts_each_call_once_whatever_the_proxy_puts_around_it(flow: Flow, lite: Lite) -> None:
    traces(flow.client, spans=SPANS_AT_LEAST)
    with archive_read(lite) as read:
        # each 1,200 x $2.50 and 1,600 x $10 a million
        assert read.by_model() == {"gpt-4o": used(2, 2400, 3200, "0.038")}
        assert read.totals.reported_usd == float(flow.sent.cost_usd)
        assert (read.totals.traces, read.totals.success) == (2, 2)
        assert read.links() == {("", "litellm"): (2, 0), ("litellm", "gpt-4o"): (2, 0)}


def test_nobody_outside_was_asked(flow: Flow) -> None:
    assert flow.sender.outside == []
