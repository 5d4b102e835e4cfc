"""Texts from right to left inside our sentences."""

from __future__ import annotations

import pytest

from dashboard.sections.tables import several
from dashboard.text import Words, isolated

OPEN, CLOSE = "\u2068", "\u2069"


@pytest.mark.parametrize("text", ["", "gpt-4o <b>", "에이전트 👩‍💻", "Zoë\u200bzero width"])
def test_what_turns_nothing_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("שלום", "שלום"),
        ("\u202egnp.exe", "\u202egnp.exe"),
        ("a\u2069\u202eb", "a\u202eb"),  # cannot leave its isolate
        ("\u2066a\u2069\u2069b", "\u2066a\u2069b"),
        ("\u2067a", "\u2067a\u2069"),  # cannot keep it open
        ("\u2067\u2068a", "\u2067\u2068a\u2069\u2069"),
    ],
)
def test_what_turns_is_isolated_and_cannot_break_out(text: str, inside: str) -> None:
    assert isolated(text) == f"{OPEN}{inside}{CLOSE}"


def test_names_in_sentences_and_lists_are_isolated_each() -> None:
    words = Words("en")
    assert words("trace.does_tool", tool="\u202eexe") == f"Runs the tool {OPEN}\u202eexe{CLOSE}."
    assert words("trace.does_tool", tool="look_up") == "Runs the tool look_up."
    assert several(["\u202ea", "b"]).text == f"{OPEN}\u202ea{CLOSE}, b"
