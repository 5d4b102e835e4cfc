"""The Health page as a script: lamps, minutes, the doctor, settings without secrets, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite.config import DEFAULT_API_KEY
from dashboard import heartbeats, projects
from dashboard.settings import dashboard_settings
from dashboard.upstream import Tries, Upstream
from tests.components.reading import pulse
from tests.otlp import llm, send
from tests.pages.opened import MAIN, markup, rows, text


@pytest.fixture
def watched() -> Callable[[str], Upstream]:
    """An upstream whose tries are recorded, as the process's own is."""

    def share(url: str) -> Upstream:
        settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=url)
        tries = Tries()
        made = Upstream(AgentOpsClient(settings, observe=tries), endpoint=url, tries=tries)
        heartbeats.record_of(made)
        projects.share(made)
        return made

    return share


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/health.py")
    for name, value in ({"lang": "en", "tz": "UTC"} | query).items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_minutes_say_what_was_asked_and_answered(lite: str, watched: Callable[[str], Upstream]) -> None:
    source = watched(lite)
    now = datetime.now(UTC).replace(microsecond=0)
    source.client.project_metrics(now - timedelta(hours=1), now)
    source.client.traces(None, None, limit=1)
    at = opened()
    told = text(at)
    assert "● Token tries 1, failed 0" in told
    assert "● Metrics tries 1, failed 0" in told
    assert markup(at).count("<i class=") == 60 * 3
    assert re.search(r'<i class="good" title="\d\d:\d\d: tries 1, failed 0', markup(at))
    assert "● AgentOps API up" in told
    assert pulse(at)["status"] == "ok"


def test_an_outage_is_told_and_the_page_stays(watched: Callable[[str], Upstream]) -> None:
    source = watched("http://127.0.0.1:9")
    with pytest.raises(Exception, match="refused"):
        source.client.traces(None, None, limit=1)
    at = opened()
    assert "✕ Token tries 3, failed 3" in text(at)  # two repetitions
    assert 'class="bad"' in markup(at)
    assert "Settings" in text(at)


@pytest.mark.parametrize(("language", "ok"), [("en", "ok"), ("ko", "정상")])
def test_the_doctor_examines(lite: str, watched: Callable[[str], Upstream], language: str, ok: str) -> None:
    send(lite, [llm(1, 1, datetime.now(UTC) - timedelta(minutes=5), 10, 5)])
    watched(lite)
    at = opened(lang=language)
    at.button(key="doctor_run").click().run()
    assert not at.exception
    title = {"en": "Doctor", "ko": "진단"}[language]
    found = rows(at, title)
    assert len(found) == 16
    states = [list(row.values())[1] for row in found]
    assert sum(ok in state for state in states) >= 13, states
    assert DEFAULT_API_KEY not in markup(at)


def test_settings_are_shown_without_secrets(
    lite: str, watched: Callable[[str], Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_BUDGET_USD", "12.5")
    monkeypatch.setenv("DASHBOARD_STACK_URLS", "LiteLLM=http://127.0.0.1:9/health")
    dashboard_settings.cache_clear()
    watched(lite)
    at = opened()
    values = {row["Variable"]: row["Value"] for row in rows(at, "Settings")}
    assert values["AGENTOPS_API_KEY"] == "set"
    assert values["AGENTOPS_SESSION_PASSWORD"] == "not set"
    assert values["DASHBOARD_BUDGET_USD"] == "12.5"
    assert DEFAULT_API_KEY not in markup(at)
    assert "LiteLLM" in text(at)


def test_korean_is_complete(lite: str, watched: Callable[[str], Upstream]) -> None:
    watched(lite)
    told = text(opened(lang="ko"))
    assert "AgentOps의 응답 기록" in told
    for english in ("Settings", "Versions", "not set", "Doctor"):
        assert english not in told
