"""The record of tries: by the minute, over restarts, over a broken file; and the stack's lamps."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentops_client import Attempt
from dashboard.heartbeat import Lamps, Place, Record, places
from dashboard.heartbeat.record import KEPT_S, NAME

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now.timestamp()

    def __call__(self) -> float:
        return self.now


def attempt(
    at: float, *, kind: Any = "list", took: float = 0.1, status: int | None = 200, **said: Any
) -> Attempt:
    return Attempt(kind, at, took, status, said.get("cause"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_tries_of_a_minute_are_one_beat_of_their_kind(clock: Clock) -> None:
    record = Record(None, "http://a", clock=clock)
    for took, status in ((0.1, 200), (0.3, 200), (0.2, 503)):
        record.observe(attempt(clock.now + 5, took=took, status=status))
    record.observe(attempt(clock.now + 5, kind="token"))
    record.observe(attempt(clock.now + 60, status=None, cause="connection_refused"))
    first, token, last = record.beats(NOON)
    assert (first.kind, first.tries, first.failed, first.status, first.longest_s) == ("list", 3, 1, 503, 0.3)
    assert first.mean_s == pytest.approx(0.2)
    assert first.at == NOON
    assert (token.kind, token.tries, token.failed) == ("token", 1, 0)
    assert (last.tries, last.failed, last.status, last.cause) == (1, 1, None, "connection_refused")
    assert [beat.minute for beat in record.beats(datetime(2026, 11, 22, 12, 1, tzinfo=UTC))] == [last.minute]


@pytest.mark.parametrize(
    ("status", "cause", "failed"),
    [(200, None, False), (404, None, False), (401, None, False), (429, None, True), (302, None, True),
     (500, None, True), (None, "timed_out", True), (200, "answer_too_large", True)],
)  # fmt: skip
def test_a_refusal_is_an_answer(status: int | None, cause: str | None, failed: bool) -> None:
    assert Attempt("list", 0.0, 0.1, status, cause).failed is failed


def test_it_outlives_the_process_and_knows_its_endpoint(tmp_path: Path, clock: Clock) -> None:
    first = Record(tmp_path / "new", "http://a", clock=clock)
    first.observe(attempt(clock.now))
    first.observe(attempt(clock.now, status=500))
    first.write()
    first.observe(attempt(clock.now, took=0.4))  # of the same minute, written later
    first.write()
    (beat,) = Record(tmp_path / "new", "http://a", clock=clock).beats(NOON)
    assert (beat.tries, beat.failed, beat.status, beat.longest_s) == (3, 1, 500, 0.4)
    assert beat.total_s == pytest.approx(0.6)
    assert Record(tmp_path / "new", "http://b", clock=clock).beats(NOON) == []


def test_two_processes_add_up(tmp_path: Path, clock: Clock) -> None:
    one, two = (Record(tmp_path, "http://a", clock=clock) for _ in range(2))
    for record in (one, two):
        record.observe(attempt(clock.now))
        record.write()
    assert Record(tmp_path, "http://a", clock=clock).beats(NOON)[0].tries == 2


def test_what_is_old_is_forgotten(tmp_path: Path, clock: Clock) -> None:
    record = Record(tmp_path, "http://a", clock=clock)
    record.observe(attempt(clock.now))
    record.write()
    clock.now += KEPT_S + 60
    record.observe(attempt(clock.now))
    record.write()
    (kept,) = record.beats(datetime(2000, 1, 1, tzinfo=UTC))
    assert kept.minute == int(clock.now // 60)
    with sqlite3.connect(tmp_path / NAME) as db:
        assert db.execute("SELECT count(*) FROM beats").fetchone() == (1,)


def test_it_is_written_by_itself_now_and_then(tmp_path: Path, clock: Clock) -> None:
    record = Record(tmp_path, "http://a", clock=clock)
    record.observe(attempt(clock.now))
    assert not (tmp_path / NAME).exists()
    clock.now += 11
    record.observe(attempt(clock.now))
    assert Record(tmp_path, "http://a", clock=clock).beats(NOON)[0].tries == 2


def test_a_broken_file_is_put_aside(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / NAME).write_bytes(b"this is no database at all, but long enough to be looked at" * 20)
    record = Record(tmp_path, "http://a", clock=clock)
    record.observe(attempt(clock.now))
    record.write()
    assert (tmp_path / "heartbeat.broken").exists()
    assert len(Record(tmp_path, "http://a", clock=clock).beats(NOON)) == 1


def test_a_folder_that_cannot_be_written_breaks_nothing(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("in the way")
    record = Record(tmp_path / "file", "http://a", clock=clock)
    record.observe(attempt(clock.now))
    record.write()
    assert record.beats(NOON)[0].tries == 1


def test_places_of_a_setting() -> None:
    assert places("LiteLLM = http://localhost:4000/health , Portal=https://portal.example") == (
        Place("LiteLLM", "http://localhost:4000/health"),
        Place("Portal", "https://portal.example"),
    )
    assert places("") == ()


@pytest.mark.parametrize(
    "text",
    ["http://localhost", "A=ftp://x", "A=http://user:secret@x", "A=", "=http://x", "A=http://x,A=http://y"],
)
def test_a_setting_that_cannot_be_used_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected") as told:
        places(text)
    assert "secret" not in str(told.value)


def looked(answer: Callable[[httpx.Request], httpx.Response], clock: Clock) -> Lamps:
    lamps = Lamps(
        (Place("LiteLLM", "http://litellm.test/"),), transport=httpx.MockTransport(answer), clock=clock
    )
    settle(lamps)
    return lamps


def settle(lamps: Lamps) -> None:
    """Waits until the lamp was asked at the clock's present."""
    lamps.look()
    deadline = time.monotonic() + 30
    while any(lamp.at is None or lamp.at.timestamp() < lamps._clock() for lamp in lamps.look()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_any_answer_below_500_lights_the_lamp(clock: Clock) -> None:
    for status, state in ((200, "up"), (405, "up"), (302, "up"), (500, "failing"), (503, "failing")):
        lamps = looked(lambda _, status=status: httpx.Response(status), clock)
        (lamp,) = lamps.look()
        assert (lamp.state, lamp.status) == (state, status)
        lamps.close()


def test_without_an_answer_it_says_why_and_since_when(clock: Clock) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    lamps = looked(refuse, clock)
    began = clock.now
    clock.now += 30
    settle(lamps)
    (lamp,) = lamps.look()
    assert (lamp.state, lamp.cause, lamp.status) == ("down", "refused", None)
    assert lamp.since is not None
    assert lamp.since.timestamp() == began
    lamps.close()


def test_however_many_look_it_is_asked_once_in_a_while(clock: Clock) -> None:
    asked = []
    lock = threading.Lock()

    def count(_: httpx.Request) -> httpx.Response:
        with lock:
            asked.append(1)
        return httpx.Response(200)

    lamps = looked(count, clock)
    for _ in range(50):
        lamps.look()
    clock.now += 19
    lamps.look()
    lamps.close()
    assert len(asked) == 1
