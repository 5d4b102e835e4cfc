"""What the archive answered is asked once, until the archive changes, and belongs to nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.archive import Archive
from dashboard.archive.reading import Limited
from dashboard.queries import remembered as module
from dashboard.queries.remembered import Remembered, remembered
from tests.dashboard.archive_frames import HOUR, NOON, listed, opened, trace


class Counting:
    """A question that counts how often it is asked, and answers with the number of stored traces."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, db: Any, *_: object, **__: object) -> pd.DataFrame:
        self.asked += 1
        return pd.DataFrame({"traces": [db.execute("SELECT count(*) FROM traces").fetchone()[0]]})


@pytest.fixture
def archive() -> Iterator[Archive]:
    made = opened()
    yield made
    made.close()


def count(frame: pd.DataFrame) -> int:
    return int(frame["traces"].iloc[0])


def test_a_question_is_asked_once_until_the_archive_changes(archive: Archive) -> None:
    question, kept = Counting(), Remembered()
    assert [count(kept.ask(archive, question, [NOON], by="model")) for _ in range(3)] == [0, 0, 0]
    assert question.asked == 1
    archive.put(trace("t1", 1))
    assert [count(kept.ask(archive, question, [NOON], by="model")) for _ in range(3)] == [1, 1, 1]
    assert question.asked == 2


def test_every_argument_is_part_of_the_question(archive: Archive) -> None:
    question, kept = Counting(), Remembered()
    for arguments, named in (([NOON], {}), ([NOON, NOON], {}), ([NOON], {"by": "a"}), ([NOON], {"by": "b"})):
        kept.ask(archive, question, arguments, **named)
    other = Counting()
    kept.ask(archive, other, [NOON])
    assert (question.asked, other.asked) == (4, 1)


def test_dropping_old_traces_changes_the_archive_and_sweeping_does_not() -> None:
    archive, question, kept = opened(max_age=24 * HOUR), Counting(), Remembered()
    archive.put(trace("t1", 1))
    kept.ask(archive, question)
    archive.note_sweep(NOON, NOON + HOUR, NOON + HOUR, [listed("t2", 1)])
    assert count(kept.ask(archive, question)) == 1
    assert question.asked == 1
    archive.trim(NOON + 72 * HOUR)
    assert count(kept.ask(archive, question)) == 0
    archive.close()


def test_a_file_that_was_deleted_takes_its_answers_along(tmp_path: Path) -> None:
    archive, question, kept = opened(tmp_path), Counting(), Remembered()
    archive.put(trace("t1", 1))
    assert count(kept.ask(archive, question)) == 1
    for file in tmp_path.iterdir():
        file.unlink()
    assert archive.refresh()
    assert count(kept.ask(archive, question)) == 0
    archive.close()


@pytest.mark.parametrize("limited", [False, True])
def test_what_a_caller_does_to_a_frame_is_seen_by_no_other(archive: Archive, limited: bool) -> None:
    def question(_: Any) -> pd.DataFrame | Limited:
        frame = pd.DataFrame({"n": [1, 2]})
        return Limited(frame, 2) if limited else frame

    def frame() -> pd.DataFrame:
        answer = kept.ask(archive, question)
        return answer.frame if isinstance(answer, Limited) else answer

    kept = Remembered()
    for _ in range(2):  # the one that asked, and one that found it
        mine = frame()
        mine.loc[0, "n"] = 99
        mine["more"] = "x"
        mine.index.name = "mine"
    assert frame().equals(pd.DataFrame({"n": [1, 2]}))
    assert frame().index.name is None


def test_an_answer_under_way_is_waited_for(archive: Archive) -> None:
    entered, go = threading.Event(), threading.Event()
    asked = []

    def slow(_: Any) -> int:
        asked.append(1)
        entered.set()
        assert go.wait(5)
        return 7

    kept = Remembered()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(kept.ask, archive, slow) for _ in range(4)]
        assert entered.wait(5)
        go.set()
        assert [answer.result(5) for answer in answers] == [7, 7, 7, 7]
    assert len(asked) == 1


def test_an_answer_that_was_overtaken_is_not_kept(archive: Archive) -> None:
    kept = Remembered()
    asked = []

    def overtaken(db: Any) -> int:
        found = int(db.execute("SELECT count(*) FROM traces").fetchone()[0])
        asked.append(found)
        if len(asked) == 1:
            archive.put(trace("t1", 1))
        return found

    assert kept.ask(archive, overtaken) == 0
    assert kept.ask(archive, overtaken) == 1


def test_a_failure_is_not_kept(archive: Archive) -> None:
    kept = Remembered()
    outcomes = iter([ValueError("no"), None])

    def fails_once(_: Any) -> str:
        error = next(outcomes)
        if error is not None:
            raise error
        return "good"

    with pytest.raises(ValueError, match="no"):
        kept.ask(archive, fails_once)
    assert kept.ask(archive, fails_once) == "good"


def test_the_oldest_answers_leave_when_there_are_too_many(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FIELDS", 5)  # an answer here takes 2
    question, kept = Counting(), Remembered()
    for argument in (1, 2, 1, 3):
        kept.ask(archive, question, argument)
    assert question.asked == 3
    kept.ask(archive, question, 1)  # used since 2 was
    assert question.asked == 3
    kept.ask(archive, question, 2)
    assert question.asked == 4


def test_two_archives_never_share_an_answer(archive: Archive) -> None:
    question = Counting()
    other = opened(project="q")
    other.put(trace("t1", 1))
    archive.put(trace("t1", 1))
    archive.put(trace("t2", 1))
    assert [count(remembered(a).ask(a, question)) for a in (archive, other)] == [2, 1]
    other.close()
