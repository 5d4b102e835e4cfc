"""The client under every fault: the right error, few tries, no secret, and well again at once.

All of it takes ``bench/fault_matrix.py``; here faults that take time are met at one endpoint each.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentops_client import AgentOpsClient, AgentOpsError, ConnectionRefused, TokenRefused
from tests.faults import client_cases
from tests.faults.client_cases import ClientCase, field_drifts, run, walked
from tests.faults.client_cases import client_cases as cases_of
from tests.faults.drift import unmet
from tests.faults.table import CAUSES, ENDPOINTS, FAULTS, LIST_FAULTS, SHORT, Fault
from tests.faults.world import Process, World, back_to

BY_TOKEN = tuple(each for each in ENDPOINTS if each != "login")


def slice_of(endpoint: str, *, every: int) -> list[Fault]:
    """Faults of this endpoint: those that take time at one endpoint each, of the others every n-th."""
    turn = ENDPOINTS.index(endpoint)
    slow = [fault for fault in FAULTS.values() if fault.settings == SHORT]
    quick = [fault for fault in FAULTS.values() if fault.settings != SHORT]
    chosen = [fault for n, fault in enumerate(slow) if n % len(ENDPOINTS) == turn]
    chosen += [fault for n, fault in enumerate(quick) if n % every == turn % every]
    return [fault for fault in chosen if endpoint in fault.endpoints]


def failures(cases: list[ClientCase], world: World) -> dict[str, str]:
    """What is wrong, by the name of the case."""
    wrong = {}
    for case in cases:
        try:
            run(case, world)
        except (AssertionError, AgentOpsError) as problem:
            wrong[case.name] = str(problem)
    return wrong


@pytest.mark.parametrize("endpoint", BY_TOKEN)
def test_each_fault_is_called_by_its_name(by_token: World, endpoint: str) -> None:
    every = 1 if endpoint in ("token", "list") else 3
    cases = [ClientCase(endpoint, fault) for fault in slice_of(endpoint, every=every)]
    assert failures(cases, by_token) == {}


@pytest.mark.parametrize("endpoint", ["login", "metrics"])
def test_each_fault_of_a_session_is_called_by_its_name(by_session: World, endpoint: str) -> None:
    every = 1 if endpoint == "login" else 4
    cases = [ClientCase(endpoint, fault) for fault in slice_of(endpoint, every=every)]
    assert failures(cases, by_session) == {}


@pytest.mark.parametrize("endpoint", BY_TOKEN)
def test_a_field_that_changes_is_named_or_unknown(by_token: World, endpoint: str) -> None:
    cases = [case for case in cases_of(by_token) if case.drift is not None and case.endpoint == endpoint]
    assert len(cases) == len(field_drifts(by_token, endpoint))
    assert failures(cases, by_token) == {}


@pytest.mark.parametrize("endpoint", BY_TOKEN)
def test_every_field_that_is_told_occurs(by_token: World, endpoint: str) -> None:
    assert unmet(endpoint, client_cases.sound_body(by_token, endpoint)) == set()


@pytest.mark.parametrize("name", LIST_FAULTS)
def test_a_walk_over_a_list_that_changes(by_token: World, name: str) -> None:
    walked(name, by_token)


def test_every_cause_is_met_by_some_fault() -> None:
    met = {fault.leaf(endpoint) for fault in FAULTS.values() for endpoint in fault.endpoints}
    assert met - {None} == set(CAUSES)


def test_the_process_is_as_healthy_as_before(by_token: World) -> None:
    before = Process.now()
    cases = [
        ClientCase("list", FAULTS[name]) for name in ("reset", "truncated", "refused", "500", "overfull")
    ]
    assert failures(cases * 4, by_token) == {}
    after = back_to(before, threads=0, files=0)
    assert after.threads <= before.threads
    assert after.files <= before.files


# ---- the matrix itself notices


def broken_client(monkeypatch: pytest.MonkeyPatch, name: str, method: Callable[..., object]) -> None:
    monkeypatch.setattr(AgentOpsClient, name, method)


def test_a_zero_in_the_place_of_an_error_is_noticed(by_token: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = AgentOpsClient.traces

    def lying(self: AgentOpsClient, *args: object, **options: object) -> object:
        try:
            return real(self, *args, **options)  # type: ignore[arg-type]
        except AgentOpsError:
            return {"total": 0}

    broken_client(monkeypatch, "traces", lying)
    assert "no error but" in failures([ClientCase("list", FAULTS["500"])], by_token)["list-500"]


def test_a_key_in_an_error_is_noticed(by_token: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = AgentOpsClient.traces

    def telling(self: AgentOpsClient, *args: object, **options: object) -> object:
        try:
            return real(self, *args, **options)  # type: ignore[arg-type]
        except AgentOpsError as error:
            assert self.settings.api_key is not None
            error.upstream_words = self.settings.api_key.get_secret_value()
            raise

    broken_client(monkeypatch, "traces", telling)
    assert "in the error" in failures([ClientCase("list", FAULTS["500"])], by_token)["list-500"]


def test_one_try_too_many_is_noticed(by_token: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentops_client.transport.RETRIES", 3)
    assert "4 requests" in failures([ClientCase("list", FAULTS["503"])], by_token)["list-503"]


def test_another_cause_is_noticed(by_token: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentops_client.translation.ConnectionLost", ConnectionRefused)
    monkeypatch.setattr("agentops_client.translation.Forbidden", TokenRefused)
    wrong = failures([ClientCase("list", FAULTS[name]) for name in ("closed", "403")], by_token)
    assert set(wrong) == {"list-closed", "list-403"}
