"""What a reader without rights to texts gets of a trace: figures and names, and nothing that was said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentops_client import Span, Trace
from dashboard.conversation import conversation, failures, inputs_outputs
from dashboard.export import otlp_json, trace_json
from dashboard.spans import without_content
from tests.dashboard.made_traces import span, tidied, trace
from tests.recorded import load, names

TRACES = {
    name: Trace.model_validate(load(name).body)
    for folder in ("trace_detail", "odd_rows")
    for name in names(folder)
    if isinstance(load(name).body, dict) and "span_attributes" in str(load(name).body)
}
SECRET = "the prompt's own words"


def _said(one: Trace) -> set[str]:
    """Everything that the pages show as said in a trace."""
    texts: set[str] = set()
    for each in one.spans:
        told = conversation(each)
        for message in (*told.prompt, *told.completion):
            texts |= {str(part.text) for part in message.parts if getattr(part, "text", "")}
        texts |= {text for text in inputs_outputs(each) if text}
        texts |= {failure.message for failure in failures(each)} | {f.stacktrace for f in failures(each)}
        texts.add(each.status_message)
    return {text for text in texts if len(text) > 4}


def _dump(one: Trace) -> str:
    return one.model_dump_json() + trace_json(one).decode() + otlp_json(one).decode()


def test_the_recordings_say_something() -> None:
    assert sum(len(_said(one)) for one in TRACES.values()) > 50


@pytest.mark.parametrize("name", TRACES)
def test_nothing_that_was_said_is_left(name: str) -> None:
    bare = _dump(without_content(TRACES[name]))
    names = {each.name for each in TRACES[name].spans}
    for text in _said(TRACES[name]) - names:
        assert json.dumps(text, ensure_ascii=False)[1:-1] not in bare, text[:80]
        assert text not in bare, text[:80]


@pytest.mark.parametrize("name", TRACES)
def test_figures_names_and_outcome_stay(name: str) -> None:
    """All columns but those made of messages and arguments are the same."""
    whole, bare = (tidied(one) for one in (TRACES[name], without_content(TRACES[name])))
    kept = ["span_id", "parent_id", "started_at", "duration_s", "name", "status"]
    kept += ["model", "prompt_tokens", "completion_tokens", "total_tokens", "reported_usd"]
    assert bare.spans[kept].equals(whole.spans[kept])


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai": {"prompt": {"0": {"content": SECRET, "role": "user"}}}},
        {"gen_ai.input.messages": SECRET},
        {"agentops": {"entity": {"input": SECRET, "output": SECRET}}},
        {"metadata": {"usage_object": {"prompt_tokens": SECRET}}},
        {"gen_ai": {"usage": {"prompt_tokens": SECRET, "note": "1"}, "request": {"model": SECRET * 20}}},
        {"gen_ai": {"response": {"model": "a\n" + SECRET}}},
        {"tool": {"parameters": SECRET, "name": {"deep": SECRET}}},
        {"llm.usage.total_tokens": [SECRET]},
        {"what nobody knows": SECRET},
        {"exception": {"message": SECRET, "stacktrace": SECRET}},
    ],
)
def test_what_is_not_known_to_be_harmless_goes(attributes: dict[str, Any]) -> None:
    one = trace(span("a", attributes=attributes))
    assert SECRET in _dump(one)
    assert SECRET not in _dump(without_content(one))


def test_messages_events_links_and_resources() -> None:
    wire = span("a") | {
        "status_code": "ERROR",
        "status_message": SECRET,
        "resource_attributes": {"service": {"name": "bot"}, "process.command_line": SECRET},
        "event_timestamps": ["2026-11-20T06:00:00Z"],
        "event_names": [SECRET],
        "event_attributes": [{"exception": {"type": "ValueError", "message": SECRET}}],
        "link_trace_ids": ["ab" * 16],
        "link_span_ids": ["cd" * 8],
        "link_attributes": [{"why": SECRET}],
    }
    (bare,) = without_content(trace(wire)).spans
    assert SECRET not in bare.model_dump_json()
    assert bare.resource_attributes == {"service": {"name": "bot"}}
    assert bare.event_attributes == [{"exception": {"type": "ValueError"}}]
    assert bare.link_trace_ids == ["ab" * 16]
    assert isinstance(bare, Span)
    assert bare.status == "ERROR"
