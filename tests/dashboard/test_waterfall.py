"""Rows in tree order, the critical path and idle gaps, by traces whose times one can add in the head."""

from __future__ import annotations

import random
import time
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from dashboard.spans.facts import read
from dashboard.spans.tree import grow
from dashboard.waterfall import Row, Waterfall, waterfall
from dashboard.waterfall.forest import forest, in_order
from tests.dashboard.made_traces import llm, made, span, tidied, trace


def falls(*spans: dict[str, Any], **options: Any) -> Waterfall:
    return waterfall(made(*spans).reset_index(), **options)


def by_id(fall: Waterfall) -> dict[str, Row]:
    return {row.id: row for row in fall.rows}


def critical(*spans: dict[str, Any]) -> dict[str, float]:
    """Seconds on the critical path by span, those without any left out."""
    return {row.id: row.critical_s for row in falls(*spans).rows if row.type == "span" and row.critical_s}


def shape(fall: Waterfall) -> list[str]:
    return ["." * row.depth + row.id for row in fall.rows]


# ---- the tree ----------------------------------------------------------------------------------------


def test_rows_stand_in_tree_order_and_siblings_by_start() -> None:
    fall = falls(
        span("late", parent="root", at=6, lasts=4),
        span("root", lasts=10),
        span("leaf", parent="early", at=1, lasts=1),
        span("early", parent="root", at=0, lasts=6),
    )
    assert shape(fall) == ["root", ".early", "..leaf", ".late"]
    assert [row.parent for row in fall.rows] == [None, 0, 1, 0]
    late = by_id(fall)["late"]
    assert (late.offset_s, late.duration_s) == (6.0, 4.0)
    assert fall.duration_s == 10.0


def test_a_span_whose_parent_never_arrived_is_a_top_and_an_orphan() -> None:
    fall = falls(span("root", lasts=3), span("lost", parent="nobody", lasts=3))
    assert shape(fall) == ["root", "lost"]
    assert [row.orphan for row in fall.rows] == [False, True]


def test_a_cycle_is_cut_at_its_first_started_span() -> None:
    fall = falls(
        span("b", parent="a", at=2, lasts=1),
        span("a", parent="c", at=1, lasts=4),
        span("c", parent="b", at=3),
    )
    assert shape(fall) == ["a", ".b", "..c"]
    assert [row.orphan for row in fall.rows] == [True, False, False]


def test_a_span_that_is_its_own_parent() -> None:
    assert shape(falls(span("a", parent="a"))) == ["a"]


def test_the_tree_is_the_archives_tree_whatever_the_links_say() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        names = [f"s{i}" for i in range(30)]
        given = trace(
            *(
                span(name, parent=chance.choice([*names, "", "gone"]), at=chance.randrange(60), lasts=1)
                for name in names
            )
        )
        facts = [read(each) for each in given.spans]
        archived = grow(facts)
        rows = waterfall(tidied(given).spans).rows
        parents = {
            row.id: rows[row.parent].id for row in rows if row.type == "span" and row.parent is not None
        }
        assert parents == {
            facts[i].span_id: facts[above].span_id for i, above in enumerate(archived.parent) if above >= 0
        }, seed


def test_errors_are_marked_up_to_the_root() -> None:
    rows = by_id(
        falls(
            span("root", lasts=4),
            span("a", parent="root", lasts=2),
            span("bad", parent="a", lasts=1, status="ERROR"),
            span("fine", parent="root", at=2, lasts=2),
        )
    )
    assert {name: (row.failed, row.failed_below) for name, row in rows.items()} == {
        "root": (0, 1), "a": (0, 1), "bad": (1, 0), "fine": (0, 0),
    }  # fmt: skip


def test_tokens_and_costs_of_a_row_and_of_all_below_it() -> None:
    rows = by_id(
        falls(
            span("root", "run.session", lasts=4),
            llm("one", parent="root", tokens=(10, 5), cost="0.25"),
            llm("two", parent="root", at=1, tokens=(20, 5), cost="0.5"),
            span("silent", parent="root", at=2),
        )
    )
    root, one, silent = rows["root"], rows["one"], rows["silent"]
    assert (root.tokens, root.cost_usd, root.subtree_tokens, root.subtree_cost_usd) == (None, None, 40, 0.75)
    assert (one.tokens, one.cost_usd, one.cost_source, one.subtree_tokens) == (15, 0.25, "reported", 15)
    assert (one.kind, one.label) == ("llm", "gpt-4o")
    assert (silent.tokens, silent.cost_usd, silent.subtree_tokens, silent.cost_source) == (
        None, None, None, "none",
    )  # fmt: skip


def test_a_duplicate_has_no_row() -> None:
    assert shape(falls(span("root"), span("root", lasts=5))) == ["root"]


def test_no_spans() -> None:
    assert waterfall(made(span("a")).reset_index().iloc[:0]) == Waterfall((), 0.0, 0.0)


def test_spans_without_any_duration() -> None:
    fall = falls(span("root", lasts=0), span("a", parent="root", lasts=0))
    assert shape(fall) == ["root", ".a"]
    assert (fall.duration_s, fall.idle_s) == (0.0, 0.0)
    assert {row.critical_share for row in fall.rows} == {0.0}


# ---- critical path -----------------------------------------------------------------------------------


def test_one_call_after_the_other() -> None:
    # root 0-10: a 0-4, b 4-9; the last second is the root's own, with nothing below it: idle
    fall = falls(
        span("root", lasts=10), span("a", parent="root", lasts=4), span("b", parent="root", at=4, lasts=5)
    )
    assert {row.id: row.critical_s for row in fall.rows if row.type == "span"} == {"root": 0, "a": 4, "b": 5}
    assert by_id(fall)["b"].critical_share == 0.5
    assert fall.idle_s == 1.0


def test_of_parallel_calls_the_one_that_ended_last_is_waited_for() -> None:
    assert critical(
        span("root", lasts=6),
        span("group", parent="root", lasts=6),
        span("slow", parent="group", at=0, lasts=6),
        span("quick", parent="group", at=0, lasts=2),
    ) == {"slow": 6.0}


def test_a_call_that_ran_on_into_the_next_one_was_not_waited_for() -> None:
    # b began at 4 while a ran until 6: not a's end but the group itself let b begin
    assert critical(
        span("root", lasts=10),
        span("group", parent="root", lasts=10),
        span("a", parent="group", lasts=6),
        span("b", parent="group", at=4, lasts=6),
    ) == {"group": 4.0, "b": 6.0}


def test_the_deepest_span_has_the_time() -> None:
    assert critical(
        span("root", lasts=10),
        span("agent", parent="root", lasts=10),
        span("task", parent="agent", at=1, lasts=8),
        span("call", parent="task", at=3, lasts=5),
    ) == {"agent": 1 + 1, "task": 2 + 1, "call": 5.0}


def test_the_path_is_told_in_pieces() -> None:
    rows = by_id(
        falls(
            span("root", lasts=10), span("a", parent="root", lasts=10), span("b", parent="a", at=3, lasts=5)
        )
    )
    assert rows["a"].on_path == ((0.0, 3.0), (8.0, 2.0))
    assert rows["b"].on_path == ((3.0, 5.0),)
    assert (rows["a"].critical_s, rows["a"].subtree_critical_s, rows["root"].subtree_critical_s) == (
        5,
        10,
        10,
    )


def test_what_outlives_its_parent_is_waited_for_where_the_time_ends() -> None:
    # the agent answers at 5 and writes a log until 9, the next step needs only the answer
    spans = (
        span("root", lasts=10),
        span("agent", parent="root", lasts=5),
        span("log", parent="agent", at=4, lasts=5),
        span("next", parent="root", at=5, lasts=5),
    )
    assert critical(*spans) == {"agent": 5.0, "next": 5.0}
    # without a next step the end is that of the log, and the agent started it
    assert critical(*spans[1:3]) == {"agent": 4.0, "log": 5.0}


def test_a_child_that_starts_before_its_parent() -> None:
    assert critical(span("root", at=1, lasts=9), span("a", parent="root", at=0, lasts=10)) == {"a": 10.0}


def test_ends_that_the_clock_put_a_microsecond_too_late() -> None:
    spans = made(
        span("root", lasts=10), span("a", parent="root", lasts=4), span("b", parent="root", at=4, lasts=6)
    )
    spans.loc["a", "duration_s"] = 4.0000009
    rows = by_id(waterfall(spans.reset_index()))
    assert (rows["a"].critical_s, rows["b"].critical_s) == (4.0, 6.0)


def test_several_tops_without_a_root() -> None:
    assert critical(
        span("a", parent="gone", lasts=6),
        span("b", parent="gone", at=4, lasts=6),
        span("c", parent="gone", at=12),
    ) == {"a": 4.0, "b": 6.0, "c": 1.0}


def random_spans(chance: random.Random, count: int) -> list[dict[str, Any]]:
    """Whole seconds; most spans lie within their parent, some outlive it, some have none that arrived."""
    times = [(0, 1000)]
    spans = [span("s0", lasts=1000)]
    for i in range(1, count):
        above = chance.randrange(max(0, i - 20), i)
        start, end = times[above]
        begin = chance.randint(start, end)
        last = chance.randint(begin, end + (30 if chance.random() < 0.1 else 0))
        times.append((begin, last))
        parent = "gone" if chance.random() < 0.05 else f"s{above}"
        spans.append(span(f"s{i}", parent=parent, at=begin, lasts=last - begin))
    return spans


def seconds_without(spans: list[tuple[int, int]], until: int) -> int:
    return sum(not any(start <= second < end for start, end in spans) for second in range(until))


@pytest.mark.parametrize("seed", range(25))
def test_path_and_idle_time_make_up_the_trace(seed: int) -> None:
    chance = random.Random(seed)
    made_spans = random_spans(chance, 60)
    if seed % 5 == 0:
        made_spans = made_spans[1:]  # the root never arrived
    fall = falls(*made_spans)
    of_spans = [row for row in fall.rows if row.type == "span"]
    assert sum(row.critical_s for row in of_spans) == pytest.approx(fall.duration_s - fall.idle_s, abs=1e-6)
    assert sum(row.critical_share for row in of_spans) == pytest.approx(1 - fall.idle_s / fall.duration_s)
    times = [
        (round(row.offset_s), round(row.offset_s + row.duration_s)) for row in of_spans if row.id != "s0"
    ]
    assert fall.idle_s == seconds_without(times, round(fall.duration_s))
    pieces = sorted(piece for row in of_spans for piece in row.on_path)
    for (start, lasts), (following, _) in pairwise(pieces):
        assert start + lasts <= following + 1e-9
    for row in of_spans:
        for start, lasts in row.on_path:
            assert row.offset_s <= start
            assert start + lasts <= row.offset_s + row.duration_s + 1e-9


# ---- idle gaps ---------------------------------------------------------------------------------------


def test_idle_gaps_are_rows_and_tell_their_place() -> None:
    fall = falls(
        span("root", lasts=10),
        span("a", "ask", parent="root", at=2, lasts=3),
        span("b", "search", parent="root", at=8, lasts=2),
    )
    assert shape(fall) == ["root", ".gap 1", ".a", ".gap 2", ".b"]
    first, second = (row for row in fall.rows if row.type == "gap")
    assert (first.offset_s, first.duration_s, first.after, first.before) == (0, 2, "", "ask")
    assert (second.offset_s, second.duration_s, second.after, second.before) == (5, 3, "ask", "search")
    assert (first.parent, first.spans, first.kind) == (0, 0, "")
    assert fall.idle_s == 5.0


def test_a_gap_needs_a_twentieth_of_the_trace_or_more_than_a_second() -> None:
    def rows_of_gaps(lasts: float, gap: float) -> int:
        half = (lasts - gap) / 2
        fall = falls(
            span("root", lasts=lasts),
            span("a", parent="root", lasts=half),
            span("b", parent="root", at=half + gap, lasts=half),
        )
        assert fall.idle_s == pytest.approx(gap)
        return sum(row.type == "gap" for row in fall.rows)

    assert [rows_of_gaps(10, 0.5), rows_of_gaps(10, 0.6)] == [0, 1]
    assert [rows_of_gaps(100, 1.0), rows_of_gaps(100, 1.1)] == [0, 1]


def test_a_root_alone_is_not_idle() -> None:
    fall = falls(span("root", lasts=10))
    assert (fall.idle_s, fall.rows[0].critical_s) == (0.0, 10.0)


def test_between_tops_without_a_root_the_gap_stands_at_the_top() -> None:
    fall = falls(span("a", parent="gone", lasts=2), span("b", parent="gone", at=5, lasts=2))
    assert shape(fall) == ["a", "gap 1", "b"]
    assert (fall.rows[1].parent, fall.idle_s) == (None, 3.0)


# ---- runs of equal siblings --------------------------------------------------------------------------


def calls(count: int, *, at: int, name: str = "chat", failed: int = 0) -> list[dict[str, Any]]:
    return [
        span(f"{name}{i}", name, parent="root", at=at + i, lasts=1, status="ERROR" if i < failed else "OK")
        for i in range(count)
    ]


def test_runs_are_folded_only_in_a_trace_of_many_rows() -> None:
    spans = [
        span("root", lasts=22),
        *calls(12, at=0, failed=3),
        *calls(9, at=12, name="search"),
        span("z", parent="root", at=21),
    ]
    assert len(falls(*spans).rows) == 23
    fall = falls(*spans, rows_max=20)
    assert shape(fall)[:3] == ["root", ".run chat0", "..chat0"]
    run = fall.rows[1]
    assert (run.name, run.spans, run.failed, run.failed_below) == ("chat", 12, 3, 3)
    assert (run.offset_s, run.duration_s, run.self_s, run.critical_s) == (0, 12, 12, 12)
    assert shape(fall)[14:] == [f".search{i}" for i in range(9)] + [".z"]
    assert (fall.rows[0].failed_below, fall.rows[0].subtree_critical_s) == (3, 22)


def test_idle_time_within_a_run_is_folded_with_it() -> None:
    spans = [
        span("root", lasts=24),
        *calls(6, at=0),
        *(span(f"more{i}", "chat", parent="root", at=10 + i) for i in range(6)),
    ]
    fall = falls(*spans, rows_max=5)
    assert [f"{row.type} {row.depth}" for row in fall.rows if row.type != "span"] == [
        "run 1",
        "gap 2",
        "gap 1",
    ]
    assert fall.rows[1].duration_s == 16.0


def test_ten_thousand_spans_take_no_longer_each_than_four_hundred() -> None:
    chance = random.Random(1)
    spans = random_spans(chance, 400)
    table = tidied(trace(*spans)).spans
    many = pd.concat(
        [
            table.assign(
                span_id=table["span_id"] + f"-{i}",
                parent_id=[f"{parent}-{i}" if parent else "s0-0" * (i > 0) for parent in table["parent_id"]],
                started_at=table["started_at"] + pd.Timedelta(seconds=i * 1100),
            )
            for i in range(25)
        ],
        ignore_index=True,
    )
    fall, took_s = min((timed(many) for _ in range(3)), key=lambda each: each[1])
    assert took_s < 3 * 25 * min(timed(table)[1] for _ in range(3))  # the tree's work grows no faster than it
    assert sum(row.type == "span" for row in fall.rows) == 10_000
    assert sum(row.critical_s for row in fall.rows if row.type == "span") == pytest.approx(
        fall.duration_s - fall.idle_s, abs=1e-3
    )


def timed(spans: pd.DataFrame) -> tuple[Waterfall, float]:
    began = time.thread_time()
    fall = waterfall(spans)
    return fall, time.thread_time() - began


def test_a_chain_of_five_thousand_needs_no_recursion() -> None:
    chain = [span("0", lasts=5000)] + [span(str(i), parent=str(i - 1), lasts=5000) for i in range(1, 5000)]
    table = tidied(trace(*chain)).spans
    assert max(forest(in_order(table)).parent) == 4998
    fall = waterfall(table)
    assert fall.rows[-1].depth == 4999
    assert fall.rows[-1].critical_s == 5000.0
