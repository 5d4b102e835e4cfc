"""The doctor against an AgentOps that works, and against projects whose data are not as they should be."""

from __future__ import annotations

import pytest

from agentops_client.doctor import StepName, exit_status, told, verdict
from agentops_lite import LiteConfig
from tests.agentops_client.upstreams import (
    KEYS,
    READS,
    SESSION,
    Upstream,
    code,
    examined,
    fill_healthy,
    project_id,
    projects,
    running,
    states,
)


def test_a_healthy_agentops(agentops: Upstream) -> None:
    found = examined(agentops.url, agentops)
    assert states(found) == {"skipped": ["tls"]}
    assert exit_status(found.values()) == 0
    assert verdict(found.values()) == "ok"
    assert found["tls"].code == "not_https"
    assert found["dialect"].values == {"dialect": "query", "credential": "token"}
    assert found["list"].values == {"total": 1, "range": "day", "trace_id": f"{0xA1:032x}"}
    assert found["metrics"].values["tokens"] == 30
    assert found["detail"].values["spans"] == 1
    assert found["log"].code == "log_none"
    assert found["freshness"].values["age_s"] in range(115, 180)
    assert found["litellm"].code == "litellm_read"
    assert found["project"].values["project_id"] == "b0000000-0000-4000-8000-00000000a9e1"
    # 30 days, less what was spent since
    assert found["jwt"].values["life_s"] in range(30 * 86_400 - 60, 30 * 86_400 + 1)
    assert len(agentops.secrets) >= 1


def test_a_stock_build_with_a_session(stock: Upstream) -> None:
    found = examined(stock.url, stock, **SESSION)
    assert states(found) == {"skipped": ["tls"]}
    assert found["dialect"].values == {"dialect": "path", "credential": "session"}
    assert any(secret.count(".") == 2 for secret in stock.secrets)  # the cookie went by


def test_a_stock_build_without_a_session(stock: Upstream) -> None:
    found = examined(stock.url, stock)
    assert states(found) == {"skipped": ["tls", *READS], "failed": ["dialect"]}
    assert code(found, "dialect") == ("failed", "session_needed")
    assert found["project"].code == "project_unconfirmed"
    assert {found[step].because for step in READS} == {"dialect"}
    copied = told(found["dialect"], "en").command or ""
    assert "AGENTOPS_SESSION_EMAIL=" in copied
    assert "AGENTOPS_SESSION_PASSWORD=" in copied


def test_a_stock_build_with_a_wrong_password(stock: Upstream) -> None:
    found = examined(stock.url, stock, session_email="a@b.example", session_password="wrong-password")
    assert code(found, "dialect") == ("failed", "session_refused")


def test_a_stock_build_asked_in_the_other_form_only(stock: Upstream) -> None:
    found = examined(stock.url, stock, api_dialect="query", **SESSION)
    assert code(found, "dialect") == ("failed", "not_agentops")
    assert told(found["dialect"], "en").command == "AGENTOPS_API_DIALECT=auto"


def test_a_build_that_serves_no_logs() -> None:
    with running(LiteConfig(auth="jwt", caches=False)) as upstream:
        fill_healthy(upstream.url)
        found = examined(upstream.url, upstream)
    assert states(found) == {"skipped": ["tls"]}
    assert found["log"].code == "log_not_served"


#: What is not as it should be, without being broken: project, changed settings, and the warning.
WARNINGS: dict[str, tuple[str, StepName, str]] = {
    "empty": ("empty", "list", "project_empty"),
    "stale": ("stale", "freshness", "stale"),
    "future": ("future", "freshness", "from_future"),
    "new names": ("new_names", "litellm", "litellm_new_names"),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_alone_is_no_failure(agentops: Upstream, name: str) -> None:
    project, step, expected = WARNINGS[name]
    found = examined(agentops.url, agentops, api_key=KEYS[project])
    assert code(found, step) == ("warning", expected)
    assert [s for s, f in found.items() if f.state in ("warning", "failed")] == [step]
    assert (exit_status(found.values()), verdict(found.values())) == (0, "warning")


def test_an_empty_project_has_nothing_more_to_look_at(agentops: Upstream) -> None:
    found = examined(agentops.url, agentops, api_key=KEYS["empty"])
    assert {found[step].code for step in ("detail", "log", "freshness", "litellm")} == {"no_trace"}
    assert found["metrics"].values["traces"] == 0


def test_a_stale_trace_is_found_beyond_the_day(agentops: Upstream) -> None:
    found = examined(agentops.url, agentops, api_key=KEYS["stale"])
    assert found["list"].values["range"] == "month"
    assert found["freshness"].values["age_s"] in range(30 * 3600, 30 * 3600 + 120)
    assert "30 h" in told(found["freshness"], "en").found
    assert "30시간" in told(found["freshness"], "ko").found


def test_litellm_that_says_no_tokens(agentops: Upstream) -> None:
    found = examined(agentops.url, agentops, api_key=KEYS["no_usage"])
    assert code(found, "litellm") == ("failed", "litellm_no_usage")
    assert found["litellm"].values == {"calls": 1, "traces": 1}


@pytest.mark.parametrize("project", ["plain", "failing"])
def test_no_litellm_call_that_succeeded(agentops: Upstream, project: str) -> None:
    found = examined(agentops.url, agentops, api_key=KEYS[project])
    assert code(found, "litellm") == ("ok", "litellm_none")


def test_a_log_that_is_refused(agentops: Upstream) -> None:
    agentops.broken["GET /v4/logs/.*"] = (403, {"detail": "You do not have access to this trace"})
    found = examined(agentops.url, agentops)
    assert code(found, "log") == ("warning", "log_refused")
    assert exit_status(found.values()) == 0


def test_a_project_that_is_not_there(agentops: Upstream) -> None:
    wrong = "b0000000-0000-4000-8000-0000000000ff"
    found = examined(agentops.url, agentops, project_id=wrong)
    assert code(found, "project") == ("failed", "project_not_found")
    assert found["project"].values["source"] == "setting"
    assert found["list"].because == "project"


def test_a_configured_project_that_is_the_keys(agentops: Upstream) -> None:
    key = KEYS["stale"].upper()
    found = examined(agentops.url, agentops, project_id=project_id("stale"), api_key=key)
    assert code(found, "project") == ("ok", "project_ok")


def test_another_project_than_the_keys() -> None:
    """A session may read it."""
    with running(LiteConfig(auth="session", projects=projects().projects, caches=False)) as upstream:
        found = examined(upstream.url, upstream, project_id=project_id("stale"), **SESSION)
    assert code(found, "project") == ("warning", "project_differs")
    assert code(found, "list") == ("warning", "project_empty")
