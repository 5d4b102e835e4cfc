"""What the on-call page asks: the Overview's hour, past weeks once, spans where they have been read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from agentops_client import AgentOpsClient, AgentOpsSettings
from agentops_lite.config import DEFAULT_API_KEY
from dashboard.archive.shared import Shelf
from dashboard.queries import NoData, overview
from dashboard.queries.on_call import OnCall, last_hour, on_call
from dashboard.scope import Scope
from dashboard.shelf import shelf_of
from dashboard.upstream import Upstream
from tests.otlp import llm, send

Ask = Callable[..., Upstream]
DAY = Scope(range="24h", zone="Asia/Seoul", language="en", refresh_s=30)
#: Reading ten traces takes a moment; longer, something is broken.
LONGEST_S = 40.0


def now() -> datetime:
    return datetime.now(UTC)


class Listening(httpx.BaseTransport):
    """Notes what is asked."""

    def __init__(self) -> None:
        self.real = httpx.HTTPTransport()
        self.asked: list[tuple[str, str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        said = request.url.params
        if "start_time" in said:
            self.asked.append((request.url.path, said["start_time"], said["end_time"]))
        return self.real.handle_request(request)

    def close(self) -> None:
        self.real.close()


@pytest.fixture
def heard(lite: str) -> Iterator[tuple[Upstream, Listening]]:
    transport = Listening()
    settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=lite)
    source = Upstream(AgentOpsClient(settings, transport=transport), endpoint=lite)
    yield source, transport
    source.close()


def off(source: Upstream) -> Shelf:
    """A shelf without an archive: AgentOps' own figures only."""
    shelf = Shelf.__new__(Shelf)
    shelf.upstream, shelf.archive, shelf.follower = source, None, None
    shelf.state, shelf.cause = "off", ""
    return shelf


def weeks(counts: dict[int, int], moment: datetime) -> list[dict[str, Any]]:
    """So many traces in that many weeks before, a minute apart, in the middle of the hour that is asked."""
    made = []
    for week, count in counts.items():
        begin = moment - timedelta(weeks=week, minutes=45)
        made += [llm(1000 * week + n, 1, begin + timedelta(seconds=20 * n), 10, 10) for n in range(count)]
    return made


def test_the_hour_is_the_last_one_whatever_the_reader_looks_at_elsewhere() -> None:
    custom = Scope("custom", "UTC", "en", 30, now() - timedelta(days=9), now() - timedelta(days=8), "1h")
    hour = last_hour(custom)
    assert (hour.range, hour.start, hour.bucket, hour.zone) == ("1h", None, None, "UTC")
    grid = hour.grid(now())
    assert timedelta(minutes=60) <= grid.whole.length <= timedelta(minutes=62)


def test_beside_the_overviews_questions_only_settled_windows_are_asked_and_once(
    lite: str, heard: tuple[Upstream, Listening]
) -> None:
    send(lite, weeks({0: 5, 1: 5, 2: 5, 3: 5, 4: 5}, now()))
    source, transport = heard
    overview(source, last_hour(DAY), wait_s=20)
    before = len(transport.asked)
    view = on_call(source, off(source), DAY, wait_s=20)
    old = (now() - timedelta(days=6)).isoformat()
    past = [asked for asked in transport.asked if asked[1] < old]
    assert len(past) == 4 * (2 + 3)  # a week: usage and traces of the hour, three shorter stretches
    assert len(set(past)) == len(past)
    assert len(transport.asked) - before <= len(past) + 8  # and a refresh of the hour at most
    on_call(source, off(source), DAY, wait_s=20)
    assert len([asked for asked in transport.asked if asked[1] < old]) in (20, 40)  # 40: a new quarter began
    assert not view.usual.waiting


def test_usual_is_the_median_of_the_weeks_in_which_the_project_was_there(lite: str, ask: Ask) -> None:
    send(lite, weeks({0: 3, 1: 12, 2: 18}, now()))  # no trace in the third and fourth week before
    source = ask(lite)
    view = on_call(source, off(source), DAY, wait_s=20)
    assert [hour.totals.traces for hour in view.usual.hours] == [12, 18]
    assert view.usual.traces_per_min == pytest.approx(15 / 60)
    assert [len(stretch.traces) for stretch in view.usual.stretches] == [2, 2, 2]
    assert view.usual.stretches[0].traces <= view.usual.stretches[2].traces


def test_an_empty_hour_of_a_busy_day_is_a_true_zero(lite: str, ask: Ask) -> None:
    moment = now()
    other_hours = [moment - timedelta(weeks=2, hours=h) for h in (-3, 5)]  # one of them is on the same day
    send(lite, [*weeks({1: 12}, moment), *(llm(n, 1, at, 10, 10) for n, at in enumerate(other_hours))])
    source = ask(lite)
    view = on_call(source, off(source), DAY, wait_s=20)
    assert [hour.totals.traces for hour in view.usual.hours] == [12, 0]


def test_without_history_the_usual_is_unknown(lite: str, ask: Ask) -> None:
    send(lite, weeks({0: 3}, now()))
    source = ask(lite)
    view = on_call(source, off(source), DAY, wait_s=20)
    assert view.usual.hours == ()
    assert view.usual.traces_per_min is None
    assert view.usual.costs_usd(by_spans=False) == []


def test_without_spans_the_figures_are_agentops_own(lite: str, ask: Ask) -> None:
    send(lite, [llm(n, 1, now() - timedelta(minutes=20), 100_000, 50_000) for n in range(9)])
    send(lite, [llm(9, 1, now() - timedelta(minutes=20), 100_000, 50_000, status="ERROR")])
    source = ask(lite)
    view = on_call(source, off(source), DAY, wait_s=20)
    assert view.spans is None
    assert (view.success, view.failed) == (9, 1)
    assert view.traces_per_min == pytest.approx(10 / view.minutes)
    assert view.usd_per_h(by_spans=False) == pytest.approx(0.45 * 60 / view.minutes)
    assert view.usd_per_h(by_spans=True) is None
    assert view.failures.total == 0


def read(source: Upstream) -> OnCall:
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        view = on_call(source, shelf_of(source), DAY, wait_s=5)
        if view.coverage.enough and not view.coverage.missing:
            return view
        time.sleep(0.2)
    raise AssertionError("never read")


def test_with_spans_outcome_p95_cost_and_failures_are_theirs(lite: str, ask: Ask) -> None:
    begin = now() - timedelta(minutes=20)
    spans = [llm(n, 1, begin, 100_000, 50_000, seconds=n) for n in range(1, 12)]
    broken = llm(20, 1, begin + timedelta(minutes=5), 10, 10, status="ERROR")
    broken["status"]["message"] = "RateLimitError: limit 429 reached"
    send(lite, [*spans, broken])
    view = read(ask(lite))
    assert view.spans is not None
    assert (view.success, view.failed) == (11, 1)
    assert view.spans.totals.durations == 12
    assert view.spans.latency["n"].sum() == 12
    assert view.windows["failed"].sum() == 1
    assert view.windows["success"].sum() == 11
    assert view.usd_per_h(by_spans=True) == pytest.approx(0.495 * 60 / view.minutes, rel=1e-3)
    (failure,) = view.failures.frame.to_dict("records")
    assert (failure["error_type"], failure["model"]) == ("RateLimitError", "gpt-4o-mini-2024-07-18")


def test_an_outage_is_no_data(ask: Ask) -> None:
    source = ask("http://127.0.0.1:9")
    with pytest.raises(NoData) as failure:
        on_call(source, off(source), DAY, wait_s=5)
    assert failure.value.error.cause == "connection_refused"
