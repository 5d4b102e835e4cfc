"""Performance & errors as a script: percentiles, outcomes, error groups and differences by value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard import projects
from dashboard.upstream import Upstream
from tests.components.reading import figures, values
from tests.otlp import llm, send, span
from tests.pages.opened import cards, open_read, rows, text

Ask = Callable[..., Upstream]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def eleven(minutes: float = 20) -> list[dict[str, Any]]:
    """Traces of 1, 2, … 11 seconds: p50 is 6 s, p95 10.5 s, p99 10.9 s."""
    return [span(n, 1, ago(minutes), seconds=n, name="run") for n in range(1, 12)]


def failing(trace: int, message: str) -> dict[str, Any]:
    made = llm(trace, 1, ago(10), 100_000, 50_000, status="ERROR")
    made["status"]["message"] = message
    return made


def test_percentiles_are_exact_and_tell_their_n(lite: str, ask: Ask) -> None:
    send(lite, eleven())
    projects.share(ask(lite))
    at = open_read("performance")
    shown = cards(at)
    assert (shown["p50"], shown["p95"], shown["p99"]) == ("6 s", "10.5 s", "10.9 s")
    assert "n = 11" in text(at)


def test_p95_is_withheld_below_ten_with_the_reason(lite: str, ask: Ask) -> None:
    send(lite, eleven()[:9])
    projects.share(ask(lite))
    at = open_read("performance")
    shown = cards(at)
    assert (shown["p50"], shown["p95"], shown["p99"]) == ("5 s", "–", "–")
    assert "n = 9: fewer than 10, so no percentile is told" in text(at)
    latency = figures(at)[0]
    drawn = {t["name"]: [v for v in values(t["y"]) if v == v] for t in latency["data"] if t.get("name")}
    assert drawn["p50"] == [5]
    assert drawn["p95"] == []


def test_model_calls_have_durations_of_their_own(lite: str, ask: Ask) -> None:
    root = span(1, 1, ago(20), seconds=60, name="run.session", agentops__span__kind="session")
    send(lite, [root, *(llm(1, n + 1, ago(20), 1, 1, seconds=n, parent=1) for n in range(1, 12))])
    projects.share(ask(lite))
    assert cards(open_read("performance"))["p50"] == "1 min"
    assert cards(open_read("performance", of="llm"))["p50"] == "6 s"


def test_errors_that_differ_in_numbers_only_are_one_group(lite: str, ask: Ask) -> None:
    send(
        lite,
        [
            failing(1, "RateLimitError: limit 429 reached for org-A1b2C3d4E5f6G7h8"),
            failing(2, "RateLimitError: limit 17 reached for org-Z9y8X7w6V5u4T3s2"),
            failing(3, "ValueError: no such tool"),
            llm(4, 1, ago(9), 10, 10),
        ],
    )
    projects.share(ask(lite))
    at = open_read("performance")
    shown = cards(at)
    assert shown["Error groups"] == "2"
    assert shown["Failed traces"] == "3"
    assert shown["Success rate"] == "25.0 %"
    first, second = rows(at, "Errors by group")
    assert first["Error"].startswith("RateLimitError: ")
    assert "429" not in first["Error"]
    assert first["Count"] == "2\n66.7 %"
    assert first["Cost burnt"] == "$0.0900"  # two failed traces of $0.045
    assert second["Error"] == "ValueError: no such tool"


def test_what_failed_traces_have_in_common_is_named_and_chance_is_not(lite: str, ask: Ask) -> None:
    good = [llm(n, 1, ago(15), 10, 10) for n in range(1, 41)]
    bad = [
        llm(n, 1, ago(15), 10, 10, status="ERROR", gen_ai__response__model="gpt-4o-2024-08-06")
        for n in range(41, 56)
    ]
    send(lite, [*good, *bad])
    projects.share(ask(lite))
    at = open_read("performance")
    (bars,) = [f for f in figures(at) if "failed (n = 15)" in str(f["data"])]
    assert "gpt-4o-2024-08-06" in str(bars)
    alike = open_read("performance", bad="slow")  # all lasted one second: nothing is slower
    assert "Too few to compare" in text(alike)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_range_without_errors_says_so(lite: str, ask: Ask, language: str) -> None:
    send(lite, eleven())
    projects.share(ask(lite))
    told = text(open_read("performance", lang=language))
    assert {"en": "No span failed in this range.", "ko": "이 기간에 실패한 스팬이 없습니다."}[
        language
    ] in told
