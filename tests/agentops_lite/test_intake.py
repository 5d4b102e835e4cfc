"""OTLP/HTTP intake: forms, limits, and how values become text."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from agentops_lite import serve
from agentops_lite.prices import TokenPrice, api_cost, database_cost, token_price
from agentops_lite.spans import with_collector_costs
from agentops_lite.wire_text import any_value_text, decimal9_or_zero, go_float, unsigned_or_zero
from tests.agentops_lite.replay import MAIN, SECOND, World, differences, recorded_config, recording

Start = Callable[..., World]

RUN = "otlp/0001_sdk_research_run"
RUN_TRACE = "622123d3223b631b5400bf47689feaf1"
PROTOBUF = "application/x-protobuf"


def export(name: str = RUN) -> bytes:
    return base64.b64decode(recording(name)["body_base64"])


def send(world: World, body: bytes, content_type: str = PROTOBUF, **headers: str) -> httpx.Response:
    more = {key.replace("_", "-"): value for key, value in headers.items()}
    return world.client.post(
        "/v1/traces", content=body, headers={"content-type": content_type} | world.bearer() | more
    )


def detail(world: World, trace_id: str = RUN_TRACE) -> dict[str, Any]:
    answer = world.client.get(f"/v4/traces/{trace_id}?project_id={MAIN}", headers=world.bearer())
    body: dict[str, Any] = answer.json()
    return body


def as_otlp_json(body: bytes) -> dict[str, Any]:
    """The same export in OTLP's JSON: ids in hex, 64-bit numbers as text, enums as numbers."""
    message = ExportTraceServiceRequest()
    message.ParseFromString(body)
    document: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    for resource_spans in document["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64decode(span[key]).hex()
    return document


def test_protobuf_is_answered_in_protobuf(start: Start) -> None:
    answer = send(start(), export())
    assert (answer.status_code, answer.headers["content-type"]) == (200, PROTOBUF)
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()


def test_json_and_gzip_store_the_same_spans(start: Start) -> None:
    plain, packed, as_json, packed_json = start(), start(), start(), start()
    document = json.dumps(as_otlp_json(export())).encode()
    assert send(plain, export()).status_code == 200
    assert send(packed, gzip.compress(export()), content_encoding="gzip").status_code == 200
    answer = send(as_json, document, "application/json; charset=utf-8")
    assert (answer.status_code, answer.json()) == (200, {"partialSuccess": {}})
    assert (
        send(packed_json, gzip.compress(document), "application/json", content_encoding="gzip").status_code
        == 200
    )
    assert detail(plain) == detail(packed) == detail(as_json) == detail(packed_json)
    assert len(detail(plain)["spans"]) == 7


def test_project_comes_from_the_bearer(start: Start) -> None:
    """The SDK sends agentops.project.id = "temporary"."""
    world = start()
    assert send(world, export(), authorization=world.bearer(SECOND)["authorization"]).status_code == 200
    answer = world.client.get(
        f"/v4/traces/{RUN_TRACE}?project_id={SECOND}", headers=world.bearer(SECOND)
    ).json()
    resource = answer["spans"][0]["resource_attributes"]
    assert (resource["ProjectId"], resource["agentops"]["project"]["id"]) == (SECOND, SECOND)
    assert detail(world)["detail"] == "Project not found"


def test_detail_equals_the_recording_in_the_query_dialect_too(start: Start) -> None:
    world = start()
    send(world, export())
    assert (
        list(
            differences(
                detail(world), recording("trace_detail/sdk_research_agent_tool_ok")["response"]["body"]
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "status"),
    [
        (b"\xff\xff\xff", PROTOBUF, "identity", 400),
        (b"not gzip", PROTOBUF, "gzip", 400),
        (gzip.compress(b"x" * 1000, mtime=0)[:-20], PROTOBUF, "gzip", 400),
        (b"{", "application/json", "identity", 400),
        (b"[]", "application/json", "identity", 400),
        (b'{"resourceSpans": 7}', "application/json", "identity", 400),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}',
            "application/json",
            "identity",
            400,
        ),
        (b"[" * 100_000, "application/json", "identity", 400),
        (b"", "text/plain", "identity", 415),
        (b"", "application/x-ndjson", "identity", 415),
        (b"", PROTOBUF, "br", 415),
        (b"", PROTOBUF, "identity", 200),
        (b"{}", "application/json", "identity", 200),
    ],
)
def test_bodies_are_checked(start: Start, body: bytes, content_type: str, encoding: str, status: int) -> None:
    assert send(start(), body, content_type, content_encoding=encoding).status_code == status


def test_bearer_is_needed(start: Start) -> None:
    answer = start().client.post("/v1/traces", content=b"", headers={"content-type": PROTOBUF})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Authorization header missing"})


def test_large_bodies_are_refused_before_they_fill_the_memory(start: Start) -> None:
    world = start(max_body_bytes=10_000)
    assert send(world, b"x" * 10_001).status_code == 413
    bomb = gzip.compress(b"\x00" * 50_000_000)
    assert send(world, gzip.compress(b"\x00" * 20_000), content_encoding="gzip").status_code == 413
    assert len(bomb) > 10_000  # would be refused packed, too
    assert send(start(max_body_bytes=1_000_000), bomb, content_encoding="gzip").status_code == 413


def test_chunked_bodies_are_bounded_too(start: Start) -> None:
    world = start(max_body_bytes=10_000)

    def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 1000

    headers = {"content-type": PROTOBUF} | world.bearer()
    assert world.client.post("/v1/traces", content=chunks(), headers=headers).status_code == 413


def test_unusable_spans_are_counted_and_the_rest_is_kept(start: Start) -> None:
    world = start()
    document = as_otlp_json(export())
    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans[0]["traceId"] = "00"
    answer = send(world, json.dumps(document).encode(), "application/json")
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert len(detail(world)["spans"]) == 6


def test_exports_at_once_all_arrive() -> None:
    names = [
        f"otlp/00{number}" for number in ("31_sdk_second_run_0", "32_sdk_second_run_1", "33_sdk_second_run_2")
    ]
    from tests.agentops_lite.replay import Clock

    config = recorded_config(Clock(), auth="both", caches=False)
    with serve(config) as url, httpx.Client(base_url=url, timeout=30) as client:
        world = World(client, config)
        headers = {"content-type": PROTOBUF} | world.bearer(SECOND)
        with ThreadPoolExecutor(8) as pool:
            sent = [
                pool.submit(client.post, "/v1/traces", content=export(name), headers=headers)
                for name in names
                for _ in range(10)
            ]
            asked = [
                pool.submit(client.get, f"/v4/meterics/project?project_id={SECOND}", headers=headers)
                for _ in range(20)
            ]
            assert {job.result().status_code for job in (*sent, *asked)} == {200}
        body = client.get(f"/v4/meterics/project?project_id={SECOND}", headers=headers).json()
    assert (body["trace_count"], body["span_count"]["total"]) == (3, 3 * 4 * 10)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2, "0.2"),
        (1.0, "1"),
        (0.0, "0"),
        (1e-6, "0.000001"),
        (7.5e-7, "7.5e-7"),
        (1e-07, "1e-7"),
        (1e21, "1e+21"),
        (123456789012345680.0, "123456789012345680"),
        (2370 * 1.5e-07, "0.00035549999999999997"),
        (-2.5, "-2.5"),
        (float("nan"), "NaN"),
    ],
)
def test_doubles_are_written_as_the_collector_writes_them(value: float, text: str) -> None:
    assert go_float(value) == text


def test_attribute_values_become_text() -> None:
    words = AnyValue(
        array_value=ArrayValue(values=[AnyValue(string_value="<b>"), AnyValue(string_value="한")])
    )
    pairs = AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="n", value=AnyValue(int_value=1))]))
    assert any_value_text(words) == '["\\u003cb\\u003e","한"]'
    assert any_value_text(pairs) == '{"n":1}'
    assert [any_value_text(v) for v in (AnyValue(bool_value=True), AnyValue(int_value=-5), AnyValue())] == [
        "true",
        "-5",
        "",
    ]
    assert any_value_text(AnyValue(bytes_value=b"\x00\x01")) == "AAE="


def test_the_database_reads_odd_numbers_as_zero() -> None:
    assert [unsigned_or_zero(t) for t in ("12", "12.0", "-1", "", "twelve", str(2**64))] == [
        12,
        0,
        0,
        0,
        0,
        0,
    ]
    assert [str(decimal9_or_zero(t)) for t in ("7.5e-7", "0.1234567899", "x", "1e99")] == [
        "7.50E-7",
        "0.123456789",
        "0",
        "0",
    ]


def test_collector_prices_known_response_models_only() -> None:
    tokens = {"gen_ai.usage.prompt_tokens": "1000", "gen_ai.usage.completion_tokens": "100"}
    added = with_collector_costs(tokens | {"gen_ai.response.model": "gpt-4o-2024-08-06"})
    assert (added["gen_ai.usage.prompt_cost"], added["gen_ai.usage.completion_cost"]) == ("0.0025", "0.001")
    for unpriced in (
        {"gen_ai.request.model": "gpt-4o"},
        {"gen_ai.response.model": "my-org/llama-3-70b-local"},
        {},
    ):
        assert with_collector_costs(tokens | unpriced) == tokens | unpriced


def test_the_three_price_lists() -> None:
    assert token_price("no-such-model") is None
    assert api_cost(1000, "gpt-4o-mini", "prompt") == Decimal("0.00015")
    assert api_cost(1000, "no-such-model", "prompt") == 0
    # Not the price of prompts above 200,000 tokens.
    assert token_price("gemini-2.5-pro") == TokenPrice(Decimal("0.00000125"), Decimal("0.00001"))
    assert database_cost(1000, 1000, "GPT-4o") == (0.005, 0.015)
    assert database_cost(1000, 1000, "gpt-4o-2024-08-06") == (0.0, 0.0)


def test_a_span_of_infinite_cost_breaks_nothing(start: Start) -> None:
    world = start()
    attribute = {"key": "gen_ai.usage.total_cost", "value": {"stringValue": "1e400"}}
    document = as_otlp_json(export())
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"].append(attribute)
    assert send(world, json.dumps(document).encode(), "application/json").status_code == 200
    listed = world.client.get(f"/v4/traces?project_id={MAIN}", headers=world.bearer()).json()
    assert listed["traces"][0]["total_cost"] == 0.005
