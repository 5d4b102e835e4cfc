"""Inputs and outputs, failures, events, links, and attributes laid flat."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.conversation import Failure, failures, flat, happenings, inputs_outputs, links
from dashboard.conversation.literals import structure
from tests.dashboard.spoken import span

TRACE = "Traceback\n  x"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"agentops.workflow.input": "a", "agentops.workflow.output": "b"}, ("a", "b")),
        ({"agentops.entity.input": "late", "agentops.tool.input": "a"}, ("a", "")),
        ({"tool.parameters": "a", "tool.result": "b"}, ("a", "b")),
        (
            {"gen_ai.tool.call.arguments": '{"a":1}', "gen_ai.tool.call.result": "[]"},
            ('{\n  "a": 1\n}', "[]"),
        ),
        ({"traceloop.entity.input": "a", "traceloop.entity.output": "b"}, ("a", "b")),
        ({"agentops.tool.input": "  ", "tool.parameters": "a"}, ("a", "")),
        ({"tool.result.0": "b"}, ("", '[\n  "b"\n]')),
        ({"agentops.tool.input": "nul\0"}, ("nul␀", "")),
    ],
)
def test_inputs_and_outputs(attributes: dict[str, str], expected: tuple[str, str]) -> None:
    assert inputs_outputs(span(attributes)) == expected


def raised(
    *events: dict[str, str], attributes: dict[str, str] | None = None, **more: Any
) -> tuple[Failure, ...]:
    return failures(
        span(
            attributes,
            event_timestamps=[f"2026-11-01T12:00:0{number}" for number in range(len(events))],
            event_names=["exception"] * len(events),
            event_attributes=list(events),
            **{"status_code": "ERROR", **more},
        )
    )


def exception(kind: str, message: str, stack: str = "") -> dict[str, str]:
    return {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}


def told(found: tuple[Failure, ...]) -> list[tuple[str, str, str]]:
    return [(failure.type, failure.message, failure.stacktrace) for failure in found]


def test_the_same_exception_twice_is_one_with_the_fuller_trace() -> None:
    found = raised(exception("KeyError", "a", TRACE), exception("KeyError", "a", TRACE + "\n  y"))
    assert told(found) == [("KeyError", "a", TRACE + "\n  y")]
    assert found[0].at is not None
    assert found[0].at.second == 0


def test_two_exceptions_are_two() -> None:
    found = raised(exception("KeyError", "a"), exception("KeyError", "b"), exception("OSError", "b"))
    assert told(found) == [
        ("KeyError", "a", ""), ("KeyError", "b", ""), ("OSError", "b", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("message", ["KeyError: a", "a", "builtins.KeyError: a", ""])
def test_the_status_repeats_what_an_exception_said(message: str) -> None:
    assert told(raised(exception("builtins.KeyError", "a"), status_message=message)) == [
        ("builtins.KeyError", "a", "")
    ]


def test_the_status_adds_what_nothing_else_said() -> None:
    assert told(raised(exception("KeyError", "a"), status_message="gave up")) == [
        ("KeyError", "a", ""), ("", "gave up", ""),
    ]  # fmt: skip
    assert told(raised(status_message="gave up")) == [("", "gave up", "")]
    assert raised() == ()
    assert failures(span(status_message="all is well")) == ()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"error.type": "Timeout", "error.message": "slow", "error.stack_trace": TRACE},
         ("Timeout", "slow", TRACE)),
        ({"error": "it broke"}, ("", "it broke", "")),
        ({"exception": "it broke"}, ("", "it broke", "")),
        ({"exception.type": "KeyError", "exception.message": "a"}, ("KeyError", "a", "")),
    ],
)  # fmt: skip
def test_errors_in_attributes(attributes: dict[str, str], expected: tuple[str, str, str]) -> None:
    assert told(raised(attributes=attributes)) == [expected]


def test_a_flag_is_no_message() -> None:
    assert raised(attributes={"error": "true"}) == ()


def test_other_events_and_links() -> None:
    made = span(
        event_timestamps=["2026-11-01T12:00:00", None],
        event_names=["retry", "exception"],
        event_attributes=[{"n": "2", "wait.s": "1"}, exception("KeyError", "a")],
        link_trace_ids=["t"],
        link_span_ids=["u"],
        link_attributes=[{"why": "batch"}],
    )
    (event,) = happenings(made)
    assert (event.name, event.attributes) == ("retry", (("n", "2"), ("wait.s", "1")))
    (link,) = links(made)
    assert (link.trace_id, link.span_id, link.attributes) == ("t", "u", (("why", "batch"),))


def test_flat_in_natural_order() -> None:
    attributes = {"n": [str(i) for i in range(11)], "a": {"10": "x", "9": "y", "b": ""}, "": "empty key"}
    assert flat(attributes) == (
        ("", "empty key"), ("a.9", "y"), ("a.10", "x"), ("a.b", ""), *((f"n.{i}", str(i)) for i in range(11)),
    )  # fmt: skip


def test_flat_keeps_what_is_no_text() -> None:
    assert flat({"l": ["x", None], "e": {}, "n": 1.5, "b": True}) == (
        ("b", "true"), ("e", "{}"), ("l.0", "x"), ("l.1", "null"), ("n", "1.5"),
    )  # fmt: skip


def test_flat_orders_dotted_names_by_their_numbers() -> None:
    assert [path for path, _ in flat({"p.10.x": "", "p.2.x": "", "p.²": ""})] == ["p.2.x", "p.10.x", "p.²"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[{'a': None, 'b': (1,), 'c': True}]", [{"a": None, "b": [1], "c": True}]),
        ("""["it's", 'say "x"', 'a\\n\\x41\\u00e9\\U0001f600\\\\']""", ["it's", 'say "x"', "a\nAé😀\\"]),
        ("['한국어 — \\'x\\'']", ["한국어 — 'x'"]),
        ("()", []),
        ("(1, 2)", [1, 2]),
        ('{"a": [1]}', {"a": [1]}),
        ("[Message(role='user')]", None),
        ("['a' 'b']", None),
        ("[__import__('os')]", None),
        ("['\\d']", None),
        ("['open]", None),
        ("{'a': 1, 'a': 2}", None),
        ("None", None),
        ("'text'", None),
        ("", None),
    ],
)
def test_texts_that_write_lists_and_objects(text: str, expected: object) -> None:
    assert structure(text) == expected
