"""Bodies of every endpoint, recorded and then spoilt: a model, or an error that names the field."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from agentops_client import (
    AnswerUnreadable,
    Health,
    ProjectMetrics,
    Token,
    TokenCheck,
    Trace,
    TraceLog,
    TracePage,
)
from agentops_client.answers import read_answer
from agentops_client.redaction import WORDS_MAX, Redactor
from tests.fuzz.odd_values import Path, at, odd_json, odd_leaf, odd_text, paths, put, spoilt, whole
from tests.recorded import load, names

SECRET = "c0ffee00-1234-4abc-8def-0123456789ab"
FOLDERS: dict[str, type[BaseModel]] = {
    "auth/v3_token_post_ok": Token,
    "auth/v3_token_get_ok": TokenCheck,
    "health/health": Health,
    "traces_list/": TracePage,
    "meterics/": ProjectMetrics,
    "trace_detail/": Trace,
    "odd_rows/detail": Trace,
    "logs/": TraceLog,
}
#: A recorded body may hold hundreds of traces or spans; so many tell as much.
ROWS_MAX = 4


@cache
def bodies() -> list[tuple[type[BaseModel], Any]]:
    """Each endpoint's model with what the real server once answered, long lists cut."""
    found: list[tuple[type[BaseModel], Any]] = []
    for start, model in FOLDERS.items():
        for name in names(start.partition("/")[0]):
            recording = load(name)
            if name.startswith(start) and recording.status == 200:
                found.append((model, _cut(recording.body)))
    return found


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    return [_cut(inner) for inner in value[:ROWS_MAX]] if isinstance(value, list) else value


def read(model: type[BaseModel], content: bytes) -> BaseModel:
    request = httpx.Request("GET", "http://agentops.test/v4/x")
    response = httpx.Response(200, content=content, request=request)
    return read_answer(response, model, endpoint="http://agentops.test", redact=Redactor(SECRET))


def written(body: Any) -> bytes:
    return json.dumps(body).encode()


def read_or_refused(model: type[BaseModel], content: bytes) -> BaseModel | None:
    """The answer, or None where it was refused as it must be."""
    try:
        return read(model, content)
    except AnswerUnreadable as error:
        said = f"{error} {error!r} {error.fields} {error.upstream_words}"
        assert error.fields, "what is wrong is named"
        assert SECRET not in said and SECRET.replace("-", "") not in said
        assert error.__cause__ is None and error.__context__ is None, "a chained error keeps the body alive"
        assert len(said) < 6 * (WORDS_MAX + 200)
        return None


def values(model: BaseModel) -> Iterator[Any]:
    """Every value of an answer, models in it opened."""
    todo: list[Any] = [getattr(model, name) for name in type(model).model_fields]
    while todo:
        value = todo.pop()
        yield value
        if isinstance(value, BaseModel):
            todo += [getattr(value, name) for name in type(value).model_fields]
        elif isinstance(value, dict):
            todo += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            todo += value


def hold(answer: BaseModel) -> None:
    """What every reader of an answer may rely on."""
    for value in values(answer):
        match value:
            case datetime():
                assert value.tzinfo is UTC
            case Decimal():
                assert value.is_finite() and 0 <= value <= 10**15
            case float():
                assert value == value and abs(value) != float("inf")
            case str():
                value.encode()  # no half of a surrogate pair
    for name, field in type(answer).model_fields.items():
        count = getattr(answer, name)
        if field.annotation is int and count is not None:
            assert type(count) is int and 0 <= count < 2**63


@given(data=st.data())
def test_a_spoilt_body_is_read_or_refused_by_name(data: st.DataObject) -> None:
    model, body = data.draw(st.sampled_from(bodies()))
    answer = read_or_refused(model, written(data.draw(spoilt(body))))
    if answer is None:
        return
    hold(answer)
    for span in answer.spans if isinstance(answer, Trace) else ():
        assert len(span.events) == max(
            map(len, (span.event_timestamps, span.event_names, span.event_attributes))
        )
        assert span.parent_span_id != "" and span.status in ("OK", "ERROR", "UNSET")
    if not any(isinstance(value, SecretStr) for value in values(answer)):
        again = type(answer).model_validate(answer.model_dump(mode="json"))
        assert again == answer, "what was read can be written and read again"


@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(data: st.DataObject) -> None:
    model, body = data.draw(st.sampled_from(bodies()))
    content = bytearray(written(body))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        match data.draw(st.sampled_from(("cut", "flip", "insert", "secret"))):
            case "cut":
                del content[place:]
            case "flip" if place < len(content):
                content[place] ^= data.draw(st.integers(1, 255))
            case "insert":
                content[place:place] = data.draw(st.binary(max_size=8))
            case _:
                content[place:place] = SECRET.encode()
    read_or_refused(model, bytes(content))


@given(
    content=st.one_of(
        st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
    ),
    model=st.sampled_from(tuple(FOLDERS.values())),
)
@example(b"[" * 100_000, Trace)
@example(b'{"a":' * 100_000, TracePage)
@example(b'{"spans":[' + b"[" * 5_000 + b"]" * 5_000 + b"]}", Trace)
def test_any_bytes_are_read_or_refused(content: bytes, model: type[BaseModel]) -> None:
    read_or_refused(model, content)


@given(data=st.data(), news=odd_json)
def test_new_fields_and_another_order_change_nothing(data: st.DataObject, news: Any) -> None:
    model, body = data.draw(st.sampled_from(bodies()))
    changed = copy.deepcopy(body)
    # what stands below attributes is content, where every key counts
    objects = [
        path
        for path in paths(body)
        if isinstance(at(body, path), dict) and not any("attributes" in str(part) for part in path)
    ]
    holder = at(changed, data.draw(st.sampled_from(objects)))
    items = data.draw(st.permutations(list(holder.items())))
    holder.clear()
    holder.update(items)
    holder["of_a_later_build"] = news
    before, after = read(model, written(body)), read_or_refused(model, written(changed))
    assert after == before


#: Places that must hold a whole number, by a recording that has them.
COUNTS: list[tuple[type[BaseModel], str, Path]] = [
    (TracePage, "traces_list/limit_20", ("total",)),
    (TracePage, "traces_list/limit_20", ("traces", 2, "duration")),
    (TracePage, "traces_list/limit_20", ("metrics", "success_count")),
    (ProjectMetrics, "meterics/day", ("trace_count",)),
    (ProjectMetrics, "meterics/day", ("span_count", "total")),
    (ProjectMetrics, "meterics/day", ("token_metrics", "total_tokens", "all")),
    (Trace, "trace_detail/sdk_tool_calling", ("spans", 0, "duration")),
]


@given(place=st.sampled_from(COUNTS), value=st.one_of(odd_leaf, odd_json, st.just(...)))
def test_a_wrong_count_is_refused_at_its_place(place: tuple[type[BaseModel], str, Path], value: Any) -> None:
    assume(type(value) is not int or not 0 <= value < 2**63)
    model, name, path = place
    body = copy.deepcopy(load(name).body)
    if value is ...:
        del at(body, path[:-1])[path[-1]]
    else:
        put(body, path, value)
    try:
        read(model, written(body))
    except AnswerUnreadable as error:
        assert error.fields[0].partition(":")[0] == ".".join(map(str, path))
    else:
        raise AssertionError(f"{value!r} was taken for a count")


@given(text=odd_text, cost=st.one_of(odd_leaf, odd_text))
@example("\ud83d half of a pair", "1e16")
@example("a\udc00", "1e99999999999999999999")
def test_texts_are_whole_and_costs_believable(text: str, cost: Any) -> None:
    body = copy.deepcopy(load("traces_list/limit_1").body)
    row = body["traces"][0]
    row |= {"root_span_name": text, "tags": [text]}
    (said,) = read(TracePage, written(body)).traces  # type: ignore[attr-defined]
    assert (said.name, said.tags) == (whole(text), (whole(text),))
    row["total_cost"] = cost
    page = read_or_refused(TracePage, written(body))
    if isinstance(page, TracePage):
        hold(page)


OPTIONAL = ("cache_read_input_tokens", "reasoning_tokens", "prompt_cost", "completion_cost", "total_cost")


@given(name=st.sampled_from(OPTIONAL), to_null=st.booleans())
def test_an_optional_field_that_is_missing_is_none_and_not_zero(name: str, to_null: bool) -> None:
    body = copy.deepcopy(load("traces_list/limit_20").body)
    if to_null:
        body["metrics"][name] = None
    else:
        body["metrics"].pop(name, None)
    metrics = read(TracePage, written(body)).metrics  # type: ignore[attr-defined]
    assert getattr(metrics, f"{name}_usd" if name.endswith("cost") else name) is None
