"""Every recorded trace and every recorded OTLP body: what was said, done and broken in it."""

from __future__ import annotations

import pytest

from agentops_client import Span, Trace
from dashboard.conversation import conversation, failures, flat, happenings, inputs_outputs, links
from tests.dashboard.spoken import Short, sent, short
from tests.recorded import FOLDER, load, names

HTML = "— done. <b>not html</b>"
LONG = "self-hosted observability"
NO_ARGUMENTS = '{\n  "args": [],\n  "kwargs": {}\n}'
TRACES = [
    name
    for folder in ("trace_detail", "odd_rows")
    for name in names(folder)
    if isinstance(load(name).body, dict) and "span_attributes" in str(load(name).body)
]
BODIES = sorted(path.stem for path in (FOLDER / "otlp").glob("*.json"))


def recorded(name: str) -> dict[str, Span]:
    """The spans by name; of several, the last."""
    return {span.name: span for span in Trace.model_validate(load(f"trace_detail/{name}").body).spans}


def said(span: Span) -> list[Short]:
    both = conversation(span)
    return short(both.prompt + both.completion)


def asked(question: str, *, system: str = "") -> list[Short]:
    """A question and the canned answer to it, which repeats 60 characters of it."""
    first: list[Short] = [("system", "text", system)] if system else []
    return [*first, ("user", "text", question), ("assistant", "text", f"Answer: {question[:60]} {HTML}")]


@pytest.mark.parametrize("name", TRACES)
def test_every_recorded_trace_opens(name: str) -> None:
    trace = Trace.model_validate(load(name).body)
    assert trace.spans
    for span in trace.spans:
        opens(span)


@pytest.mark.parametrize("name", BODIES)
def test_every_recorded_export_opens(name: str) -> None:
    spans = sent(name)
    assert spans
    for span in spans:
        opens(span)


def opens(span: Span) -> None:
    messages = said(span)
    has_words = any(
        key in str(span.span_attributes) for key in ("'prompt': [", "messages", "stringified_raw")
    )
    assert bool(messages) == has_words
    # the recordings hold nothing but what the rules know
    assert not any("data" in message[1::2] for message in messages)
    told = failures(span)
    # a hand-made span has this status and not one word about it
    assert bool(told) == (span.status == "ERROR" and span.name != "status otel style")
    assert len(told) <= 1
    assert len(happenings(span)) == sum(name != "exception" for name in span.event_names)
    assert links(span) == ()
    inputs_outputs(span)
    assert len(flat(span.span_attributes)) == leaves(span.span_attributes)


def leaves(value: object) -> int:
    if isinstance(value, dict) and value:
        return sum(leaves(inner) for inner in value.values())
    if isinstance(value, list) and value:
        return sum(leaves(inner) for inner in value)
    return 1 if value != {} else 0


def test_there_are_as_many_as_were_recorded() -> None:
    assert (len(TRACES), len(BODIES)) == (27, 26)


@pytest.mark.parametrize(
    ("trace", "name", "expected"),
    [
        ("litellm_old_success", "litellm_request",
         [("system", "text", "be brief"), ("user", "text", "hello from litellm"),
          ("assistant", "text", "mocked hello")]),
        ("litellm_new_success", "litellm_request",
         [("system", "text", "be brief"), ("user", "text", "hello from litellm"),
          ("assistant", "text", "mocked hello")]),
        ("litellm_new_success", "raw_gen_ai_request", [("assistant", "text", "my-original-response")]),
        ("litellm_new_error", "litellm_request",
         [("system", "text", "be brief"), ("user", "text", "hello from litellm")]),
        ("litellm_otel_callback", "litellm_request",
         [("user", "text", "hello via otel callback"), ("assistant", "text", "via otel")]),
        ("litellm_proxy_ok", "litellm_request", asked("stream via proxy")),
        ("litellm_proxy_ok", "raw_gen_ai_request", [("user", "text", "stream via proxy")]),
        ("litellm_proxy_ok", "router", []),
        ("sdk_crash_without_root", "openai.chat.completion", asked("before the crash")),
        ("sdk_default_session", "openai.chat.completion", asked("auto session")),
        ("sdk_multi_agent_async", "openai.chat.completion", asked("b2")),
        ("sdk_streaming_cached_reasoning", "openai.chat.completion",
         asked("think hard", system="You are terse.")),
        ("sdk_unknown_model_html", "openai.chat.completion",
         asked("<img src=x onerror=alert(1)> [link](javascript:alert(1)) ```code```",
               system="You are terse.")),
        ("sdk_tool_calling", "openai.chat.completion",
         [("user", "text", "weather in Oslo?"), ("assistant", "tool_call", '{\n  "city": "Oslo"\n}'),
          ("tool", "tool_result", "Oslo: 4C, snow"),
          ("assistant", "text", f"Answer: Oslo: 4C, snow {HTML}")]),
        ("synthetic_with_error", "openai.chat.completion", [("user", "text", "synthetic question 522")]),
        ("free_plan_recent_trace", "openai.chat.completion", asked("question 4")),
        ("free_plan_old_trace", "openai.chat.completion", []),
    ],
)  # fmt: skip
def test_what_was_said(trace: str, name: str, expected: list[Short]) -> None:
    assert said(recorded(trace)[name]) == expected


def test_a_call_and_its_result_are_joined() -> None:
    _, call, result = conversation(recorded("sdk_tool_calling")["openai.chat.completion"]).prompt
    assert (call.parts[0].name, call.parts[0].call_id) == ("get_weather", "call_bffae8e96753")
    assert (call.parts[0].is_json, result.parts[0].is_json) == (True, False)
    assert result.parts[0].call_id == "call_bffae8e96753"


def test_an_answer_says_why_it_ended() -> None:
    (answer,) = conversation(recorded("litellm_new_success")["litellm_request"]).completion
    assert answer.finish == "stop"


@pytest.mark.parametrize(
    ("trace", "name", "expected"),
    [
        ("sdk_research_agent_tool_ok", "plan.task",
         (f'{{\n  "args": [\n    "{LONG}"\n  ],\n  "kwargs": {{}}\n}}', f"Answer: plan for {LONG} {HTML}")),
        ("sdk_tool_calling", "get_weather.tool",
         ('{\n  "args": [\n    "Oslo"\n  ],\n  "kwargs": {}\n}', "Oslo: 4C, snow")),
        ("sdk_tool_calling", "tool_call.get_weather", ('{\n  "city": "Oslo"\n}', "")),
        ("sdk_multi_agent_async", "manager.agent", (NO_ARGUMENTS, "null")),
        ("sdk_multi_agent_async", "multi-agent.session", (NO_ARGUMENTS, "null")),
        ("free_plan_recent_trace", "calc.tool", ('{\n  "args": [\n    4\n  ],\n  "kwargs": {}\n}', "8")),
        ("sdk_bare_single_span", "bare.session", ("", "")),
    ],
)  # fmt: skip
def test_what_went_in_and_came_out(trace: str, name: str, expected: tuple[str, str]) -> None:
    assert inputs_outputs(recorded(trace)[name]) == expected


def test_escaped_letters_are_read() -> None:
    _, output = inputs_outputs(recorded("sdk_research_agent_tool_ok")["web_search.tool"])
    assert '"note": "ünïcode ✓ <script>alert(1)</script>"' in output


@pytest.mark.parametrize(
    ("trace", "name", "kind", "message", "at"),
    [
        ("sdk_failing_tool_and_task", "divide.tool", "ZeroDivisionError", "division by zero", "26.469727"),
        ("sdk_failing_tool_and_task", "boom.task", "RuntimeError",
         "downstream service unavailable: code=503", "26.471426"),
        ("litellm_new_error", "litellm_request", "litellm.exceptions.InternalServerError",
         "litellm.InternalServerError: InternalServerError: OpenAIException - litellm.MockException: "
         "mock provider failure", "26.582134"),
        ("synthetic_with_error", "openai.chat.completion", "RateLimitError", "429 too many requests",
         "00.229371"),
    ],
)  # fmt: skip
def test_each_error_once(trace: str, name: str, kind: str, message: str, at: str) -> None:
    (failure,) = failures(recorded(trace)[name])
    assert (failure.type, failure.message) == (kind, message)
    assert failure.stacktrace.startswith("Traceback (most recent call last):")
    assert failure.at is not None
    assert failure.at.isoformat().endswith(f":{at}+00:00")


def test_events_that_are_no_errors() -> None:
    span = Trace.model_validate(load("trace_detail/sdk_streaming_cached_reasoning").body).spans[1]
    first, last = happenings(span)
    assert (first.name, first.attributes) == (
        "first_token_received", (("time_elapsed", "0.0008418560028076172"),),
    )  # fmt: skip
    assert (last.name, dict(last.attributes)["chunks_received"]) == ("stream_completed", "10")


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ("0048_litellm_proxy", "Failed Proxy Server Request", ("", "400: {'error': '/chat/completions")),
        ("0048_litellm_proxy", "Received Proxy Server Request",
         ("litellm.proxy.route_llm_request.ProxyModelNotFoundError", "400: {'error': '/chat/completions")),
        ("0048_litellm_proxy", "fastapi.endpoint", ("litellm.proxy._types.ProxyException", "")),
        ("0003_sdk_failing_run", "divide.tool", ("ZeroDivisionError", "division by zero")),
    ],
)  # fmt: skip
def test_errors_as_they_were_sent(body: str, name: str, expected: tuple[str, str]) -> None:
    span = [span for span in sent(body) if span.name == name and span.status == "ERROR"][-1]
    (failure,) = failures(span)
    assert (failure.type, failure.message[: len("400: {'error': '/chat/completions")]) == expected


def test_what_litellm_passed_to_the_provider() -> None:
    (raw,) = [
        span for span in sent("0045_litellm_new")
        if span.name == "raw_gen_ai_request" and "choices" in str(span.span_attributes)
    ]  # fmt: skip
    assert said(raw) == [
        ("system", "text", "be brief"),
        ("user", "text", "hello from litellm"),
        ("assistant", "text", f"Answer: hello from litellm {HTML}"),
    ]
    assert conversation(raw).completion[0].finish == "stop"
