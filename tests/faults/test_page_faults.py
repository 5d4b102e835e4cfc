"""Pages under faults: the right cause and remedy or nothing amiss, no figure out of nothing, no secret, few
requests, and well again within ten seconds. All of it takes ``bench/fault_matrix.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.settings import dashboard_settings
from tests.faults.client_cases import drift_fault
from tests.faults.drift import Drift
from tests.faults.page_case import PageCase, State
from tests.faults.page_cases import Sounds, run
from tests.faults.table import FAULTS
from tests.faults.world import Process, World, back_to

#: On a machine that is busy, a request that is under way when its upstream closes is given up.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

#: Every cause on some page, every page under some fault; which page has which is as good as any other.
SLICE: tuple[tuple[str, str, str, State], ...] = (
    ("overview", "metrics", "500", "cold"),
    ("traces", "health", "503", "cold"),
    ("on_call", "list", "a_text", "warm"),
    ("traces", "token", "refused", "cold"),
    ("traces", "metrics", "tls_untrusted", "cold"),
    ("traces", "list", "429_after_60", "warm"),
    ("cost", "token", "closed", "cold"),
    ("performance", "metrics", "truncated", "cold"),
    ("performance", "list", "key_revoked", "cold"),
    ("agents", "list", "huge", "cold"),
    ("agents", "metrics", "unresolved", "warm"),
    ("agents", "list", "clock_a_year_ahead", "cold"),
    ("trace", "detail", "echo_500", "cold"),
    ("trace", "detail", "redirect", "warm"),
    ("trace", "detail", "read_timeout", "cold"),
    ("trace", "list", "html_200", "cold"),
    ("trace_log", "log", "403_html", "cold"),
    ("trace_log", "log", "404", "cold"),
    ("health", "token", "401", "cold"),
)
BY_SESSION: tuple[tuple[str, str, str, State], ...] = (
    ("traces", "login", "401", "cold"),
    ("agents", "list", "session_lost", "warm"),
)


@pytest.fixture(autouse=True)
def _nothing_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is read in the background asks by itself."""
    monkeypatch.setenv("DASHBOARD_ARCHIVE_FOLLOW_HOURS", "0")
    dashboard_settings.cache_clear()
    yield


@pytest.fixture(scope="module")
def sounds(by_token: World) -> Sounds:
    return Sounds(by_token)


@pytest.fixture(scope="module")
def session_sounds(by_session: World) -> Sounds:
    return Sounds(by_session)


@pytest.mark.parametrize(("page", "endpoint", "fault", "state"), SLICE)
def test_a_page_under_a_fault(
    by_token: World, sounds: Sounds, page: str, endpoint: str, fault: str, state: State
) -> None:
    run(PageCase(page, endpoint, FAULTS[fault], state), by_token, sounds)


@pytest.mark.parametrize(("page", "endpoint", "fault", "state"), BY_SESSION)
def test_a_page_of_a_session_under_a_fault(
    by_session: World, session_sounds: Sounds, page: str, endpoint: str, fault: str, state: State
) -> None:
    run(PageCase(page, endpoint, FAULTS[fault], state), by_session, session_sounds)


@pytest.mark.parametrize(
    ("page", "state"), [("overview", "cold"), ("on_call", "warm"), ("agents", "warm"), ("cost", "cold")]
)
def test_rows_that_cannot_be_read(by_token: World, sounds: Sounds, page: str, state: State) -> None:
    fault = drift_fault(Drift("list", "traces.*.duration", "missing"))
    run(PageCase(page, "list", fault, state), by_token, sounds)


def test_the_process_is_as_healthy_as_before(by_token: World, sounds: Sounds) -> None:
    cases = [PageCase("traces", "list", FAULTS[name], "cold") for name in ("500", "reset", "a_list")]
    run(cases[0], by_token, sounds)
    before = Process.now()
    for case in cases:
        run(case, by_token, sounds)
    after = back_to(before, threads=2, files=2)  # a pool of the server may grow
    assert after.threads <= before.threads + 2
    assert after.files <= before.files + 2


# ---- the matrix itself notices


def test_zeros_in_the_place_of_a_panel_are_noticed(
    by_token: World, sounds: Sounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds.of("traces", FAULTS["500"])
    monkeypatch.setattr("dashboard.queries.spans.raise_if_down", lambda *_: None)
    with pytest.raises(AssertionError, match="no panel"):
        run(PageCase("traces", "list", FAULTS["500"], "cold"), by_token, sounds)


def test_a_wrong_cause_is_noticed(by_token: World, sounds: Sounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentops_client.errors.UpstreamFailed.cause", "timed_out")
    with pytest.raises(AssertionError, match="AgentOps failed"):
        run(PageCase("traces", "list", FAULTS["500"], "cold"), by_token, sounds)
