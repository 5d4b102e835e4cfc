"""One trace as a document: as JSON, and as OTLP that an AgentOps takes in again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentops_client import AgentOpsClient, AgentOpsSettings, Trace
from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from dashboard.export import otlp_json, trace_json
from dashboard.export.flat import flat
from tests.dashboard.made_traces import START, nested, span, trace

RECORDINGS = Path(__file__).parents[1] / "recordings"
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
#: What a collector adds to a resource by itself.
ADDED = ("agentops.project.id", "ProjectId", "host.name", "os.type")
#: What of a span is the same wherever it is stored.
COMES_BACK = (
    "started_at", "ended_at", "duration_ns", "status", "status_message", "parent_span_id", "name", "kind",
    "events", "links", "span_attributes", "service_name",
)  # fmt: skip


def answers() -> list[Trace]:
    """Every recorded answer that is a whole trace."""
    traces = []
    for file in sorted((RECORDINGS / "trace_detail").glob("*.json")):
        body = json.loads(file.read_text("utf-8"))["response"]["body"]
        if isinstance(body, dict) and body.get("spans"):
            traces.append(Trace.model_validate(body))
    return traces


class Server:
    """An AgentOps to send to and to ask."""

    def __init__(self, url: str) -> None:
        settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=url)
        self.client = AgentOpsClient(settings)
        self._http = httpx.Client(base_url=url)
        token = self._http.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        self._bearer = {"authorization": f"Bearer {token}"}

    def send(self, body: bytes, content_type: str = "application/json") -> dict[str, Any]:
        answer = self._http.post(
            "/v1/traces", content=body, headers={"content-type": content_type, **self._bearer}
        )
        assert answer.status_code == 200, answer.text
        return answer.json() if content_type == "application/json" else {}

    def close(self) -> None:
        self.client.close()
        self._http.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """Two of them, empty and alike."""
    with serve(LiteConfig(caches=False)) as first, serve(LiteConfig(caches=False)) as second:
        both = Server(first), Server(second)
        yield both
        for server in both:
            server.close()


def sent_spans(trace: Trace) -> list[dict[str, Any]]:
    document = json.loads(otlp_json(trace))
    return [
        one for group in document["resourceSpans"] for scope in group["scopeSpans"] for one in scope["spans"]
    ]


def sent_attributes(**attributes: Any) -> dict[str, Any]:
    """What becomes of attributes; "__" stands for a dot."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    (one,) = sent_spans(trace(span(SPAN_ID, attributes=named), trace_id=TRACE_ID))
    return {each["key"]: each["value"] for each in one["attributes"]}


def test_recorded_exports_come_back_from_a_second_agentops_as_from_the_first(
    servers: tuple[Server, Server],
) -> None:
    first, second = servers
    ids = set()
    for file in sorted((RECORDINGS / "otlp").glob("*.json")):
        body = base64.b64decode(json.loads(file.read_text("utf-8"))["body_base64"])
        first.send(body, "application/x-protobuf")
        ids |= ids_in(body)
    assert len(ids) > 10
    for trace_id in sorted(ids):
        original = first.client.trace(trace_id)
        assert second.send(otlp_json(original)) == {"partialSuccess": {}}
        assert second.client.trace(trace_id) == original


def ids_in(body: bytes) -> set[str]:
    from agentops_lite.otlp import parse_protobuf

    groups = parse_protobuf(body).resource_spans
    return {one.trace_id.hex() for group in groups for scope in group.scope_spans for one in scope.spans}


def test_recorded_answers_of_a_real_agentops_are_taken_in_again(servers: tuple[Server, Server]) -> None:
    whole = [one for one in answers() if not one.freeplan_truncated]
    assert len(whole) > 5
    for original in whole:
        servers[0].send(otlp_json(original))
        again = servers[0].client.trace(original.trace_id)
        ours = {one.span_id: one for one in again.spans}
        for theirs in original.spans:
            mine = ours[theirs.span_id]
            for name in COMES_BACK:
                assert getattr(mine, name) == getattr(theirs, name), name
            assert resource(mine.resource_attributes) == resource(theirs.resource_attributes)


def resource(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flat(tree).items() if name not in ADDED}


def test_ids_times_and_status_are_those_of_otlp() -> None:
    one = span(SPAN_ID, "ask", parent="00F067AA-0BA902B7", at=1, lasts=0.5, status="ERROR", message="no")
    (sent,) = sent_spans(trace(one, trace_id="0AF76519-16CD-43DD-8448-EB211C80319C"))
    assert (sent["traceId"], sent["spanId"], sent["parentSpanId"]) == (TRACE_ID, SPAN_ID, "00f067aa0ba902b7")
    start_ns = (int(START.timestamp()) + 1) * 10**9
    assert (sent["startTimeUnixNano"], sent["endTimeUnixNano"]) == (
        str(start_ns),
        str(start_ns + 500_000_000),
    )
    assert sent["status"] == {"code": 2, "message": "no"}
    assert (sent["name"], sent["kind"]) == ("ask", 1)


def test_values_get_their_type_back_where_the_name_says_it() -> None:
    typed = sent_attributes(
        gen_ai__usage__prompt_tokens="12",
        gen_ai__usage__total_cost="0.25",
        gen_ai__usage__prompt_cost="7.5e-7",
        gen_ai__request__temperature="1",
        gen_ai__is_streaming="true",
        gen_ai__prompt__0__content="12",
        order__id="7",
    )
    assert typed == {
        "gen_ai.usage.prompt_tokens": {"intValue": "12"},
        "gen_ai.usage.total_cost": {"doubleValue": 0.25},
        "gen_ai.usage.prompt_cost": {"doubleValue": 7.5e-7},
        "gen_ai.request.temperature": {"doubleValue": 1.0},
        "gen_ai.is_streaming": {"boolValue": True},
        "gen_ai.prompt.0.content": {"stringValue": "12"},
        "order.id": {"stringValue": "7"},
    }


ODD_TOKENS = ("12.0", "+1", "007", "1_000", "twelve", "", " 1", "-0", "9" * 19, "١")
ODD_COSTS = ("0.10", "1e-3", "1E-9", "NaN", ".5", "1.", "0.30000000000000004441", "0.00000075", "0,5")


def test_a_value_that_would_be_written_otherwise_stays_text(servers: tuple[Server, Server]) -> None:
    for number, text in enumerate((*ODD_TOKENS, *ODD_COSTS)):
        name = "load.tokens" if text in ODD_TOKENS else "load.cost"
        one = trace(span(SPAN_ID, attributes={name: text}), trace_id=f"{number + 1:032x}")
        ((_, value),) = sent_attributes(**{name: text}).items()
        assert value == {"stringValue": text}
        servers[0].send(otlp_json(one))
        (again,) = servers[0].client.trace(one.trace_id).spans
        assert flat(again.span_attributes) == {name: text}


@pytest.mark.parametrize(
    "text", ["0", "-0", "3", "0.5", "123456.789", "0.000001", "9.99e-7", "1e-10", "2.5e-12"]
)
def test_costs_become_numbers_and_are_stored_as_the_same_text(
    servers: tuple[Server, Server], text: str
) -> None:
    one = trace(span(SPAN_ID, attributes={"load.cost": text}), trace_id="f" * 32)
    assert sent_attributes(load__cost=text) == {"load.cost": {"doubleValue": float(text)}}
    servers[1].send(otlp_json(one))
    assert flat(servers[1].client.trace("f" * 32).spans[-1].span_attributes) == {"load.cost": text}


def test_spans_stand_under_the_resource_that_sent_them() -> None:
    resources = [{"service": {"name": name}} for name in ("api", "batch", "api")]
    spans = [
        span(f"{i}" * 16, service=one["service"]["name"]) | {"resource_attributes": one}
        for i, one in enumerate(resources)
    ]
    bare = span("9" * 16, service="api")
    groups = json.loads(otlp_json(trace(*spans, bare, trace_id=TRACE_ID)))["resourceSpans"]
    assert [len(group["scopeSpans"][0]["spans"]) for group in groups] == [3, 1]
    assert groups[0]["resource"] == {"attributes": [{"key": "service.name", "value": {"stringValue": "api"}}]}


def test_json_is_agentops_own_form_and_can_be_read_back() -> None:
    for original in answers():
        assert Trace.model_validate(json.loads(trace_json(original))) == original
    document = json.loads(
        trace_json(trace(span("s", "ask", attributes={"a.b": "한글"}), trace_id="t", tags=["x"]))
    )
    assert (document["trace_id"], document["tags"]) == ("t", ["x"])
    (one,) = document["spans"]
    assert (one["span_name"], one["start_time"], one["duration"]) == (
        "ask",
        "2026-11-01T12:00:00Z",
        1_000_000_000,
    )
    assert one["span_attributes"] == {"a": {"b": "한글"}}


def test_hostile_content_is_carried_as_it_is(servers: tuple[Server, Server]) -> None:
    texts = {"a": "<script>\u202e\x00\x1b[31m", "b": "x" * 5_000_000, "c": "'\"\\\n\u2028", "d": "😀"}
    one = trace(span(SPAN_ID, attributes=texts), trace_id="e" * 32)
    assert Trace.model_validate(json.loads(trace_json(one))) == one
    servers[0].send(otlp_json(one))
    assert servers[0].client.trace("e" * 32).spans[0].span_attributes == texts


def test_depth_and_lone_surrogates_break_nothing() -> None:
    path = ".".join("a" * 900)
    one = trace(span(SPAN_ID, attributes={path: "deep", "lone": "\ud800"}), trace_id=TRACE_ID)
    (sent,) = sent_spans(one)
    values = {each["key"]: each["value"]["stringValue"] for each in sent["attributes"]}
    assert values == {path: "deep", "lone": "?"}
    (again,) = json.loads(trace_json(one))["spans"]
    assert flat(again["span_attributes"]) == {path: "deep", "lone": "\ud800"}


def test_names_are_dotted_again() -> None:
    tree = {"a": {"b": "1", "c": [{"d": "2"}, None, ["3"]]}, "e": {}, "f": [], "g": None}
    assert flat(tree) == {"a.b": "1", "a.c.0.d": "2", "a.c.2.0": "3"}
    assert list(flat(nested({"x.y": "1", "b": "2", "x.a": "3"}))) == ["x.y", "x.a", "b"]
