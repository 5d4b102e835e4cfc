"""From a response's body to a model; whatever is wrong with it becomes AnswerUnreadable."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from .errors import AnswerUnreadable
from .redaction import Redactor
from .translation import text_of

M = TypeVar("M", bound=BaseModel)

#: So many wrong fields are named; the rest is alike.
_FIELDS_MAX = 5


def read_answer(
    response: httpx.Response,
    model: type[M],
    *,
    endpoint: str,
    redact: Redactor,
    more: dict[str, Any] | None = None,
) -> M:
    """The body as ``model``; ``more`` are fields that stand elsewhere than in the body.

    Raises AnswerUnreadable, which names the field by its place on the wire (``traces.0.duration``).
    """
    problems: tuple[str, ...]
    try:
        wire = _wire(response.content)
    except (ValueError, RecursionError):
        problems = ("the body is not JSON",)
        words = redact.words(_about(response))
        raise_for: AnswerUnreadable = unreadable(response, problems, endpoint=endpoint, words=words)
    else:
        if not isinstance(wire, dict):
            raise_for = unreadable(response, ("the body is not a JSON object",), endpoint=endpoint)
        else:
            try:
                return model.model_validate({**wire, **(more or {})})
            except ValidationError as error:
                problems = tuple(
                    redact.words(_problem(item))
                    for item in error.errors(include_url=False, include_context=False, include_input=False)
                )
            raise_for = unreadable(response, problems[:_FIELDS_MAX], endpoint=endpoint)
    # outside the handlers: a chained exception would keep the body alive as long as the error
    raise raise_for


def unreadable(
    response: httpx.Response, fields: tuple[str, ...], *, endpoint: str, words: str | None = None
) -> AnswerUnreadable:
    """The error for an answer whose ``fields`` ("place: what is wrong") cannot be used."""
    method, path = response.request.method, response.request.url.path
    problem = "; ".join(fields)
    shown = f', which begins "{words[:80]}"' if words else ""
    return AnswerUnreadable(
        f"The answer of {endpoint} to {method} {path} cannot be read: {problem}{shown}.",
        method=method,
        path=path,
        endpoint=endpoint,
        status=response.status_code,
        fields=fields,
        upstream_words=words,
    )


def _about(response: httpx.Response) -> str:
    """What a body that is no JSON is: the words of a proxy's page, but never a piece of an answer, which
    may hold other people's prompts."""
    text = text_of(response).strip()
    size = len(response.content)
    if not text:
        return "empty body"
    if text[0] in '{["':
        return f"damaged or cut JSON of {size} bytes"
    if "\ufffd" in text[:200] or sum(c.isprintable() or c.isspace() for c in text[:200]) < len(text[:200]):
        return f"{size} bytes that are no text"
    return text


def _problem(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    text = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}: {text}" if place else text


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _wire(body: bytes) -> Any:
    wire = json.loads(body, parse_constant=_refuse_constant)
    # half a surrogate pair is valid JSON, but no store, page or file can take it
    if b"\\ud" in body.lower():
        _make_whole(wire)
    return wire


def _make_whole(wire: Any) -> None:
    """Replaces halves of surrogate pairs in place. No recursion: attributes may nest as deep as JSON may."""
    todo = [wire]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            items = [(_whole(name), _whole(inner)) for name, inner in value.items()]
            value.clear()
            value.update(items)
            todo += value.values()
        elif isinstance(value, list):
            value[:] = [_whole(inner) for inner in value]
            todo += value


def _whole(value: Any) -> Any:
    return (
        value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if isinstance(value, str)
        else value
    )
