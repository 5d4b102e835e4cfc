"""Addresses that an operator sets become links, questions and messages: none runs as script or carries a
password, and what is refused is not repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentops_client import AgentOpsSettings, SettingsError
from dashboard.alerts.rules import RulesProblem
from dashboard.alerts.rules_file import load_rules
from dashboard.settings import DashboardSettings, SettingsProblem, dashboard_settings

SHADY = (
    "javascript:alert(shadyplace)",
    "JaVaScRiPt://shadyplace.example/%0aalert(1)",
    "data:text/html,<script>alert(shadyplace)</script>",
    "file:///etc/shadyplace",
    "//shadyplace.example",
    "http:///shadyplace",
    "http:shadyplace",
)
#: Also refused where a request goes there, or a link is shown to everybody.
WITH_MORE = (
    "http://me:shadyplace@host.example",
    "http://host.example/#shadyplace",
    "http://host.example/?shadyplace",
)


@pytest.mark.parametrize("address", [*SHADY, *WITH_MORE])
@pytest.mark.parametrize("name", ["API_ENDPOINT", "APP_URL", "EXPORTER_ENDPOINT"])
def test_of_agentops(name: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AGENTOPS_{name}", address)
    with pytest.raises(SettingsError) as caught:
        AgentOpsSettings(_env_file=None)
    assert f"AGENTOPS_{name}" in str(caught.value)
    assert "shadyplace" not in str(caught.value)


@pytest.mark.parametrize("address", SHADY)
@pytest.mark.parametrize(("name", "form"), [("SIGN_IN_URL", "{}"), ("STACK_URLS", "LiteLLM={}")])
def test_of_the_portal_and_of_lamps(
    name: str, form: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DASHBOARD_{name}", form.format(address))
    dashboard_settings.cache_clear()
    with pytest.raises(SettingsProblem) as caught:
        dashboard_settings()
    assert f"DASHBOARD_{name}" in str(caught.value)
    assert "shadyplace" not in str(caught.value)


@pytest.mark.parametrize("address", SHADY)
@pytest.mark.parametrize("what", ["dashboard_url", "url"])
def test_of_messages(what: str, address: str, tmp_path: Path) -> None:
    path, good = tmp_path / "alerts.toml", {"dashboard_url": "https://a.example", "url": "https://b.example"}
    found = good | {what: address}
    path.write_text(
        f"dashboard_url = '{found['dashboard_url']}'\n[[rules]]\nname = 'down'\nmetric = 'upstream_down'\n"
        f"[[webhooks]]\nname = 'ops'\nformat = 'json'\nurl = '{found['url']}'\n"
    )
    with pytest.raises(RulesProblem) as caught:
        load_rules(path, lambda _: None)
    if what == "url":  # the whole of it is a secret
        assert "shadyplace" not in str(caught.value)


def test_good_ones_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_SIGN_IN_URL", "https://portal.example/admin?next=monitoring")
    assert DashboardSettings(_env_file=None).sign_in_url == "https://portal.example/admin?next=monitoring"
    assert (
        AgentOpsSettings(_env_file=None, app_url="http://a.example:3006/x/").app_url
        == "http://a.example:3006/x"
    )
