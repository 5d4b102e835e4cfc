"""The on-call page as a script: the verdict and its tiles over healthy, failing, silent and absent agents."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import projects
from dashboard.sections import on_call_lists
from dashboard.settings import dashboard_settings
from dashboard.text import Formats
from dashboard.upstream import Upstream
from tests.components.reading import figures, pulse, values
from tests.dashboard.failing import faulty, longer_than
from tests.otlp import llm, send
from tests.pages.opened import LONGEST_S, MAIN, markup, noon, open_read, rows, text

Ask = Callable[..., Upstream]


def ago(minutes: float, weeks: int = 0) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes, weeks=weeks)


def traffic(first: int, count: int, minutes: float, weeks: int = 0, **said: Any) -> list[dict[str, Any]]:
    """Traces from that many minutes ago on, five seconds apart, at $0.045 each.

    The latest stretch that is held against past weeks began 15 to 30 minutes ago.
    """
    begin = ago(minutes, weeks)
    return [
        llm(first + n, 1, begin + timedelta(seconds=5 * n), 100_000, 50_000, **said) for n in range(count)
    ]


def failing(first: int, count: int, minutes: float) -> list[dict[str, Any]]:
    made = traffic(first, count, minutes, status="ERROR")
    for span in made:
        span["status"]["message"] = "RateLimitError: limit 429 reached for org-A1b2C3d4E5f6G7h8"
    return made


def past(count: int) -> list[dict[str, Any]]:
    """So many traces in each quarter of this hour in four past weeks."""
    return [
        span
        for week in (1, 2, 3, 4)
        for quarter in range(6)
        for span in traffic(10_000 * week + 1_000 * quarter, count, 15 * quarter, week)
    ]


def open_page(done: Callable[[AppTest], bool] | None = None, **query: str) -> AppTest:
    """The page once nothing more is being read, or `done` says so."""
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/on_call.py")
    for name, value in ({"lang": "en", "tz": "UTC"} | query).items():
        at.query_params[name] = value
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        at.run()
        assert not at.exception, at.exception
        settled = pulse(at)["status"] != "loading" and "being read" not in text(at)
        if done(at) if done is not None else settled:
            return at
        time.sleep(0.2)
    raise AssertionError(f"never settled: {text(at)[:2000]}")


def verdict(at: AppTest) -> tuple[str, str]:
    """The verdict's word, sign included, and its sentence."""
    found = re.search(r'ao-verdict.*?<p class="word">(.*?)</p><h2[^>]*>(.*?)</h2>', markup(at), re.DOTALL)
    assert found, text(at)[:2000]
    word, sentence = (unescape(re.sub(r"<[^>]*>", "", part)) for part in found.groups())
    return word, sentence


def tiles(at: AppTest) -> dict[str, tuple[str, str, str]]:
    """Level (with its sign), value and notes of each tile by its label."""
    found = re.findall(
        r'<h3>([^<]*)<.*?<p class="level">(.*?)</p><p class="value"[^>]*>(.*?)</p>(.*?)</article>',
        markup(at),
        re.DOTALL,
    )
    plain = [[" ".join(unescape(re.sub(r"<[^>]*>", " ", part)).split()) for part in parts] for parts in found]
    return {label: (level, value, notes) for label, level, value, notes in plain}


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read by itself: figures are AgentOps' own."""
    monkeypatch.setenv("DASHBOARD_ARCHIVE_FOLLOW_HOURS", "0")
    dashboard_settings.cache_clear()


def test_a_healthy_hour_is_normal_and_its_figures_are_those_sent(lite: str, ask: Ask) -> None:
    send(lite, [*past(20), *traffic(1, 60, 50, seconds=2.0), *traffic(100, 60, 14, seconds=2.0)])
    projects.share(ask(lite))
    at = open_read("on_call")
    word, sentence = verdict(at)
    assert word == "● Normal"
    assert sentence.startswith("0.0 % of 120 traces failed in the last hour")
    shown = tiles(at)
    assert shown["Error rate"] == ("● Normal", "0.0 %", "0 of 120 failed limits 5.0 % / 20.0 %")
    assert shown["p95"] == ("● Normal", "2 s", "n = 120 limits 30 s / 1 min")
    assert shown["Traces per minute"][0] == "● Normal"
    assert shown["Traces per minute"][1] in ("1.9", "2")  # 120 in 60 to 62 minutes
    assert "usually 1.3 (4 past weeks)" in shown["Traces per minute"][2]
    assert shown["Cost per hour"][0] == "● Normal"
    assert float(shown["Cost per hour"][1].lstrip("$")) == pytest.approx(5.4, rel=0.04)
    bars = {t["name"]: values(t["y"]) for t in figures(at)[0]["data"] if t["type"] == "bar"}
    assert sum(v for v in bars["● success"] if v == v) == 120
    assert figures(at)[0]["layout"]["xaxis"]["title"]["text"] == "UTC"
    assert pulse(at)["status"] == "ok"


def test_an_error_burst_says_since_when_and_what_most_of_it_is(lite: str, ask: Ask) -> None:
    send(lite, [*traffic(1, 100, 50), *failing(500, 40, 12)])
    projects.share(ask(lite))
    zone = noon()
    at = open_read("on_call", tz=zone)
    word, sentence = verdict(at)
    assert word == "✕ Critical"
    told = re.fullmatch(
        r"Error rate 100\.0 % since (\d\d:\d\d), mostly RateLimitError on gpt-4o-mini-2024-07-18", sentence
    )
    assert told, sentence
    began = datetime.now(ZoneInfo(zone)).replace(hour=int(told[1][:2]), minute=int(told[1][3:]))
    assert timedelta(minutes=9) < datetime.now(UTC) - began < timedelta(minutes=17)
    shown = tiles(at)["Error rate"]
    assert shown[:2] == ("✕ Critical", "28.6 %")
    assert shown[2].startswith("40 of 140 failed 100.0 % since")
    listed = rows(at, "Newest failures")
    assert len(listed) == 8
    assert listed[0]["Error"].startswith("RateLimitError: limit")
    assert f'href="trace?trace={500 + 39:032x}' in markup(at)
    assert "32 more in the last hour" in text(at)


def test_figures_are_agentops_own_until_spans_are_read_and_say_so(lite: str, ask: Ask, unread: None) -> None:
    send(lite, [*traffic(1, 30, 40), *traffic(100, 30, 20, status="ERROR")])
    projects.share(ask(lite))
    at = open_page()
    assert verdict(at)[0] == "✕ Critical"
    assert "mostly" not in verdict(at)[1]
    assert tiles(at)["p95"] == ("○ Unknown", "–", "spans not read yet")
    assert "from AgentOps' metrics" in tiles(at)["Cost per hour"][2]
    assert "no trace of the last hour has been read" in text(at)


def test_an_hour_that_cannot_be_counted_is_unknown_and_claims_no_failure_away(
    lite: str, unread: None
) -> None:
    send(lite, traffic(1, 10, 20))
    with closing(faulty(lite, longer_than(timedelta(minutes=30), path="/v4/traces"))) as source:
        projects.share(source)
        at = open_page()
        assert verdict(at) == ("○ Unknown", "The last hour is unknown: AgentOps failed")
        assert tiles(at)["Error rate"][1] == "–"
        assert "No trace of the last hour has failed" not in text(at)
        assert pulse(at)["status"] == "partial"
        assert pulse(at)["status_detail"].endswith("a part of this page: AgentOps failed.")


@pytest.mark.parametrize(
    ("failed", "key"), [(None, "failures_none_known"), (2, "failures_none_read"), (0, "failures_none")]
)
def test_what_is_said_of_no_failure_read(failed: int | None, key: str) -> None:
    page = SimpleNamespace(words=lambda name, **_: name, formats=Formats("en", ZoneInfo("UTC")))
    view = SimpleNamespace(spans=None, view=SimpleNamespace(totals=SimpleNamespace(failed=failed)))
    assert on_call_lists._none(view, page) == f"on_call.{key}"  # type: ignore[arg-type]


def test_silence_against_past_weeks_is_critical(lite: str, ask: Ask) -> None:
    send(lite, [*past(10), *traffic(1, 12, 58)])
    projects.share(ask(lite))
    at = open_page(tz=noon())
    word, sentence = verdict(at)
    assert word == "✕ Critical"
    assert re.fullmatch(
        r"No trace since \d\d:\d\d; in past weeks at least \d+ arrived at this time", sentence
    )
    assert tiles(at)["Traces per minute"][0] == "✕ Critical"


def test_an_hour_without_any_trace_in_a_project_that_had_some_is_silence_too(lite: str, ask: Ask) -> None:
    send(lite, past(10))
    projects.share(ask(lite))
    at = open_page()
    assert verdict(at)[1].startswith("No trace at least since")
    assert tiles(at)["Error rate"][:2] == ("○ Unknown", "–")
    assert tiles(at)["Traces per minute"][:2] == ("✕ Critical", "0")


def test_no_history_is_unknown_and_never_zero(lite: str, ask: Ask, unread: None) -> None:
    send(lite, traffic(1, 30, 58))  # nothing for the last 55 minutes, and no week to compare with
    projects.share(ask(lite))
    at = open_page()
    assert verdict(at)[0] == "● Normal"
    shown = tiles(at)
    assert shown["Traces per minute"][0] == "○ Unknown"
    assert "usual not known: no past weeks" in shown["Traces per minute"][2]
    assert shown["Cost per hour"][0] == "○ Unknown"
    assert "usual not known" in shown["Cost per hour"][2]


def test_a_minimum_of_the_settings_needs_no_history(
    lite: str, ask: Ask, unread: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_ONCALL_TRACES_PER_MIN", "0.5")
    send(lite, traffic(1, 30, 58))
    projects.share(ask(lite))
    word, sentence = verdict(open_page(tz=noon()))
    assert word == "✕ Critical"
    assert re.fullmatch(r"No trace since \d\d:\d\d; the minimum set is \d+ by now", sentence)


def test_an_empty_project_is_unknown(lite: str, ask: Ask) -> None:
    projects.share(ask(lite))
    at = open_page()
    assert verdict(at) == ("○ Unknown", "This project has not received any trace yet.")
    assert {value for _, value, _ in tiles(at).values()} <= {"–", "0"}


def test_an_outage_is_a_verdict_with_cause_and_remedy_and_shows_nothing_as_current(
    lite: str, ask: Ask
) -> None:
    projects.share(ask("http://127.0.0.1:9"))
    at = open_page(tz=noon())
    word, sentence = verdict(at)
    assert word == "✕ Critical"
    assert re.fullmatch(r"AgentOps unreachable since \d\d:\d\d", sentence)
    shown = text(at)
    assert "AgentOps is not running. Nothing of what was last known is shown as current." in shown
    assert "No data available" in shown
    assert [c.value for c in at.code] == ["docker compose up -d agentops-api"]
    assert tiles(at) == {}
    assert figures(at) == []
    assert pulse(at)["status"] == "down"
    assert pulse(at)["next_at_ms"] is not None
    projects.shared().close()
    projects.share(ask(lite))
    at.run()
    assert "unreachable" not in text(at)


def test_a_refused_key_is_no_unreachable_agentops(lite: str, ask: Ask) -> None:
    projects.share(ask(lite, key="00000000-0000-4000-8000-000000000000"))
    at = open_page()
    assert verdict(at)[1].startswith("No data from AgentOps since")
    assert "Make a new key" in text(at)


def test_the_korean_page_says_it_in_korean(lite: str, ask: Ask, unread: None) -> None:
    send(lite, [*past(10), *traffic(1, 20, 40), *failing(500, 40, 12)])
    projects.share(ask(lite))
    at = open_page(lambda at: "읽는 중" not in text(at) and pulse(at)["status"] == "ok", lang="ko")
    word, sentence = verdict(at)
    assert word == "✕ 심각"
    assert re.fullmatch(r"\d\d:\d\d부터 오류율 100\.0 %", sentence)
    assert set(tiles(at)) == {"오류율", "p95", "분당 트레이스", "시간당 비용"}


def test_it_refreshes_every_ten_seconds_unless_the_reader_chose_otherwise(
    lite: str, ask: Ask, unread: None
) -> None:
    send(lite, [*past(10), *traffic(1, 20, 20)])
    projects.share(ask(lite))

    def wait_s(**query: str) -> float | None:
        shown = pulse(open_page(None, **query))
        due = shown["next_at_ms"]
        return None if due is None else (due - shown["now_ms"]) / 1000

    assert wait_s() == pytest.approx(10, abs=2)
    assert wait_s(refresh="60") == pytest.approx(60, abs=2)
    assert wait_s(refresh="0") is None


def test_a_custom_range_of_another_page_does_not_stop_it(lite: str, ask: Ask, unread: None) -> None:
    send(lite, [*past(10), *traffic(1, 20, 14)])
    projects.share(ask(lite))
    old = {"from": ago(60 * 24).isoformat(), "to": ago(60 * 23).isoformat()}
    at = open_page(None, **old)
    assert "20 traces" in verdict(at)[1]
    assert pulse(at)["next_at_ms"] is not None


def test_the_kiosk_says_so_in_a_class_of_its_own(lite: str, ask: Ask, unread: None) -> None:
    send(lite, traffic(1, 20, 20))
    projects.share(ask(lite))
    assert 'ao-verdict ok"' in markup(open_page())
    assert 'ao-verdict ok kiosk"' in markup(open_page(kiosk="1"))
