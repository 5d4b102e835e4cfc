"""A clock that is set back, or ahead and back again: nothing waits until the old time comes round, nothing is
shown as newer than it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from agentops_client import AgentOpsClient, AgentOpsSettings, Attempt, ConnectionRefused
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_PROJECT_ID
from dashboard.archive.follower import Follower
from dashboard.heartbeat import Lamps, Place, Record
from dashboard.pricing import price_book
from dashboard.queries.trace import trace
from dashboard.questions import Kind, Question
from dashboard.upstream import Upstream
from dashboard.windows import DAY, HOUR, MINUTE, Window
from tests.dashboard.alert_receiver import receiving
from tests.dashboard.fake_client import Clock, FakeClient, fail_with, grid_at, page
from tests.dashboard.following import NOON, Watched, World, settle, wait_for
from tests.dashboard.test_alert_watch import ERRORS, Stage, hook, options, said
from tests.otlp import llm, send

BACK = (3 * HOUR, DAY)


@pytest.fixture
def world(lite: str) -> Iterator[World]:
    with ExitStack() as closing:
        yield World(lite, closing)


# ---- what pages ask


@pytest.mark.parametrize("back", BACK)
def test_figures_are_asked_for_anew(
    upstream: Upstream, client: FakeClient, clock: Clock, back: timedelta
) -> None:
    upstream.read(page(grid_at(clock)), wait_s=10)
    clock.time -= back
    wanted = page(grid_at(clock))
    reading = upstream.read(wanted, wait_s=10)
    assert len(reading.answers) == len(wanted)
    assert all(answer.answered_at <= clock() for answer in reading.answers.values())
    assert reading.last_success_at is not None
    assert reading.last_success_at <= clock()
    asked = len(client.asked)
    for _ in range(6):  # and once more at the usual pace
        clock.pass_(seconds=10)
        upstream.read(page(grid_at(clock)), wait_s=10)
    assert 6 <= len(client.asked) - asked <= 6 * 4


def test_what_was_asked_of_the_day_to_come_says_nothing_of_it(
    upstream: Upstream, client: FakeClient, clock: Clock
) -> None:
    question = Question(Kind.USAGE, Window(NOON + 5 * HOUR, NOON + 6 * HOUR))
    clock.time = NOON + DAY
    upstream.read([question], wait_s=10)
    clock.time = NOON
    assert upstream.known([question]) == [None]
    clock.time = NOON + 7 * HOUR
    upstream.read([question], wait_s=10)
    assert len(client.asked) == 2


@pytest.mark.parametrize("back", BACK)
def test_an_outage_is_probed_at_once_and_ends(
    upstream: Upstream, client: FakeClient, clock: Clock, back: timedelta
) -> None:
    wanted = page(grid_at(clock))[:4]
    upstream.read(wanted, wait_s=10)
    clock.pass_(minutes=1)
    client.answer = fail_with(ConnectionRefused("no"))
    down = upstream.read(page(grid_at(clock))[:4], wait_s=10)
    assert down.outage is not None
    clock.time -= back
    out = upstream.outage
    assert out is not None
    assert out.since <= clock()
    still = upstream.read(page(grid_at(clock))[:4], wait_s=10)
    assert still.last_success_at is not None
    assert still.last_success_at <= clock() - MINUTE
    client.answer = lambda: None
    clock.pass_(seconds=3)
    assert upstream.read(page(grid_at(clock))[:4], wait_s=10).outage is None


def test_a_trace_is_fetched_anew(world: World) -> None:
    send(world.upstream.endpoint, [llm(1, 1, NOON - HOUR, 1, 1)])
    asked = lambda: trace(world.upstream, f"{1:032x}", price_book(None), content=True).fetched_at  # noqa: E731
    assert (asked(), asked()) == (NOON, NOON)
    world.clock.time -= DAY
    assert asked() == NOON - DAY


# ---- the background


class Elapsing:
    """A follower whose monotonic clock goes on whatever happens to the other one."""

    def __init__(self, world: World) -> None:
        self.world, self.set_s = world, 0.0
        self.follower = Follower(
            world.upstream, world.archive, world.book, project_id=DEFAULT_PROJECT_ID, follow=HOUR,
            monotonic=lambda: world.clock.monotonic() - self.set_s, wait=world.clock.wait,
        )  # fmt: skip

    def set(self, by: timedelta) -> None:
        self.world.clock.time += by
        self.set_s += by.total_seconds()


@pytest.mark.parametrize("by", [-3 * HOUR, -DAY, DAY])
def test_the_follower_goes_on(world: World, by: timedelta) -> None:
    """Ahead it also comes back, and then finds what began meanwhile at the hours that it had listed."""
    clocks = Elapsing(world)
    send(world.upstream.endpoint, [llm(1, 1, NOON - 10 * MINUTE, 1, 1)])
    settle(clocks.follower)
    assert world.stored() == {1: 1}
    clocks.set(by)
    settle(clocks.follower)
    if by > timedelta():
        clocks.set(-by)
    began = world.clock()
    send(world.upstream.endpoint, [llm(2, 1, began, 1, 1)])
    world.clock.pass_(minutes=3)
    settle(clocks.follower)
    assert world.stored() == {1: 1, 2: 1}
    with world.archive.reading() as db:
        (latest,) = db.execute("SELECT max(asked_at) FROM sweeps").fetchall()[0]
    assert latest.replace(tzinfo=UTC) <= world.clock()


def test_a_trace_that_failed_in_the_time_to_come_is_tried_again(world: World) -> None:
    clocks = Elapsing(world)
    settle(clocks.follower)
    clocks.set(DAY)
    clocks.follower._keep_house()
    send(world.upstream.endpoint, [llm(1, 1, NOON - 10 * MINUTE, 1, 1)])
    world.archive.note_sweep(NOON - HOUR, NOON, NOON + DAY, [])
    world.archive._keeper.write(
        lambda db: db.execute(
            "INSERT INTO failures VALUES (?, 6, 'timed_out', ?, ?)",
            [f"{1:032x}", *((NOON + n * DAY).replace(tzinfo=None) for n in (1, 2))],
        )
    )
    clocks.set(-DAY)
    settle(clocks.follower)
    world.clock.pass_(minutes=11)
    settle(clocks.follower)
    assert world.stored() == {1: 1}


def test_housekeeping_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks, done = Elapsing(world), []
    monkeypatch.setattr(world.archive, "refresh", lambda: done.append("refresh"))
    monkeypatch.setattr(world.archive, "trim", lambda now: done.append("trim"))
    clocks.follower._keep_house()
    clocks.set(-DAY)
    world.clock.pass_(seconds=31)
    clocks.follower._keep_house()
    assert done == ["refresh", "trim", "refresh", "trim"]
    world.clock.pass_(seconds=31)
    clocks.follower._keep_house()
    assert done[4:] == ["refresh"]


# ---- tries, lamps, alerts, the token


def test_minutes_are_written_on_and_none_to_come_is_shown(tmp_path: Path) -> None:
    now = NOON.timestamp()
    record = Record(tmp_path, "http://a", clock=lambda: now)
    record.observe(Attempt("list", now, 0.1, 503, None))
    now -= DAY.total_seconds()
    for _ in range(2):
        record.observe(Attempt("list", now, 0.1, 200, None))
        now += 11
    kept = Record(tmp_path, "http://a", clock=lambda: now)
    for told in (record, kept):
        (beat,) = told.beats(NOON - 2 * DAY)
        assert (beat.at, beat.failed) == (NOON - DAY, 0)
    now = NOON.timestamp() + 60
    assert sum(beat.tries for beat in record.beats(NOON - 2 * DAY)) == 3, "none is lost"


def test_lamps_are_asked_again_and_say_no_time_to_come() -> None:
    now, asked = NOON.timestamp(), []
    lock = threading.Lock()

    def answer(request: httpx.Request) -> httpx.Response:
        with lock:
            asked.append(request)
        return httpx.Response(503)

    lamps = Lamps(
        (Place("LiteLLM", "http://litellm.test/"),),
        transport=httpx.MockTransport(answer),
        clock=lambda: now,
    )
    lamps.look()
    wait_for(lambda: lamps.look()[0].at is not None)
    now -= DAY.total_seconds()
    wait_for(lambda: lamps.look()[0].at == NOON - DAY)
    assert lamps.look()[0].since == NOON - DAY
    assert len(asked) == 2
    lamps.close()


@pytest.mark.parametrize("back", BACK)
def test_an_alert_that_fired_clears_and_is_told_once(
    lite: str, ask: Callable[..., Upstream], tmp_path: Path, back: timedelta
) -> None:
    with receiving() as receiver, ExitStack() as closing:
        watched = Stage(ask(lite), options(tmp_path, ERRORS, hooks=(hook(receiver),)))
        closing.callback(watched.watch.close)
        at = datetime.now(UTC)
        assert watched.see(at, errors=0.5) == "pending"
        assert watched.see(at + MINUTE, errors=0.5) == "firing"
        wait_for(lambda: len(said(receiver)) == 1)
        assert watched.see(at - back, errors=0.5) == "firing"
        assert not watched.watch.look().late
        assert watched.see(at - back + MINUTE, errors=0.0) == "ok"
        wait_for(lambda: len(said(receiver)) == 2)
        assert [event for event, _ in said(receiver)] == ["fired", "cleared"]
        assert watched.see(at - back + 2 * MINUTE, errors=0.5) == "pending"
        assert watched.see(at - back + 3 * MINUTE, errors=0.5) == "firing"
        wait_for(lambda: len(said(receiver)) == 3)


def test_a_token_is_exchanged_no_oftener(lite: str) -> None:
    now, wire = datetime.now(UTC).timestamp(), Watched()
    settings = AgentOpsSettings(_env_file=None, api_key=DEFAULT_API_KEY, api_endpoint=lite)
    with AgentOpsClient(settings, transport=wire, clock=lambda: now) as asking:
        for ahead_s in (0, DAY.total_seconds(), 0, -DAY.total_seconds()):
            now = datetime.now(UTC).timestamp() + ahead_s
            for _ in range(3):
                asking.traces(NOON - HOUR, NOON, limit=1)
    assert wire.paths.count("/v3/auth/token") <= 2
