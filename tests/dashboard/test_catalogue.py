"""The catalogues against the code, read as syntax trees: no wording that nobody says, none that is missing,
and each in its own language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dashboard.text.words import catalogue

ROOT = Path(__file__).resolve().parents[2]
HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
KEY = re.compile(r"[a-z_]+(?:\.[a-z_0-9]+)+")

#: What is the same in Korean: measures, names of products, formats and settings, and identifiers.
SAME = re.compile(
    r"\bp(?:50|95|99)\b|\bn\b|%?p+\b|USD|\bIDs?\b|OTLP|JSON(?: Lines)?|CSV|Parquet|HTML|Markdown|Webhook"
    r"|HTTP|TLS|AgentOps|LLM|\b[a-z]+\b(?=_)|[A-Z]+(?:_[A-Z]+)+|µs|ms"
)


@cache
def trees() -> tuple[ast.Module, ...]:
    paths = [path for room in ("dashboard", "pages") for path in sorted((ROOT / room).rglob("*.py"))]
    return tuple(ast.parse(path.read_text("utf-8")) for path in paths)


def nodes() -> Iterator[ast.AST]:
    for tree in trees():
        yield from ast.walk(tree)


def pattern(node: ast.expr) -> str | None:
    """What an f-string or a sum of texts may become, as a regular expression; None where any key fits."""
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.FormattedValue(value=ast.IfExp(body=one, orelse=other)) if (first := pattern(one)) and (
            second := pattern(other)
        ):
            return f"(?:{first}|{second})"
        case ast.JoinedStr(values=[first_value, *_] as values) if pattern(first_value):
            return "".join(pattern(value) or "[a-z0-9_.]+" for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if begin := pattern(left):
            return begin + (pattern(right) or "[a-z0-9_.]+")
    return None


def asked() -> Iterator[ast.expr]:
    """First arguments of ``words(…)``, ``page.words(…)`` and ``words.has(…)``."""
    for node in nodes():
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func)
            if name.split(".")[-1] == "words" or name.endswith("words.has") or name.startswith("Words("):
                yield node.args[0]


def said_in_code() -> tuple[set[str], set[str]]:
    """All texts and all patterns of the code that look like keys."""
    texts = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    made = {
        found for node in nodes() if isinstance(node, (ast.JoinedStr, ast.BinOp)) and (found := pattern(node))
    }
    return {text for text in texts if KEY.fullmatch(text)}, {one for one in made if r"\." in one}


def test_every_key_that_the_code_asks_for_is_there() -> None:
    known = catalogue("en")
    constants, patterns = set(), set()
    for argument in asked():
        if isinstance(argument, ast.Constant):
            constants.add(argument.value)
        elif made := pattern(argument):
            patterns.add(made)
    assert len(constants) > 300  # the search does find them
    assert len(patterns) > 50
    assert sorted(constants - known.keys()) == []
    assert [made for made in patterns if not any(re.fullmatch(made, key) for key in known)] == []


def test_every_key_is_said_somewhere() -> None:
    texts, patterns = said_in_code()
    made = re.compile("|".join(f"(?:{one})" for one in sorted(patterns)))
    assert [key for key in catalogue("en") if key not in texts and not made.fullmatch(key)] == []


def test_no_english_text_has_hangul() -> None:
    assert {key: text for key, text in catalogue("en").items() if HANGUL.search(text)} == {}


def test_every_korean_text_is_korean() -> None:
    """Also its sentences: one that was left in English has no Hangul between two full stops."""
    left = {}
    for key, text in catalogue("ko").items():
        if key.endswith(".command"):  # for a shell
            continue
        bare = SAME.sub("", re.sub(r"\{\w+\}", "", text))
        for sentence in re.split(r"(?<=[.!?])\s+", bare):
            letters = re.findall(r"[A-Za-z]{2,}", sentence)
            if letters and not HANGUL.search(sentence):
                left[key] = sentence
    assert left == {}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_text_is_left_blank_or_ends_in_blanks(language: str) -> None:
    wrong = {k: t for k, t in catalogue(language).items() if t != t.strip(" \n") or "  " in t}
    assert wrong == {}


def test_the_formulas_are_the_same_in_both_languages() -> None:
    """Headings, rows of tables, list items and what stands as code: a definition added to one is missed in
    the other."""
    english, korean = (
        (ROOT / "docs" / name).read_text("utf-8") for name in ("FORMULAS.md", "FORMULAS.ko.md")
    )
    for shape in (r"^#+ ", r"^\|", r"^\s*[-*] ", r"^\d+\. "):
        counts = [len(re.findall(shape, text, flags=re.MULTILINE)) for text in (english, korean)]
        assert counts[0] == counts[1], shape
    codes = [sorted(re.findall(r"`[^`]+`", text)) for text in (english, korean)]
    assert codes[0] == codes[1]
    rows = [line for line in korean.splitlines() if line.startswith("|") and re.search(r"[A-Za-z]{3}", line)]
    assert [line for line in rows if not HANGUL.search(line)] == []
