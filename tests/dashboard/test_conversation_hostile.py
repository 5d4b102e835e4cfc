"""Junk, depth and size: always an answer, in linear time, and the text stays text."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from agentops_client import Span
from dashboard.conversation import conversation, failures, flat, happenings, inputs_outputs, links, runs
from dashboard.conversation.json_text import indented
from dashboard.conversation.messages import MESSAGES_MAX
from tests.dashboard.spoken import prompt, span

#: More than any span holds; a quadratic rule would take hours on it.
SIZE = 5_000_000


def read_all(one: Span) -> list[str]:
    """Everything that can be read from a span, which must be possible to send."""
    both = conversation(one)
    texts = [text for pair in flat(one.span_attributes) for text in pair]
    for message in both.prompt + both.completion:
        texts += [message.role, message.name, message.finish]
        texts += [word for part in message.parts for word in (part.kind, part.text, part.name, part.call_id)]
    texts += inputs_outputs(one)
    for failure in failures(one):
        texts += [failure.type, failure.message, failure.stacktrace]
    for happening in happenings(one):
        texts += [happening.name, *(text for pair in happening.attributes for text in pair)]
    for link in links(one):
        texts += [link.trace_id, link.span_id, *(text for pair in link.attributes for text in pair)]
    for text in texts:
        assert isinstance(text, str)
        text.encode("utf-8")
        assert "\0" not in text
    return texts


def everywhere(value: Any) -> dict[str, Any]:
    """Attributes with one value at every place that some rule looks at."""
    return {
        "gen_ai": {
            "prompt": value, "completion": value, "input": {"messages": value}, "output": {"messages": value},
            "system_instructions": value, "request": {"tools": value}, "tool": {"call": {"arguments": value}},
        },
        "llm": {"openai": {"messages": value, "choices": value}, "input_messages": value},
        "traceloop": {"entity": {"input": value, "output": value}},
        "agentops": {"tool": {"input": value, "output": value}, "span": {"kind": value}},
        "error": value,
        "exception": value,
    }  # fmt: skip


def nested_dict(levels: int) -> Any:
    value: Any = "core"
    for _ in range(levels):
        value = {"message": value}
    return value


def nested_list(levels: int) -> Any:
    value: Any = "core"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("deep", [nested_dict(10_000), nested_list(10_000)], ids=["objects", "lists"])
def test_ten_thousand_levels(deep: Any) -> None:
    texts = read_all(span({"any": deep, **everywhere(deep)}))
    assert sum("core" in text for text in texts) >= 10
    ((path, text),) = flat({"any": deep})
    assert path.startswith("any.message.message." if isinstance(deep, dict) else "any.0.0.")
    assert text.count("core") == 1
    assert text.count("{") + text.count("[") + path.count(".") == 10_000


def test_deep_texts_stay_texts() -> None:
    for text in ("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, "['a', " * 100_000):
        assert prompt(gen_ai__input__messages=text) == [("user", "text", text)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\0b", "a␀b"),
        ("a\ud800b", "a\\ud800b"),
        ("\u202eevil\u2066", "\u202eevil\u2066"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\x1b[31mred", "␛[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\tc", "a\r\nb\tc"),
        ("[" + "9" * 5000 + "]", "[" + "9" * 5000 + "]"),
    ],
)
def test_odd_characters_are_shown(text: str, shown: str) -> None:
    assert prompt(gen_ai__prompt__0__content=text) == [("user", "text", shown)]
    read_all(span(everywhere(text)))


def test_indenting_never_multiplies_the_text() -> None:
    deep = "[" * 500 + "1" + "]" * 500 + "," + ",".join("1" * 10_000)
    laid_out = indented(f"[{deep}]")
    assert laid_out is not None
    assert len(laid_out) < 40 * len(deep)
    assert json.loads(laid_out) == json.loads(f"[{deep}]")


def test_a_message_too_many_is_kept_in_one_piece() -> None:
    text = json.dumps([{"role": "user", "content": f"<{number}>"} for number in range(MESSAGES_MAX + 2)])
    messages = prompt(gen_ai__input__messages=text)
    assert len(messages) == MESSAGES_MAX + 1
    assert messages[-2][2] == f"<{MESSAGES_MAX - 1}>"
    assert f"<{MESSAGES_MAX}>" in messages[-1][2]
    assert f"<{MESSAGES_MAX + 1}>" in messages[-1][2]


PROSE = 'it\'s said: "so (be) it", — ünï, 안녕 {x}\n' * (SIZE // 40)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        repr([{"role": "user", "content": PROSE}]),
        json.dumps([{"role": "user", "content": PROSE}]),
        json.dumps([{"role": "user", "parts": [{"type": "image", "source": {"data": "A" * SIZE}}]}]),
        "data:image/png;base64," + "A" * SIZE,
    ],
    ids=["prose", "repr", "json", "image", "url"],
)
def test_five_megabytes_are_read_within_a_second(text: str) -> None:
    for attributes in (
        {"gen_ai.input.messages": text},
        {"gen_ai.prompt.0.content": text},
        {"agentops.tool.input": text},
    ):
        one = span(attributes)
        for read in (conversation, inputs_outputs, lambda made: flat(made.span_attributes)):
            begun = time.process_time()
            read(one)
            assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    "unit",
    ["['", "\\'", "['\\'", '"\\"', "(1,)", ",  ", "'',", "[],", "{},", "data:a/b;", "\x1b", "\x1b[", "\x1b]",
     "\x1b[1;", "\x1bP", "\r", "\rx", "\0", "\ud800", "\u202e", "\x1b[31mx\x1b[32my"],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "['{}", "['{}']", "[{}", "data:a/b;base64,{}", "\x1b]{}", "\x1b[{}"])
def test_no_text_takes_more_than_linear_time(unit: str, frame: str) -> None:
    text = frame.replace("{}", unit * (200_000 // len(unit)))
    begun = time.process_time()
    read_all(span({"gen_ai.input.messages": text, "agentops.tool.input": text, "error.message": text}))
    runs(text)
    # quadratic time on this size is minutes
    assert time.process_time() - begun < 5.0


def test_a_log_of_five_megabytes() -> None:
    begun = time.process_time()
    found = runs(
        "\x1b[32mINFO\x1b[0m 2026-11-01 worker started, 3 jobs waiting in the queue\n" * (SIZE // 70)
    )
    assert time.process_time() - begun < 2.0
    assert len(found) == 2 * (SIZE // 70)


KEYS = [
    "role", "content", "parts", "type", "text", "tool_calls", "function", "name", "arguments", "message",
    "messages", "choices", "image_url", "url", "source", "data", "kwargs", "lc", "0", "1", "10", "", "a.b",
    "input",
]  # fmt: skip
LEAVES = [
    "user", "text", "image", "tool_result", "reasoning", "", "{", "[]", "{}", "null", "x\0",
    "[{'role': 'user'}]",
    '[{"type": "text", "text": 1}]', "\ud800", "\u202e", "data:a/b;base64,AA==", None, 3, -0.5, True,
]  # fmt: skip


def any_tree(rng: random.Random, levels: int) -> Any:
    chosen = rng.random()
    if levels == 0 or chosen < 0.3:
        return rng.choice(LEAVES)
    children = [any_tree(rng, levels - 1) for _ in range(rng.randint(0, 4))]
    if chosen < 0.55:
        return children
    made = {rng.choice(KEYS): child for child in children}
    if chosen < 0.65:
        return rng.choice((repr, json.dumps))(made)
    return made


@pytest.mark.parametrize("seed", range(12))
def test_any_tree_of_attributes_is_read(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        attributes = {rng.choice(KEYS): any_tree(rng, 3), **everywhere(any_tree(rng, 6))}
        events = [any_tree(rng, 3) for _ in range(4)]
        read_all(
            span(
                {"tree": attributes, **attributes},
                status_code="ERROR",
                event_names=["exception", "gen_ai.choice", "gen_ai.user.message", "note"],
                event_timestamps=[None] * 4,
                event_attributes=[event if isinstance(event, dict) else {"body": event} for event in events],
            )
        )


@pytest.mark.parametrize("seed", range(12))
def test_no_word_of_a_conversation_is_lost(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(50):
        marks: list[str] = []

        def marked(levels: int, marks: list[str] = marks) -> Any:
            if levels == 0 or rng.random() < 0.3:
                marks.append(f"mark{len(marks)}.")
                return marks[-1]
            if rng.random() < 0.4:
                return [marked(levels - 1) for _ in range(rng.randint(1, 3))]
            # what has a rule of its own that leaves something out on purpose is not drawn
            keys = rng.sample([key for key in KEYS if key not in ("lc", "data", "source", "image_url")], 2)
            return {key: marked(levels - 1) for key in keys}

        tree = [{"role": "user", "content": marked(4), "extra": marked(3)} for _ in range(2)]
        read = str(conversation(span({"gen_ai": {"input": {"messages": tree}}})).prompt)
        assert [mark for mark in marks if mark not in read] == [], tree
