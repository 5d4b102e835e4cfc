"""What a span said, shown or withheld: nothing lost, nothing let through, nothing that breaks a page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agentops_client import Span, Trace
from dashboard import conversation as said
from dashboard.export.one_trace import trace_json
from dashboard.export.otlp import otlp_json
from dashboard.pricing import price_book
from dashboard.spans import tidy, without_content
from tests.fuzz.drawn_traces import traces, wire_span, wire_trace
from tests.fuzz.odd_values import odd_json, odd_text

BOOK = price_book(None)
READ_AT = datetime(2026, 11, 2, tzinfo=UTC)
MARK = "MARKED what somebody said ü 9f"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_SAYING = (
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "llm.input_messages",
    "gen_ai.system_instructions",
    "llm.prompts",
    "input.value",
    "output.value",
    "tool.parameters",
    "tool.result",
    "agentops.entity.input",
    "agentops.tool.output",
    "traceloop.entity.input",
    "llm.openai.messages",
    "llm.openai.choices",
    "error",
    "error.message",
    "exception.message",
    "exception.stacktrace",
    "ai.response.text",
)
_message = st.fixed_dictionaries(
    {},
    optional={
        "role": st.one_of(st.sampled_from(("user", "assistant", "tool", "human", "ai")), odd_json),
        "content": st.one_of(
            odd_json,
            st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "type": st.sampled_from(
                            ("text", "image_url", "tool_use", "tool_result", "thinking", "blob")
                        ),
                        "text": odd_json,
                        "image_url": odd_json,
                        "source": odd_json,
                        "id": odd_json,
                        "input": odd_json,
                    },
                ),
                max_size=2,
            ),
        ),
        "tool_calls": odd_json,
        "parts": odd_json,
        "finish_reason": odd_json,
        "name": odd_json,
        "reasoning": odd_json,
    },
)
_spoken = st.one_of(
    odd_json,
    _message,
    st.lists(_message, max_size=3),
    st.lists(_message, max_size=3).map(json.dumps),
    st.lists(_message, max_size=2).map(repr),
    st.dictionaries(st.sampled_from(("0", "1", "messages")), _message),
)
speaking = st.dictionaries(st.sampled_from(_SAYING), _spoken, min_size=1, max_size=3)


def one_span(attributes: dict[str, Any], **more: Any) -> Span:
    wire = json.loads(json.dumps(wire_span("a", attributes=attributes, **more)).encode("utf-8", "replace"))
    return wire_trace(wire).spans[0]


def shown(value: Any) -> list[str]:
    """All texts of a value of ours."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple | list):
        return [text for inner in value for text in shown(inner)]
    slots = getattr(value, "__dataclass_fields__", {})
    return [text for name in slots for text in shown(getattr(value, name))]


@given(attributes=speaking, status=st.sampled_from(("ERROR", "OK")), message=odd_text, name=odd_text)
def test_whatever_a_span_says_can_be_shown(
    attributes: dict[str, Any], status: str, message: str, name: str
) -> None:
    span = one_span(
        attributes,
        status=status,
        status_message=message,
        name=name,
        event_names=["exception", "gen_ai.choice", name],
        event_attributes=[attributes, attributes, {}],
        link_trace_ids=[name],
        link_attributes=[attributes],
    )
    views = (
        said.conversation(span, (span,)),
        said.failures(span),
        said.happenings(span),
        said.links(span),
        said.inputs_outputs(span),
        said.flat(span.span_attributes),
    )
    for text in shown(list(views)):
        assert not _CONTROL.search(text), repr(text)
        text.encode()


@given(
    words=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20),
    form=st.integers(0, 4),
    role=st.sampled_from(("user", "assistant", "system")),
)
def test_plain_words_are_shown_as_they_were_said(words: str, form: int, role: str) -> None:
    assume(words[0] not in "[({" and ";base64," not in words)
    message = {"role": role, "content": words}
    span = one_span(
        [
            {"gen_ai.input.messages": json.dumps([message])},
            {"gen_ai.prompt": [message]},
            {"gen_ai": {"prompt": [message]}},
            {
                "gen_ai.input.messages": json.dumps(
                    [{"role": role, "parts": [{"type": "text", "content": words}]}]
                )
            },
            {"llm.input_messages": [{"message": message}]},
        ][form]
    )
    prompt = said.conversation(span).prompt
    assert [(m.role, [p.text for p in m.parts]) for m in prompt] == [(role, [words])]


@given(tree=st.dictionaries(st.sampled_from(("a", "b.c", "0", "10")), odd_json, max_size=3))
def test_the_raw_view_loses_no_leaf(tree: dict[str, Any]) -> None:
    leaves, todo = 0, list(tree.values())
    while todo:
        value = todo.pop()
        if isinstance(value, dict | list) and value:
            todo += value.values() if isinstance(value, dict) else value
        else:
            leaves += 1
    assert len(said.flat(tree)) == leaves


log_text = st.lists(
    st.sampled_from(
        (
            "\x1b[",
            "31",
            ";",
            "m",
            "1",
            "38;5;",
            "K",
            "\r",
            "\n",
            "é",
            "words",
            "\x9b",
            "\x1b]8;;x\x07",
            "\x07",
            "\u202e",
            "48;2;1;2;3m",
            "\x1b[0m",
            "\ud800",
        )
    ),
    max_size=14,
).map("".join)


@given(text=st.one_of(log_text, odd_text))
def test_a_coloured_log_is_plain_runs(text: str) -> None:
    runs = said.runs(text)
    for run in runs:
        assert (
            run.text and run.colour in ("", *said.COLOURS) and not _CONTROL.search(run.text.replace("\r", ""))
        )
    assert all(a[1:] != b[1:] for a, b in pairwise(runs))
    if not any(c in text for c in "\x1b\r\x07\x90\x98\x9b\x9c\x9d\x9e\x9f"):
        assert len("".join(run.text for run in runs)) >= len(text)


PLACES = (
    "gen_ai.prompt.0.content",
    "gen_ai.input.messages",
    "tool.parameters",
    "nobody.knows",
    "agentops.entity.input",
    "gen_ai.usage.note",
    "exception.message",
    "error.message",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage",
)


@given(trace=traces(), place=st.sampled_from(PLACES), where=st.integers(0, 6), nested=st.booleans())
@example(wire_trace(wire_span("a")), "gen_ai.usage.note", 0, True)
@example(wire_trace(wire_span("a")), "nobody.knows", 2, False)
def test_who_may_not_read_texts_gets_none_of_them(trace: Trace, place: str, where: int, nested: bool) -> None:
    tree: dict[str, Any] = {place: MARK}
    if nested:
        for part in reversed(place.split(".")):
            tree = {part: tree.get(place, tree)}
    more: dict[str, Any] = [
        {"span_attributes": tree},
        {"attributes": tree},
        {"resource_attributes": tree},
        {"status_message": MARK},
        {"event_names": [MARK], "event_attributes": [tree]},
        {"link_attributes": [tree]},
        {"event_attributes": [{"x": [tree]}]},
    ][where]
    spans = tuple(span.model_copy(update=more) for span in trace.spans)
    bare = without_content(trace.model_copy(update={"spans": spans}))
    assert MARK not in bare.model_dump_json() and MARK.encode() not in trace_json(bare) + otlp_json(bare)
    assert MARK not in repr(bare)
    assert without_content(bare) == bare


@given(trace=traces(odd=False))
def test_figures_stay_the_same_without_the_texts(trace: Trace) -> None:
    full, bare = (tidy([t], book=BOOK, read_at=READ_AT) for t in (trace, without_content(trace)))
    pd.testing.assert_frame_equal(full.traces.drop(columns="tags"), bare.traces.drop(columns="tags"))
    figures = [name for name in full.spans if name not in ("error_type", "error_group", "repeated")]
    pd.testing.assert_frame_equal(full.spans[figures], bare.spans[figures])
