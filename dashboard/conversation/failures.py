"""What went wrong in a span, each error once however often the span tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agentops_client import Span

from .attributes import find, text
from .json_text import written
from .values import Failure
from .visible import visible

#: ``error = true`` says that there was one, and nothing about it.
_FLAGS = {"true", "false", "1", "0", "none", "null"}


def failures(span: Span) -> tuple[Failure, ...]:
    """Exception events in their order, then what attributes and the status message add to them.

    Decorators record each exception twice, litellm repeats it in attributes, the SDK in the status: an
    error of the same type and message is the same error. Its fullest stack trace is kept. A span with
    status ERROR that says nothing at all has no failures here.
    """
    found: list[Failure] = []
    for event in span.events:
        if event.name == "exception":
            _add(found, _exception(event.attributes, event.at))
    attributes = span.span_attributes
    _add(found, _exception(attributes, None))
    _add(
        found,
        Failure(
            type=visible(text(attributes, "error.type")).strip(),
            message=_message(attributes, "error.message", "error.msg", "error"),
            stacktrace=visible(text(attributes, "error.stack_trace", "error.stack", "error.stacktrace")),
        ),
    )
    if span.status == "ERROR":
        _add(found, Failure("", visible(span.status_message).strip()))
    return tuple(found)


def _exception(attributes: Mapping[str, Any], at: datetime | None) -> Failure:
    return Failure(
        type=visible(text(attributes, "exception.type")).strip(),
        message=_message(attributes, "exception.message", "exception"),
        stacktrace=visible(text(attributes, "exception.stacktrace")),
        at=at,
    )


def _message(attributes: Mapping[str, Any], *paths: str) -> str:
    for path in paths:
        value = find(attributes, path)
        if isinstance(value, str) and value.strip():
            return "" if value.strip().lower() in _FLAGS else visible(value).strip()
    nested = find(attributes, paths[0])
    return written(nested) if isinstance(nested, dict | list) and nested else ""


def _add(found: list[Failure], new: Failure) -> None:
    if not (new.type or new.message or new.stacktrace):
        return
    for index, old in enumerate(found):
        if _same(old, new):
            found[index] = Failure(
                old.type or new.type,
                old.message or new.message,
                max(old.stacktrace, new.stacktrace, key=len) if old.at is not None else (
                    old.stacktrace or new.stacktrace
                ),
                old.at or new.at,
            )  # fmt: skip
            return
    found.append(new)


def _same(old: Failure, new: Failure) -> bool:
    if old.type and new.type and _leaf(old.type) != _leaf(new.type):
        return False
    if not old.message or not new.message:
        # a type alone adds nothing to an error of this type
        return bool(old.type and new.type) or (new.at is None and not new.message)
    return new.message == old.message or new.message in (
        f"{old.type}: {old.message}",
        f"{_leaf(old.type)}: {old.message}",
    )


def _leaf(name: str) -> str:
    return name.rpartition(".")[2] or name
