"""The shared upstream: single flight, settled windows, budget of a refresh, outage and recovery."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agentops_client import ConnectionRefused, TimedOut, UpstreamFailed
from dashboard.questions import FILL_ABOVE, PER_REFRESH, Kind, Question, choose
from dashboard.reach import PROBE_EVERY
from dashboard.upstream import Upstream
from dashboard.windows import ROLLING, Window, rolling_grid
from tests.dashboard.fake_client import Clock, FakeClient, fail_with, grid_at, page


def test_a_first_view_asks_every_window_once_with_at_most_four_at_a_time(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    client.answer = lambda: time.sleep(0.002)
    wanted = page(grid_at(clock))
    reading = upstream.read(wanted, wait_s=10)
    assert len(reading.answers) == len(wanted) == len(client.asked) == len(set(client.asked))
    assert client.most_at_once <= 4


def test_fifty_viewers_share_one_question_each(upstream: Upstream, client: FakeClient, clock: Clock) -> None:
    client.answer = lambda: time.sleep(0.002)
    wanted = page(grid_at(clock))
    viewers = [
        threading.Thread(target=upstream.read, args=(wanted,), kwargs={"wait_s": 10}) for _ in range(50)
    ]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert len(client.asked) == len(wanted)


def test_a_steady_refresh_asks_at_most_four_whoever_looks(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    for _ in range(6 * 60 * 2):  # six hours, twice a minute, over a dozen new buckets
        clock.pass_(seconds=30)
        before = len(client.asked)
        for _viewer in range(3):
            upstream.read(page(grid_at(clock)), wait_s=10)
        assert len(client.asked) - before <= 4
    assert PER_REFRESH == 4


@pytest.mark.parametrize("refresh_s", [10, 30])
def test_in_short_buckets_every_window_is_asked_soon_after_it_closed(
    upstream: Upstream, client: FakeClient, clock: Clock, refresh_s: int
) -> None:
    upstream.read(page(grid_at(clock, "15m")), wait_s=10)
    for _ in range(1800 // refresh_s):
        clock.pass_(seconds=refresh_s)
        reading = upstream.read(page(grid_at(clock, "15m")), wait_s=10)
        for window in grid_at(clock, "15m").windows[:-1]:
            if clock() - window.end > timedelta(seconds=95):
                for kind in (Kind.USAGE, Kind.TRACES):
                    assert reading.answers[Question(kind, window)].asked_at >= window.end


def test_a_steady_refresh_leaves_no_window_out(upstream: Upstream, client: FakeClient, clock: Clock) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    for _ in range(6 * 60 * 2):
        clock.pass_(seconds=30)
        reading = upstream.read(page(grid_at(clock)), wait_s=10)
    clock.pass_(seconds=30)
    for _ in range(4):
        reading = upstream.read(page(grid_at(clock)), wait_s=10)
        clock.pass_(seconds=30)
    late = [q for q in page(grid_at(clock)) if clock() - reading.answers[q].asked_at > timedelta(hours=7)]
    assert all(clock() - q.window.end > timedelta(hours=6) for q in late)  # settled ones only


def test_one_viewer_never_causes_more_than_four_requests_a_refresh(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    for _ in range(300):
        clock.pass_(seconds=30)
        before = len(client.asked)
        upstream.read(page(grid_at(clock)), wait_s=10)
        assert len(client.asked) - before <= 4


def test_a_settled_window_is_never_asked_again(upstream: Upstream, client: FakeClient, clock: Clock) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    settled = [w for w in grid_at(clock).windows if clock() - w.end > timedelta(hours=7)]
    clock.pass_(minutes=20)
    client.asked.clear()
    for _ in range(100):
        clock.pass_(seconds=10)
        upstream.read(page(grid_at(clock)), wait_s=10)
    asked = {(start, end) for _, start, end in client.asked}
    assert asked
    assert not asked & {(w.start, w.end) for w in settled}


def test_late_spans_are_found_because_young_windows_are_asked_again(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    window = grid_at(clock).windows[-2]
    for _ in range(4 * 60 * 2):
        clock.pass_(seconds=30)
        upstream.read(page(grid_at(clock)), wait_s=10)
    times = sum(
        1 for kind, start, end in client.asked if (kind, start, end) == ("usage", window.start, window.end)
    )
    assert times >= 4  # at ages of 5, 10, 20, 40 minutes ...


def test_an_outage_is_asked_about_once_however_many_look(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    refused = ConnectionRefused(endpoint="http://localhost:8003")

    def slow_failure() -> Any:
        time.sleep(0.05)
        raise refused

    client.answer = slow_failure
    wanted = page(grid_at(clock))
    started = time.monotonic()
    readings: list[Any] = []
    viewers = [
        threading.Thread(target=lambda: readings.append(upstream.read(wanted, wait_s=10))) for _ in range(50)
    ]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert time.monotonic() - started < 2
    assert len(client.asked) <= 4  # the four that were under way when the first one failed
    assert all(r.outage is not None and r.outage.error.cause == "connection_refused" for r in readings)


def test_an_outage_is_probed_every_three_seconds_with_one_request(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    client.answer = fail_with(ConnectionRefused())
    wanted = page(grid_at(clock))
    upstream.read(wanted, wait_s=10)
    client.asked.clear()
    for _ in range(60):  # a minute of viewers who look once a second
        clock.pass_(seconds=1)
        upstream.read(wanted, wait_s=10)
    assert 18 <= len(client.asked) <= 21
    assert timedelta(seconds=3) == PROBE_EVERY


def test_recovery_needs_one_probe_and_then_everything_is_asked(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    client.answer = fail_with(ConnectionRefused())
    wanted = page(grid_at(clock))
    down_since = upstream.read(wanted, wait_s=10).outage
    client.answer = lambda: SimpleNamespace(spans_total=1)
    clock.pass_(seconds=2)
    assert upstream.read(wanted, wait_s=10).outage == down_since  # not yet time for the probe
    clock.pass_(seconds=2)
    reading = upstream.read(wanted, wait_s=10)
    assert reading.outage is None
    assert all(reading.answers[q].value is not None for q in wanted)


def test_try_again_probes_at_once(upstream: Upstream, client: FakeClient, clock: Clock) -> None:
    client.answer = fail_with(ConnectionRefused())
    wanted = page(grid_at(clock))
    upstream.read(wanted, wait_s=10)
    client.answer = lambda: SimpleNamespace(spans_total=1)
    upstream.retry_now()
    assert upstream.read(wanted, wait_s=10).outage is None


def test_a_single_bad_window_is_no_outage(upstream: Upstream, client: FakeClient, clock: Clock) -> None:
    grid = grid_at(clock)
    bad = grid.windows[10]

    def answer() -> Any:
        if client.asked[-1][1] == bad.start and client.asked[-1][2] == bad.end:
            raise UpstreamFailed(status=500)
        return SimpleNamespace(spans_total=1)

    client.answer = answer
    single = [Question(Kind.USAGE, w) for w in (grid.newest, bad)]
    for question in single:  # one after the other: the fake looks at the latest request
        reading = upstream.read([question], wait_s=10)
    assert reading.outage is None
    assert reading.answers[single[1]].error.cause == "upstream_failed"  # type: ignore[union-attr]
    assert reading.answers[single[1]].value is None


def test_many_server_errors_in_a_row_are_an_outage(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    client.answer = fail_with(UpstreamFailed(status=500))
    wanted = page(grid_at(clock))
    reading = upstream.read(wanted, wait_s=10)
    assert reading.outage is not None
    assert len(client.asked) <= 10


def test_many_bad_old_windows_are_no_outage_while_the_newest_answers(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    grid = grid_at(clock)
    lock = threading.Lock()

    def reply(kind: str, start: Any, end: Any) -> Any:
        with lock:
            client.asked.append((kind, start, end))
        if start < grid.newest.start:
            raise UpstreamFailed(status=500)
        return SimpleNamespace(spans_total=1)

    client._reply = reply  # type: ignore[method-assign]
    for _ in range(5):
        reading = upstream.read(page(grid), wait_s=10)
        clock.pass_(seconds=1)
    assert reading.outage is None
    assert reading.answers[Question(Kind.USAGE, grid.newest)].value is not None
    bad = sum(1 for _, start, _ in client.asked if start < grid.newest.start)
    assert bad <= 3 * len(grid.windows) + 12  # each once (lists twice), and not again within seconds


@pytest.mark.parametrize(("beside", "out"), [(True, False), (False, True)])
def test_a_month_too_large_to_be_asked_is_no_outage(
    upstream: Upstream, client: FakeClient, clock: Clock, beside: bool, out: bool
) -> None:
    """Pages whose own windows answer went to and fro between figures and *No data available*."""
    month = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    client.answer = fail_with(TimedOut(phase="read"))
    for _ in range(4):
        reading = upstream.read([Question(Kind.TRACES, month)], wait_s=10, beside=beside)
        clock.pass_(minutes=11)
    assert (reading.outage is not None) is out


def test_a_failed_newest_window_is_asked_again_within_seconds_whatever_the_budget(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    wanted = page(grid_at(clock))
    upstream.read(wanted, wait_s=10)
    client.answer = fail_with(UpstreamFailed(status=500))
    clock.pass_(seconds=11)
    assert upstream.read(wanted, wait_s=10).outage is not None
    client.answer = lambda: SimpleNamespace(spans_total=1)
    clock.pass_(seconds=4)
    reading = upstream.read(wanted, wait_s=10)
    assert reading.outage is None
    assert reading.answers[wanted[0]].value is not None


def test_a_failed_recheck_keeps_a_closed_windows_figures_and_says_so(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    question = Question(Kind.USAGE, grid_at(clock).windows[-2])
    first = upstream.read([question], wait_s=10).answers[question]
    client.answer = fail_with(UpstreamFailed(status=500))
    clock.pass_(minutes=12)
    again = upstream.read([question], wait_s=10).answers[question]
    assert again.value is first.value
    assert again.asked_at == first.asked_at
    assert again.error is not None


def test_our_own_bug_is_raised_and_not_shown_as_an_outage(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    def broken() -> Any:
        raise KeyError("ours")

    client.answer = broken
    question = Question(Kind.USAGE, grid_at(clock).newest)
    with pytest.raises(KeyError, match="ours"):
        upstream.read([question], wait_s=10)
    client.answer = lambda: SimpleNamespace(spans_total=1)
    assert upstream.read([question], wait_s=10).answers[question].value is not None


def test_a_hanging_upstream_does_not_hold_the_page(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    hanging = threading.Event()
    client.answer = lambda: hanging.wait(5)
    started = time.monotonic()
    reading = upstream.read(page(grid_at(clock)), wait_s=0.1)
    assert time.monotonic() - started < 1
    assert reading.answers == {}
    assert reading.asking > 0
    assert reading.asking_since == clock()
    hanging.set()


def test_the_embedded_one_is_recognised_once(upstream: Upstream, client: FakeClient, clock: Clock) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    deadline = time.monotonic() + 30
    while upstream.embedded is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert upstream.embedded == "demo"


def test_choosing_prefers_the_newest_window_and_starves_nobody(clock: Clock) -> None:
    wanted = page(grid_at(clock))
    assert choose(wanted, {}, clock(), 4) == wanted  # a new page: everything
    few = wanted[: FILL_ABOVE + 1]
    assert choose(few, {}, clock(), 4) == few
    known = {
        q: SimpleNamespace(value=1, asked_at=clock() - timedelta(seconds=11), retry_at=None) for q in wanted
    }
    chosen = choose(wanted, known, clock(), 4)  # type: ignore[arg-type]
    assert chosen[:3] == wanted[:3]  # the newest window's metrics and the range's totals
    assert len(chosen) == 4
    assert len(choose(wanted, known, clock(), 1)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["24h", "1h"])
def test_totals_that_failed_are_asked_again_before_all_else(clock: Clock, name: str) -> None:
    grid = rolling_grid(ROLLING[name], "30m" if name == "24h" else "2m", ZoneInfo("Asia/Seoul"), clock())
    wanted = page(grid)
    before = clock() - timedelta(seconds=11)
    known = {q: SimpleNamespace(value=1, asked_at=before, retry_at=None) for q in wanted}
    failed = Question(Kind.TRACES, grid.whole)
    known[failed] = SimpleNamespace(value=None, asked_at=before, retry_at=clock())
    assert choose(wanted, known, clock(), 0) == [failed]  # type: ignore[arg-type]
    known[failed].retry_at = clock() + timedelta(seconds=1)
    assert choose(wanted, known, clock(), 0) == []  # type: ignore[arg-type]


def test_windows_that_closed_since_they_were_asked_go_first(clock: Clock) -> None:
    wanted = page(grid_at(clock))
    just_closed = grid_at(clock).windows[-2]
    asked = clock() - timedelta(seconds=11)
    known = {q: SimpleNamespace(value=1, asked_at=asked, retry_at=None) for q in wanted}
    for kind in (Kind.USAGE, Kind.TRACES):
        known[Question(kind, just_closed)].asked_at = just_closed.end - timedelta(seconds=20)
    chosen = choose(wanted, known, clock(), 4)  # type: ignore[arg-type]
    assert {q.window for q in chosen[:2]} == {just_closed}
    new_page = choose([*wanted, *page(grid_at(clock, "15m"))], known, clock(), 4)  # type: ignore[arg-type]
    assert {Question(k, just_closed) for k in (Kind.USAGE, Kind.TRACES)} <= set(new_page)


@pytest.mark.parametrize("refresh_s", [30, 300])
def test_no_closed_window_keeps_partial_figures_however_seldom_a_page_refreshes(
    upstream: Upstream, client: FakeClient, clock: Clock, refresh_s: int
) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    for _ in range(4 * 3600 // refresh_s):
        clock.pass_(seconds=refresh_s)
        wanted = page(grid_at(clock))
        answers = upstream.read(wanted, wait_s=10).answers
    partial = [q for q in wanted if q in answers and answers[q].asked_at < q.window.end <= clock()]
    assert partial == []


def test_somebodys_bad_old_range_is_no_outage_for_others(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    healthy = page(grid_at(clock))
    upstream.read(healthy, wait_s=10)
    old = [w.shifted(-timedelta(days=90)) for w in grid_at(clock).windows]
    bad = [Question(Kind.USAGE, w) for w in old]
    client.answer = fail_with(UpstreamFailed(status=500))
    reading = upstream.read(bad, wait_s=10)
    assert reading.outage is None
    assert all(a.value is None for a in reading.answers.values())
    client.answer = lambda: SimpleNamespace(spans_total=1)
    assert upstream.read(healthy, wait_s=10).outage is None
