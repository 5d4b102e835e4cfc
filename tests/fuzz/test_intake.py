"""OTLP into the embedded AgentOps: every body has an answer, none is a crash, memory stays bounded."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette

from agentops_lite import DEFAULT_PROJECT_ID, LiteConfig, create_app
from agentops_lite.nesting import nested
from agentops_lite.otlp import BadExport, ExportTooLarge, parse_json, parse_protobuf, spans_of, unpack_gzip
from agentops_lite.spans import to_row
from agentops_lite.store import Store
from tests.fuzz.drawn_exports import JSON, MAX_NS, PROTOBUF, as_otlp_json, exports
from tests.fuzz.odd_values import odd_text, spoilt
from tests.recorded import load, names

LIMIT = 200_000
TYPES = (PROTOBUF, JSON, "application/json; charset=utf-8", "text/plain", "", "APPLICATION/JSON")


@cache
def app() -> tuple[Starlette, dict[str, str], asyncio.AbstractEventLoop]:
    """One server for all cases, and a bearer for it."""
    made = create_app(LiteConfig(caches=False, max_body_bytes=LIMIT))
    gate = made.state.lite.gate
    token = gate.token(made.state.lite.config.projects[0])
    return made, {"authorization": f"Bearer {token}"}, asyncio.new_event_loop()


def ask(method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """The status and body of one answer, straight from the ASGI application; an exception is ours."""
    server, bearer, loop = app()
    sent = bearer | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in sent.items()],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("lite.test", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        answered.append(message)

    loop.run_until_complete(server(scope, receive, send))
    return answered[0]["status"], b"".join(message.get("body", b"") for message in answered[1:])


@contextmanager
def emptied() -> Iterator[Store]:
    store: Store = app()[0].state.lite.store
    store.query("DELETE FROM spans")
    yield store


def accepted(body: bytes, content_type: str, encoding: str = "identity") -> bool:
    status, answer = ask(
        "POST", "/v1/traces", body=body, content_type=content_type, content_encoding=encoding
    )
    assert status in (200, 400, 413, 415), (status, answer)
    if status != 200:
        assert set(json.loads(answer)) == {"detail"} and b"Traceback" not in answer and len(answer) < 2_000
    return status == 200


garbage = st.one_of(
    st.binary(max_size=80),
    odd_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"[" * 50_000, b'{"resourceSpans":' * 20_000, b"\x0a" * 3_000, b"\x0a\x02\x12\x00" * 500]
    ),
    st.sampled_from(names("otlp")).map(lambda name: base64.b64decode(load_export(name))),
)


@cache
def load_export(name: str) -> str:
    raw: str = json.loads((load.__globals__["FOLDER"] / f"{name}.json").read_text("utf-8"))["body_base64"]
    return raw


@given(
    body=garbage,
    data=st.data(),
    content_type=st.sampled_from(TYPES),
    encoding=st.sampled_from(("identity", "gzip", "", "br", "GZIP")),
)
def test_any_bytes_are_answered(body: bytes, data: st.DataObject, content_type: str, encoding: str) -> None:
    spoilt_body = bytearray(body)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(spoilt_body)))
        spoilt_body[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    packed = gzip.compress(bytes(spoilt_body), 1) if data.draw(st.booleans()) else bytes(spoilt_body)
    cut = data.draw(st.integers(0, len(packed))) if data.draw(st.booleans()) else len(packed)
    with emptied():
        accepted(packed[:cut], content_type, encoding)


@given(export=exports(), data=st.data())
def test_a_spoilt_export_is_stored_or_refused_and_can_be_read(
    export: ExportTraceServiceRequest, data: Any
) -> None:
    document = as_otlp_json(export)
    if data.draw(st.booleans()):
        document = data.draw(spoilt(document, most=2))
    # half a surrogate pair is sent as it is written: escaped
    with emptied() as store:
        accepted(json.dumps(document).encode(), JSON)
        may_be_read(store)


def may_be_read(store: Store) -> None:
    """Every question about what is stored has an answer; a 500 only where upstream fails, too."""
    times = "start_time=1970-01-01T00:00:00Z&end_time=2262-01-01T00:00:00Z"
    asked = [("/v4/traces", times), ("/v4/meterics/project", times)]
    asked += [
        (f"/v4/traces/{row[0]}", "") for row in store.query("SELECT DISTINCT trace_id FROM spans LIMIT 3")
    ]
    for path, query in asked:
        failures.clear()
        status, answer = ask("GET", path, f"project_id={DEFAULT_PROJECT_ID}&{query}")
        assert status in (200, 500) and not (status == 500 and failures), (path, failures)
        assert status == 500 or isinstance(json.loads(answer), dict)


class _Failures(list[str]):
    """What the server logs as its own mistake, not as one that it imitates."""

    def __call__(self, message: str, *given: Any) -> None:
        import sys

        self.append(f"{message % given}: {sys.exception()!r}")


failures = _Failures()
app.__wrapped__.__globals__["create_app"].__globals__["_log"].exception = failures


@given(export=exports())
def test_every_form_of_an_export_stores_the_same(export: ExportTraceServiceRequest) -> None:
    said = {"project_id": DEFAULT_PROJECT_ID, "host_name": "h", "os_type": "o"}
    wire = export.SerializeToString()
    as_json = json.dumps(as_otlp_json(export)).encode()
    spans, refused = spans_of(parse_protobuf(wire), **said)
    again, refused_again = spans_of(parse_json(unpack_gzip(gzip.compress(as_json), limit=10**6)), **said)
    assert (again, refused_again) == (spans, refused)
    sent = [span for rs in export.resource_spans for ss in rs.scope_spans for span in ss.spans]
    assert len(spans) + refused == len(sent)
    for span in spans:
        row = to_row(span)
        assert span.duration_ns >= 0 and span.start_ns + span.duration_ns <= max(MAX_NS, span.start_ns)
        assert 0 <= row.total_tokens < 2**64 and row.list_cost == row.list_cost
        assert span.attributes.keys() <= {*json.loads(row.attributes)}
        assert span.resource["agentops.project.id"] == DEFAULT_PROJECT_ID


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    members=st.lists(
        st.tuples(st.integers(0, 3_000_000), st.binary(min_size=1, max_size=1)), min_size=1, max_size=3
    )
)
@example([(0, b"a")] * 3)
def test_a_packed_body_takes_no_more_memory_than_is_allowed(members: list[tuple[int, bytes]]) -> None:
    body = b"".join(gzip.compress(letter * size, 1) for size, letter in members)
    tracemalloc.start()
    try:
        size = len(unpack_gzip(body, limit=LIMIT))
    except ExportTooLarge:
        size = LIMIT + 1
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size == min(sum(size for size, _ in members), LIMIT + 1)
    assert peak < 4 * LIMIT + 2 * len(body) + 100_000


_part = st.sampled_from(
    ("a", "b", "0", "1", "2", "9", "10", "99", "²", "٣", "", "-1", "gen_ai", "prompt", "9" * 5_000)
)
_key = st.lists(_part, min_size=1, max_size=5).map(".".join)


@given(keys=st.lists(_key, max_size=6, unique=True))
@example(["a.0", "a." + "9" * 30])
@example(["a." * 5_000 + "b"])
def test_attributes_nest_without_loss_of_what_stands_alone(keys: list[str]) -> None:
    tree = nested(dict.fromkeys(keys, "value"))
    leaves, todo = 0, [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            assert not any(key in value for key in "0123456789")
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        else:
            leaves += value == "value"
    assert leaves <= len(keys)
    if len(keys) == 1 and not any(part.isdigit() for part in keys[0].split(".")):
        assert leaves == 1


@given(
    text=st.one_of(st.binary(max_size=30), odd_text.map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_only_declared_errors_leave_the_parsers(text: bytes) -> None:
    for parse in (parse_json, parse_protobuf, lambda body: unpack_gzip(body, limit=LIMIT)):
        try:
            parse(text)
        except (BadExport, ExportTooLarge) as error:
            assert len(str(error)) < 1_000
