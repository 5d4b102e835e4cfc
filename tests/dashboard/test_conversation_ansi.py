"""A log's colours, and the tricks of a terminal that come to nothing."""

from __future__ import annotations

import pytest

from dashboard.conversation import COLOURS, Run, runs

ESC = "\x1b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [Run("plain")]),
        (f"a{ESC}[31mb{ESC}[0mc", [Run("a"), Run("b", "red"), Run("c")]),
        (f"{ESC}[1;32mok{ESC}[22m!{ESC}[39m.", [Run("ok", "green", bold=True), Run("!", "green"), Run(".")]),
        (f"{ESC}[2;3;4;9mx", [Run("x", dim=True, italic=True, underline=True, struck=True)]),
        (f"{ESC}[23;24;29mx{ESC}[95my", [Run("x"), Run("y", "bright_magenta")]),
        (f"{ESC}[31ma{ESC}[31mb", [Run("ab", "red")]),
        (f"{ESC}[31m{ESC}[32mb{ESC}[m", [Run("b", "green")]),
        (f"{ESC}[38;5;9mx{ESC}[38;5;196my", [Run("xy", "bright_red")]),
        (f"{ESC}[38;5;244mx", [Run("x", "bright_black")]),
        (f"{ESC}[38;2;0;250;5mx", [Run("x", "bright_green")]),
        (f"{ESC}[38:5:4mx", [Run("x", "blue")]),
        # 48 takes its colour with it: 5 and 1 are no blinking and no bold
        (f"{ESC}[48;5;1mx", [Run("x")]),
        (f"{ESC}[38;5mx{ESC}[38mx{ESC}[38;2;1mx{ESC}[38;5;999mx", [Run("xxxx")]),
        ("\x9b31mx", [Run("x", "red")]),
        ("", []),
    ],
)
def test_styles(text: str, expected: list[Run]) -> None:
    assert list(runs(text)) == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{ESC}[2J{ESC}[1;1Hx{ESC}[2Ky{ESC}[1Az", "xyz"),
        ("password\rharmless", "password\nharmless"),
        ("a\r\nb\r\r\nc\vd\fe\x85f", "a\nb\nc\nd\ne\nf"),
        ("rm\b\bls", "rm␈␈ls"),
        ("a\0b\x7fc\x81d", "a␀b␡c\\x81d"),
        ("ding\x07", "ding"),
        (f"{ESC}]0;title\x07x", "x"),
        (f"{ESC}]8;;https://evil.example{ESC}\\bank.example{ESC}]8;;{ESC}\\", "bank.example"),
        ("\x9d0;title\x9cx", "x"),
        # what never ends on its line stays to be read
        (f"{ESC}]0;swallowed\nall the rest", "0;swallowed\nall the rest"),
        (f"{ESC}Pq#0{ESC}\\x{ESC}(B{ESC}7{ESC}cy", "xy"),
        (f"{ESC}[8mhidden{ESC}[30;40mblack", "hiddenblack"),
        (f"{ESC}", "␛"),
        (f"{ESC}[31", "31"),
        ("abc\u202edef\u2066", "abc⟨U+202E⟩def⟨U+2066⟩"),
        ("שלום\u200f", "שלום\u200f"),
        ("\ud800x", "\\ud800x"),
        ("<b>&amp;\t", "<b>&amp;\t"),
        (f"{ESC}[?31mx{ESC}[31 my{ESC}[>4mz", "xyz"),
    ],
)
def test_nothing_is_covered(text: str, shown: str) -> None:
    assert "".join(run.text for run in runs(text)) == shown


def test_private_sequences_and_backgrounds_have_no_style() -> None:
    for sequence in (
        "[?31m",
        "[31 m",
        "[>4m",
        "[7m",
        "[8m",
        "[41m",
        "[101m",
        "[5m",
        "[999999m",
        "[1" + ";1" * 60 + "m",
    ):
        assert runs(f"{ESC}{sequence}x") == (Run("x"),), sequence


def test_every_colour_has_one_of_sixteen_names() -> None:
    assert len(set(COLOURS)) == 16
    named = {runs(f"{ESC}[38;5;{number}mx")[0].colour for number in range(256)}
    assert named == set(COLOURS)
    assert [runs(f"{ESC}[{30 + number}mx")[0].colour for number in range(8)] == list(COLOURS[:8])
    assert [runs(f"{ESC}[{90 + number}mx")[0].colour for number in range(8)] == list(COLOURS[8:])
