"""Messages, from whatever shape holds them: one message, lists of them, choices, requests and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .literals import structure
from .parts import call_part, data_part, is_parts, leftover, parts_of, reasonings, results, text_part
from .values import Message, Part
from .visible import visible

#: Requests hold messages, choices hold a message: nobody nests deeper.
_LEVELS_MAX = 5
#: As many messages of one list are told apart, the others follow in one piece.
MESSAGES_MAX = 5_000
_MANY = ("messages", "choices", "candidates", "contents", "output_messages", "input_messages")
#: OpenAI's and OpenInference's, Gemini's, LangChain's.
_HOLDERS = ("message", "delta", "content", "kwargs")
_SPEAKING = ("content", "contents", "parts", "tool_calls", "text", "function_call", "refusal")
_REASONING = ("reasoning", "reasoning_content", "thinking", "thinking_blocks")
_LANGCHAIN = {"human": "user", "ai": "assistant"}
#: What a choice carries beside its message, and says nothing of what was said.
_CEREMONY = ("logprobs", "object", "created", "lc")
_FORMS = {*_LANGCHAIN, "system", "tool", "message", "constructor"}


def messages_in(value: Any, role: str, *, levels: int = _LEVELS_MAX) -> list[Message]:
    """The messages of a value; ``role`` is that of who speaks where the value does not say.

    A text is read if it writes messages, and is a message itself otherwise.
    """
    if isinstance(value, str):
        return _of_text(value, role, levels)
    if isinstance(value, list):
        return _of_list(value, role, levels)
    if isinstance(value, dict) and value:
        return _of_object(value, role, levels)
    return [] if value is None or value == {} else [Message(role, (data_part(value),))]


def writes_messages(value: Any) -> bool:
    """Whether a value holds messages and not just any data."""
    if isinstance(value, list):
        items = [item for item in value if item not in (None, {})]
        if items and isinstance(items[0], list):
            items = items[0]  # batches of conversations
        return bool(items) and (all(_speaks(item) for item in items) or is_parts(items))
    if not isinstance(value, dict):
        return False
    return _speaks(value) or any(
        isinstance(value.get(key), list) and writes_messages(value[key]) for key in _MANY
    )


def _speaks(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    held = [(key, item[key]) for key in _HOLDERS if isinstance(item.get(key), dict)]
    if any(key in ("message", "delta") or "role" in inner or "lc" in item for key, inner in held):
        return True
    return "role" in item and any(key in item for key in _SPEAKING)


def _of_text(text: str, role: str, levels: int) -> list[Message]:
    if not text:
        return []
    read = structure(text) if levels else None
    if read and writes_messages(read):
        return messages_in(read, role, levels=levels - 1)
    return [Message(role, (text_part(text),))]


def _of_list(items: list[Any], role: str, levels: int) -> list[Message]:
    said = [item for item in items if item not in (None, {}, "")]
    if not said:
        return []
    if is_parts(said):
        return [Message(role, tuple(parts_of(said)))]
    if not levels:
        return [Message(role, (data_part(items),))]
    told = [message for item in said[:MESSAGES_MAX] for message in messages_in(item, role, levels=levels - 1)]
    return [*told, Message("", (data_part(said[MESSAGES_MAX:]),))] if len(said) > MESSAGES_MAX else told


def _of_object(item: dict[str, Any], role: str, levels: int) -> list[Message]:
    if not levels:
        return [Message(role, (data_part(item),))]
    if all(key.isascii() and key.isdigit() for key in item):
        # upstream makes an object of a list that does not begin with 0
        ordered = sorted(item, key=lambda key: (len(key.lstrip("0")), key.lstrip("0")))
        return _of_list([item[key] for key in ordered], role, levels)
    many = [key for key in _MANY if isinstance(item.get(key), list) and item[key]]
    if many and "role" not in item:
        return _of_request(item, many[0], role, levels)
    for key in _HOLDERS:
        inner = item.get(key)
        if isinstance(inner, dict) and (key in ("message", "delta") or "role" in inner or "lc" in item):
            rest = {name: value for name, value in item.items() if name != key}
            return _of_choice(messages_in(inner, role, levels=levels - 1), rest)
    return [_message(item, role)]


def _of_choice(messages: list[Message], rest: dict[str, Any]) -> list[Message]:
    """The messages with why they ended; what else the choice says follows as data."""
    finish = _pop(rest, "finish_reason", "finishReason", "stop_reason")
    more = _spoken_beside(rest)
    if not messages:
        return [Message("", tuple(more), finish=finish)] if more or finish else []
    last = messages[-1]
    finished = Message(last.role, (*last.parts, *more), last.name, last.finish or finish)
    return [*messages[:-1], finished]


def _of_request(item: dict[str, Any], key: str, role: str, levels: int) -> list[Message]:
    """A whole request or answer: the system's words first, what is no message as data at the end."""
    rest = {name: value for name, value in item.items() if name != key}
    made: list[Message] = []
    for name in ("system", "system_instruction", "systemInstruction", "instructions"):
        if rest.get(name):
            made += system_messages(rest.pop(name))
    made += messages_in(item[key], role, levels=levels - 1)
    more = _spoken_beside(rest)
    return [*made, Message("", tuple(more))] if more else made


def system_messages(value: Any) -> list[Message]:
    """Instructions, which providers send beside the messages."""
    if isinstance(value, str):
        value = structure(value) or value
    if isinstance(value, dict) and "role" not in value and "parts" in value:
        value = value["parts"]
    return messages_in(value, "system", levels=2)


def _message(item: dict[str, Any], role: str) -> Message:
    rest = dict(item)
    said = rest.pop("role", None)
    if said is None and isinstance(item.get("type"), str) and item["type"] in (*_LANGCHAIN, "system", "tool"):
        said = _LANGCHAIN.get(item["type"], item["type"])
    if said is None and "type" in item and item["type"] != "message":
        # an item of the responses API: a call, a result, a thought
        pieces = parts_of([item])
        is_result = any(piece.kind == "tool_result" for piece in pieces)
        return Message("tool" if is_result else role, tuple(pieces))
    spoken = visible(str(said)).strip().lower() if said not in (None, "") else role
    finish = _pop(rest, "finish_reason", "finishReason", "stop_reason")
    name = _pop(rest, "name", "speaker")
    parts: list[Part] = []
    for key in _REASONING:
        parts += [part for part in reasonings(rest.pop(key, None)) if part not in parts]
    content = _contents(rest)
    call_id = rest.pop("tool_call_id", None)
    if spoken in ("tool", "function") or call_id:
        parts += _tool_parts(content, name, call_id)
    else:
        parts += [part for piece in content for part in parts_of(piece)]
    parts += _calls(rest)
    return Message(spoken, (*parts, *_spoken_beside(rest)), name=name, finish=finish)


def _contents(rest: dict[str, Any]) -> list[Any]:
    return [rest.pop(key) for key in ("content", "contents", "parts", "text", "refusal") if key in rest]


def _tool_parts(content: Iterable[Any], name: str, call_id: Any) -> list[Part]:
    parts: list[Part] = []
    for piece in content:
        if piece in (None, "", []):
            continue
        read = parts_of(piece)
        if any(part.kind == "tool_result" for part in read):
            parts += read  # it names its call itself
        else:
            parts += results(piece, name, call_id)
    return parts


def _calls(rest: dict[str, Any]) -> list[Part]:
    parts: list[Part] = []
    calls = rest.pop("tool_calls", None)
    if isinstance(calls, str):
        calls = structure(calls) or calls
    if isinstance(calls, dict):
        calls = list(calls.values()) if all(isinstance(call, dict) for call in calls.values()) else [calls]
    for call in calls if isinstance(calls, list) else [calls]:
        if isinstance(call, dict) and call:
            parts += call_part(call)
        elif call not in (None, {}, ""):
            parts.append(data_part(call, "tool_calls"))
    function = rest.pop("function_call", None)
    if isinstance(function, dict) and function:
        parts += call_part(function)
    elif function not in (None, {}, ""):
        parts.append(data_part(function, "function_call"))
    return parts


def _spoken_beside(rest: dict[str, Any]) -> list[Part]:
    known = isinstance(form := rest.get("type"), str) and form in _FORMS
    return leftover(
        {key: value for key, value in rest.items() if key not in _CEREMONY and not (known and key == "type")}
    )


def _pop(rest: dict[str, Any], *keys: str) -> str:
    """The first of the keys that holds a text, taken out."""
    for key in keys:
        if isinstance(rest.get(key), str) and rest[key]:
            return visible(rest.pop(key))
    return ""
