"""What a span did, as frozen values. Every text can be encoded, and holds no control characters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PartKind = Literal["text", "reasoning", "tool_call", "tool_result", "image", "data"]

#: An attribute's path and its text.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a message.

    ``name`` is the tool's, an image's media type, or what the data calls itself; ``call_id`` joins a tool
    call and its result. ``is_json`` says that ``text`` is JSON, laid out to be read (a very long one is a
    text like any other). An image's text is its address, or its type and size: never its bytes. ``data``
    is what no rule understands, as it was sent.
    """

    kind: PartKind
    text: str
    name: str = ""
    call_id: str = ""
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """``role`` as sent, in lower case; "" where the span does not say. ``finish`` is why it ended."""

    role: str
    parts: tuple[Part, ...]
    name: str = ""
    finish: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a model was told, and what it said; both empty for a span that is no model's call."""

    prompt: tuple[Message, ...] = ()
    completion: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that a span tells of; what it does not say is "" or None."""

    type: str
    message: str
    stacktrace: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime | None
    name: str
    attributes: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class LinkedSpan:
    trace_id: str
    span_id: str
    attributes: tuple[Pair, ...]
