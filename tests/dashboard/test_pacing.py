"""The pace of the background: rests, pauses after failures, slowing down with AgentOps."""

from __future__ import annotations

import pytest

from agentops_client import ConnectionRefused, RateLimited, UpstreamFailed
from dashboard.archive.pacing import Pace


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def pace(clock: Seconds) -> Pace:
    return Pace(clock)


def test_it_rests_as_long_as_the_request_took_and_a_quarter_when_asked(pace: Pace) -> None:
    assert pace.rest_s("trace", 0.2, completing=False) == 0.2
    assert pace.rest_s("trace", 0.2, completing=True) == pytest.approx(0.05)


def test_pauses_double_from_five_seconds_to_five_minutes(pace: Pace, clock: Seconds) -> None:
    pauses = []
    for _ in range(8):
        pace.failed(ConnectionRefused(), began=clock.now)
        pauses.append(pace.paused_s)
        clock.now += pace.paused_s
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
    assert pace.paused_s == 0
    assert pace.cause == "connection_refused"


def test_an_answer_ends_the_doubling(pace: Pace, clock: Seconds) -> None:
    pace.failed(ConnectionRefused(), began=clock.now)
    clock.now += 5
    pace.succeeded("list", 0.1)
    assert pace.cause == ""
    pace.failed(ConnectionRefused(), began=clock.now)
    assert pace.paused_s == 5


def test_a_request_beside_the_one_that_failed_first_makes_the_pause_no_longer(
    pace: Pace, clock: Seconds
) -> None:
    pace.failed(ConnectionRefused(), began=clock.now)
    pace.failed(ConnectionRefused(), began=clock.now - 0.1)
    assert pace.paused_s == 5


def test_it_waits_as_long_as_upstream_asks_for(pace: Pace, clock: Seconds) -> None:
    pace.failed(RateLimited(retry_after_s=42), began=clock.now)
    assert pace.paused_s == 42


def test_single_failures_pause_from_the_third_in_a_row_on(pace: Pace, clock: Seconds) -> None:
    for _ in range(2):
        pace.failed_alone(UpstreamFailed(), began=clock.now)
    assert pace.paused_s == 0
    pace.succeeded("trace", 0.1)
    for _ in range(2):
        pace.failed_alone(UpstreamFailed(), began=clock.now)
    assert pace.paused_s == 0
    pace.failed_alone(UpstreamFailed(), began=clock.now)
    assert pace.paused_s == 5


def test_it_slows_down_when_the_last_answers_took_more_than_four_times_as_long(pace: Pace) -> None:
    for _ in range(20):
        pace.succeeded("trace", 0.1)
    assert not pace.slow
    for _ in range(3):
        pace.succeeded("trace", 0.6)
    assert pace.slow
    assert pace.slowness("trace") == pytest.approx(6)
    assert pace.rest_s("trace", 0.6, completing=True) == pytest.approx(3.6)
    for _ in range(3):
        pace.succeeded("trace", 5.0)
    assert pace.rest_s("trace", 5.0, completing=True) == pytest.approx(50)  # ten times, not fifty
    for _ in range(3):
        pace.succeeded("trace", 0.1)
    assert not pace.slow


def test_quick_answers_are_never_called_slow(pace: Pace) -> None:
    for _ in range(20):
        pace.succeeded("list", 0.01)
    for _ in range(3):
        pace.succeeded("list", 0.15)
    assert not pace.slow


def test_the_pace_is_measured_over_the_last_half_minute(pace: Pace, clock: Seconds) -> None:
    assert pace.rate_per_s("trace") is None
    for _ in range(5):
        pace.succeeded("trace", 0.1)
        clock.now += 2
    assert pace.rate_per_s("trace") == pytest.approx(4 / 10)
    clock.now += 100
    assert pace.rate_per_s("trace") is None
