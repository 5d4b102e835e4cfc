"""Models against what a real server sent, and against the same with every leaf spoilt in turn."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from agentops_client import (
    AnswerUnreadable,
    Health,
    ProjectMetrics,
    Token,
    TokenCheck,
    Trace,
    TraceLog,
    TracePage,
)
from agentops_client.answers import read_answer
from agentops_client.redaction import Redactor
from tests.recorded import load, names


def read(model: type[Any], body: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = httpx.Request("GET", "http://agentops.test/v4/x")
    response = httpx.Response(200, content=content, request=request)
    return read_answer(response, model, endpoint="http://agentops.test", redact=Redactor())


def test_project_metrics_of_a_day() -> None:
    metrics = read(ProjectMetrics, load("meterics/day").body)
    assert metrics.project_id == "b0000000-0000-4000-8000-000000000001"
    assert metrics.trace_count == 44
    spans = (metrics.spans_total, metrics.spans_success, metrics.spans_fail, metrics.spans_indeterminate)
    assert spans == (227, 96, 6, 125)
    assert metrics.cost_usd == Decimal("0.11878")
    assert (metrics.prompt_tokens, metrics.completion_tokens, metrics.total_tokens) == (56795, 12490, 69285)
    assert metrics.started_at is not None
    assert metrics.started_at.tzinfo is UTC
    assert metrics.started_at.date().isoformat() == "2026-11-20"
    assert not metrics.freeplan_truncated


def test_an_empty_range_has_no_times_and_zero_counts() -> None:
    metrics = read(ProjectMetrics, load("meterics/empty_range").body)
    assert (metrics.trace_count, metrics.cost_usd) == (0, Decimal(0))
    assert metrics.started_at is None
    assert metrics.ended_at is None


def test_a_page_of_traces() -> None:
    page = read(TracePage, load("traces_list/limit_1").body)
    assert (page.total, page.limit, page.offset) == (1188, 1, 0)
    assert page.metrics.trace_count == 1188
    outcomes = (page.metrics.success_count, page.metrics.fail_count, page.metrics.indeterminate_count)
    assert outcomes == (609, 60, 519)
    assert page.metrics.cache_read_input_tokens == 110722
    assert page.metrics.total_cost_usd == Decimal("1.1329920")
    (row,) = page.traces
    assert row.name == "POST /v1/chat/completions"
    assert row.started_at == datetime(2026, 11, 21, 22, 27, 20, 923019, UTC)
    assert row.duration_ns == 7111045
    assert row.total_cost_usd == Decimal("0.0")


def test_a_missing_optional_number_is_none_and_a_missing_needed_one_is_named() -> None:
    body = copy.deepcopy(load("traces_list/limit_1").body)
    for name in ("cache_read_input_tokens", "reasoning_tokens", "total_cost"):
        del body["metrics"][name]
    metrics = read(TracePage, body).metrics
    assert (metrics.cache_read_input_tokens, metrics.reasoning_tokens, metrics.total_cost_usd) == (
        None,
        None,
        None,
    )
    del body["traces"][0]["duration"]
    with pytest.raises(AnswerUnreadable) as caught:
        read(TracePage, body)
    assert caught.value.fields == ("traces.0.duration: Field required",)


@pytest.mark.parametrize("wrong", [-1, True, 1.5, 12.0, "12", None, 2**63])
def test_counts_are_whole_and_not_negative(wrong: Any) -> None:
    body = copy.deepcopy(load("meterics/day").body)
    body["span_count"]["total"] = wrong
    with pytest.raises(AnswerUnreadable, match=r"span_count\.total"):
        read(ProjectMetrics, body)


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-0.1", "", "free", True, [], "1e400", "1e99", "１２"])
def test_costs_are_finite_and_not_negative(wrong: Any) -> None:
    body = copy.deepcopy(load("meterics/day").body)
    body["token_metrics"]["total_cost"] = wrong
    with pytest.raises(AnswerUnreadable, match=r"token_metrics\.total_cost"):
        read(ProjectMetrics, body)


RECORDED_TRACES = [
    name
    for name in names("trace_detail") + names("odd_rows")
    if load(name).status == 200 and "/detail/" in load(name).path
]


@pytest.mark.parametrize("name", RECORDED_TRACES)
def test_every_recorded_trace_is_read(name: str) -> None:
    recording = load(name)
    trace = read(Trace, recording.body)
    assert [span.span_id for span in trace.spans] == [span["span_id"] for span in recording.body["spans"]]
    for span, wire in zip(trace.spans, recording.body["spans"], strict=True):
        assert span.parent_span_id == (wire["parent_span_id"] or None)
        assert span.duration_ns == wire["duration"]
        assert span.span_attributes == wire["span_attributes"]
        assert len(span.events) == len(wire["event_names"])


def test_a_span_with_events() -> None:
    trace = read(Trace, load("trace_detail/sdk_streaming_cached_reasoning").body)
    events = [event for span in trace.spans for event in span.events]
    assert [event.name for event in events] == ["first_token_received", "stream_completed"]
    assert events[0].at == datetime(2026, 11, 21, 22, 25, 33, 779249, UTC)


def test_event_arrays_of_different_lengths() -> None:
    body = copy.deepcopy(load("odd_rows/detail_01").body)
    body["spans"][0] |= {
        "event_timestamps": ["2026-11-21T21:33:38"],
        "event_names": ["a", "b"],
        "event_attributes": None,
        "link_trace_ids": ["t"],
    }
    span = read(Trace, body).spans[0]
    assert [(event.name, event.at is None, event.attributes) for event in span.events] == [
        ("a", False, {}),
        ("b", True, {}),
    ]
    assert [(link.trace_id, link.span_id) for link in span.links] == [("t", "")]


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        ("OK", "OK"),
        ("STATUS_CODE_OK", "OK"),
        ("Error", "ERROR"),
        ("STATUS_CODE_ERROR", "ERROR"),
        ("UNSET", "UNSET"),
        ("STATUS_CODE_UNSET", "UNSET"),
        ("", "UNSET"),
        ("else", "UNSET"),
    ],
)
def test_status_words(wire: str, status: str) -> None:
    body = copy.deepcopy(load("odd_rows/detail_01").body)
    body["spans"][0]["status_code"] = wire
    assert read(Trace, body).spans[0].status == status


def test_odd_texts_stay_as_they_are() -> None:
    assert read(Trace, load("odd_rows/detail_15").body).spans[0].name == "line\nbreak \u202e rtl 😀"
    clash = read(Trace, load("odd_rows/detail_0f").body).spans[0].span_attributes
    assert clash == {"a": "text", "l": ["x", None, "y"], "n": {"10": "ten"}, "": "empty key"}


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_stored() -> None:
    body = (
        json.dumps(load("odd_rows/detail_01").body)
        .encode()
        .replace(b"tags not json", b"x\\ud83dy\\ud83d\\ude00")
    )
    name = read(Trace, body).spans[0].name
    assert name.encode() == "x\ufffdy😀".encode()


def test_half_a_surrogate_pair_is_found_below_five_hundred_levels() -> None:
    body = copy.deepcopy(load("odd_rows/detail_01").body)
    body["spans"][0]["span_attributes"] = json.loads('{"a":[' * 250 + '{"half": "\\ud83d"}' + "]}" * 250)
    attributes: Any = read(Trace, json.dumps(body).encode()).spans[0].span_attributes
    for _ in range(250):
        (attributes,) = attributes["a"]
    assert attributes == {"half": "\ufffd"}


def test_a_log_and_its_text() -> None:
    log = read(TraceLog, load("logs/log_present").body)
    assert log.trace_id == "6cc2e7a7ca6de4dc518659a181b495df"
    assert log.content.startswith('{"body": ')
    assert log.text.splitlines()[1] == "2026-11-21 22:25:54,545 - INFO - second line ✓ <b>"


def test_the_token_and_its_check_hide_what_is_secret() -> None:
    token = read(Token, load("auth/v3_token_post_ok_pro").body)
    assert (token.project_id, token.plan) == ("b0000000-0000-4000-8000-000000000001", "pro")
    assert "eyJ" not in repr(token)
    check = read(TokenCheck, load("auth/v3_token_get_ok").body)
    assert check.expires_at == datetime(2026, 12, 21, 22, 30, 58, tzinfo=UTC)
    assert check.project_id == "b0000000-0000-4000-8000-000000000001"
    assert "c0ffee00" not in repr(check) + str(check.model_dump())


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"a": ', b"[]", b"null", b'"x"', b"\xff\xfe{", b'{"message": NaN}', b"[" * 100_000],
    ids=repr,
)
def test_bodies_that_are_no_object(body: bytes) -> None:
    with pytest.raises(AnswerUnreadable, match=r"the body is not (a )?JSON"):
        read(Health, body)


def test_times() -> None:
    body = copy.deepcopy(load("traces_list/limit_1").body)

    def started(text: Any) -> datetime:
        body["traces"][0]["start_time"] = text
        return read(TracePage, body).traces[0].started_at  # type: ignore[no-any-return]

    six = datetime(2026, 11, 20, 6, tzinfo=UTC)
    for text in ("2026-11-20T06:00:00", "2026-11-20T06:00:00Z", "2026-11-20T11:00:00+05:00"):
        assert started(text) == six
    assert started("2026-11-20T06:00:00.123456789+00:00").microsecond == 123456
    for wrong in ("2026-11-20", "soon", 1795300000, "0001-01-01T00:00:00+14:00", "20261120T060000Z"):
        with pytest.raises(AnswerUnreadable, match=r"traces\.0\.start_time"):
            started(wrong)


SPOILT: list[tuple[str, type[BaseModel]]] = [
    ("meterics/tiny_range", ProjectMetrics),
    ("traces_list/limit_1", TracePage),
    ("trace_detail/sdk_failing_tool_and_task", Trace),
    ("logs/log_present", TraceLog),
    ("auth/v3_token_post_ok_pro", Token),
    ("auth/v3_token_get_ok", TokenCheck),
    ("health/health", Health),
]


def spoilt(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], bytes]]:
    """Each place of a body with the raw JSON that replaces it."""
    if path:
        for raw in (
            "null",
            '""',
            "-1",
            "[]",
            "{}",
            '"x"',
            "1e400",
            "true",
            "0.5",
            '["x"]',
            '{"x": 1}',
            "NaN",
        ):
            yield path, raw.encode()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from spoilt(item, (*path, key))


def replaced(body: Any, path: tuple[Any, ...], raw: bytes) -> bytes:
    changed = copy.deepcopy(body)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = "\x00HERE"
    return json.dumps(changed).encode().replace(b'"\\u0000HERE"', raw)


@pytest.mark.parametrize(("name", "model"), SPOILT)
def test_every_spoilt_place_gives_a_model_or_names_the_field(name: str, model: type[BaseModel]) -> None:
    body = load(name).body
    if "spans" in body:  # one span with an event stands for all
        body["spans"] = [next(span for span in body["spans"] if span["event_names"])]
    refused = 0
    for path, raw in spoilt(body):
        try:
            answer = read(model, replaced(body, path, raw))
        except AnswerUnreadable as error:
            refused += 1
            assert error.fields
            if raw != b"NaN":  # that is no JSON at all
                assert any(str(part) in error.fields[0] for part in path), (path, raw, error)
        else:
            if model in (ProjectMetrics, TracePage):
                assert "x" not in [
                    str(v) for v in answer.model_dump(exclude={"project_id", "traces"}).values()
                ]
            # whatever was accepted can be read to the end
            for span in getattr(answer, "spans", ()):
                assert isinstance(span.events, tuple)
                assert isinstance(span.links, tuple)
    assert refused > 5
