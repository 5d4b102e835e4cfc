"""The doctor's words: both languages alike, nothing missing, nothing left over; and values in words."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import agentops_client.doctor
from agentops_client import AgentOpsError
from agentops_client.doctor import LANGUAGES, NEEDS, STEPS, Finding, Value, exit_status, told, verdict
from agentops_client.doctor.report import closing, lines
from agentops_client.doctor.wording import catalogue

ROOT = Path(__file__).parents[2]
SOURCES = "".join(
    path.read_text("utf-8") for path in Path(agentops_client.doctor.__file__).parent.glob("*.py")
)


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def leaves(kind: type[AgentOpsError]) -> Iterator[type[AgentOpsError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for each in below:
        yield from leaves(each)


def finding(code: str, **values: Value) -> Finding:
    return Finding(step="list", state="failed", code=code, duration_ms=1, values=values)


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    korean, english = (dict(flat(catalogue(language))) for language in ("ko", "en"))
    assert {key: placeholders(text) for key, text in korean.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


def test_commands_are_the_same_in_both() -> None:
    korean, english = (dict(flat(catalogue(language))) for language in ("ko", "en"))
    commands = [key for key in english if key.endswith(".command") and not key.startswith("report.")]
    assert len(commands) > 30
    assert all(korean[key] == english[key] for key in commands)


def test_korean_is_korean() -> None:
    texts = dict(flat(catalogue("ko")["finding"]))
    for key, text in texts.items():
        if key.endswith((".cause", ".remedy")):
            assert re.search("[가-힣]", text), key


def test_every_cause_of_the_client_has_words() -> None:
    causes = {leaf.cause for leaf in leaves(AgentOpsError)}
    assert "upstream_failed" in causes
    assert causes <= set(catalogue("en")["finding"])


def test_no_words_are_left_over() -> None:
    causes = {leaf.cause for leaf in leaves(AgentOpsError)}
    said = set(catalogue("en")["finding"]) | {
        code for step in catalogue("en")["at"].values() for code in step
    }
    assert {code for code in said if f'"{code}"' not in SOURCES} <= causes
    assert set(catalogue("en")["at"]) <= set(STEPS)
    assert set(catalogue("en")["step"]) == set(STEPS) == set(NEEDS)


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0, "0 s", "0초"),
        (119, "119 s", "119초"),
        (120, "2 min", "2분"),
        (7200, "2 h", "2시간"),
        (172_800, "2 d", "2일"),
        (0.5, "0.5 s", "0.5초"),
        (None, "–", "–"),
    ],
)
def test_seconds_in_words(seconds: float | None, english: str, korean: str) -> None:
    fresh = finding("fresh", age_s=seconds)
    assert told(fresh, "en").found == f"the newest trace started {english} ago"
    assert told(fresh, "ko").found == f"최신 트레이스는 {korean} 전에 시작되었습니다"


def test_words_of_upstream_are_no_template() -> None:
    said = told(finding("upstream_failed", request="GET /x", status=500, words="{status} {0}"), "en")
    assert said.found == "GET /x: HTTP 500, “{status} {0}”"
    assert "ClickHouse" in (said.cause or "")  # the list's own, not the general one


def test_an_unknown_language() -> None:
    with pytest.raises(KeyError, match="no catalogue"):
        told(finding("no_trace"), "fr")


def test_columns_of_korean_stand_below_each_other() -> None:
    ok = {"state": "ok", "code": "no_trace", "duration_ms": 7, "values": {}}
    shown = [next(lines(Finding(step=step, **ok), "ko", colour=False)) for step in STEPS]  # type: ignore[arg-type]
    ends = {
        sum(2 if re.match("[가-힣]", letter) else 1 for letter in line[: line.index("7 ms")])
        for line in shown
    }
    assert len(ends) == 1


def test_the_last_line_names_the_first_failure() -> None:
    found = [
        finding("upstream_failed"),
        Finding(step="log", state="ok", code="x", duration_ms=1250, values={}),
    ]
    assert (
        closing(found, "en")
        == "1 failed, 0 with a warning, 1 ok, 0 skipped, in 1.3 s. Begin with: Trace list."
    )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"settings": "ok", "tls": "skipped"}, ("ok", 0)),
        ({"settings": "ok", "log": "warning"}, ("warning", 0)),
        ({"log": "warning", "list": "failed"}, ("failed", 1)),
        ({"settings": "failed", "list": "failed"}, ("failed", 2)),
    ],
)
def test_verdict_and_exit_status(states: dict[Any, Any], expected: tuple[str, int]) -> None:
    found = [
        Finding(step=step, state=state, code="x", duration_ms=0, values={}) for step, state in states.items()
    ]
    assert (verdict(found), exit_status(found)) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_installed_with_the_package(language: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["agentops_client.doctor"]
    folder = ROOT / "agentops_client" / "doctor"
    assert folder / "words" / f"{language}.toml" in {p for each in patterns for p in folder.glob(each)}


def test_an_answer_without_words() -> None:
    silent = finding("upstream_failed", request="GET /x", status=502, words=None)
    assert told(silent, "en").found == "GET /x: HTTP 502, without a word"
    assert told(silent, "ko").found == "GET /x: HTTP 502, 본문 없음"
