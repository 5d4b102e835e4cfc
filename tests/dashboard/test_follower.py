"""The follower against an embedded AgentOps: what it finds, reads again, leaves alone and gives way to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from agentops_client import ConnectionRefused
from dashboard.archive.follower import Follower
from dashboard.questions import Outage
from tests.dashboard.following import NOON, World, settle, wait_for
from tests.otlp import llm, send, span

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def world(lite: str, closing: ExitStack) -> World:
    return World(lite, closing)


def url_of(world: World) -> str:
    return world.upstream.endpoint


def fail(
    status: int, where: Callable[[httpx.Request], bool], words: str = "no"
) -> Callable[[httpx.Request], httpx.Response | None]:
    def refuse(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json={"detail": words}, request=request) if where(request) else None

    return refuse


def details(request: httpx.Request) -> bool:
    return len(request.url.path.rpartition("/")[2]) == 32


def v4(request: httpx.Request) -> bool:
    return request.url.path.startswith("/v4/")


# ---- what is read


def test_a_trace_is_found_and_read_once(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 10 * MINUTE, 100, 50), llm(1, 2, NOON - 9 * MINUTE, 10, 5)])
    follower = world.follower()
    settle(follower)
    assert world.stored() == {1: 2}
    assert world.wire.details() == [f"{1:032x}"]
    with world.archive.reading() as db:
        assert db.execute("SELECT sum(prompt_tokens), sum(completion_tokens) FROM spans").fetchall() == [
            (110, 55)
        ]
    world.clock.pass_(hours=1)
    settle(follower)
    assert len(world.wire.details()) == 1


def test_a_trace_of_the_present_waits_until_it_was_quiet_for_a_minute(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 30 * SECOND, 100, 50)])
    follower = world.follower()
    settle(follower)
    assert world.stored() == {}
    progress = follower.progress(NOON - HOUR, NOON + HOUR)
    assert (progress.state, progress.done, progress.total) == ("following", 0, 1)
    world.clock.time = NOON + 29 * SECOND
    settle(follower)
    assert world.stored() == {}
    world.clock.time = NOON + 31 * SECOND
    settle(follower)
    assert world.stored() == {1: 1}


def test_a_new_trace_shows_within_fifteen_seconds_of_its_quiet_minute(world: World) -> None:
    follower = world.follower()
    settle(follower)
    send(url_of(world), [llm(7, 1, NOON + 5 * SECOND, 1, 1)])
    world.clock.time = NOON + 80 * SECOND
    settle(follower)
    world.clock.pass_(seconds=5)  # what is pending is looked at again
    settle(follower)
    assert world.stored() == {7: 1}


def test_a_changed_trace_is_read_again(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 10 * MINUTE, 100, 50)])
    follower = world.follower()
    settle(follower)
    send(url_of(world), [llm(1, 2, NOON - 9 * MINUTE, 10, 5)])
    world.clock.pass_(minutes=30)
    settle(follower)
    assert world.stored() == {1: 2}
    assert len(world.wire.details()) == 2


def test_a_span_that_appears_hours_late_in_an_old_window_is_found(world: World) -> None:
    started = NOON - 20 * MINUTE
    send(url_of(world), [llm(1, 1, started, 100, 50)])
    follower = world.follower(follow=timedelta(hours=24))
    settle(follower)
    assert world.stored() == {1: 1}
    # an agent that ran for five hours and a half ends now, under the time when it started
    world.clock.pass_(hours=5, minutes=30)
    settle(follower)
    send(url_of(world), [span(1, 2, started + SECOND, seconds=19_800, name="run.agent")])
    settle(follower)
    assert world.stored() == {1: 1}
    world.clock.time = NOON + 6 * HOUR + MINUTE  # the hour of 11:00 is six hours old
    settle(follower)
    assert world.stored() == {1: 2}


def test_a_number_of_spans_that_stays_wrong_is_read_only_once_more(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 30 * MINUTE, 100, 50)])
    follower = world.follower()

    def miscount(request: httpx.Request) -> httpx.Response | None:
        if not v4(request) or details(request):
            return None
        answer = world.wire.forward(request)
        body = answer.read().replace(b'"span_count":1,"error_count"', b'"span_count":3,"error_count"')
        return httpx.Response(200, content=body, request=request)

    world.wire.refuse = miscount
    settle(follower)
    for _ in range(3):
        world.clock.pass_(minutes=30)
        settle(follower)
    assert world.stored() == {1: 1}
    assert len(world.wire.details()) <= 2


def test_it_follows_only_so_far_back(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 5 * HOUR, 1, 1), llm(2, 1, NOON - 2 * HOUR, 1, 1)])
    settle(world.follower())
    assert world.stored() == {2: 1}


def test_the_newest_traces_are_read_first(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - n * 20 * MINUTE, 1, 1) for n in (3, 1, 5, 2, 4)])
    settle(world.follower())
    assert [int(name, 16) for name in world.wire.details()] == [1, 2, 3, 4, 5]


def test_nothing_is_followed_when_that_is_off_until_somebody_asks(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 30 * MINUTE, 1, 1)])
    follower = world.follower(follow=timedelta())
    settle(follower)
    assert world.wire.paths == []
    assert follower.progress(NOON - HOUR, NOON).state == "idle"
    follower.complete(NOON - HOUR, NOON)
    assert follower.asked(NOON - HOUR, NOON)
    settle(follower)
    assert world.stored() == {1: 1}
    settle(follower)  # what was read is stored now
    assert not follower.asked(NOON - HOUR, NOON)
    assert follower.progress(NOON - HOUR, NOON).state == "idle"


def test_more_traces_than_a_page_are_all_read(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - HOUR - n * SECOND, 1, 1) for n in range(1, 106)])
    follower = world.follower()
    settle(follower, lanes=(0, 1))
    assert len(world.stored()) == 105
    assert len(world.wire.details()) == 105


# ---- what a reader asks for


def test_completing_a_range_shows_progress_and_ends_by_itself(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - 50 * HOUR - n * MINUTE, 1, 1) for n in range(1, 31)])
    follower = world.follower()
    start, end = NOON - 52 * HOUR, NOON - 48 * HOUR
    assert follower.progress(start, end).state == "idle"
    follower.complete(start, end)
    follower.complete(start, end)
    seen = []
    for _ in range(2_000):
        progress = follower.progress(start, end)
        seen.append(progress)
        if progress.state != "completing":
            break
        follower.step(0)
        follower.step(1)
        world.clock.pass_(seconds=0.1)
    assert (seen[0].done, seen[0].total, seen[0].eta_s) == (0, 0, None)
    assert (seen[-1].done, seen[-1].total, seen[-1].state) == (30, 30, "idle")
    assert not follower.asked(start, end)
    halfway = [p for p in seen if p.total == 30 and p.rate_per_s]
    assert halfway
    assert all(p.eta_s is not None and 0 <= p.eta_s < 30 for p in halfway if p.state == "completing")
    assert len(world.wire.details()) == 30


def test_the_newest_ask_goes_first(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 100 * HOUR, 1, 1), llm(2, 1, NOON - 200 * HOUR, 1, 1)])
    follower = world.follower(follow=timedelta())
    follower.complete(NOON - 101 * HOUR, NOON - 99 * HOUR)
    follower.complete(NOON - 201 * HOUR, NOON - 199 * HOUR)
    settle(follower)
    assert [int(name, 16) for name in world.wire.details()] == [2, 1]


def test_a_range_that_was_left_goes_on_where_it_stopped_when_asked_again(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - 50 * HOUR - n * MINUTE, 1, 1) for n in range(1, 31)])
    follower = world.follower(follow=timedelta())
    start, end = NOON - 52 * HOUR, NOON - 48 * HOUR
    follower.complete(start, end)
    while len(world.wire.details()) < 10:
        follower.step(1)
        follower.step(0)
    follower.leave(start, end)
    assert not follower.asked(start, end)
    settle(follower)
    read = len(world.wire.details())
    lists = len(world.wire.lists)
    assert read < 30
    follower.complete(start, end)
    settle(follower)
    assert sorted(world.stored()) == list(range(1, 31))
    assert len(world.wire.details()) == 30  # none twice
    assert len(world.wire.lists) - lists < 5


def test_a_range_that_follows_the_present_is_the_same_a_minute_later(world: World) -> None:
    follower = world.follower()
    follower.complete(NOON - 24 * HOUR, NOON + MINUTE)
    world.clock.pass_(minutes=1)
    assert follower.asked(NOON - 24 * HOUR + MINUTE, NOON + 2 * MINUTE)
    assert not follower.asked(NOON - 7 * 24 * HOUR, NOON + 2 * MINUTE)
    assert not follower.asked(NOON - 24 * HOUR, NOON - 12 * HOUR)
    follower.leave(NOON - 24 * HOUR + MINUTE, NOON + 2 * MINUTE)
    assert not follower.asked(NOON - 24 * HOUR, NOON + 2 * MINUTE)


def test_a_restart_resumes_from_the_file(lite: str, closing: ExitStack, tmp_path: Path) -> None:
    world = World(lite, closing, tmp_path)
    send(lite, [llm(n, 1, NOON - HOUR - n * MINUTE, 1, 1) for n in range(1, 21)])
    follower = world.follower()
    while len(world.wire.details()) < 8:
        follower.step()
    follower.stop()
    world.archive.close()
    world.archive = world.open()
    lists = len(world.wire.lists)
    assert 7 <= len(world.stored()) < 20
    settle(world.follower())
    assert len(world.stored()) == 20
    assert len(world.wire.details()) <= 21
    assert len(world.wire.lists) - lists < 40


# ---- what can go wrong


def test_a_trace_that_is_gone_is_not_asked_for_again(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 30 * MINUTE, 1, 1)])
    world.wire.refuse = fail(404, details, "Trace not found.")
    follower = world.follower()
    settle(follower)
    world.clock.pass_(hours=2)
    settle(follower)
    # once for its window of five minutes, and once for the hour that takes this one's place
    assert len(world.wire.details()) <= 2
    assert follower.progress(NOON - HOUR, NOON).total == 0


def test_a_trace_that_fails_is_tried_again_later_and_others_are_read(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - n * 10 * MINUTE, 1, 1) for n in (1, 2)])
    bad = f"{1:032x}"
    world.wire.refuse = fail(500, lambda request: request.url.path.endswith(bad))
    follower = world.follower()
    settle(follower)
    assert world.stored() == {2: 1}
    progress = follower.progress(NOON - HOUR, NOON)
    assert (progress.done, progress.total, progress.cause) == (1, 2, "upstream_failed")
    assert world.wire.details().count(bad) == 1
    world.clock.pass_(seconds=70)
    settle(follower)
    assert world.wire.details().count(bad) == 2
    world.clock.pass_(seconds=70)
    settle(follower)
    assert world.wire.details().count(bad) == 2  # next in five minutes
    world.wire.refuse = lambda _: None
    world.clock.pass_(minutes=5)
    settle(follower)
    assert world.stored() == {1: 1, 2: 1}
    assert follower.progress(NOON - HOUR, NOON).cause == ""


def test_a_trace_of_another_project_is_never_stored(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 10 * MINUTE, 1, 1)])
    foreign = {"project_id": "b0000000-0000-4000-8000-00000000ffff", "trace_id": f"{1:032x}", "spans": []}

    def stock(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v4/meterics/project" or "project_id" in request.url.params:
            return httpx.Response(404, json={"detail": "Not Found"}, request=request)
        return httpx.Response(200, json=foreign, request=request) if details(request) else None

    world.wire.refuse = stock
    follower = world.follower()
    settle(follower)
    assert world.stored() == {}
    progress = follower.progress(NOON - HOUR, NOON)
    assert (progress.done, progress.total, progress.cause) == (0, 1, "other_project")


def test_a_window_with_an_odd_span_is_narrowed_to_a_minute_around_it(world: World) -> None:
    odd_at = NOON - 4 * HOUR + 17 * MINUTE
    send(url_of(world), [span(n, 1, odd_at + (n - 5) * 5 * MINUTE) for n in range(3, 11) if n != 5])
    send(url_of(world), [span(5, 1, odd_at, agentops__tags='{"odd": 1}')])
    follower = world.follower(follow=3 * HOUR)
    settle(follower)
    assert sorted(world.stored()) == [3, 4, 6, 7, 8, 9, 10]
    failed = [s for s in world.archive.sweeps(NOON - 4 * HOUR, NOON) if s.failed]
    assert [s.failed for s in failed] == ["upstream_failed"]
    assert failed[0].end - failed[0].start <= MINUTE
    assert failed[0].start <= odd_at < failed[0].end
    held = world.archive.coverage(NOON - 4 * HOUR, NOON - 3 * HOUR, now=world.clock(), quiet=MINUTE)
    assert 3540 <= held.swept_s < 3600
    # settled as far as it can be: it is not listed again and again
    lists = len(world.wire.lists)
    world.clock.pass_(minutes=2)
    settle(follower)
    assert not [start for start, _ in world.wire.lists[lists:] if start.startswith("2026-11-22T08")]


def test_a_database_that_is_down_is_no_odd_window(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 10 * MINUTE, 1, 1)])
    world.wire.refuse = fail(500, v4)
    follower = world.follower()
    for _ in range(4):
        follower.step()
    progress = follower.progress(NOON - HOUR, NOON)
    assert (progress.state, progress.cause) == ("waiting", "upstream_failed")
    assert len(world.wire.lists) <= 2 * 4 * 2  # the window and one of nothing, in either form
    assert world.archive.sweeps(NOON - HOUR, NOON) == []
    world.wire.refuse = lambda _: None
    settle(follower)
    assert world.stored() == {1: 1}


def test_it_backs_off_while_upstream_fails_and_goes_on_afterwards(world: World) -> None:
    send(url_of(world), [llm(1, 1, NOON - 10 * MINUTE, 1, 1)])

    def down(request: httpx.Request) -> httpx.Response | None:
        raise httpx.ConnectError("refused", request=request)

    follower = world.follower()
    world.wire.refuse = down
    sent_at = []
    for _ in range(5):
        follower.step()
        sent_at.append(world.clock.time)
    pauses = [(b - a).total_seconds() for a, b in pairwise(sent_at)]
    assert pauses == pytest.approx([5, 10, 20, 40], abs=0.5)
    world.wire.refuse = lambda _: None
    settle(follower)
    assert world.stored() == {1: 1}


def test_it_waits_as_long_as_a_limit_asks_for(world: World) -> None:
    def limited(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(429, headers={"retry-after": "120"}, request=request) if v4(request) else None

    follower = world.follower()
    world.wire.refuse = limited
    follower.step()
    assert follower.progress(NOON - HOUR, NOON).cause == "rate_limited"
    world.wire.refuse = lambda _: None
    before = world.clock.time
    follower.step()
    assert world.clock.time - before >= timedelta(seconds=119)


# ---- who goes first


def test_pages_go_first(world: World) -> None:
    upstream = SimpleNamespace(
        client=world.upstream.client, now=world.clock, outage=None, busy=1, endpoint="x"
    )
    follower = Follower(
        upstream, world.archive, world.book,  # type: ignore[arg-type]
        project_id=world.upstream.client.project_id, follow=HOUR,
    )  # fmt: skip
    asked = len(world.wire.paths)
    follower.start()
    time.sleep(0.4)
    assert len(world.wire.paths) == asked
    upstream.busy = 0
    wait_for(lambda: len(world.wire.paths) > asked)
    follower.stop()


def test_nothing_goes_out_during_an_outage_that_pages_probe(world: World) -> None:
    world.upstream._reach.outage = Outage(ConnectionRefused(), NOON, NOON + 3 * SECOND)
    follower = world.running()
    time.sleep(0.3)
    assert world.wire.paths == []
    progress = follower.progress(NOON - HOUR, NOON)
    assert (progress.state, progress.cause) == ("waiting", "connection_refused")
    world.clock.pass_(minutes=2)  # nobody has probed for a minute: no page is open
    wait_for(lambda: world.wire.paths != [])


def test_one_request_at_a_time_in_the_background_and_two_for_an_ask(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - 30 * HOUR - n * SECOND, 1, 1) for n in range(1, 41)])
    send(url_of(world), [llm(n, 1, NOON - 2 * HOUR - n * SECOND, 1, 1) for n in range(101, 121)])

    def slow(request: httpx.Request) -> None:
        time.sleep(0.01)

    world.wire.refuse = slow
    follower = world.running(follow=timedelta(hours=3))
    wait_for(lambda: len(world.stored()) == 20)
    assert world.wire.most_at_once == 1
    follower.complete(NOON - 31 * HOUR, NOON - 30 * HOUR)
    wait_for(lambda: len(world.stored()) == 60)
    assert world.wire.most_at_once == 2
    assert len(world.wire.details()) == 60


def test_stopping_ends_the_threads_and_keeps_what_was_read(world: World) -> None:
    send(url_of(world), [llm(n, 1, NOON - 2 * HOUR - n * SECOND, 1, 1) for n in range(1, 41)])
    follower = world.running()
    wait_for(lambda: len(world.wire.details()) >= 5)
    began = time.monotonic()
    follower.stop()
    assert time.monotonic() - began < 1
    assert not [t for t in threading.enumerate() if t.name.startswith("span-archive")]
    assert len(world.stored()) >= 4
    assert follower.progress(NOON - HOUR, NOON).state == "off"


def test_a_request_that_hangs_does_not_keep_it_from_stopping(world: World) -> None:
    let_go = threading.Event()

    def hang(request: httpx.Request) -> None:
        if v4(request):
            let_go.wait(10)

    world.wire.refuse = hang
    follower = world.running()
    wait_for(lambda: world.wire.at_once == 1)
    began = time.monotonic()
    follower.stop()
    assert time.monotonic() - began < 1
    let_go.set()
    wait_for(lambda: not [t for t in threading.enumerate() if t.name.startswith("span-archive")])
    assert world.archive.sweeps(NOON - HOUR, NOON) == []


def test_our_own_mistake_ends_it_says_so_and_shows_no_text_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("what somebody's model was told")

    monkeypatch.setattr(world.archive, "note_sweep", broken)
    follower = world.running()
    wait_for(lambda: follower.off != "")
    progress = follower.progress(NOON - HOUR, NOON)
    assert (progress.state, progress.cause) == ("off", "bug")
    assert len([r for r in caplog.records if "KeyError" in r.getMessage()]) == 1
    assert "told" not in caplog.text.replace('raise KeyError("what somebody\'s model was told")', "")


def test_one_odd_trace_does_not_keep_the_others_of_its_batch_out(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from dashboard.archive import reader

    real = reader.tidy

    def picky(traces: list, **more: object) -> object:  # type: ignore[type-arg]
        if any(int(trace.trace_id, 16) == 2 for trace in traces):
            raise ValueError("odd")
        return real(traces, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "tidy", picky)
    send(url_of(world), [llm(n, 1, NOON - 2 * HOUR - n * SECOND, 1, 1) for n in (1, 2, 3)])
    follower = world.follower()
    settle(follower)
    assert world.stored() == {1: 1, 3: 1}
    assert follower.progress(NOON - 3 * HOUR, NOON).cause == "bug"
    assert "ValueError" in caplog.text


def test_a_second_process_follows_nothing(lite: str, closing: ExitStack) -> None:
    world = World(lite, closing)
    send(lite, [llm(1, 1, NOON - 10 * MINUTE, 1, 1)])

    class Locked:
        read_only = True
        refreshed = 0

        def refresh(self) -> bool:
            self.refreshed += 1
            return False

    follower = world.follower()
    locked = Locked()
    follower._archive = locked  # type: ignore[assignment]
    settle(follower)
    assert world.wire.paths == []
    assert (follower.off, locked.refreshed) == ("second_process", 1)
    follower.complete(NOON - HOUR, NOON)
    assert not follower.asked(NOON - HOUR, NOON)
    world.clock.pass_(seconds=31)
    settle(follower)
    assert locked.refreshed == 2
