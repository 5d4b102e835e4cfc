"""The section on a page, in both languages: rules, what fired, webhooks, tests by hand; bands for charts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from agentops_lite.config import DEFAULT_API_KEY
from dashboard import projects
from dashboard.alerts.shared import alert_watch, close_shared
from dashboard.settings import dashboard_settings
from tests.dashboard.alert_receiver import Receiver, receiving, wait_for
from tests.otlp import send, span
from tests.pages.opened import markup, rows, text

RULES = """
[[rules]]
name = "<b>Fails</b>"
metric = "failed_traces"
comparison = ">="
threshold = 3
clear_below = 2
severity = "critical"
[[rules]]
name = "Rate"
metric = "error_rate"
comparison = ">"
threshold = 0.9
for = "1h"
[[rules]]
name = "Slow"
metric = "p95_s"
comparison = ">"
threshold = 60
[[rules]]
name = "Down"
metric = "upstream_down"
"""
HOOK = """
[[webhooks]]
name = "ops"
url_env = "HOOK_URL"
format = "json"
secret_env = "HOOK_SECRET"
severities = ["critical"]
"""


def drawn() -> None:
    import streamlit as st

    from dashboard import panels
    from dashboard.sections import alerts

    with panels.live_page("overview.title") as page:
        alerts.alerts(page)
        grid = page.scope.grid(page.now)
        found = alerts.chart_bands(grid.whole.start, grid.whole.end, page)
        st.session_state["bands"] = [(band.start, band.end, band.label) for band in found]


def page(language: str = "en") -> AppTest:
    at = AppTest.from_function(drawn, default_timeout=60)
    for name, value in {"lang": language, "range": "1h", "tz": "UTC"}.items():
        at.query_params[name] = value
    return at


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, label: str) -> None:
    (button,) = (one for one in at.button if one.label == label)
    button.click()
    run(at)


Start = Callable[..., None]


@pytest.fixture
def start(lite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Configures a dashboard with these rules, beside an AgentOps with four failed traces."""

    def configure(rules: str, receiver: Receiver | None = None) -> None:
        path = tmp_path / "alerts.toml"
        path.write_text(rules, "utf-8")
        monkeypatch.setenv("AGENTOPS_API_KEY", DEFAULT_API_KEY)
        monkeypatch.setenv("AGENTOPS_API_ENDPOINT", lite)
        monkeypatch.setenv("DASHBOARD_ALERTS", str(path) if rules else "")
        if receiver is not None:
            monkeypatch.setenv("HOOK_URL", receiver.url)
            monkeypatch.setenv("HOOK_SECRET", "a long secret")
        dashboard_settings.cache_clear()
        began = datetime.now(UTC) - timedelta(minutes=8)
        send(lite, [span(n, 1, began, status="ERROR") for n in range(1, 5)])

    yield configure
    close_shared()


def fired() -> bool:
    return bool(alert_watch(projects.shared()).memory.open_alerts())


def test_without_a_file_it_says_how_to_make_one(start: Start) -> None:
    start("")
    for language, words in (("en", "There are no alert rules yet"), ("ko", "아직 알림 규칙이 없습니다")):
        said = text(run(page(language)))
        assert words in said
        assert "DASHBOARD_ALERTS" in said


def test_the_tables_say_how_it_stands(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving(500) as receiver:
        start(RULES + HOOK, receiver)
        run(page())
        wait_for(fired)
        wait_for(lambda: receiver.attempts)
        wait_for(lambda: alert_watch(projects.shared()).look().deliveries[0][1].cause)
        at = run(page())
        rules = {row["Rule"].split("\n")[0]: row for row in rows(at, "Alert rules")}
        assert list(rules) == ["<b>Fails</b>", "Slow", "Rate", "Down"]  # what needs attention first
        fails = rules["<b>Fails</b>"]
        assert fails["State"] == "✕ firing"
        assert (fails["Value"], fails["Limit"]) == ("4", "≥ 3\nclears at < 2")
        assert (fails["Window"], fails["For"], fails["Severity"]) == ("15 min", "at once", "critical")
        assert rules["Rate"]["State"] == "▲ pending"
        assert (rules["Rate"]["Value"], rules["Rate"]["Limit"]) == ("100.0 %", "> 90.0 %")
        assert (rules["Slow"]["State"], rules["Slow"]["Value"]) == ("○ unknown", "–\ntoo few traces")
        assert (rules["Down"]["State"], rules["Down"]["Value"]) == ("● OK", "answers")
        assert (rules["Down"]["Window"], rules["Down"]["Limit"]) == ("now", "no answer")
        (alert,) = rows(at, "What fired")
        assert alert["Rule"] == "<b>Fails</b>\nfailed traces"
        assert (alert["Value then"], alert["Cleared"]) == ("4", "✕ still open")
        assert "Alerts in this range: 1, still open: 1." in text(at)
        (hook,) = rows(at, "Webhooks")
        shown = receiver.url.partition("/hooks")[0]
        assert (hook["Webhook"], hook["To"], hook["Severities"]) == ("ops", shown, "critical")
        assert hook["Delivery"].startswith("✕ failed\n")
        assert hook["Delivery"].endswith("it answered with status 500")
        assert (hook["Last taken"], hook["Waiting"]) == ("–", "1")
        (band,) = at.session_state["bands"]
        assert band[2] in ("", "<b>Fails</b>")
        assert timedelta() < band[1] - band[0] < timedelta(minutes=2)
        korean = run(page("ko"))
        said = text(korean)
        for words in (
            "발생 중",
            "대기",
            "알 수 없음",
            "정상",
            "실패한 트레이스",
            "상태 코드 500(으)로 응답함",
            "심각",
        ):
            assert words in said, words
        assert "<b>" not in markup(korean).replace("&lt;b&gt;", "")
        everything = caplog.text + markup(at) + markup(korean)
        for secret in ("T0KEN", "a long secret", DEFAULT_API_KEY, "words of the receiver"):
            assert secret not in everything


def test_a_test_can_be_sent_and_says_how_it_went(start: Start) -> None:
    with receiving() as receiver:
        start(RULES.replace(">=", ">").replace("threshold = 3", "threshold = 99") + HOOK, receiver)
        at = run(page())
        wait_for(lambda: alert_watch(projects.shared()).look().role == "watching")
        press(at, "Send a test to ops")
        assert "ops took the test message." in text(at)
        assert [body["event"] for body in receiver.bodies()] == ["test"]
        (hook,) = rows(at, "Webhooks")
        assert (hook["Delivery"], hook["Waiting"]) == ("● taken", "0")
        press(at, "Send a test to ops")
        assert "A test went to ops a moment ago; the next can go in" in text(at)
        assert len(receiver.attempts) == 1
        assert "Nothing fired in this range." in text(at)


def test_a_test_that_fails_says_why(start: Start) -> None:
    with receiving(403) as receiver:
        start(RULES.replace("threshold = 3", "threshold = 99") + HOOK, receiver)
        at = run(page("ko"))
        wait_for(lambda: alert_watch(projects.shared()).look().role == "watching")
        press(at, "ops(으)로 시험 메시지 보내기")
        assert "ops에서 시험 메시지를 받지 못했습니다: 상태 코드 403(으)로 응답함." in text(at)


def test_outages_are_bands_too(start: Start) -> None:
    start("")
    run(page("ko"))
    watch = alert_watch(projects.shared())
    wait_for(lambda: watch.look().role == "watching")
    now = datetime.now(UTC)
    watch.memory.database.run(
        lambda db: db.execute(
            "INSERT INTO outages (since_s, seen_s, cause, over) VALUES (?, ?, 'timed_out', 1)",
            ((now - timedelta(minutes=40)).timestamp(), (now - timedelta(minutes=30)).timestamp()),
        )
    )
    (band,) = run(page("ko")).session_state["bands"]
    assert band == (now - timedelta(minutes=40), now - timedelta(minutes=30), "AgentOps 응답 없음")


def test_without_a_webhook_it_says_so(start: Start) -> None:
    start(RULES)
    assert "No webhook is set up" in text(run(page()))


def test_names_are_no_markup_in_buttons_and_charts(start: Start) -> None:
    with receiving() as receiver:
        start(RULES + HOOK.replace('"ops"', '"[a](http://b) *c*"'), receiver)
        run(page())
        wait_for(fired)
        now = datetime.now(UTC)
        at = run(page())
        assert [one.label for one in at.button][-1] == r"Send a test to \[a\]\(http\:\/\/b\) \*c\*"
        with alert_watch(projects.shared()).memory.database._lock:
            alert_watch(projects.shared()).memory.database._db.execute(
                "UPDATE alerts SET fired_at_s = ?", ((now - timedelta(minutes=30)).timestamp(),)
            )
        (band,) = run(page()).session_state["bands"]
        assert band[2] == "&lt;b&gt;Fails&lt;/b&gt;"
        assert band[0] == now - timedelta(minutes=30)
