"""What the matrix has found once, each for itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from agentops_client import AnswerUnreadable
from dashboard.queries import NoData, overview
from dashboard.scope import Scope
from tests.faults import acts
from tests.faults.client_cases import ClientCase, client_cases, run
from tests.faults.page_reader import Reader, reading
from tests.faults.table import FAULTS
from tests.faults.world import World

#: On a machine that is busy, a request that is under way when its upstream closes is given up.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("list", "drip_in_head"),  # a head that dripped kept its thread for hours
        ("list", "408"),  # the time of somebody else was over; our question was no bad one
        ("health", "401"),  # no token was sent that could be refused
        ("detail", "overfull"),  # the next answer's error quoted the rest of this one
    ],
)
def test_a_read(by_token: World, endpoint: str, fault: str) -> None:
    run(ClientCase(endpoint, FAULTS[fault]), by_token)


def test_a_login_with_more_bytes_than_announced(by_session: World) -> None:
    run(ClientCase("login", FAULTS["overfull"]), by_session)


@pytest.mark.parametrize("fault", ["403_html", "409", "413"])
def test_a_login_that_did_not_fail_by_its_password(by_session: World, fault: str) -> None:
    run(ClientCase("login", FAULTS[fault]), by_session)


def test_more_bytes_than_announced_spoil_no_other_answer(by_token: World) -> None:
    """They were read as the head of the next answer, whosever that was."""
    with by_token.client(FAULTS["overfull"], lambda _: None) as client:
        client.project_metrics(by_token.start, by_token.end)
        by_token.upstream.break_(frozenset({"list"}), acts.overfull)
        try:
            for _ in range(3):
                with pytest.raises(AnswerUnreadable):
                    client.traces(by_token.start, by_token.end, limit=1)
                assert client.project_metrics(by_token.start, by_token.end).total_tokens == 1_500_000
        finally:
            by_token.heal()


def test_durations_that_are_not_told(by_token: World) -> None:
    (case,) = [c for c in client_cases(by_token) if c.name == "metrics-drift_duration_metrics_null"]
    run(case, by_token)


def look(reader: Reader) -> None:
    scope = Scope(range="1h", zone="UTC", language="en", refresh_s=10)
    with suppress(NoData):
        overview(reader.upstream, scope, wait_s=10)


def test_a_list_that_fails_alone_is_asked_by_one_probe_a_refresh(by_token: World) -> None:
    """Metrics that answered ended the outage each time, and all windows of the list were asked anew."""
    with reading(by_token, "traces", FAULTS["502"]) as reader:
        by_token.break_(FAULTS["502"], "list")
        try:
            look(reader)
            by_token.upstream.forget()
            for _ in range(5):
                reader.clock.pass_(10)
                look(reader)
            assert reader.upstream.outage is not None
            assert by_token.upstream.count("list") == 5 * 3
            assert by_token.upstream.count("metrics") == 0
        finally:
            by_token.heal()
        reader.clock.pass_(3)
        look(reader)
        assert reader.upstream.outage is None


def test_health_that_fails_is_asked_once_a_minute(by_token: World) -> None:
    """Each answer to any question was followed by another try."""
    with reading(by_token, "traces", FAULTS["500"]) as reader:
        by_token.break_(FAULTS["500"], "health")
        by_token.upstream.forget()
        try:
            look(reader)
            assert by_token.upstream.count("metrics") > 10
            assert by_token.upstream.count("health") == 1
            reader.clock.now += timedelta(seconds=61)
            look(reader)
            assert by_token.upstream.count("health") == 2
        finally:
            by_token.heal()
