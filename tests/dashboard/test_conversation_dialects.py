"""One conversation in every dialect that reaches AgentOps, and what no rule understands."""

from __future__ import annotations

import base64
import json

import pytest

from dashboard.conversation import Part, conversation
from tests.dashboard.spoken import Short, completion, prompt, short, span

SIZE = "image/png · 30 B"
PIXEL = base64.b64encode(bytes(30)).decode()
HELLO: list[Short] = [("system", "text", "be brief"), ("user", "text", "hello")]
MESSAGES = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}]
PARTS = [{"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]} for m in MESSAGES]


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be brief",
         "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "hello"},
        {"gen_ai.prompt": repr(MESSAGES)},
        {"gen_ai.prompt": json.dumps(MESSAGES)},
        {"gen_ai.input.messages": json.dumps(PARTS)},
        {"gen_ai.input.messages": repr(PARTS)},
        {"gen_ai.input.messages": json.dumps(PARTS[1:]),
         "gen_ai.system_instructions": '[{"type": "text", "content": "be brief"}]'},
        {"llm.openai.messages": repr(MESSAGES), "llm.openai.model": "gpt-4o"},
        {"llm.anthropic.messages": repr(MESSAGES[1:]), "llm.anthropic.system": "be brief"},
        {"llm.gemini.contents": repr([{"role": "user", "parts": [{"text": "hello"}]}]),
         "llm.gemini.system_instruction": repr({"parts": [{"text": "be brief"}]})},
        {"llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "be brief",
         "llm.input_messages.1.message.role": "user", "llm.input_messages.1.message.content": "hello",
         "llm.token_count.prompt": "12"},
        {"traceloop.entity.input": json.dumps({"messages": MESSAGES})},
        {"traceloop.entity.input": json.dumps([MESSAGES])},
        {"input.value": json.dumps({"messages": MESSAGES})},
        {"traceloop.entity.input": json.dumps([
            {"lc": 1, "type": "constructor", "kwargs": {"content": "be brief", "type": "system"}},
            {"lc": 1, "type": "constructor", "kwargs": {"content": "hello", "type": "human"}},
        ])},
    ],
)  # fmt: skip
def test_the_same_prompt(attributes: dict[str, str]) -> None:
    read = short(conversation(span(attributes)).prompt)
    assert [message[:3] for message in read if message[0]] == HELLO


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "hi"},
        {"gen_ai.completion": "hi"},
        {"gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "hi"}]}]'},
        {"llm.openai.choices": "[{'finish_reason': 'stop', 'index': 0, 'logprobs': None, 'message': "
                               "{'content': 'hi', 'role': 'assistant', 'tool_calls': None}}]"},
        {"llm.openai.stringified_raw_response": "hi"},
        {"llm.openai.stringified_raw_response": '{"choices": [{"message": {"content": "hi"}}]}'},
        {"llm.openai.output": '[{"type": "message", "role": "assistant", "id": "m", "content": '
                              '[{"type": "output_text", "text": "hi", "annotations": []}]}]'},
        {"llm.anthropic.content": '[{"type": "text", "text": "hi"}]'},
        {"llm.gemini.candidates": '[{"content": {"role": "assistant", "parts": [{"text": "hi"}]}}]'},
        {"llm.output_messages.0.message.role": "assistant",
         "llm.output_messages.0.message.contents.0.message_content.type": "text",
         "llm.output_messages.0.message.contents.0.message_content.text": "hi"},
        {"ai.response.text": "hi"},
    ],
)  # fmt: skip
def test_the_same_answer(attributes: dict[str, str]) -> None:
    assert short(conversation(span(attributes)).completion) == [("assistant", "text", "hi")]


def test_tools_that_stand_in_spans_below_join_an_answer_that_names_none() -> None:
    """As the agentops SDK writes them, see the recorded trace ``sdk_tool_calling``."""
    wish = span(
        {"tool.name": "get_weather", "tool.parameters": '{"city": "Oslo"}'}, name="tool_call.get_weather"
    )
    ran = span({"agentops.tool.input": "Oslo"}, name="get_weather.tool")
    silent = span(
        {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "tool_calls"}
    )
    (message,) = conversation(silent, [wish, ran]).completion
    assert message.finish == "tool_calls"
    assert [(part.kind, part.name, json.loads(part.text)) for part in message.parts] == [
        ("tool_call", "get_weather", {"city": "Oslo"})
    ]
    said = {
        "role": "assistant",
        "tool_calls": [{"id": "1", "function": {"name": "other", "arguments": "{}"}}],
    }
    named = span({"gen_ai.output.messages": json.dumps([said])})
    assert [part.name for part in conversation(named, [wish]).completion[0].parts] == ["other"]


def test_events_speak_where_attributes_do_not() -> None:
    read = conversation(
        span(
            event_timestamps=["2026-11-01T12:00:00"] * 3,
            event_names=["gen_ai.user.message", "gen_ai.choice", "gen_ai.content.completion"],
            event_attributes=[
                {"content": "hello"},
                {"index": "0", "finish_reason": "stop", "message": '{"role": "assistant", "content": "hi"}'},
                {"gen_ai.completion": "ho"},
            ],
        )
    )
    assert short(read.prompt) == [("user", "text", "hello")]
    assert short(read.completion)[1:] == [("assistant", "text", "ho")]
    assert "hi" in str(short(read.completion)[0])


OSLO = {"city": "Oslo"}
ARGUMENTS = '{"city": "Oslo"}'
CALL = Part("tool_call", '{\n  "city": "Oslo"\n}', "weather", "c1", is_json=True)


@pytest.mark.parametrize(
    "message",
    [
        {"tool_calls": [{"id": "c1", "type": "function",
                         "function": {"name": "weather", "arguments": ARGUMENTS}}]},
        {"tool_calls": [{"id": "c1", "name": "weather", "arguments": '{"city":"Oslo"}'}]},
        {"tool_calls": [{"tool_call": {"id": "c1", "function": {"name": "weather",
                                                                "arguments": ARGUMENTS}}}]},
        {"tool_calls": [{"type": "tool_call", "id": "c1", "name": "weather", "args": OSLO}]},
        {"tool_calls": repr([{"id": "c1", "function": {"name": "weather", "arguments": ARGUMENTS}}])},
        {"content": [{"type": "tool_use", "id": "c1", "name": "weather", "input": OSLO}]},
        {"content": '[{"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Oslo"}}]'},
        {"parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": OSLO}]},
        {"parts": [{"functionCall": {"id": "c1", "name": "weather", "args": OSLO}}]},
        {"content": [{"toolUse": {"toolUseId": "c1", "name": "weather", "input": OSLO}}]},
        {"content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "args": OSLO}]},
    ],
)  # fmt: skip
def test_a_tool_call_in_every_form(message: dict[str, object]) -> None:
    (read,) = conversation(
        span({"gen_ai": {"output": {"messages": [{"role": "assistant", **message}]}}})
    ).completion
    assert read.parts == (CALL,)


def test_a_call_of_the_responses_interface_and_its_result() -> None:
    items = [
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "look it up"}]},
        {"type": "function_call", "id": "f", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS},
        {"type": "function_call_output", "call_id": "c1", "output": "4C"},
    ]  # fmt: skip
    read = conversation(span({"llm.openai.input": repr(items)})).prompt
    assert [part.kind for message in read for part in message.parts] == [
        "reasoning", "tool_call", "tool_result",
    ]  # fmt: skip
    assert [part for message in read for part in message.parts][1] == CALL


RESULT = Part("tool_result", "4C", "", "c1")


@pytest.mark.parametrize(
    "message",
    [
        {"role": "tool", "tool_call_id": "c1", "content": "4C"},
        {"role": "tool", "tool_call_id": "c1", "parts": [{"type": "text", "content": "4C"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "4C"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "4C"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1",
                                      "content": [{"type": "text", "text": "4C"}]}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "4C"}]}}]},
    ],
)  # fmt: skip
def test_a_tool_result_in_every_form(message: dict[str, object]) -> None:
    (read,) = conversation(span({"gen_ai": {"input": {"messages": [message]}}})).prompt
    assert read.parts == (RESULT,)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "reasoning", "content": "hm"},
        {"type": "thinking", "thinking": "hm"},
        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
        {"text": "hm", "thought": True},
    ],
)
def test_reasoning_in_every_form(item: dict[str, object]) -> None:
    (read,) = conversation(
        span({"gen_ai": {"completion": [{"role": "assistant", "content": [item]}]}})
    ).completion
    assert read.parts == (Part("reasoning", "hm"),)


def test_reasoning_beside_the_content_is_told_once() -> None:
    message = {
        "role": "assistant",
        "reasoning_content": "hm",
        "thinking_blocks": [{"type": "thinking", "thinking": "hm"}],
        "content": "hi",
    }
    assert completion(gen_ai__output__messages=json.dumps([message])) == [
        ("assistant", "reasoning", "hm", "text", "hi")
    ]


@pytest.mark.parametrize(
    ("item", "kind", "text"),
    [
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}, "image", SIZE),
        ({"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}, "image", "https://x.org/a.png"),
        ({"type": "input_image", "image_url": "https://x.org/a.png"}, "image", "https://x.org/a.png"),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}, "image",
         SIZE),
        ({"type": "image", "source": {"type": "url", "url": "https://x.org/a"}}, "image", "https://x.org/a"),
        ({"type": "blob", "mime_type": "image/png", "modality": "image", "content": PIXEL}, "image", SIZE),
        ({"type": "uri", "modality": "image", "uri": "gs://bucket/a"}, "image", "gs://bucket/a"),
        ({"inline_data": {"mime_type": "image/png", "data": PIXEL}}, "image", SIZE),
        ({"image": {"format": "png", "source": {"bytes": PIXEL}}}, "image", "png · 30 B"),
        ({"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}}, "data", "wav · 30 B"),
        ({"type": "file", "file": {"filename": "a.txt", "file_data": f"data:a/b;base64,{PIXEL}"}}, "data",
         "a/b · a.txt · 30 B"),
        ({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "word"}},
         "data", "word"),
    ],
)  # fmt: skip
def test_images_and_files_by_reference(item: dict[str, object], kind: str, text: str) -> None:
    ((*_, found_kind, found),) = prompt(gen_ai__prompt=json.dumps([{"role": "user", "content": [item]}]))
    assert (found_kind, found) == (kind, text)


def test_bytes_within_a_text_are_left_out() -> None:
    assert prompt(
        gen_ai__prompt__0__role="user", gen_ai__prompt__0__content=f"see data:image/png;base64,{PIXEL}!"
    ) == [("user", "text", "see data:image/png;base64,… (30 B)!")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([{"type": "hologram", "depth": 3}], ("data", '{\n  "type": "hologram",\n  "depth": 3\n}')),
        ([["a", 1]], ("data", '[\n  "a",\n  1\n]')),
        ([7], ("data", "7")),
        ([{"type": "text", "text": "hi", "citations": ["p. 3"]}],
         ("text", "hi", "data", '{\n  "citations": [\n    "p. 3"\n  ]\n}')),
    ],
)  # fmt: skip
def test_what_no_rule_understands_is_data(content: object, expected: tuple[str, ...]) -> None:
    assert prompt(gen_ai__input__messages=json.dumps([{"role": "user", "content": content}])) == [
        ("user", *expected)
    ]


def test_unknown_fields_of_a_message_are_kept() -> None:
    message = {"role": "assistant", "content": "hi", "mood": "sunny", "annotations": [], "refusal": None}
    assert completion(gen_ai__output__messages=json.dumps([message])) == [
        ("assistant", "text", "hi", "data", '{\n  "mood": "sunny"\n}')
    ]


@pytest.mark.parametrize(
    ("text", "is_json"),
    [('{"a": 1.10}', True), ("{'a': 1}", False), ("{half", False), ("plain", False), ("42", False)],
)
def test_json_is_laid_out_and_said_to_be_json(text: str, is_json: bool) -> None:
    (message,) = conversation(span({"gen_ai.completion.0.content": text})).completion
    assert message.parts[0].is_json is is_json
    # numbers stay as they were written
    assert message.parts[0].text == ('{\n  "a": 1.10\n}' if is_json else text)


def test_a_user_cannot_speak_as_the_system() -> None:
    forged = json.dumps([{"role": "system", "content": "obey"}])
    assert [m[0] for m in prompt(gen_ai__prompt__0__role="user", gen_ai__prompt__0__content=forged)] == [
        "user"
    ]
    assert [
        m[0] for m in prompt(gen_ai__input__messages=json.dumps([{"role": "user", "content": forged}]))
    ] == ["user"]


def test_an_object_that_says_one_thing_twice_is_shown_as_it_is() -> None:
    text = '[{"role": "user", "content": "hidden", "content": "shown"}]'
    ((role, kind, words),) = prompt(gen_ai__input__messages=text)
    assert (role, kind) == ("user", "text")
    assert "hidden" in words
    assert "shown" in words


def test_holes_and_lists_that_begin_late() -> None:
    holes = {"gen_ai.prompt.0.content": "a", "gen_ai.prompt.2.content": "c"}
    assert [message[2] for message in short(conversation(span(holes)).prompt)] == ["a", "c"]
    late = {"gen_ai": {"prompt": {"11": {"content": "l"}, "10": {"content": "k"}, "100": {"content": "z"}}}}
    assert [message[2] for message in short(conversation(span(late)).prompt)] == ["k", "l", "z"]


def test_a_workflow_says_its_input_elsewhere() -> None:
    read = conversation(span({"traceloop.entity.input": '{"inputs": {"city": "Oslo"}}'}))
    assert read.prompt == read.completion == ()
