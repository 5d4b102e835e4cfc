"""The real litellm library → OTLP → AgentOps → client → page.

The current litellm and the one of mid-2025 send the same calls under different names. AgentOps reads
only the older ones, and the page has to say so instead of showing a cost of nothing as the truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from agentops_client import AgentOpsClient
from dashboard.text import Words
from tests.flow.archive_read import archive_read, used
from tests.flow.environments import LITELLM, LITELLM_MODULES
from tests.flow.flow import Flow, Sent, attribute, client_of, cost_of, spans_named, traces
from tests.flow.overview_page import close_up, drawn, overview, plotted, wait_for_figures
from tests.flow.processes import Lite, Sender, running_lite, sending, until

pytestmark = [pytest.mark.flow, pytest.mark.browser]

#: Two calls that succeed: request and raw request each; one that fails: the request alone.
SPANS = 2 + 2 + 1


@pytest.fixture(scope="module")
def lite() -> Iterator[Lite]:
    with running_lite() as lite:
        yield lite


@pytest.fixture(scope="module")
def flow(chromium: Browser, lite: Lite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    folder = tmp_path_factory.mktemp("litellm") / "sender"
    with (
        sending(
            "send_litellm.py",
            "instance",
            environment=LITELLM,
            libraries=LITELLM_MODULES[False],
            lite=lite,
            folder=folder,
        ) as summary,  # fmt: skip
        overview(chromium, lite) as (page, watch),
        client_of(lite) as client,
    ):
        yield Flow(summary(), client, page, watch)


def test_the_page_says_what_agentops_does_not_read(flow: Flow) -> None:
    assert flow.sender.sent["version"] == "1.106.2"
    wait_for_figures(
        flow.page, traces="3", tokens="60", failed_traces="1", success_rate="66.7 %", cost="$0.00"
    )
    assert (flow.sent.prompt, flow.sent.completion, flow.sender.sent["failed"]) == (20, 40, 1)
    note = Words("en")("overview.unsplit_note", tokens="60")
    assert note.startswith("60 tokens came without a split into prompt and completion, and without a cost")
    expect(flow.page.get_by_role("note").filter(has_text="without a split")).to_have_text(f"▲ {note}")


def test_bars_are_drawn_and_hold_what_was_sent(flow: Flow) -> None:
    close_up(flow.page, flow.sender.sent["began"])
    wait_for_figures(flow.page, traces="3", tokens="60")
    assert drawn(flow.page, "Tokens per 5 seconds")
    tokens = plotted(flow.page, "Tokens per 5 seconds")
    assert tokens.pop("not split") == flow.sent.prompt + flow.sent.completion
    assert set(tokens.values()) == {0}
    assert drawn(flow.page, "Traces by outcome per 5 seconds")
    assert plotted(flow.page, "Traces by outcome per 5 seconds") == {
        "● success": 2,
        "✕ failed": 1,
        "○ indeterminate": 0,
    }
    assert flow.watch.errors == []
    assert flow.watch.foreign == []


def test_the_spans_have_it_all(flow: Flow) -> None:
    """Tokens, cost and messages of current litellm are in the spans, under its own names."""
    requests = spans_named(traces(flow.client, spans=SPANS), "litellm_request")
    good = [request for request in requests if request.status == "OK"]
    assert [
        (
            attribute(request, "gen_ai.response.model"),
            int(attribute(request, "gen_ai.usage.input_tokens")),
            int(attribute(request, "gen_ai.usage.output_tokens")),
            Decimal(attribute(request, "gen_ai.cost.input_cost"))
            + Decimal(attribute(request, "gen_ai.cost.output_cost")),
            json.loads(attribute(request, "gen_ai.input.messages"))[0]["parts"][0]["content"],
            json.loads(attribute(request, "gen_ai.output.messages"))[0]["parts"][0]["content"],
        )
        for request in good
    ] == [
        (
            call["model"],
            call["prompt_tokens"],
            call["completion_tokens"],
            cost_of(call),
            call["question"],
            call["answer"],
        )
        for call in flow.sent.calls
    ]
    (bad,) = [request for request in requests if request.status == "ERROR"]
    assert attribute(bad, "error.type") == "InternalServerError"


def test_agentops_itself_reports_neither_split_nor_cost(flow: Flow) -> None:
    traces(flow.client, spans=SPANS)
    metrics = flow.client.project_metrics(None, None)
    assert (metrics.prompt_tokens, metrics.completion_tokens, metrics.total_tokens) == (0, 0, 60)
    assert metrics.cost_usd == 0


def test_nobody_outside_was_asked(flow: Flow) -> None:
    assert flow.sender.outside == []


def test_the_litellm_of_2025_is_read_in_full(tmp_path: Path) -> None:
    with running_lite() as lite, client_of(lite) as client:
        sent = _send("instance", lite, tmp_path / "old", client, old_litellm=True)
        assert sent.sent["version"] == "1.74.9"
        calls = Sent(sent.sent["calls"])
        assert calls.cost_usd == Decimal("0.00045")
        metrics = client.project_metrics(None, None)
        assert (
            (metrics.prompt_tokens, metrics.completion_tokens) == (calls.prompt, calls.completion) == (20, 40)
        )
        assert metrics.total_tokens == 60
        assert metrics.cost_usd == calls.cost_usd
        requests = spans_named(traces(client, spans=SPANS), "litellm_request")
        asked = [attribute(request, "gen_ai.prompt.0.content") for request in requests]
        assert asked == [*(call["question"] for call in calls.calls), "fail"]
        assert sent.outside == []


def test_the_otel_callback_arrives_too(tmp_path: Path) -> None:
    with running_lite() as lite, client_of(lite) as client:
        sent = _send(
            "otel",
            lite,
            tmp_path / "otel",
            client,
            OTEL_EXPORTER="otlp_http",
            OTEL_ENDPOINT=lite.announced["AGENTOPS_EXPORTER_ENDPOINT"],
            OTEL_HEADERS=f"Authorization=Bearer {client.token().jwt.get_secret_value()}",
        )
        requests = spans_named(traces(client, spans=SPANS), "litellm_request")
        tokens = [int(attribute(request, "gen_ai.usage.total_tokens") or 0) for request in requests]
        assert sum(tokens) == Sent(sent.sent["calls"]).prompt + Sent(sent.sent["calls"]).completion == 60
        assert sent.outside == []
        with archive_read(lite) as read:
            # twice 10 x $2.50 and 20 x $10 a million; the third one failed
            assert read.by_model() == {"gpt-4o": used(3, 20, 40, "0.00045", failed=1)}
            assert read.totals.reported_usd == float(Sent(sent.sent["calls"]).cost_usd)


def _send(
    callback: str,
    lite: Lite,
    folder: Path,
    client: AgentOpsClient,
    *,
    old_litellm: bool = False,
    **variables: str,
) -> Sender:
    """Sends, and returns when all has arrived; the sender has ended by then."""
    with sending(
        "send_litellm.py", callback, environment=LITELLM, libraries=LITELLM_MODULES[old_litellm], lite=lite,
        folder=folder, old_litellm=old_litellm, **variables,
    ) as summary:  # fmt: skip
        sender = summary()
        traces(client, spans=SPANS)
        return sender


def test_the_callback_by_name_asks_the_cloud_only(tmp_path: Path) -> None:
    """Why the instance is needed: ``callbacks = ["agentops"]`` ignores all self-hosted addresses."""
    with running_lite() as lite, client_of(lite) as client:
        callback = sending(
            "send_litellm.py", "agentops", environment=LITELLM, libraries=LITELLM_MODULES[False],
            lite=lite, folder=tmp_path / "named",
        )  # fmt: skip
        with callback as summary:
            sender = summary()
            until(lambda: "otlp.agentops.cloud" in sender.outside, within_s=30, what="an export to the cloud")
        assert set(sender.outside) == {"api.agentops.ai", "otlp.agentops.cloud"}
        assert client.traces(None, None).total == 0
