"""Flat attributes → nested JSON, conflict by conflict."""

from __future__ import annotations

from typing import Any

import pytest

from agentops_lite.nesting import nested, span_type


@pytest.mark.parametrize(
    ("flat", "expected"),
    [
        ({"a.b": "1", "a.c": "2"}, {"a": {"b": "1", "c": "2"}}),
        ({"p.0.role": "user", "p.1.role": "tool"}, {"p": [{"role": "user"}, {"role": "tool"}]}),
        ({"p.0": "x", "p.2": "y"}, {"p": ["x", None, "y"]}),
        ({"p.0.k": "x", "p.2.k": "y"}, {"p": [{"k": "x"}, {}, {"k": "y"}]}),
        ({"p.1.k": "x"}, {"p": {}}),  # only a 0 starts a list, and objects take no small numbers
        ({"n.10": "ten", "n.9": "nine"}, {"n": {"10": "ten"}}),
        ({"a": "text", "a.b": "lost"}, {"a": "text"}),
        ({"a.0": "x", "a.b": "lost"}, {"a": ["x"]}),
        ({"a.b": "x", "a": "wins"}, {"a": "wins"}),
        ({"": "empty"}, {"": "empty"}),
        ({"gen_ai.prompt": "hi"}, {"gen_ai": {"prompt": [{"content": "hi", "role": "user"}]}}),
        ({"a.0": "x", "a.999999999": "lost"}, {"a": ["x"]}),  # our limit; upstream would fill its memory
        (
            {"a.0": "x", "a.60000": "y", "b.0": "z", "b.60000": "lost"},
            {"a": ["x", *[None] * 59_999, "y"], "b": ["z"]},
        ),
        ({"²": "x", "a.²": "y", "b.0.c": "z", "b.²": "lost"}, {"²": "x", "a": {"²": "y"}, "b": [{"c": "z"}]}),
        ({"a.0": "x", "a." + "9" * 5_000: "lost", "9" * 5_000: "y"}, {"a": ["x"], "9" * 5_000: "y"}),
    ],
)
def test_nesting(flat: dict[str, str], expected: dict[str, Any]) -> None:
    assert nested(flat) == expected


@pytest.mark.parametrize(
    ("flat", "expected"),
    [
        ({"gen_ai.system": "x"}, "request"),
        ({"agentops.tool.input": "x", "gen_ai.usage.total_cost": "1"}, "tool"),
        ({"agentops.agent.input": "x"}, "agent"),
        ({"agentops.span.kind": "agent"}, "other"),  # a value is no key
        ({}, "other"),
    ],
)
def test_type_is_guessed_from_keys(flat: dict[str, str], expected: str) -> None:
    assert span_type(nested(flat)) == expected
