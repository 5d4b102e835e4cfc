"""What happens when, and what runs and is spent at a moment, by traces that one can play in the head."""

from __future__ import annotations

import random
import time
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from agentops_client import Trace
from dashboard.replay import Replay, Spent, Strip, replay
from tests.dashboard.made_traces import llm, made, span, tidied, trace
from tests.recorded import load, names

RECORDED = [
    name
    for folder in ("trace_detail", "odd_rows", "public")
    for name in names(folder)
    if isinstance(load(name).body, dict) and "span_id" in str(load(name).body.get("spans", ""))
]


def played(*spans: dict[str, Any], **options: Any) -> Replay:
    return replay(made(*spans).reset_index(), **options)


def order(film: Replay) -> list[str]:
    """``+a`` for the start of a, ``-a`` for its end."""
    return [("+" if starts else "-") + film.spans[at].id for _, at, starts in film.steps]


def running(film: Replay, offset_s: float) -> list[str]:
    return [film.spans[at].id for at in film.at(offset_s).running]


def hand() -> Replay:
    """root 0–10; a 1–3; b 3–7, in it c 4–5 and d 4.5–6."""
    return played(
        span("root", lasts=10),
        span("a", parent="root", at=1, lasts=2),
        span("b", parent="root", at=3, lasts=4),
        span("c", parent="b", at=4, lasts=1),
        span("d", parent="b", at=4.5, lasts=1.5),
    )


# ---- order -------------------------------------------------------------------------------------------


def test_starts_and_ends_stand_in_order_of_time() -> None:
    film = hand()
    assert order(film) == ["+root", "+a", "-a", "+b", "+c", "+d", "-c", "-d", "-b", "-root"]
    assert [at_s for at_s, _, _ in film.steps] == [0, 1, 3, 3, 4, 4.5, 5, 6, 7, 10]
    assert (film.duration_s, film.shown_s, film.pace, film.gaps) == (10, 10, 1, ())


def test_at_one_instant_ends_come_first_and_parents_enclose_children() -> None:
    film = played(
        span("child", parent="mother", at=2, lasts=3),
        span("mother", parent="root", at=2, lasts=3),
        span("early", parent="root", at=0, lasts=2),
        span("root", at=0, lasts=5),
    )
    assert order(film) == ["+root", "+early", "-early", "+mother", "+child", "-child", "-mother", "-root"]


def test_a_span_without_duration_starts_and_ends_within_its_parent() -> None:
    film = played(
        span("root", lasts=4),
        span("at_start", parent="root", at=0, lasts=0),
        span("work", parent="root", at=0, lasts=4),
        span("at_end", parent="root", at=4, lasts=0),
        span("below", parent="at_end", at=4, lasts=0),
        span("alone", at=4, lasts=0),
    )
    assert order(film) == [
        "+root", "+at_start", "+work", "-at_start", "-work", "+at_end", "+below", "-below", "-at_end",
        "-root", "+alone", "-alone",
    ]  # fmt: skip


def test_a_cycle_an_orphan_and_a_duplicate() -> None:
    film = played(
        span("b", parent="a", at=1, lasts=1),
        span("a", parent="b", at=0, lasts=3),
        span("lost", parent="nobody", at=1, lasts=1),
        span("lost", "again", parent="nobody", at=1, lasts=9),
    )
    assert order(film) == ["+a", "+lost", "+b", "-b", "-lost", "-a"]
    assert [(each.id, each.parent, each.depth) for each in film.spans] == [
        ("a", None, 0),
        ("b", 0, 1),
        ("lost", None, 0),
    ]


def test_a_trace_without_any_time() -> None:
    film = played(span("one", lasts=0, status="ERROR"))
    assert (film.duration_s, film.shown_s, film.pace) == (0, 0, 1)
    assert order(film) == ["+one", "-one"]
    assert film.at(0).spent.errors == 1
    assert film.at(0).running == ()


def test_no_spans_at_all() -> None:
    film = replay(tidied(trace(span("x"))).spans.iloc[:0])
    assert (film.spans, film.steps, film.duration_s, film.strip) == ((), (), 0, ())
    assert film.at(0).spent == Spent(None, None, None, 0, 0)


# ---- a moment ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_s", "names"),
    [
        (0, ["root"]), (1, ["a", "root"]), (2.999, ["a", "root"]), (3, ["b", "root"]),
        (4.2, ["c", "b", "root"]), (4.5, ["d", "c", "b", "root"]), (5, ["d", "b", "root"]),
        (6.5, ["b", "root"]), (8, ["root"]), (10, []),
    ],
)  # fmt: skip
def test_what_runs_innermost_first(at_s: float, names: list[str]) -> None:
    assert running(hand(), at_s) == names


def test_children_that_outlive_their_parent_run_on() -> None:
    film = played(span("p", lasts=2), span("c", parent="p", at=1, lasts=5))
    assert [running(film, at_s) for at_s in (0, 1, 2, 5.9, 6)] == [["p"], ["c", "p"], ["c"], ["c"], []]


def test_the_strip_tells_the_innermost_kind_and_where_only_the_root_waits() -> None:
    film = played(
        span("root", lasts=10),
        llm("ask", parent="root", at=1, lasts=4),
        span("tool", parent="ask", at=2, lasts=1, attributes={"agentops.span.kind": "tool"}),
        span("rest", parent="root", at=6, lasts=4),
    )
    assert film.strip == (
        Strip(0, 1, ""), Strip(1, 2, "llm"), Strip(2, 3, "tool"), Strip(3, 5, "llm"), Strip(5, 6, ""),
        Strip(6, 10, "other"),
    )  # fmt: skip


def test_any_moment_of_any_trace_by_brute_force() -> None:
    for seed in range(30):
        chance = random.Random(seed)
        ids = [f"s{i}" for i in range(25)]
        film = played(
            *(
                span(name, parent=chance.choice([*ids, "", "gone"]), at=chance.randrange(40),
                     lasts=chance.randrange(20), status=chance.choice(["OK", "ERROR"]))
                for name in ids
            )
        )  # fmt: skip
        for at_s in (0, 3, 7.5, 20, 39, film.duration_s):
            assert set(film.at(at_s).running) == {
                i for i, each in enumerate(film.spans) if each.start_s <= at_s < each.end_s
            }
            ended = [each for each in film.spans if each.end_s <= at_s]
            assert film.at(at_s).spent.errors == sum(each.failed for each in ended)
        place = {(at, starts): number for number, (_, at, starts) in enumerate(film.steps)}
        for i, each in enumerate(film.spans):
            assert place[i, True] < place[i, False]
            if each.parent is None:
                continue
            above = film.spans[each.parent]
            if above.start_s <= each.start_s <= above.end_s and above.start_s < above.end_s:
                assert place[each.parent, True] < place[i, True]
            if above.start_s <= each.start_s and each.end_s <= above.end_s:
                assert place[i, False] < place[each.parent, False]


# ---- what is spent -----------------------------------------------------------------------------------


def test_a_spans_usage_and_failure_are_booked_when_it_ends() -> None:
    film = played(
        span("root", lasts=9),
        llm("first", parent="root", at=0, lasts=2, tokens=(10, 20), cost="0.01"),
        span("fails", parent="root", at=1, lasts=2, status="ERROR"),
        llm("priceless", model="nobody/knows", parent="root", at=3, lasts=1, tokens=(5, 5)),
        llm("second", parent="root", at=3, lasts=4, tokens=(100, 0), cost="0.02"),
    )
    assert {at_s: film.at(at_s).spent for at_s in (0, 1.999, 2, 3, 4, 6.9, 7, 9)} == {
        0: Spent(0, 0.0, None, 0, 0),
        1.999: Spent(0, 0.0, None, 0, 0),
        2: Spent(30, 0.01, None, 0, 0),
        3: Spent(30, 0.01, None, 0, 1),
        4: Spent(40, 0.01, None, 10, 1),
        6.9: Spent(40, 0.01, None, 10, 1),
        7: Spent(140, 0.03, None, 10, 1),
        9: Spent(140, 0.03, None, 10, 1),
    }


def test_estimates_are_told_apart_and_roll_ups_count_once() -> None:
    film = played(
        span("root", lasts=4, attributes={"gen_ai.usage.total_cost": "0.5"}),
        llm("known", parent="root", at=0, lasts=1, tokens=(1, 1), cost="0.5"),
        llm("guessed", "gpt-4o", at=1, lasts=1, tokens=(1_000_000, 0)),
    )
    assert film.at(1).spent == Spent(2, 0.5, 0.0, 0, 0)
    end = film.at(4).spent
    assert (end.tokens, end.reported_usd, end.estimated_usd) == (1_000_002, 0.5, 2.5)
    assert end.cost_usd == 3.0


def test_without_any_usage_nothing_is_told_as_zero() -> None:
    spent = played(span("root"), span("a", parent="root")).at(1).spent
    assert spent == Spent(None, None, None, 0, 0)
    assert spent.cost_usd is None


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_trace_plays_and_ends_at_its_totals(name: str) -> None:
    tables = tidied(Trace.model_validate(load(name).body))
    total = tables.traces.iloc[0]
    film = replay(tables.spans)
    end = film.at(film.duration_s)
    assert end.running == ()
    told = [None if pd.isna(total[key]) else total[key] for key in ("total_tokens", "reported_usd")]
    assert [end.spent.tokens, end.spent.reported_usd] == told
    estimated = None if pd.isna(total["estimated_usd"]) else pytest.approx(total["estimated_usd"], abs=1e-11)
    assert end.spent.estimated_usd == estimated
    assert (end.spent.unpriced_tokens, end.spent.errors) == (total["unpriced_tokens"], total["errors"])
    assert len(film.steps) == 2 * total["spans"]
    sums = [spent for _, spent in film.sums]
    assert all((a.tokens or 0) <= (b.tokens or 0) and a.errors <= b.errors for a, b in pairwise(sums))


def test_all_kinds_of_recordings_are_among_them() -> None:
    assert len(RECORDED) > 25


# ---- many spans --------------------------------------------------------------------------------------


def many(count: int) -> pd.DataFrame:
    """Every other one a model's call that has nothing below it."""
    chance = random.Random(count)
    spans = [span("s0", lasts=600)]
    for i in range(1, count):
        when = {"at": chance.uniform(0, 590), "lasts": chance.uniform(0, 10)}
        above = f"s{chance.randrange(0, i, 2)}"
        used = {"tokens": (1, 1), "cost": "0.001"}
        spans.append(
            llm(f"s{i}", parent=above, **used, **when) if i % 2 else span(f"s{i}", parent=above, **when)
        )
    return made(*spans).reset_index()


def test_of_too_many_spans_the_longest_play_and_all_count() -> None:
    film = played(
        span("root", lasts=9),
        llm("short", parent="root", at=1, lasts=1, tokens=(3, 4), cost="0.25"),
        span("middle", parent="short", at=2, lasts=3),
        span("long", parent="root", at=3, lasts=5),
        spans_max=3,
    )
    assert [each.id for each in film.spans] == ["root", "middle", "long"]
    assert film.left_out == 1
    assert film.at(9).spent == Spent(7, 0.25, None, 0, 0)


def test_time_grows_as_the_number_of_spans() -> None:
    def takes_s(spans: pd.DataFrame) -> float:
        began = time.process_time()
        replay(spans)
        return time.process_time() - began

    few, spans = many(1_000), many(10_000)
    ratio = min(takes_s(spans) for _ in range(3)) / min(takes_s(few) for _ in range(3))
    assert ratio < 30  # ten, and room for noise; a hundred where each span looks at all others
    film = replay(spans)
    assert film.at(film.duration_s).spent == Spent(10_000, 5.0, None, 0, 0)
    assert len(film.strip) <= 1_000
