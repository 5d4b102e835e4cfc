"""Whether AgentOps is within reach: what is an outage, when a probe goes out, what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agentops_client import AgentOpsError, ConnectionRefused, RateLimited, UpstreamFailed
from dashboard.questions import Answer, Kind, Question
from dashboard.reach import FAILURES_IN_A_ROW, LOOKED_AT, PROBE_EVERY, Reach
from dashboard.windows import Window

NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
NEWEST = Window(NOON - MINUTE, NOON + MINUTE)
OLD = Window(NOON - 60 * MINUTE, NOON - 30 * MINUTE)


def fail(
    reach: Reach, window: Window, error: AgentOpsError, *, times: int = 1, kind: Kind = Kind.USAGE
) -> None:
    for _ in range(times):
        reach.failed(Question(kind, window), error, NOON, {})


def test_a_host_that_cannot_be_reached_is_an_outage_at_once() -> None:
    reach = Reach()
    fail(reach, OLD, ConnectionRefused())
    assert reach.outage is not None
    assert (reach.outage.error.cause, reach.outage.since) == ("connection_refused", NOON)
    assert reach.outage.retry_at == NOON + PROBE_EVERY


def test_failures_one_by_one_are_an_outage_only_where_somebody_is_blind() -> None:
    reach = Reach()
    fail(reach, OLD, UpstreamFailed(status=500), times=2 * FAILURES_IN_A_ROW)
    assert reach.outage is None  # nobody looks at it
    reach.looked_at(NEWEST, NOON)
    fail(reach, NEWEST, UpstreamFailed(status=500))
    assert reach.outage is not None


def test_a_newest_window_that_failed_before_makes_the_third_failure_an_outage() -> None:
    reach = Reach()
    reach.looked_at(NEWEST, NOON)
    question = Question(Kind.TRACES, NEWEST)
    known = {question: Answer(None, UpstreamFailed(status=500), NOON, NOON, NOON)}
    for _ in range(FAILURES_IN_A_ROW):
        assert reach.outage is None
        reach.failed(Question(Kind.USAGE, OLD), UpstreamFailed(status=500), NOON, known)
    assert reach.outage is not None


def test_a_range_that_is_over_is_nobodys_newest_window() -> None:
    reach = Reach()
    reach.looked_at(OLD, NOON)
    fail(reach, OLD, UpstreamFailed(status=500), times=FAILURES_IN_A_ROW)
    assert reach.outage is None


def test_what_was_looked_at_long_ago_makes_nobody_blind() -> None:
    reach = Reach()
    reach.looked_at(NEWEST, NOON - LOOKED_AT)
    reach.looked_at(OLD, NOON)
    fail(reach, NEWEST, UpstreamFailed(status=500), times=FAILURES_IN_A_ROW)
    assert reach.outage is None


def test_a_probe_goes_out_every_three_seconds_the_way_that_failed() -> None:
    reach = Reach()
    assert reach.probe(NOON) is None
    fail(reach, OLD, ConnectionRefused(), kind=Kind.LATEST)
    assert reach.probe(NOON + 2 * SECOND) is None
    minute = Window(NOON.replace(second=0), NOON.replace(second=0) + MINUTE)
    assert reach.probe(NOON + 3 * SECOND) == Question(Kind.TRACES, minute)  # LATEST asks the list, too
    assert reach.probe(NOON + 5 * SECOND) is None
    reach.probe_now(NOON + 5 * SECOND)
    assert reach.probe(NOON + 5 * SECOND) is not None


def test_agentops_own_wish_puts_the_probe_off() -> None:
    reach = Reach()
    fail(reach, OLD, RateLimited(retry_after_s=60))
    assert reach.outage is not None
    assert reach.outage.retry_at == NOON + 60 * SECOND


@pytest.mark.parametrize(("kind", "ends"), [(Kind.USAGE, False), (Kind.TRACES, True), (Kind.LATEST, True)])
def test_only_the_way_that_failed_ends_it(kind: Kind, ends: bool) -> None:
    reach = Reach()
    fail(reach, OLD, ConnectionRefused(), kind=Kind.TRACES)
    before = reach.outage
    ended = reach.succeeded(Question(kind, OLD), NOON + SECOND)
    assert ended is (before if ends else None)
    assert (reach.outage is None) is ends
    assert reach.last_success_at == NOON + SECOND


def test_a_clock_set_back_moves_all_moments_and_probes_at_once() -> None:
    reach = Reach()
    reach.succeeded(Question(Kind.USAGE, OLD), NOON - MINUTE)
    fail(reach, OLD, ConnectionRefused())
    reach.set_back(60 * MINUTE, NOON - 60 * MINUTE)
    assert reach.outage is not None
    assert reach.outage.since == NOON - 60 * MINUTE
    assert reach.last_success_at == NOON - 61 * MINUTE
    assert reach.probe(NOON - 60 * MINUTE) is not None
