"""Every recorded export → AgentOps → follower → archive: each token and each digit of a cost, once.

The tables are the recorded attributes, added up by hand.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from tests.agentops_lite.replay import names, recording
from tests.flow.archive_read import Clock, Read, Usage, archive_read, exact, used
from tests.flow.processes import Lite

#: All was recorded in this hour. From some hours later, it is one window of the list.
HOUR = (datetime(2026, 11, 21, 22, tzinfo=UTC), datetime(2026, 11, 21, 23, tzinfo=UTC))
LATER = datetime(2026, 11, 22, 3, tzinfo=UTC)
EPOCH = datetime.fromtimestamp(0, UTC)
PROTOBUF = "application/x-protobuf"

MINI, FULL, O3 = "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "o3-mini-2025-01-31"
LLAMA, CLAUDE = "my-org/llama-3-70b-local", "claude-3-5-sonnet-20241022"


Expected = tuple[
    tuple[int, int], dict[str, Usage], dict[str, tuple[int, int, Decimal | None]], dict[str, Usage]
]


def expected(
    traces: int,
    spans: int,
    models: dict[str, Usage] | None = None,
    tools: dict[str, tuple[int, int, str]] | None = None,
    agents: dict[str, Usage] | None = None,
) -> Expected:
    costs = {name: (n, bad, Decimal(usd) if usd else None) for name, (n, bad, usd) in (tools or {}).items()}
    return (traces, spans), models or {}, costs, agents or {}


#: Session, agent, two tasks, a tool of half a cent, a call of each model.
RESEARCH = expected(
    1, 7,
    {MINI: used(1, 12, 16, "0.0000114"), FULL: used(1, 71, 23, "0.0004075")},
    {"web_search": (1, 0, "0.005")},
    {"researcher": used(2, 83, 39, "0.0054189")},
)  # fmt: skip
#: Two calls; the tool that the first one asks for runs once.
WEATHER = expected(1, 5, {FULL: used(2, 16, 29, "0.00033")}, {"get_weather": (1, 0, "")})
#: One agent, one call, one tool of a tenth of a cent.
ON_MINI = expected(
    1, 4,
    {MINI: used(1, 8, 10, "0.0000072")},
    {"calc": (1, 0, "0.001")},
    {"helper": used(1, 8, 10, "0.0010072")},
)  # fmt: skip
ON_FULL = expected(
    1, 4,
    {FULL: used(1, 8, 10, "0.00012")},
    {"calc": (1, 0, "0.001")},
    {"helper": used(1, 8, 10, "0.00112")},
)  # fmt: skip

RECORDED: dict[str, Expected] = {
    "0001_sdk_research_run": RESEARCH,
    "0002_sdk_tool_calling": WEATHER,
    # with the agent of the next export, in which the tool and a task failed
    "0003_sdk_failing_run": expected(
        1, 4, tools={"divide": (1, 1, "")}, agents={"fragile-agent": used(0, failed=2)}
    ),
    "0006_sdk_abandoned": expected(1, 2),
    "0007_sdk_streaming_chat": expected(
        1, 4,
        {
            MINI: used(1, 8, 12, "0.0000084"),
            FULL: used(1, 1043, 23, "0.0028375"),
            O3: used(1, 8, 74, "0.0003344"),
        },
    ),
    "0009_sdk_bare": expected(1, 1),
    "0010_sdk_local_b_llama_b_co": expected(1, 3, {LLAMA: used(2, 5023, 46)}),
    "0011_sdk_multi_agent": expected(
        1, 22,
        {MINI: used(6, 48, 48, "0.000036")},
        {"lookup": (6, 0, "0.0006")},
        {"manager": used(0), "worker": used(6, 48, 48, "0.000636")},
    ),
    # 0.0000065999999999999995 was recorded for the completion
    "0015_sdk_default": expected(1, 2, {MINI: used(1, 8, 11, "0.0000078")}),
    "0017_sdk_part_first_step_task": expected(1, 2, {MINI: used(1, 8, 12, "0.0000084")}),
    "0018_sdk_research_run": RESEARCH,
    "0019_sdk_tool_calling": WEATHER,
    "0031_sdk_second_run_0": ON_MINI,
    "0032_sdk_second_run_1": ON_FULL,
    "0033_sdk_second_run_2": ON_MINI,
    "0034_sdk_second_run_3": ON_FULL,
    "0037_sdk_free_run_0": ON_MINI,
    "0038_sdk_free_run_1": ON_FULL,
    "0039_sdk_free_run_2": ON_MINI,
    "0042_sdk_foreign_run_0": ON_MINI,
    "0043_sdk_foreign_run_1": ON_FULL,
    # one call failed; the one of Claude came without a cost: 10 x $3 + 20 x $15 a million
    "0045_litellm_new": expected(
        6, 11,
        {
            "gpt-4o-mini": used(3, 20, 40, "0.000027", failed=1),
            "gpt-4o": used(1, 18, 5, "0.000095"),
            FULL: used(1, 8, 12, "0.00014"),
            CLAUDE: used(1, 10, 20, "0.00033"),
        },
    ),
    "0046_litellm_otel_callback": expected(1, 2, {"gpt-4o-mini": used(1, 10, 20, "0.0000135")}),
    "0048_litellm_proxy": expected(
        6, 56,
        {
            "gpt-4o-mini": used(1, 10, 20, "0.0000135"),
            "stand-in": used(2, 16, 22, "0.00026"),
            "gpt-4o": used(1, failed=1),
            "nope": used(1, failed=1),
        },
    ),
    "0049_sdk_cache_run_0": ON_MINI,
}  # fmt: skip


#: Two exports with parts of one trace, each as if the other had never arrived.
PARTS: dict[str, Expected] = {
    "0003_sdk_failing_run": expected(1, 3, tools={"divide": (1, 1, "")}),
    "0004_sdk_part_fragile_agent_agent": expected(1, 1, agents={"fragile-agent": used(0)}),
}
ALL = [name.removeprefix("otlp/") for name in names("otlp")]


@pytest.fixture(scope="module")
def everything() -> Iterator[Read]:
    """Of one project that was sent all exports."""
    with archive_of(*ALL) as read:
        yield read


def test_every_recorded_export_is_expected() -> None:
    assert sorted({*RECORDED, *PARTS}) == ALL


@pytest.mark.parametrize("name", RECORDED)
def test_each_token_and_each_digit_is_counted_once(name: str, everything: Read) -> None:
    check(replace(everything, start=started(name)[0], end=started(name)[1]), RECORDED[name])


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_a_trace_alone(name: str) -> None:
    with archive_of(name) as read:
        check(read, PARTS[name])


def check(read: Read, wanted: Expected) -> None:
    counts, models, tools, agents = wanted
    totals = read.totals
    assert (totals.traces, totals.spans) == counts
    assert read.by_model() == models
    assert read.by_tool() == tools
    assert read.by_agent() == agents
    calls = list(models.values())
    assert (totals.calls, totals.prompt_tokens or 0, totals.completion_tokens or 0) == (
        sum(model.calls for model in calls),
        sum(model.prompt for model in calls),
        sum(model.completion for model in calls),
    )


@pytest.mark.parametrize(
    ("name", "reported", "estimated", "unpriced"),
    [
        ("0001_sdk_research_run", 0.0054189, None, 0),
        ("0010_sdk_local_b_llama_b_co", None, None, 5069),
        ("0045_litellm_new", 0.000262, 0.00033, 0),
    ],
)
def test_what_is_estimated_or_has_no_price_is_told_apart(
    name: str, reported: float | None, estimated: float | None, unpriced: int, everything: Read
) -> None:
    totals = replace(everything, start=started(name)[0], end=started(name)[1]).totals
    assert (totals.reported_usd, totals.estimated_usd, totals.own_usd) == (reported, estimated, None)
    assert totals.unpriced_tokens == unpriced


def test_all_of_them_together_add_up(everything: Read) -> None:
    totals = everything.totals
    counts = [counts for counts, *_ in RECORDED.values()]
    assert (totals.traces, totals.spans) == (sum(n for n, _ in counts), sum(n for _, n in counts))
    models = [model for _, models, *_ in RECORDED.values() for model in models.values()]
    costs = [cost for _, _, tools, _ in RECORDED.values() for *_, cost in tools.values()]
    known = [usd for usd in (*(model.usd for model in models), *costs) if usd is not None]
    assert totals.cost_usd is not None
    assert exact(totals.cost_usd) == sum(known)
    assert totals.prompt_tokens == sum(model.prompt for model in models)
    assert totals.completion_tokens == sum(model.completion for model in models)


@contextmanager
def archive_of(*exports: str) -> Iterator[Read]:
    """What is archived of an AgentOps that was sent these exports, byte for byte."""
    with serve(LiteConfig(caches=False)) as url:
        with httpx.Client(base_url=url, trust_env=False) as http:
            token = http.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
            for name in exports:
                headers = {"content-type": PROTOBUF, "authorization": f"Bearer {token}"}
                http.post("/v1/traces", content=body_of(name), headers=headers).raise_for_status()
        lite = Lite({"AGENTOPS_API_ENDPOINT": url, "AGENTOPS_API_KEY": DEFAULT_API_KEY})
        with archive_read(lite, clock=Clock(LATER), between=HOUR) as read:
            yield read


def started(name: str) -> tuple[datetime, datetime]:
    """From the first start of a span in the export to just after the last; no two exports overlap."""
    export = ExportTraceServiceRequest.FromString(body_of(name))
    spans = [s for group in export.resource_spans for scope in group.scope_spans for s in scope.spans]
    moments = [EPOCH + timedelta(microseconds=span.start_time_unix_nano // 1_000) for span in spans]
    return min(moments), max(moments) + timedelta(microseconds=1)


def body_of(name: str) -> bytes:
    return base64.b64decode(recording(f"otlp/{name}")["body_base64"])
