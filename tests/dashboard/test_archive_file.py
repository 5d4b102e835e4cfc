"""What can happen to the file: another process, a crash, rubbish, deletion, a full disk."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from dashboard.archive import Archive, ArchiveUnreadable, Notice, ReadOnlyArchive, file
from tests.dashboard.archive_frames import HOUR, NOON, held, listed, opened, together, trace

ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Started = Callable[[str, Path], subprocess.Popen[str]]


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts `code` in a process that knows `folder`, and waits for its first line."""
    with ExitStack() as running:

        def start(code: str, folder: Path) -> subprocess.Popen[str]:
            prelude = (
                "import sys; from pathlib import Path\n"
                "from tests.dashboard.archive_frames import *\n"
                f"folder = Path({str(folder)!r})\n"
            )
            process = subprocess.Popen(
                [sys.executable, "-c", prelude + code],
                cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            running.enter_context(process)
            running.callback(process.kill)
            assert process.stdout is not None
            process.stdout.readline()
            return process

        yield start


#: Holds the archive and writes a trace "n" of n spans for every line "n" that comes in.
WRITER = """
archive = opened(folder)
archive.put(trace("1", 1))
print("ready", flush=True)
for line in sys.stdin:
    archive.put(trace(line.strip(), int(line)))
    print("done", flush=True)
"""


def tell(process: subprocess.Popen[str], number: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


def ended(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait(20)


def traces_in(archive: Archive) -> list[str]:
    return [name for (name,) in held(archive, "SELECT trace_id FROM traces ORDER BY trace_id")]


def only_file(folder: Path) -> Path:
    (found,) = folder.glob("archive-*.duckdb")
    return found


# ---- one file an upstream and project


def test_a_restart_finds_what_was_put_in(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.put(trace("a", 3))
    first.note_sweep(NOON, NOON + HOUR, NOON + HOUR, [listed("b", 1)])
    first.close()
    second = opened(tmp_path)
    assert second.stats()[:2] == (1, 3)
    assert len(second.sweeps(NOON, NOON + HOUR)) == 1
    assert second.notices == ()
    second.close()


def test_two_projects_and_two_upstreams_never_mix(tmp_path: Path) -> None:
    archives = [
        opened(tmp_path, project="p"),
        opened(tmp_path, project="q"),
        Archive.open(tmp_path, endpoint="http://other.test", project_id="p", book=opened()._book),
    ]
    archives[0].put(trace("a", 1))
    assert [a.stats().traces for a in archives] == [1, 0, 0]
    names = sorted(path.name for path in tmp_path.glob("*.duckdb"))
    assert len(names) == 3
    assert all(re.fullmatch(r"archive-[0-9a-f]{12}\.duckdb", name) for name in names)
    for archive in archives:
        archive.close()


def test_a_file_under_another_projects_name_is_not_read(tmp_path: Path) -> None:
    first = opened(tmp_path, project="p")
    first.put(trace("a", 1))
    first.close()
    only_file(tmp_path).rename(tmp_path / file.Identity("http://agentops.test", "q").file_name)
    second = opened(tmp_path, project="q")
    assert second.stats().traces == 0
    assert [n.kind for n in second.notices] == ["unreadable"]
    second.close()


def test_the_folder_is_made_and_is_private(tmp_path: Path) -> None:
    archive = opened(tmp_path / "deep" / "folder")
    assert (tmp_path / "deep" / "folder").stat().st_mode & 0o777 == 0o700
    archive.close()


# ---- broken and old files


@pytest.mark.parametrize("how", ["garbage", "empty", "headless", "truncated", "short", "foreign"])
def test_a_broken_file_is_moved_aside_and_a_new_one_begun(tmp_path: Path, how: str) -> None:
    archive = opened(tmp_path)
    archive.put(together(*(trace(f"{i}", 50) for i in range(40))))
    archive.close()
    path = only_file(tmp_path)
    whole = path.read_bytes()
    if how == "foreign":
        path.unlink()
        with duckdb.connect(str(path)) as other:
            other.execute("CREATE TABLE mine (a INTEGER)")
    else:
        path.write_bytes(
            {
                "garbage": b"rubbish!" * 4000,
                "empty": b"",
                "headless": bytes(12_288) + whole[12_288:],
                "truncated": whole[: len(whole) // 2],
                "short": whole[:100],
            }[how]
        )
    again = opened(tmp_path)
    again.put(trace("new", 2))
    assert again.stats()[:2] == (1, 2)
    (notice,) = again.notices
    assert notice.kind == "unreadable"
    assert re.search(r"\.broken-\d{8}T\d+Z$", notice.detail)
    assert Path(notice.detail).exists()
    again.close()
    assert traces_in(opened(tmp_path)) == ["new"]


def test_a_log_that_is_none_does_not_cost_the_file(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.put(trace("a", 2))
    archive.close()
    path = only_file(tmp_path)
    path.with_name(path.name + ".wal").write_bytes(b"no log" * 500)
    again = opened(tmp_path)
    again.put(trace("b", 1))
    assert traces_in(again)[-1] == "b"
    again.close()


def test_questions_under_way_when_it_is_closed_fail_in_our_own_words() -> None:
    archive = opened()
    with pytest.raises(ArchiveUnreadable), archive.reading() as db:
        archive.close()
        db.execute("SELECT 1")


def test_rot_inside_the_file_is_found_when_it_is_read(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.put(together(*(trace(f"{i}", 500) for i in range(20))))
    archive.close()
    path = only_file(tmp_path)
    rotten = bytearray(path.read_bytes())
    for at in range(12_288 + 5_000, len(rotten), 262_144):  # in each block, behind the three headers
        rotten[at : at + 64] = os.urandom(64)
    path.write_bytes(rotten)
    again = opened(tmp_path)
    if not again.notices:
        with pytest.raises(ArchiveUnreadable):
            held(again, "SELECT count(span_id), max(name), sum(duration_s), min(started_at) FROM spans")
    assert [n.kind for n in again.notices] == ["unreadable"]
    again.put(trace("new", 1))
    assert traces_in(again) == ["new"]
    again.close()


def test_another_version_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = opened(tmp_path)
    archive.put(trace("a", 1))
    archive.close()
    monkeypatch.setattr("dashboard.archive.schema.VERSION", 999)
    newer = opened(tmp_path)
    assert newer.notices == (Notice("other_version", "1"),)
    assert newer.stats().traces == 0
    newer.close()
    same = opened(tmp_path)
    assert same.notices == ()
    same.close()
    assert not list(tmp_path.glob("*.broken*"))


# ---- deletion, a full disk


@pytest.mark.parametrize("what", ["file", "folder"])
def test_deleted_while_it_runs_it_goes_on_and_a_restart_begins_anew(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "data"
    archive = opened(folder)
    archive.put(trace("before", 1))
    for path in list(folder.iterdir()):
        path.unlink()
    if what == "folder":
        folder.rmdir()
    assert traces_in(archive) == ["before"], "what is open can still be read"
    archive.put(trace("after", 1))
    assert traces_in(archive) == ["after"]
    assert archive.notices == ()
    archive.close()
    again = opened(folder)
    assert traces_in(again) == ["after"]
    again.close()


def test_deleted_while_somebody_reads(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.put(trace("before", 3))
    reads, answers = threading.Event(), []

    def read() -> None:
        with archive.reading() as db:
            reads.set()
            time.sleep(0.3)
            answers.extend(db.execute("SELECT count(*) FROM spans").fetchall())

    reader = threading.Thread(target=read)
    reader.start()
    reads.wait()
    only_file(tmp_path).unlink()
    assert archive.refresh()
    reader.join()
    archive.put(trace("after", 1))
    assert answers == [(3,)]
    assert traces_in(archive) == ["after"]
    archive.close()
    again = opened(tmp_path)
    assert traces_in(again) == ["after"]
    again.close()


def test_a_folder_that_cannot_be_made_means_memory(tmp_path: Path) -> None:
    (tmp_path / "no_folder").write_text("a file")
    archive = opened(tmp_path / "no_folder")
    assert [n.kind for n in archive.notices] == ["not_writable"]
    assert not archive.read_only
    archive.put(trace("a", 1))
    assert traces_in(archive) == ["a"]
    assert not archive.refresh()
    archive.close()


def test_a_disk_that_fills_up_means_memory(started: Started, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: writing beyond it fails in the same place."""
    process = started(
        """
import resource, numpy as np
archive = opened(folder)
archive.put(trace("first", 3))
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))
print("ready", flush=True)
sys.stdin.readline()
for i in range(60):
    one = trace(f"{i}", 1000)
    names = [f"{a:016x}" * 6 for a in np.random.default_rng(i).integers(0, 2**62, 1000)]
    archive.put(Frames(one.spans.assign(name=names), one.traces))
    if archive.notices:
        break
archive.put(trace("last", 2))
print([n.kind for n in archive.notices], "last" in dict(held(archive, "SELECT trace_id, spans FROM traces")))
print(held(archive, f"SELECT count(*) FROM spans WHERE trace_id = '{i}'"))
archive.close()
""",
        tmp_path,
    )
    answer, _ = process.communicate("go\n", timeout=120)
    assert answer.splitlines() == ["['not_writable'] True", "[(1000,)]"]
    again = opened(tmp_path)
    assert "first" in traces_in(again), "what was in the file is still there"
    assert again.notices == ()
    again.close()


# ---- a crash


def test_killed_in_the_middle_of_writing_each_trace_is_whole_or_absent(
    started: Started, tmp_path: Path
) -> None:
    for attempt in range(4):
        process = started(
            f"""
archive = opened(folder)
for n in range(1, 10_000):
    if n == 2:
        print("ready", flush=True)
    archive.put(together(*(trace(f"{{n % 30}}-{{i}}", 40 + {attempt}, name=f"{{n}}") for i in range(20))))
""",
            tmp_path,
        )
        time.sleep(0.3 + 0.23 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        archive = opened(tmp_path)
        assert archive.notices == ()
        rows = held(
            archive,
            """SELECT t.trace_id, any_value(t.spans), count(s.span_id), count(DISTINCT s.name)
            FROM traces t FULL JOIN spans s USING (trace_id) GROUP BY t.trace_id""",
        )
        assert rows
        assert {(spans, names) for _, spans, _, names in rows} <= {(40 + a, 1) for a in range(attempt + 1)}
        assert all(spans == found for _, spans, found, _ in rows)
        archive.close()


# ---- a second process


def test_a_second_process_reads_along_and_takes_over(started: Started, tmp_path: Path) -> None:
    writer = started(WRITER, tmp_path)
    clock = Clock()
    archive = opened(tmp_path, monotonic=clock)
    assert archive.read_only
    assert archive.notices == (Notice("second_process", str(writer.pid)),)
    assert traces_in(archive) == ["1"]
    for change in (
        lambda: archive.put(trace("x", 1)),
        lambda: archive.drop("1"),
        lambda: archive.note_sweep(NOON, NOON + HOUR, NOON, []),
        lambda: archive.trim(NOON),
    ):
        with pytest.raises(ReadOnlyArchive, match=str(writer.pid)):
            change()

    tell(writer, 2)
    clock.now += 29
    assert not archive.refresh(), "a copy is made at most every half minute"
    clock.now += 2
    assert archive.refresh()
    assert traces_in(archive) == ["1", "2"]
    clock.now += 60
    assert not archive.refresh(), "there is no news"

    ended(writer)
    assert archive.refresh()
    assert not archive.read_only
    assert archive.notices == ()
    archive.put(trace("mine", 1))
    assert traces_in(archive) == ["1", "2", "mine"]
    archive.close()


def test_copies_of_a_busy_writer_are_whole(started: Started, tmp_path: Path) -> None:
    started(
        """
archive = opened(folder)
n = 0
while True:
    n += 1
    archive.put(together(*(trace(f"{n % 40}-{i}", 50, name=f"{n}") for i in range(20))))
    if n % 7 == 0:
        with archive.reading() as db:
            db.execute("CHECKPOINT")
    if n == 10:
        print("ready", flush=True)
""",
        tmp_path,
    )
    clock = Clock()
    archive = opened(tmp_path, monotonic=clock)
    seen = 0
    for _ in range(6):
        wrong = held(
            archive,
            """SELECT trace_id, count(*), count(DISTINCT name) FROM spans GROUP BY 1
            HAVING count(*) <> 50 OR count(DISTINCT name) <> 1""",
        )
        assert wrong == []
        seen = max(seen, archive.stats().traces)
        clock.now += 31
        archive.refresh()
    assert seen >= 20
    assert archive.read_only
    archive.close()


def test_private_copies_go_when_the_archive_is_closed(started: Started, tmp_path: Path) -> None:
    started(WRITER, tmp_path)
    archive = opened(tmp_path)
    assert archive._keeper._copy is not None
    copy = Path(archive._keeper._copy.name)
    assert copy.stat().st_mode & 0o777 == 0o700
    archive.close()
    assert not copy.exists()
    assert [p.suffix for p in tmp_path.iterdir() if p.suffix not in (".duckdb", ".wal")] == []


def test_a_question_under_way_does_not_keep_the_archive_from_closing(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    asking, ended = threading.Event(), threading.Event()

    def ask() -> None:
        with archive.reading() as db:
            asking.set()
            db.execute("SELECT count(*) FROM range(200000000) a(i) WHERE i % 7 = 3").fetchall()
        ended.set()

    question = threading.Thread(target=ask)
    question.start()
    asking.wait(10)
    began = time.monotonic()
    archive.close()
    assert time.monotonic() - began < 5
    question.join(60)
    assert ended.is_set()
