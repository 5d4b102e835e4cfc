"""The type of a failed span's error, and the group that its message belongs to."""

from __future__ import annotations

import re

from agentops_client import Span

from .attributes import find, one_line, text
from .masking import masked

_TYPE = re.compile(r"[A-Za-z_][\w.]{0,150}", re.ASCII)
#: ``RateLimitError: too many requests``
_TYPE_BEFORE = re.compile(
    r"\s*([A-Za-z_][\w.]{0,150}(?:Error|Exception|Exit|Interrupt|Timeout|Warning)):\s", re.ASCII
)
#: ``Error code: 429 - {'error': {'message': 'Rate limit reached', …``: how OpenAI's library tells the answer.
_ANSWER = re.compile(r"\s*Error code: \d{3} - \{")
_SAID = re.compile(r"""'message': (?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
#: So far into the answer its message is looked for.
_LOOKED_AT = 2_000


def error_of(span: Span) -> tuple[str, str]:
    """(error_type, error_group) of a span whose status is ERROR, ("", "") of any other.

    The type stands without its module; without a message the type is the group.
    """
    if span.status != "ERROR":
        return "", ""
    happened = _exception(span)
    message = (
        happened.get("message")
        or text(span.span_attributes, "error.message", "exception.message")
        or span.status_message
    )
    before = _TYPE_BEFORE.match(message[:400])
    said = happened.get("type") or text(span.span_attributes, "error.type", "exception.type")
    if said and _TYPE.fullmatch(said):
        kind = said.rpartition(".")[2] or said
    elif said:
        kind = masked(said)[:100] or "Error"  # a type of invisible characters says nothing
    else:
        kind = before[1].rpartition(".")[2] if before is not None else "Error"
    while before is not None and before[1].rpartition(".")[2] == kind:
        # the event says the type apart, the status in front of the message: one group
        message = message[before.end() :]
        before = _TYPE_BEFORE.match(message[:400])
    return one_line(kind)[:100], masked(_provider_words(message)) or one_line(kind)


def _provider_words(message: str) -> str:
    """What the provider said, out of the answer that a message quotes whole; masked as quoted values, all
    answers would be one group."""
    if _ANSWER.match(message) is None:
        return message
    said = _SAID.search(message, 0, _LOOKED_AT)
    return message if said is None else said[1] or said[2] or message


def _exception(span: Span) -> dict[str, str]:
    """Type and message of the first exception event that says either (decorators write it twice)."""
    for name, attributes in zip(span.event_names, span.event_attributes, strict=False):
        if name != "exception":
            continue
        said = {
            key: value.strip()
            for key in ("type", "message")
            if isinstance(value := find(attributes, f"exception.{key}"), str) and value.strip()
        }
        if said:
            return said
    return {}
