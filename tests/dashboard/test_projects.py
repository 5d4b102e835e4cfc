"""Several projects in one process: keys by name, apart from each other in everything that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from agentops_client import AgentOpsSettings, SettingsError
from agentops_lite import LiteConfig, Project, serve
from dashboard import heartbeats, projects, shelf
from dashboard.alerts.rules import RulesProblem
from dashboard.alerts.shared import alert_rules, alert_watch, running_watch
from dashboard.settings import dashboard_settings
from tests.otlp import llm, send

ONE, TWO = (
    Project(),
    Project(id="22222222-2222-4222-8222-222222222222", api_key="33333333-3333-4333-8333-333333333333"),
)
PAIRS = f"Support={ONE.api_key}, 결제={TWO.api_key}"


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An AgentOps with one trace in Support and two in 결제, and the settings that name them."""
    now = datetime.now(UTC)
    with serve(LiteConfig(caches=False, projects=(ONE, TWO))) as url:
        send(url, [llm(1, 1, now - timedelta(minutes=5), 1, 1)])
        for n in (2, 3):
            send(url, [llm(n, 1, now - timedelta(minutes=5), 1, 1)], key=TWO.api_key)
        monkeypatch.setenv("AGENTOPS_PROJECTS", PAIRS)
        monkeypatch.setenv("AGENTOPS_API_ENDPOINT", url)
        yield url


def test_without_names_there_is_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTOPS_API_KEY", ONE.api_key)
    assert projects.names() == ("",)
    assert projects.shared() is projects.shared("") is projects.every()[0]
    with pytest.raises(projects.UnknownProject):
        projects.shared("Support")


def test_each_project_is_asked_with_its_own_key(both: str) -> None:
    assert projects.names() == ("Support", "결제")
    found = {each.project: len(each.client.traces(None, None, limit=10).traces) for each in projects.every()}
    assert found == {"Support": 1, "결제": 2}
    assert projects.shared() is projects.shared("Support")


def test_archives_records_and_alerts_are_apart(
    both: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "alerts.toml"
    rules.write_text(
        '[[rules]]\nname = "all"\nmetric = "upstream_down"\n'
        '[[rules]]\nname = "mine"\nmetric = "upstream_down"\nprojects = ["결제"]\n', "utf-8"
    )  # fmt: skip
    monkeypatch.setenv("DASHBOARD_ALERTS", str(rules))
    monkeypatch.setenv("DASHBOARD_DATA_DIR", str(tmp_path / "data"))
    dashboard_settings.cache_clear()
    first, second = projects.every()
    shelves = [shelf.shelf_of(each) for each in (first, second)]
    assert shelves[0] is not shelves[1]
    assert shelf.shelf_of(first) is shelves[0]
    assert heartbeats.record_of(first) is not heartbeats.record_of(second)
    assert [rule.name for rule, _ in alert_watch(first).look().rules] == ["all"]
    assert [rule.name for rule, _ in alert_watch(second).look().rules] == ["all", "mine"]
    assert running_watch("결제") is alert_watch(second)
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while len(list((tmp_path / "data").glob("archive-*.duckdb"))) < 2 and datetime.now(UTC) < deadline:
        pass
    assert len(list((tmp_path / "data").glob("archive-*.duckdb"))) == 2
    assert len(list((tmp_path / "data").glob("alerts-*"))) >= 2


def test_a_rule_for_a_project_that_is_not_there_ends_the_start(
    both: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "alerts.toml"
    rules.write_text('[[rules]]\nname = "r"\nmetric = "upstream_down"\nprojects = ["Sales"]\n', "utf-8")
    monkeypatch.setenv("DASHBOARD_ALERTS", str(rules))
    dashboard_settings.cache_clear()
    with pytest.raises(RulesProblem, match="Support, 결제 is expected"):
        alert_rules()


@pytest.mark.parametrize(
    "pairs",
    [
        "Support", "=" + ONE.api_key, "Support=key", f"A={ONE.api_key},A={TWO.api_key}", ",",
        f"{'x' * 41}={ONE.api_key}", f"a\tb={ONE.api_key}", f"<b>={ONE.api_key}", f"a/b={ONE.api_key}",
    ],
)  # fmt: skip
def test_pairs_that_cannot_be_used_are_refused_without_a_key(pairs: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AgentOpsSettings(_env_file=None, projects=pairs)
    assert str(caught.value).startswith("AGENTOPS_PROJECTS must be pairs such as Support=")
    assert ONE.api_key not in str(caught.value)


def test_pairs_over_several_lines_and_a_name_with_an_equals_sign() -> None:
    settings = AgentOpsSettings(_env_file=None, projects=f"\nA (prod)={ONE.api_key},\nB={TWO.api_key}\n")
    assert settings.project_names == ("A (prod)", "B")
    assert settings.of_project("B").api_key == SecretStr(TWO.api_key)
    assert settings.of_project("B").project_id is None
    with pytest.raises(KeyError):
        settings.of_project("C")
