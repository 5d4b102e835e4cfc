"""What is pending, and how far a range is covered: a trace is read when list and archive differ, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from dashboard.archive import Archive, Held, Pending, Sweep
from tests.dashboard.archive_frames import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    QUIET,
    SECOND,
    listed,
    opened,
    together,
    trace,
)  # fmt: skip

LATER = NOON + 2 * HOUR


@pytest.fixture
def archive() -> Iterator[Archive]:
    archive = opened()
    yield archive
    archive.close()


def sweep(archive: Archive, *rows: object, asked_at: datetime = NOON + HOUR, failed: str = "") -> int:
    return archive.note_sweep(NOON, NOON + HOUR, asked_at, rows, failed)  # type: ignore[arg-type]


def due(archive: Archive, now: datetime = LATER) -> list[str]:
    found = archive.pending(NOON, NOON + HOUR, now=now, quiet=QUIET, limit=10)
    return [p.trace_id for p in found]


def covered(archive: Archive, now: datetime = LATER) -> Held:
    return archive.coverage(NOON, NOON + HOUR, now=now, quiet=QUIET)


def test_a_listed_trace_is_pending_until_it_is_read(archive: Archive) -> None:
    assert sweep(archive, listed("a", 3), listed("b", 2)) == 2
    assert covered(archive) == Held(0, 2, 0, 0, "", 3600.0, 2)
    archive.put(trace("a", 3))
    assert due(archive) == ["b"]
    assert covered(archive) == Held(1, 1, 0, 0, "", 3600.0, 2)


def test_an_unchanged_trace_is_not_read_again_and_a_changed_one_is(archive: Archive) -> None:
    archive.put(together(trace("a", 3), trace("b", 2)))
    assert sweep(archive, listed("a", 3), listed("b", 5)) == 1
    assert due(archive) == ["b"]
    assert covered(archive).known == 2, "b is both read and pending"


def test_a_number_that_reading_does_not_bear_out_is_read_for_once(archive: Archive) -> None:
    sweep(archive, listed("a", 9))
    archive.put(trace("a", 3))
    assert due(archive) == []
    assert sweep(archive, listed("a", 9)) == 0
    assert sweep(archive, listed("a", 10)) == 1
    archive.put(trace("a", 3))
    assert sweep(archive, listed("a", 10)) == 0


def test_a_number_listed_after_the_reading_is_still_to_be_read(archive: Archive) -> None:
    sweep(archive, listed("a", 4), asked_at=NOON + 30 * MINUTE)
    archive.put(trace("a", 3, read_at=NOON + 29 * MINUTE))
    assert due(archive) == ["a"]
    archive.put(trace("a", 4, read_at=NOON + 31 * MINUTE))
    assert due(archive) == []


def test_only_spans_that_started_in_the_window_are_compared(archive: Archive) -> None:
    archive.put(trace("a", 10, at=NOON - 4 * SECOND))  # four before noon, six from noon on
    assert sweep(archive, listed("a", 6)) == 0
    assert sweep(archive, listed("a", 10)) == 1


def test_duplicate_rows_count_as_they_do_in_the_list(archive: Archive) -> None:
    archive.put(trace("a", 2, duplicate=True))
    assert sweep(archive, listed("a", 2)) == 0


def test_what_a_window_no_longer_lists_is_not_pending_unless_the_sweep_failed(archive: Archive) -> None:
    sweep(archive, listed("a", 1), listed("b", 1))
    sweep(archive, listed("a", 1), failed="500")
    assert set(due(archive)) == {"a", "b"}
    sweep(archive, listed("a", 1))
    assert due(archive) == ["a"]


def test_a_trace_is_due_when_it_is_quiet_and_the_newest_comes_first(archive: Archive) -> None:
    sweep(archive, listed("old", 1), listed("new", 1, at=NOON + 5 * MINUTE))
    at = NOON + 5 * MINUTE
    assert due(archive, now=at + 59 * SECOND) == ["old"]
    assert due(archive, now=at + 60 * SECOND) == ["new", "old"]
    assert covered(archive, now=at + 59 * SECOND).too_new == 1


def test_a_clock_ahead_of_ours_does_not_keep_a_trace_from_being_read(archive: Archive) -> None:
    sweep(archive, listed("a", 1, active_at=NOON + 900 * DAY), asked_at=NOON + MINUTE)
    assert due(archive, now=NOON + 2 * MINUTE) == ["a"]


def test_a_failure_waits_for_its_retry_time_and_is_counted_apart(archive: Archive) -> None:
    sweep(archive, listed("a", 1), listed("b", 1))
    archive.note_failure("a", "unreadable", LATER)
    archive.note_failure("a", "status_500", LATER + MINUTE)
    assert due(archive, now=LATER) == ["b"]
    assert covered(archive) == Held(0, 1, 0, 1, "status_500", 3600.0, 2)
    found = archive.pending(NOON, NOON + HOUR, now=LATER + MINUTE, quiet=QUIET, limit=10)
    assert found[0] == Pending("a", NOON, 2, "status_500")
    archive.put(trace("a", 1))
    assert covered(archive).failed == 0


def test_the_limit_and_the_range_hold(archive: Archive) -> None:
    sweep(archive, *(listed(f"{i:02}", 1, at=NOON + i * MINUTE) for i in range(20)))
    some = archive.pending(NOON, NOON + HOUR, now=LATER, quiet=QUIET, limit=2)
    assert [p.trace_id for p in some] == ["19", "18"]
    part = archive.pending(NOON + 5 * MINUTE, NOON + 7 * MINUTE, now=LATER, quiet=QUIET, limit=9)
    assert [p.trace_id for p in part] == ["06", "05"], "a range holds its start and not its end"


def test_a_trace_that_is_gone_upstream_is_asked_for_again_only_with_another_number(archive: Archive) -> None:
    sweep(archive, listed("a", 3))
    archive.drop("a")
    assert due(archive) == []
    assert sweep(archive, listed("a", 3)) == 0
    assert sweep(archive, listed("a", 4)) == 1


def test_sweeps_come_back_as_they_were_noted_last(archive: Archive) -> None:
    sweep(archive, listed("a", 1), failed="500")
    sweep(archive, listed("a", 1), listed("b", 1), asked_at=LATER)
    archive.note_sweep(NOON + HOUR, NOON + 2 * HOUR, LATER, [])
    assert archive.sweeps(NOON, NOON + HOUR) == [Sweep(NOON, NOON + HOUR, LATER, 2, "")]
    assert len(archive.sweeps(NOON + 59 * MINUTE, NOON + 61 * MINUTE)) == 2


def test_swept_seconds_are_a_union_and_of_an_open_window_the_part_before_the_question(
    archive: Archive,
) -> None:
    archive.note_sweep(NOON, NOON + 5 * MINUTE, LATER, [])
    archive.note_sweep(NOON + 3 * MINUTE, NOON + 10 * MINUTE, NOON + 8 * MINUTE, [])
    archive.note_sweep(NOON + 20 * MINUTE, NOON + 30 * MINUTE, LATER, [], "status_500")
    assert covered(archive).swept_s == 8 * 60
    assert covered(archive).cause == "status_500"
    archive.note_sweep(NOON + 15 * MINUTE, NOON + 40 * MINUTE, LATER, [])
    assert covered(archive).swept_s == 33 * 60
    assert covered(archive).cause == "", "a later sweep of the whole made the failure good"
    assert archive.coverage(NOON + MINUTE, NOON + 2 * MINUTE, now=LATER, quiet=QUIET).swept_s == 60


def test_times_without_zone_are_refused_and_other_zones_understood(archive: Archive) -> None:
    seoul = NOON.astimezone(timezone(timedelta(hours=9)))
    archive.note_sweep(seoul, seoul + HOUR, seoul + HOUR, [listed("a", 1)])
    assert due(archive) == ["a"]
    with pytest.raises(ValueError, match="aware"):
        archive.sweeps(NOON.replace(tzinfo=None), NOON)
