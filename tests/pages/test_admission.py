"""Links, roles and projects, through the pages: what is shown to whom, and what no address changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from agentops_lite import LiteConfig, serve
from dashboard import admission
from dashboard.access import Role, sign_link
from dashboard.settings import dashboard_settings
from tests.otlp import llm, send
from tests.pages.opened import MAIN, markup, text
from tests.pages.signed_in import (
    ANSWER,
    BILLINGS,
    BILLINGS_TRACE,
    CONVERSATION,
    LINK_SECRET,
    ONE,
    PROMPT,
    SPAN,
    TRACE,
    TWO,
)

ERROR = "could not parse: Seven herbs"


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """An AgentOps with two projects: Support has a trace that says something, Billing another one."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    with serve(LiteConfig(caches=False, projects=(ONE, TWO))) as url:
        failed = llm(1, 1, at, 40, 2, status="ERROR", **CONVERSATION)
        failed["status"]["message"] = ERROR
        send(url, [failed])
        send(url, [llm(2, 1, at, 77, 3, gen_ai__response__model=BILLINGS[0])], key=TWO.api_key)
        yield url


@pytest.fixture
def portal(upstream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both projects behind signed links."""
    admission.access_rules.cache_clear()
    for name, value in {
        "AGENTOPS_PROJECTS": f"Support={ONE.api_key},Billing={TWO.api_key}",
        "AGENTOPS_API_ENDPOINT": upstream,
        "DASHBOARD_AUTH": "link",
        "DASHBOARD_LINK_SECRET": LINK_SECRET,
        "DASHBOARD_SIGN_IN_URL": "https://portal.example/admin/monitoring",
    }.items():
        monkeypatch.setenv(name, value)
    dashboard_settings.cache_clear()


def link(role: Role = "viewer", *, at: datetime | None = None, **claims: object) -> str:
    return sign_link(LINK_SECRET, at or datetime.now(UTC), name="kim", role=role, **claims)  # type: ignore[arg-type]


def opened(page: str = "overview", **query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page(f"../pages/{page}.py")
    for name, value in ({"lang": "en", "tz": "UTC"} | query).items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def everything(at: AppTest) -> str:
    """All that a run sends to the browser."""
    return "\n".join(str(getattr(element, "proto", "")) for element in at._tree)


def refused(at: AppTest, title: str) -> bool:
    """Whether nothing but the refusal of this title is there."""
    assert at.get("bidi_component") == []
    assert len(at.sidebar) == 0
    return title in text(at) and "Support" not in everything(at) and "Billing" not in everything(at)


@pytest.mark.parametrize("page", ["overview", "on_call", "traces", "cost", "performance", "agents", "health"])
def test_without_a_link_no_page_is_shown(portal: None, page: str) -> None:
    at = opened(page)
    assert refused(at, "Open the dashboard from the portal")
    assert "https://portal.example/admin/monitoring" in everything(at)


def test_a_link_lets_one_reader_in_once(portal: None) -> None:
    token = link()
    first = opened(token=token)
    assert "token" not in first.query_params
    assert token not in everything(first)
    assert first.sidebar.selectbox(key="scope_project").options == ["Support", "Billing"]
    first.run()
    assert "portal" not in text(first)
    assert refused(opened(token=token), "This link was used already")


def test_bad_links_say_what_is_wrong(portal: None) -> None:
    early = datetime.now(UTC) - timedelta(minutes=9)
    assert refused(opened(token=link(at=early)), "This link has expired")
    other = sign_link(LINK_SECRET[::-1], datetime.now(UTC), name="kim", role="operator")
    assert refused(opened(token=other), "This link lets nobody in")
    assert refused(opened(token="nonsense"), "This link lets nobody in")
    assert refused(opened(token=link(lasts=timedelta(hours=1))), "This link is not complete")
    assert refused(opened(token=link(projects=["Sales"])), "You may not see any project")


def test_a_link_for_a_project_opens_none_where_projects_have_no_names(
    portal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTOPS_PROJECTS")
    monkeypatch.setenv("AGENTOPS_API_KEY", ONE.api_key)
    assert refused(opened(token=link(projects=["Support"])), "You may not see any project")
    assert "portal" not in text(opened(token=link()))


def test_a_sign_in_ends(portal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(token=link())
    assert "portal" not in text(at)
    linked = at.session_state["admission_linked"]
    later = type(linked)(linked.viewer, linked.link_id, datetime.now(UTC))
    at.session_state["admission_linked"] = later
    at.run()
    assert refused(at, "Sign in again")


def test_link_and_address_choose_project_and_range(portal: None) -> None:
    at = opened(token=link(project="Billing", range="7d"))
    assert at.sidebar.selectbox(key="scope_project").value == "Billing"
    assert at.sidebar.selectbox(key="scope_range").value == "7d"
    assert at.query_params["project"] == "Billing"
    asked = opened(token=link(project="Billing"), project="Support")
    assert asked.sidebar.selectbox(key="scope_project").value == "Support"


def test_another_project_is_refused_by_address_and_in_a_session_that_was_tampered_with(portal: None) -> None:
    at = opened(token=link(projects=["Support"]), project="Billing")
    assert at.sidebar.selectbox(key="scope_project").options == ["Support"]
    assert at.query_params["project"] == "Support"
    assert "project=Billing" in at.warning[0].value
    assert "Expected: Support." in at.warning[0].value
    at.session_state["scope"] = type(at.session_state["scope"])("24h", "UTC", "en", 30, project="Billing")
    at.run()
    assert "billings-own" not in everything(at)


def test_another_projects_trace_is_not_found(portal: None) -> None:
    at = opened("trace", token=link("operator", projects=["Support"]), trace=BILLINGS_TRACE)
    assert "not found" in text(at).lower()
    assert "billings-own" not in everything(at)


@pytest.mark.parametrize("view", ["spans", "replay", "graph", "compare", "log"])
def test_a_viewer_gets_no_word_of_a_trace_in_any_view(portal: None, view: str) -> None:
    at = opened("trace", token=link("viewer"), trace=TRACE, view=view, span=SPAN)
    assert "operators only" in text(at)
    for said in (PROMPT, ANSWER, "Seven herbs"):
        assert said not in everything(at)


def test_a_viewer_sees_nothing_of_the_inside(portal: None) -> None:
    told = text(opened("health", token=link("viewer", projects=["Support"])))
    assert "shown to operators only" in told
    assert "AGENTOPS_API_ENDPOINT" not in told
    assert "AGENTOPS_API_ENDPOINT" in text(opened("health", token=link("operator")))


def test_an_operator_reads_it(portal: None) -> None:
    at = opened("trace", token=link("operator"), trace=TRACE, span=SPAN)
    assert "operators only" not in text(at)
    for said in (PROMPT, ANSWER, ERROR):
        assert said in everything(at)


@pytest.mark.parametrize("page", ["overview", "on_call", "performance", "traces"])
def test_a_viewer_gets_no_message_in_a_list(portal: None, page: str) -> None:
    at = opened(page, token=link("viewer"), project="Support")
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while 'ao-coverage complete"' not in markup(at) and datetime.now(UTC) < deadline:
        at.run()
    assert "herbs" not in everything(at)
    assert "parse" not in everything(at)


def test_another_reader_in_the_same_session_begins_anew(portal: None) -> None:
    at = opened(token=link("operator"))
    at.session_state["trace_log"] = (TRACE, ANSWER)
    at.query_params["token"] = link("viewer")
    at.run()
    assert "trace_log" not in at.session_state
    assert "Viewer" in at.sidebar.caption[0].value
