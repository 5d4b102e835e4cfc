"""Spans for the tests of conversations, and short forms of what was read from them."""

from __future__ import annotations

import base64
import json
from typing import Any

from agentops_client import Span
from agentops_lite.nesting import nested
from agentops_lite.otlp import parse_protobuf, spans_of
from dashboard.conversation import Message, conversation
from tests.recorded import FOLDER

#: role, then kind and text of each part
Short = tuple[str, ...]


def span(attributes: dict[str, Any] | None = None, **more: Any) -> Span:
    """A span with these attributes, nested as upstream nests dotted names."""
    texts = attributes or {}
    made = nested(texts) if all(isinstance(value, str) for value in texts.values()) else texts
    return Span.model_validate(
        {
            "span_id": "s",
            "start_time": "2026-11-01T12:00:00Z",
            "end_time": "2026-11-01T12:00:01Z",
            "duration": 1_000_000_000,
            "status_code": "UNSET",
            "span_attributes": made,
        }
        | more
    )


def short(messages: tuple[Message, ...]) -> list[Short]:
    return [
        (message.role, *(word for part in message.parts for word in (part.kind, part.text)))
        for message in messages
    ]


def prompt(**attributes: str) -> list[Short]:
    """The prompt of a span; attribute names use ``__`` for a dot."""
    return short(conversation(span({key.replace("__", "."): v for key, v in attributes.items()})).prompt)


def completion(**attributes: str) -> list[Short]:
    return short(conversation(span({key.replace("__", "."): v for key, v in attributes.items()})).completion)


def sent(name: str) -> list[Span]:
    """The spans of a recorded OTLP body, in the form in which AgentOps gives them back."""
    body = json.loads((FOLDER / "otlp" / f"{name}.json").read_text("utf-8"))["body_base64"]
    stored, refused = spans_of(
        parse_protobuf(base64.b64decode(body)), project_id="p", host_name="h", os_type="linux"
    )
    assert refused == 0
    return [
        span(
            one.attributes,
            span_id=one.span_id,
            span_name=one.name,
            status_code=one.status_code.upper(),
            status_message=one.status_message,
            event_timestamps=["2026-11-01T12:00:00"] * len(one.events),
            event_names=[event.name for event in one.events],
            event_attributes=[event.attributes for event in one.events],
        )
        for one in stored
    ]
