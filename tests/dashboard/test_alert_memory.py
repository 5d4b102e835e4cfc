"""The memory file: kept over restarts, bounded, one evaluator, put aside when broken."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.alerts import Change, Rule, State
from dashboard.alerts.memory import Downtime, Kept, LeaseLost, Memory, file_name
from dashboard.alerts.outbox import Message, Outbox
from dashboard.alerts.rules import METRICS

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
RULE = Rule(name="errors", metric=METRICS["error_rate"], comparison=">", threshold=0.1, severity="critical")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def fired(minutes: float) -> Change:
    return Change("fired", at(minutes), 0.25, held_since=at(minutes - 1), fired_at=at(minutes))


def cleared(minutes: float, begun: float) -> Change:
    return Change("cleared", at(minutes), 0.01, held_since=at(begun - 1), fired_at=at(begun))


def kept(name: str = "ok", **more: object) -> Kept:
    return Kept("error_rate", State(name, NOON, NOON, 0.01, **more))  # type: ignore[arg-type]


def message(number: int, webhook: str = "ops", minutes: float = 0) -> Message:
    return Message(f"m{number}", webhook, "fired", f'{{"n": {number}}}', at(minutes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "alerts-test.sqlite3"


@pytest.fixture
def memory(path: Path) -> Iterator[Memory]:
    opened = Memory(path)
    assert opened.take_lease("me", 1, NOON, LEASE)
    yield opened
    opened.close()


def test_two_upstreams_or_projects_never_share_a_file() -> None:
    names = {
        file_name(*who)
        for who in (("http://a", "p"), ("http://a", "q"), ("http://b", "p"), ("http://ap", ""))
    }
    assert len(names) == 4


def test_everything_is_there_after_a_restart(memory: Memory, path: Path) -> None:
    firing = Kept("error_rate", State("firing", at(3), at(4), 0.25, at(2), at(3)), "")
    unknown = Kept("p95_s", State("unknown", at(1), at(4), None), "few")
    memory.commit("me", {"errors": firing, "slow": unknown}, [(RULE, fired(3))], [message(1)])
    memory.close()
    again = Memory(path)
    assert again.states() == {"errors": firing, "slow": unknown}
    (alert,) = again.open_alerts()
    assert (alert.rule, alert.metric, alert.severity) == ("errors", "error_rate", "critical")
    assert (alert.held_since, alert.fired_at, alert.fired_value) == (at(2), at(3), 0.25)
    assert (alert.cleared_at, alert.ended) == (None, "")
    assert again.take_lease("me", 1, at(5), LEASE)
    again.commit("me", {"errors": kept()}, [(RULE, cleared(9, 3))], [])
    assert again.open_alerts() == []
    (alert,) = again.alerts(at(0), at(60))
    assert (alert.cleared_at, alert.cleared_value, alert.ended) == (at(9), 0.01, "good")
    assert Outbox(again.database).next("ops", at(9)) == message(1)
    assert again.notices == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again.close()


def test_alerts_of_a_range_are_those_that_were_open_in_it(memory: Memory) -> None:
    changes = [
        (RULE, change) for change in (fired(10), cleared(20, 10), fired(30), cleared(40, 30), fired(50))
    ]
    memory.commit("me", {}, changes, [])

    def begun(start: float, end: float) -> list[datetime]:
        return [alert.fired_at for alert in memory.alerts(at(start), at(end))]

    assert begun(0, 60) == [at(50), at(30), at(10)]
    assert begun(20, 30) == []
    assert begun(19, 31) == [at(30), at(10)]
    assert begun(60, 90) == [at(50)]  # still open
    newest = memory.newest()
    assert newest is not None
    assert newest.fired_at == at(50)


def test_one_process_has_the_lease(memory: Memory, path: Path) -> None:
    other = Memory(path)
    assert not other.take_lease("other", 2, at(1), LEASE)
    held = other.lease()
    assert held is not None
    assert (held.owner, held.pid, held.expires_at) == ("me", 1, at(2))
    with pytest.raises(LeaseLost):
        other.commit("other", {"errors": kept()}, [(RULE, fired(1))], [message(1)])
    assert (other.states(), other.newest()) == ({}, None)
    assert memory.take_lease("me", 1, at(1.9), LEASE)  # renewed
    assert not other.take_lease("other", 2, at(3.8), LEASE)
    assert other.take_lease("other", 2, at(3.9), LEASE)  # not heard of any more
    with pytest.raises(LeaseLost):
        memory.commit("me", {"errors": kept()}, [], [])
    memory.release_lease("me")  # not its own
    assert not memory.take_lease("me", 1, at(4), LEASE)
    other.release_lease("other")
    assert memory.take_lease("me", 1, at(4), LEASE)
    other.close()


def test_a_lease_from_the_future_is_none(memory: Memory) -> None:
    assert memory.take_lease("other", 2, at(-60), LEASE)  # the clock went an hour back


def test_outages_are_kept_as_far_as_they_were_seen(memory: Memory) -> None:
    for minutes in (0, 0.5, 1):
        memory.note_upstream(at(minutes), None)
    assert memory.outages(at(-60), at(60)) == []
    memory.note_upstream(at(2), at(1.5), "connection_refused")
    memory.note_upstream(at(3), at(1.5), "connection_refused")
    assert memory.outages(at(0), at(60)) == [Downtime(at(1.5), None, "connection_refused")]
    memory.note_upstream(at(4), None)
    over = Downtime(at(1.5), at(4), "connection_refused")
    assert memory.outages(at(0), at(60)) == [over]
    assert memory.outages(at(4), at(60)) == []
    # this process ended in the middle of the next one, and came back long after it
    memory.note_upstream(at(10), at(10), "timed_out")
    memory.note_upstream(at(11), at(10), "timed_out")
    memory.note_upstream(at(300), None)
    assert memory.outages(at(0), at(600)) == [over, Downtime(at(10), at(11), "timed_out")]


def test_an_outage_that_outlasts_a_sleep_is_one(memory: Memory) -> None:
    memory.note_upstream(at(1), at(0), "timed_out")
    memory.note_upstream(at(100), at(0), "timed_out")
    assert memory.outages(at(0), at(600)) == [Downtime(at(0), None, "timed_out")]


def test_what_is_old_or_too_much_goes(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.alerts.memory.KEPT_MOST", 3)
    changes = [change for n in range(0, 50, 10) for change in (fired(n), cleared(n + 5, n))]
    memory.commit("me", {}, [(RULE, change) for change in [*changes, fired(-500)]], [])
    memory.trim(at(60))
    begun = [alert.fired_at for alert in memory.alerts(at(-9999), at(9999))]
    assert begun == [at(40), at(30), at(20), at(-500)]  # what is open stays, however old
    memory.trim(at(60) + timedelta(days=91))
    assert [alert.fired_at for alert in memory.alerts(at(-9999), at(9999))] == [at(-500)]


def test_messages_are_bounded_and_the_loss_is_counted(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.alerts.outbox.MOST_WAITING", 2)
    outbox = Outbox(memory.database)
    memory.commit("me", {}, [], [message(n, minutes=n) for n in range(5)])
    memory.commit("me", {}, [], [message(4), message(9, "other")])  # m4 is there already
    memory.trim(at(5))
    ops, other = outbox.deliveries(["ops", "other"])
    assert (ops.waiting, ops.dropped, other.waiting, other.dropped) == (2, 3, 1, 0)
    found = outbox.next("ops", at(5))
    assert found is not None
    assert found.id == "m3"
    memory.trim(at(3.5) + timedelta(hours=24))
    ops, _ = outbox.deliveries(["ops", "other"])
    assert (ops.waiting, ops.dropped) == (1, 4)
    outbox.keep_only(["other"])
    assert [d.waiting + d.dropped for d in outbox.deliveries(["ops", "other"])] == [0, 1]


def test_a_broken_file_is_put_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all" * 400)
    memory = Memory(path)
    (notice,) = memory.notices
    assert notice.kind == "unreadable"
    assert Path(notice.detail).read_bytes().startswith(b"this is no database")
    assert memory.take_lease("me", 1, NOON, LEASE)
    memory.close()
    assert Memory(path).notices == ()


def test_a_file_of_another_version_is_put_aside(path: Path) -> None:
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    memory = Memory(path)
    assert [notice.kind for notice in memory.notices] == ["other_version"]
    assert memory.states() == {}
    memory.close()


def test_a_file_that_breaks_while_it_is_used_is_begun_anew(memory: Memory, path: Path) -> None:
    memory.commit("me", {f"r{n}": kept() for n in range(2_000)}, [], [])
    memory.database.run(lambda db: None)
    memory.database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    memory.database._db.execute("PRAGMA shrink_memory")
    assert memory.states() == {}
    assert [notice.kind for notice in memory.notices] == ["unreadable"]
    assert memory.take_lease("me", 1, NOON, LEASE)


def test_a_file_that_was_deleted_is_made_again(memory: Memory, path: Path) -> None:
    memory.commit("me", {"errors": kept()}, [], [])
    for file in path.parent.iterdir():
        file.unlink()
    assert memory.states() == {}
    assert memory.take_lease("me", 1, NOON, LEASE)
    assert path.exists()
    assert memory.notices == ()


def test_without_a_folder_to_write_in_it_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = Memory(tmp_path / "file" / "alerts.sqlite3")
    assert [notice.kind for notice in memory.notices] == ["not_writable"]
    assert memory.take_lease("me", 1, NOON, LEASE)
    memory.commit("me", {"errors": kept()}, [], [])
    assert memory.states() == {"errors": kept()}
    memory.close()


def test_a_file_that_is_busy_is_waited_for(path: Path) -> None:
    Memory(path).close()
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    later = threading.Timer(0.4, other.close)
    later.start()
    memory = Memory(path)
    assert memory.notices == ()
    assert memory.database.path == path
    memory.close()
    later.join()


def test_a_file_that_stays_busy_is_not_replaced_by_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.alerts.database.BUSY_S", 0.2)
    Memory(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError):
        Memory(path)
    other.close()
