"""What is put in comes out, replaced as a whole, within the bounds, priced with the prices of the day."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agentops_client import Trace
from dashboard.archive import Stats, schema
from dashboard.pricing import price_book
from dashboard.spans import tidy
from tests.dashboard.archive_frames import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    QUIET,
    SECOND,
    Book,
    Frames,
    held,
    listed,
    opened,
    together,
    trace,
)  # fmt: skip
from tests.recorded import load, names


def test_the_tables_have_the_columns_of_the_schema() -> None:
    archive = opened()
    for table, columns in (("spans", schema.SPANS), ("traces", schema.TRACES)):
        made = held(
            archive, f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}'"
        )
        assert [(name, kind.replace(",", ", ")) for name, kind in made] == list(columns.items())


@pytest.mark.parametrize("storage", ["python", "pyarrow"])
def test_values_come_back_exactly_and_not_reported_is_null(storage: str) -> None:
    if storage == "pyarrow":
        pytest.importorskip("pyarrow")
    archive = opened()
    with pd.option_context("mode.string_storage", storage):
        archive.put(
            trace(
                "a", 1, reported_usd=0.1 + 0.2, prompt_tokens=7, name="결제 'x' \"y\"\n", duration_s=1.5,
                estimated_usd=np.nan, loop=True, whole={"tags": ["x", "", "y,z"], "agents": np.array(["b"])},
            )
        )  # fmt: skip
    assert held(
        archive, "SELECT reported_usd, prompt_tokens, name, duration_s, started_at, loop FROM spans"
    ) == [(Decimal("0.300000000000"), 7, "결제 'x' \"y\"\n", 1.5, NOON.replace(tzinfo=None), True)]
    assert held(archive, "SELECT estimated_usd, completion_tokens FROM spans") == [(None, None)]
    assert held(archive, "SELECT tags, agents, models, unpriced_tokens FROM traces") == [
        (["x", "y,z"], ["b"], [], None)
    ]


def test_junk_of_one_span_does_not_keep_the_others_out() -> None:
    archive = opened()
    huge = trace("a", 1, reported_usd=1e300, prompt_tokens=5, name="ok")
    odd = trace("b", 1)
    name = pd.Series(["half \ud83d\x00 pair"], dtype="object")
    odd = Frames(odd.spans.assign(name=name), odd.traces)
    archive.put(huge)
    archive.put(odd)
    archive.put(trace("c", 1, reported_usd=float("inf")))
    assert held(archive, "SELECT trace_id, reported_usd, name FROM spans ORDER BY 1") == [
        ("a", None, "ok"), ("b", None, "half ?\x00 pair"), ("c", None, "step"),
    ]  # fmt: skip


def test_a_trace_is_replaced_as_a_whole_and_others_stay() -> None:
    archive = opened()
    archive.put(together(trace("a", 3, name="first"), trace("b", 2)))
    archive.put(trace("a", 2, name="second"))
    assert held(archive, "SELECT trace_id, name, count(*) FROM spans GROUP BY ALL ORDER BY 1") == [
        ("a", "second", 2), ("b", "step", 2),
    ]  # fmt: skip
    assert held(archive, "SELECT trace_id, spans FROM traces ORDER BY 1") == [("a", 2), ("b", 2)]


def test_a_batch_that_fails_leaves_everything_as_it_was() -> None:
    archive = opened()
    archive.put(trace("a", 3))
    broken = trace("a", 1)
    with pytest.raises(KeyError):
        archive.put(Frames(broken.spans, broken.traces.drop(columns="read_at")))
    broken = Frames(broken.spans, broken.traces.assign(read_at="no time"))
    with pytest.raises(Exception, match="timestamp"):
        archive.put(broken)
    assert held(archive, "SELECT count(*) FROM spans") == [(3,)]
    archive.put(trace("a", 1))
    assert held(archive, "SELECT count(*) FROM spans") == [(1,)]


def test_an_empty_batch_and_a_trace_without_spans_are_no_error() -> None:
    archive = opened()
    archive.put(Frames(trace("x", 0).spans, trace("x", 0).traces.iloc[:0]))
    archive.put(trace("x", 0))
    assert archive.stats()[:2] == (1, 0)


def test_stats_of_something_and_of_nothing() -> None:
    archive = opened()
    empty = archive.stats()
    assert empty[:4] == Stats(0, 0, None, None, 0)[:4]
    archive.put(together(trace("a", 3), trace("b", 2, at=NOON + HOUR)))
    assert archive.stats()[:4] == (2, 5, NOON, NOON + HOUR)


def test_readers_see_whole_batches_while_one_writes() -> None:
    archive = opened()
    archive.put(trace("a", 1))
    seen: set[int] = set()
    problems: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.wait(0.01):
                seen.add(held(archive, "SELECT count(*) FROM spans")[0][0])
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in (4, 1) * 5:
        archive.put(trace("a", n))
    stop.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert seen <= {1, 4}


def test_a_reader_is_not_kept_waiting_by_a_writer() -> None:
    archive = opened()
    with archive._keeper._lock:  # as during a write
        answers: list[object] = []
        reader = threading.Thread(target=lambda: answers.append(archive.stats().traces))
        reader.start()
        reader.join(5)
        assert answers == [0]


def test_questions_reach_no_file_and_no_variable(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    archive, frame = opened(tmp_path), pd.DataFrame({"a": [1]})
    for source in (f"'{tmp_path}/x.csv'", "frame"):
        with pytest.raises(Exception, match=r"exist|disabled"):
            held(archive, f"SELECT * FROM {source}")
    assert len(frame) == 1
    archive.close()


# ---- bounds


def test_traces_beyond_the_age_go_in_whole_days_with_all_that_belongs_to_them() -> None:
    archive = opened(max_age=2 * DAY)
    for days in range(5):
        archive.put(trace(f"{days}", 2, at=NOON - days * DAY))
        archive.note_sweep(NOON - days * DAY, NOON - days * DAY + HOUR, NOON - days * DAY + HOUR, [])
    assert archive.trim(NOON + HOUR) == 2
    assert held(archive, "SELECT trace_id FROM traces ORDER BY 1") == [("0",), ("1",), ("2",)]
    assert held(archive, "SELECT count(*) FROM spans") == [(6,)]
    assert len(archive.sweeps(NOON - 9 * DAY, NOON + DAY)) == 3
    assert archive.kept_from(NOON) == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_long_trace_stays_while_its_last_span_is_young_enough() -> None:
    archive = opened(max_age=DAY)
    ended = NOON.replace(tzinfo=None)
    archive.put(trace("long", 1, at=NOON - 9 * DAY, whole={"ended_at": ended}))
    assert archive.trim(NOON) == 0


def test_what_would_be_trimmed_is_not_read() -> None:
    archive = opened(max_age=2 * DAY)
    old = NOON - 3 * DAY
    assert archive.note_sweep(old, old + HOUR, NOON, [listed("a", 1, at=old)]) == 0
    assert archive.pending(old, NOON, now=NOON, quiet=QUIET, limit=9) == []


def test_above_the_size_the_oldest_days_go_and_are_not_read_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    archive = opened(tmp_path, max_mb=3)
    one = trace("0", 1200)
    for days in range(40):
        start = pd.Timedelta(days=days)
        names = [f"{a:016x}{b:016x}" for a, b in rng.integers(0, 2**62, (1200, 2))]
        moved = {"started_at": one.spans["started_at"] - start, "trace_id": f"{days}"}
        whole = {"started_at": one.traces["started_at"] - start, "ended_at": one.traces["ended_at"] - start}
        archive.put(
            Frames(
                one.spans.assign(name=names, span_id=names, **moved),
                one.traces.assign(trace_id=f"{days}", **whole),
            )
        )
    archive.trim(NOON)
    assert archive.size_mb() <= 3
    left = {int(name) for (name,) in held(archive, "SELECT trace_id FROM traces")}
    assert left == set(range(len(left))), "the youngest are kept"
    assert 15 <= len(left) < 40, "no more went than had to"
    floor = archive.kept_from(NOON)
    assert floor == (NOON - max(left) * DAY).replace(hour=0)
    gone = NOON - 39 * DAY
    assert archive.note_sweep(gone, gone + HOUR, NOON, [listed("39", 1200, at=gone)]) == 0
    archive.close()
    larger = opened(tmp_path, max_mb=60)
    assert larger.note_sweep(gone, gone + HOUR, NOON, [listed("39", 1200, at=gone)]) == 1, "room again"
    larger.close()


def test_sweeps_of_short_windows_give_way_to_a_longer_one_that_was_asked_later() -> None:
    archive = opened()
    old = NOON - 3 * DAY
    for i in range(12):
        archive.note_sweep(old + i * 5 * MINUTE, old + (i + 1) * 5 * MINUTE, old + HOUR, [])
    archive.note_sweep(NOON - HOUR, NOON - 55 * MINUTE, NOON, [])
    archive.trim(NOON)
    assert len(archive.sweeps(old, NOON)) == 13, "nothing stands in their place"
    archive.note_sweep(old, old + HOUR, old + 2 * HOUR, [])
    archive.note_sweep(NOON - HOUR, NOON, NOON, [])
    archive.trim(NOON)
    assert [s.end - s.start for s in archive.sweeps(old, NOON)] == [HOUR, 5 * MINUTE, HOUR]


# ---- prices


def priced(trace_id: str, tokens: int, model: str, source: str, **more: object) -> Frames:
    span = {"price_model": model, "total_tokens": tokens, "prompt_tokens": tokens, "cost_source": source}
    return trace(trace_id, 1, **(span | more))  # type: ignore[arg-type]


def test_other_prices_change_estimates_and_the_sums_of_their_traces() -> None:
    archive = opened(book=Book("1", a=0.01))
    archive.put(priced("known", 10, "a", "estimated", estimated_usd=0.1))
    archive.put(priced("new", 20, "x/b\nb", "unpriced", whole={"unpriced_tokens": 20}))
    archive.put(priced("lost", 30, "c", "own", estimated_usd=0.3))
    archive.put(priced("same", 40, "d", "estimated", estimated_usd=0.4))
    archive.put(priced("told", 50, "a", "reported", reported_usd=0.7))
    archive.put(priced("twice", 60, "a", "estimated", estimated_usd=9.0, duplicate=True))
    book = Book("2", a=0.02, b=0.03, d=0.01)
    assert archive.reprice(book) == 4
    columns = "trace_id, estimated_usd::DOUBLE, cost_source"
    assert held(archive, f"SELECT {columns} FROM spans ORDER BY 1") == [
        ("known", 0.2, "estimated"), ("lost", None, "unpriced"), ("new", 0.6, "estimated"),
        ("same", 0.4, "estimated"), ("told", None, "reported"), ("twice", 1.2, "estimated"),
    ]  # fmt: skip
    of_traces = "SELECT trace_id, estimated_usd::DOUBLE, unpriced_tokens FROM traces ORDER BY 1"
    assert held(archive, of_traces)[:3] == [("known", 0.2, 0), ("lost", None, 30), ("new", 0.6, 0)]
    assert held(archive, of_traces)[5] == ("twice", None, None), "a duplicate row is in no sum"


def test_the_same_prices_are_not_asked_again(tmp_path: Path) -> None:
    first = opened(tmp_path, book=Book("1"))
    first.put(priced("a", 10, "a", "estimated", estimated_usd=0.1))
    same, other = Book("1", a=9), Book("2", a=0.02)
    assert first.reprice(same) == 0
    assert same.asked == []
    first.close()
    second = opened(tmp_path, book=other)  # the version is remembered over a restart
    assert second.reprice(other) == 1
    assert second.reprice(other) == 0
    assert len(other.asked) == 1
    second.close()


def test_equal_calls_of_one_half_hour_are_asked_once() -> None:
    archive = opened(book=Book("1"))
    for i, minutes in enumerate((0, 10, 20, 30)):
        archive.put(priced(f"{i}", 10, "a\nb", "unpriced", at=NOON + minutes * MINUTE, provider="p"))
    archive.put(priced("unknown", 10, "a", "unpriced", prompt_tokens=pd.NA))
    book = Book("2")
    assert archive.reprice(book) == 0
    assert sorted(book.asked, key=str) == sorted(
        [
            (("a", "b"), "p", NOON, 10),
            (("a", "b"), "p", NOON + 30 * MINUTE, 10),
            (("a",), "", NOON, None),
        ],
        key=str,
    )


def test_a_trace_over_midnight_sums_the_estimates_of_both_days() -> None:
    midnight = NOON + 12 * HOUR
    archive = opened(book=Book("1"))
    archive.put(
        trace(
            "a", 4, at=midnight - 2 * SECOND, price_model="a", prompt_tokens=1, total_tokens=1,
            cost_source="unpriced",
        )
    )  # fmt: skip
    assert archive.reprice(Book("2", a=0.25)) == 4
    assert held(archive, "SELECT estimated_usd::DOUBLE, unpriced_tokens FROM traces") == [(1.0, 0)]


def without_costs(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: without_costs(value) for key, value in body.items() if not key.endswith("cost")}
    return [without_costs(item) for item in body] if isinstance(body, list) else body


def test_real_prices_give_stored_traces_the_estimates_that_reading_gave_them() -> None:
    """Recorded traces without their costs: another book changes the estimates, the first brings back each."""
    book = price_book(None)
    answers = [load(name) for name in names("trace_detail")]
    bodies = [without_costs(a.body) for a in answers if a.status == 200 and a.body["spans"]]
    traces = [Trace.model_validate(body) for body in bodies]
    read = tidy({t.trace_id: t for t in traces}.values(), book=book, read_at=NOON)
    archive = opened(book=book)
    archive.put(read)
    amounts = """SELECT 's', span_id, estimated_usd, cost_source FROM spans UNION ALL
        SELECT 't', trace_id, estimated_usd, CAST(unpriced_tokens AS VARCHAR) FROM traces ORDER BY ALL"""
    first = held(archive, amounts)
    changed = archive.reprice(Book("free"))
    assert changed == sum(source in ("estimated", "own") for kind, _, _, source in first if kind == "s") > 0
    assert held(archive, amounts) != first
    assert archive.reprice(book) == changed
    assert held(archive, amounts) == first
