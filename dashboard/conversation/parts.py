"""The parts of a message, in the forms of all providers that people trace.

OpenAI (chat and responses), Anthropic, Gemini, Bedrock, OpenTelemetry's GenAI conventions, OpenInference,
LangChain and the Vercel SDK. What is left over when a rule has taken what it knows becomes a ``data`` part.
"""

from __future__ import annotations

from typing import Any

from .json_text import indented, written
from .literals import structure
from .media import medium
from .values import Part
from .visible import visible, without_bytes

#: As many parts of one message are told apart, the others follow in one piece.
PARTS_MAX = 5_000
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())
_TEXTS = {"text", "input_text", "output_text", "refusal"}
_REASONINGS = {"reasoning", "thinking", "reasoning_text", "summary_text"}
_CALLS = {
    "tool_call",
    "tool_use",
    "server_tool_use",
    "function_call",
    "tool-call",
    "function",
    "custom_tool_call",
}
_RESULTS = {
    "tool_result", "tool_call_response", "function_call_output", "tool-result", "tool_response",
    "custom_tool_call_output",
}  # fmt: skip
_OTHERS = {
    "image",
    "image_url",
    "input_image",
    "input_audio",
    "file",
    "input_file",
    "blob",
    "uri",
    "document",
}
#: A text that writes a list of such parts is read as one.
KINDS = _TEXTS | _REASONINGS | _CALLS | _RESULTS | _OTHERS
_WRAPPERS = ("message_content", "tool_call", "toolUse", "toolResult", "functionCall", "functionResponse",
             "function_call", "function_response", "reasoningContent", "reasoningText")  # fmt: skip
_WRAPPED_KINDS = {
    "toolUse": "tool_use", "functionCall": "tool_use", "function_call": "tool_use", "tool_call": "tool_use",
    "toolResult": "tool_result", "functionResponse": "tool_result", "function_response": "tool_result",
    "reasoningContent": "reasoning", "reasoningText": "reasoning",
}  # fmt: skip
_IDS = ("call_id", "tool_call_id", "tool_use_id", "toolUseId", "toolCallId", "id")
_NAMES = ("name", "tool_name", "toolName")
_ARGUMENTS = ("arguments", "input", "args", "parameters")
_ANSWERS = ("response", "result", "output", "content")
_WORDS = ("text", "content", "thinking", "reasoning", "refusal", "summary", "reasoningText")


def parts_of(content: Any) -> list[Part]:
    """The parts of a message's content: a text, one part or a list of them; [] for nothing."""
    if isinstance(content, str):
        return _of_text(content)
    if isinstance(content, list | tuple):
        told = [part for item in content[:PARTS_MAX] for part in _of_item(item)]
        return [*told, data_part(content[PARTS_MAX:])] if len(content) > PARTS_MAX else told
    return _of_item(content)


def text_part(text: str) -> Part:
    """A text as it is; indented if it is JSON."""
    laid_out = indented(text)
    return Part("text", visible(without_bytes(laid_out or text)), is_json=laid_out is not None)


def data_part(value: Any, name: str = "") -> Part:
    """What no rule understands: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        laid_out = indented(value)
        words = visible(without_bytes(laid_out or value))
        return Part("data", words, visible(name), is_json=laid_out is not None)
    return Part("data", written(value), visible(name), is_json=True)


def call_part(call: dict[str, Any]) -> list[Part]:
    """A tool call, whether its name and arguments stand in a ``function`` or beside it."""
    rest = dict(call)
    twice: dict[str, Any] = {}
    for holder in ("tool_call", "function"):  # the first is OpenInference's
        inner = rest.get(holder)
        if isinstance(inner, dict):
            del rest[holder]
            twice |= {key: value for key, value in rest.items() if inner.get(key, value) != value}
            rest |= inner
    if "name" not in rest and isinstance(rest.get("function"), str):
        rest["name"] = rest.pop("function")
    call_id, name, arguments = _take(rest, _IDS), _take(rest, _NAMES), _take(rest, _ARGUMENTS)
    part = _with_json("tool_call", arguments, name, call_id)
    return [part, *leftover(rest), *leftover(twice)]


def result_part(result: dict[str, Any]) -> list[Part]:
    rest = dict(result)
    call_id, name = _take(rest, _IDS), _take(rest, _NAMES)
    return [*results(_take(rest, _ANSWERS), name, call_id), *leftover(rest)]


def results(answer: Any, name: Any, call_id: Any) -> list[Part]:
    """A tool's answer: texts as results, images and other parts as what they are."""
    pieces = parts_of(answer) if _is_content(answer) else [_with_json("tool_result", answer, name, call_id)]
    made = [
        Part("tool_result", piece.text, _word(name), _word(call_id), is_json=piece.is_json)
        if piece.kind == "text"
        else piece
        for piece in pieces
    ]
    if not any(piece.kind == "tool_result" for piece in made):
        made.insert(0, Part("tool_result", "", _word(name), _word(call_id)))
    return made


def leftover(rest: dict[str, Any]) -> list[Part]:
    """What remains of an object, without what says nothing."""
    said = {key: value for key, value in rest.items() if not (value in _EMPTY or _is_ceremony(key, value))}
    return [data_part(said)] if said else []


def _is_ceremony(key: str, value: Any) -> bool:
    """Ids, numbers of order, and names of forms that were read."""
    if key in ("id", "index"):
        return isinstance(value, str | int)
    return isinstance(value, str) and (
        value in KINDS if key == "type" else (key, value) == ("status", "completed")
    )


def _of_text(text: str) -> list[Part]:
    if not text:
        return []
    # SDKs write a content of several parts as one text
    if text[:100].lstrip()[:1] == "[" and (items := structure(text)) and is_parts(items):
        return parts_of(items)
    return [text_part(text)]


def is_parts(value: Any) -> bool:
    """Whether a value is a list of content parts, each of a kind that is known."""
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("type"), str) and item["type"] in KINDS
        # a message of the responses API calls itself so
        and "role" not in item
        for item in value
    )  # fmt: skip


def _is_content(value: Any) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, list) and all(
        isinstance(item, str)
        or (isinstance(item, dict) and ("type" in item or set(item) <= {"text", "image"}))
        for item in value
    )


def _of_item(item: Any) -> list[Part]:
    if item in _EMPTY:
        return []
    if isinstance(item, str):
        return [text_part(item)]
    if not isinstance(item, dict):
        return [data_part(item)]
    for wrapper in () if "type" in item else _WRAPPERS:
        inner = item.get(wrapper)
        if isinstance(inner, dict):
            # one level only: a wrapper within a wrapper is nobody's form
            kind = _WRAPPED_KINDS.get(wrapper)
            made = _of_kind(inner, kind) if kind else _of_known(inner)
            return [*made, *leftover({key: value for key, value in item.items() if key != wrapper})]
    return _of_known(item)


def _of_known(item: dict[str, Any]) -> list[Part]:
    kind = item.get("type", item.get("kind"))
    if kind is None and isinstance(item.get("text"), str):
        kind = "reasoning" if item.get("thought") is True else "text"  # Gemini, Bedrock
        item = {key: value for key, value in item.items() if key != "thought" or value is not True}
    return _of_kind(item, kind)


def _of_kind(item: dict[str, Any], kind: Any) -> list[Part]:
    rest = {key: value for key, value in item.items() if key != "type" or value != kind}
    if isinstance(kind, str):
        if kind in _CALLS:
            return call_part(rest)
        if kind in _RESULTS or kind.endswith("_tool_result"):
            return result_part(rest)
        if kind in _TEXTS and isinstance(words := _take(rest, _WORDS), str | None):
            return [*([text_part(words)] if words else []), *leftover(rest)]
        if kind in _REASONINGS:
            return [*reasonings(_take(rest, _WORDS)), *leftover(rest)]
    found = medium(item)
    if found is not None:
        part, unknown = found
        return [part, *leftover(unknown)]
    return [data_part(item, kind if isinstance(kind, str) else "")]


def reasonings(said: Any) -> list[Part]:
    """What a model thought, from a text or a list of such."""
    if isinstance(said, str):
        return [Part("reasoning", visible(without_bytes(said)))] if said else []
    if said in _EMPTY:
        return []
    made: list[Part] = []
    for item in said if isinstance(said, list) else [said]:
        words = item if isinstance(item, str) else None
        rest: dict[str, Any] = {}
        if isinstance(item, dict):
            rest = dict(item)
            words = _take(rest, _WORDS)
        if isinstance(words, str):
            made += [*([Part("reasoning", visible(without_bytes(words)))] if words else []), *leftover(rest)]
        elif item not in _EMPTY:
            made.append(data_part(item, "reasoning"))
    return made


def _with_json(kind: Any, value: Any, name: Any, call_id: Any) -> Part:
    if isinstance(value, str):
        laid_out = indented(value)
        text, is_json = visible(without_bytes(laid_out or value)), laid_out is not None
    elif value is None:
        text, is_json = "", False
    else:
        text, is_json = written(value), True
    return Part(kind, text, _word(name), _word(call_id), is_json=is_json)


def _take(rest: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """The first of the keys that says something, taken out of ``rest``."""
    for key in keys:
        if rest.get(key) not in _EMPTY:
            return rest.pop(key)
    return None


def _word(value: Any) -> str:
    return "" if value is None else visible(str(value))
