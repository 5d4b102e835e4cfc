"""The list of traces against the same list in plain Python, over 5,000 traces; and single cases."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from dashboard.archive.reading import listing as reading
from dashboard.archive.reading.narrowing import _KEYS
from dashboard.export.columns import COLUMNS
from dashboard.filters import SORTS, Filters
from tests.dashboard.archived import END, HOUR, START, archive, at, span, trace
from tests.dashboard.listed_traces import World, asked, cost_usd, world

FIND = "ab" * 4


@pytest.fixture(scope="module")
def made() -> World:
    return world()


@pytest.fixture
def db(made: World) -> Iterator[duckdb.DuckDBPyConnection]:
    with made.archive.reading() as cursor:
        yield cursor


def ids(db: duckdb.DuckDBPyConnection, **said: Any) -> list[str]:
    """Ids of the list, smallest id first unless told otherwise."""
    return reading.matching(db, START, END, Filters(**({"sort": "trace_id", "descending": False} | said)))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_each_order_is_that_of_plain_python(
    made: World, db: duckdb.DuckDBPyConnection, sort: str, descending: bool
) -> None:
    filters = Filters(sort=sort, descending=descending)
    assert reading.matching(db, START, END, filters) == made.expected(filters)


def test_filters_pages_and_neighbours_are_those_of_plain_python(
    made: World, db: duckdb.DuckDBPyConnection
) -> None:
    chance = random.Random(7)
    sizes = []
    for _ in range(60):
        filters = asked(chance)
        expected = made.expected(filters)
        sizes.append(len(expected))
        assert reading.matching(db, START, END, filters) == expected, filters
        pages = max(1, -(-len(expected) // filters.size))
        number = chance.randrange(1, pages + 1)
        page = reading.listing(db, START, END, replace(filters, page=number))
        before = (number - 1) * filters.size
        assert page.rows["trace_id"].tolist() == expected[before : before + filters.size]
        assert (page.total, page.page) == (len(expected), number)
        if expected:
            place = chance.choice((0, len(expected) - 1, chance.randrange(len(expected))))
            assert reading.neighbours(db, START, END, filters, expected[place]) == (
                expected[place - 1] if place else None,
                expected[place + 1] if place + 1 < len(expected) else None,
                place + 1,
                len(expected),
            )
    assert min(sum(size > 100 for size in sizes), sum(size < 30 for size in sizes)) > 10


def test_pages_together_are_the_whole_list(made: World, db: duckdb.DuckDBPyConnection) -> None:
    filters = Filters(sort="errors", size=100)
    expected = made.expected(filters)
    pages = [reading.listing(db, START, END, replace(filters, page=n)) for n in range(1, 42)]
    assert {page.pages for page in pages} == {-(-len(expected) // 100)} == {len(pages)}
    assert [i for page in pages for i in page.rows["trace_id"]] == expected


def test_rows_say_what_is_stored(made: World, db: duckdb.DuckDBPyConnection) -> None:
    rows = reading.listing(db, START, END, Filters(size=100)).rows
    assert list(rows.columns) == list(COLUMNS)
    for row in rows.to_dict("records"):
        stored = made.traces[row["trace_id"]]
        for name in COLUMNS:
            expected = cost_usd(stored) if name == "cost_usd" else stored[name]
            value = None if isinstance(row[name], float) and math.isnan(row[name]) else row[name]
            assert value == expected, name


def test_choices_are_counted_over_the_range(made: World, db: duckdb.DuckDBPyConnection) -> None:
    found = reading.choices(db, START, END)
    inside = [row for row in made.traces.values() if START <= row["started_at"] < END]
    for name in ("models", "agents", "tags"):
        counts = Counter(value for row in inside for value in row[name] or [""])
        assert dict(getattr(found, name).values) == counts
        assert getattr(found, name).total == len(counts)
        numbers = [traces for _, traces in getattr(found, name).values]
        assert numbers == sorted(numbers, reverse=True)
    assert dict(found.services.values) == Counter(row["service"] for row in inside)
    for value, traces in found.tags.values:
        assert len(ids(db, tags=frozenset({value}))) == traces


def test_choices_are_limited_and_tell_how_many_there_are() -> None:
    db = archive(traces=[trace("t1", tags=["a", "b", "c"]), trace("t2", tags=["c", "c"])])
    assert reading.choices(db, START, END, limit=2).tags == ((("c", 2), ("a", 1)), 3)
    assert reading.choices(archive(), START, END).tags == ((), 0)


def test_sorts_and_columns_are_the_same() -> None:
    assert set(_KEYS) == set(SORTS) == set(COLUMNS)
    assert len(SORTS) == len(COLUMNS)


def test_a_trace_is_where_it_began() -> None:
    db = archive(
        traces=[
            trace("before", started_at=at(-1), ended_at=at(5)),
            trace("first", started_at=at(0)),
            trace("after", started_at=at(24)),
        ],
        spans=[span("before", started_at=at(1))],
    )
    assert ids(db) == ["first"]


def test_signs_of_patterns_are_plain_text() -> None:
    db = archive(
        traces=[
            trace("t1", name="100% sure"),
            trace("t2", name="100 sure"),
            trace("t3", tags=["a_b"]),
            trace("t4", tags=["axb"]),
            trace("t5", name='it\'s [a-z]* \\d "x"'),
            trace("T6", name="Straße 한글"),
        ]
    )
    texts = {"%": ["t1"], "_": ["t3"], "a_b": ["t3"], "0% S": ["t1"], "'": ["t5"], '"': ["t5"], "\\": ["t5"]}
    texts |= {"[a-z]*": ["t5"], "한": ["T6"], "STRAßE": ["T6"], "t6": ["T6"], "$text": [], "' OR 1=1 --": []}
    assert {text: ids(db, text=text) for text in texts} == texts
    assert ids(db, tags=frozenset({"a_b"})) == ["t3"]
    assert ids(db, tags=frozenset({"a%"})) == []


def test_text_is_not_found_across_tags() -> None:
    db = archive(traces=[trace("t1", tags=["ab", "cd"])])
    assert [ids(db, text=text) for text in ("bc", "b, c", "cd")] == [[], [], ["t1"]]


def test_kinds_exclude_each_other() -> None:
    db = archive(
        traces=[trace(name) for name in ("agent", "call", "both", "repeated", "tool")],
        spans=[
            span("agent", kind="agent"),
            span("call", kind="llm"),
            span("both", kind="llm"),
            span("both", kind="agent"),
            span("repeated", kind="llm"),
            span("repeated", kind="agent", duplicate=True),
            span("tool", kind="tool"),
        ],
    )
    assert ids(db, kind="agent") == ["agent", "both"]
    assert ids(db, kind="llm") == ["call", "repeated"]
    assert len(ids(db)) == 5


def test_bounds_are_included_and_what_is_unknown_is_in_no_range() -> None:
    db = archive(
        traces=[
            trace("a", reported_usd=0.1, estimated_usd=0.2, duration_s=1.5),
            trace("b", reported_usd=0.0, duration_s=0.0),
            trace("c"),
        ]
    )
    assert ids(db, cost_min_usd=0.3, cost_max_usd=0.3) == ["a"]
    assert ids(db, cost_min_usd=0) == ["a", "b"]
    assert ids(db, cost_max_usd=0.29) == ["b"]
    assert ids(db, duration_min_s=1.5) == ["a"]
    assert ids(db, duration_max_s=1.4) == ["b"]


def test_none_given_can_be_asked_for_beside_a_value() -> None:
    db = archive(traces=[trace("a", models=["gpt"]), trace("b"), trace("c", models=["o1"], service="api")])
    assert ids(db, models=frozenset({""})) == ["b"]
    assert ids(db, models=frozenset({"", "gpt"})) == ["a", "b"]
    assert ids(db, services=frozenset({""})) == ["a", "b"]


def test_unknown_comes_last_both_ways_and_ties_stand_by_id() -> None:
    db = archive(
        traces=[
            trace("d", reported_usd=1), trace("c", name="B"), trace("b", reported_usd=1, name="a"),
            trace("a", estimated_usd=2, name="b"),
        ]
    )  # fmt: skip
    assert ids(db, sort="cost_usd", descending=True) == ["a", "b", "d", "c"]
    assert ids(db, sort="cost_usd", descending=False) == ["b", "d", "a", "c"]
    assert ids(db, sort="name", descending=True) == ["a", "c", "b", "d"]
    assert ids(db, sort="name", descending=False) == ["b", "a", "c", "d"]


def test_a_page_beyond_the_last_is_the_last() -> None:
    db = archive(traces=[trace(f"t{i:02}") for i in range(41)])
    page = reading.listing(db, START, END, Filters(sort="trace_id", descending=False, page=99))
    assert (page.total, page.page, page.pages, page.first, page.last) == (41, 3, 3, 41, 41)
    assert page.rows["trace_id"].tolist() == ["t40"]
    middle = reading.listing(db, START, END, Filters(page=2))
    assert (middle.first, middle.last, len(middle.rows)) == (21, 40, 20)


def test_an_empty_list() -> None:
    db = archive(traces=[trace()])
    page = reading.listing(db, START, END, Filters(text="nothing", page=3))
    assert (page.total, page.page, page.pages, page.first, page.last) == (0, 1, 0, 0, 0)
    assert list(page.rows.columns) == list(COLUMNS)
    assert reading.neighbours(db, START, END, Filters(text="nothing"), "t1") == (None, None, None, 0)
    assert reading.neighbours(db, START, END, Filters(), "unknown") == (None, None, None, 1)
    assert reading.rows(db, []).empty


def test_rows_stand_as_they_are_asked_for() -> None:
    db = archive(traces=[trace(name) for name in "abc"])
    assert reading.rows(db, ["c", "gone", "a"])["trace_id"].tolist() == ["c", "a"]


def test_find_takes_an_id_or_the_only_one_that_begins_so() -> None:
    first, second = f"{FIND}1{'0' * 23}", f"{FIND}2{'0' * 23}"
    db = archive(traces=[trace(first), trace(second, started_at=at(-999)), trace("t_1")])
    assert reading.find(db, f" {first}\n") == first
    assert reading.find(db, f"{FIND.upper()}-2") == second
    assert reading.find(db, FIND) is None
    assert reading.find(db, f"{FIND[:6]}1") is None
    assert reading.find(db, "t_1") == "t_1"
    for text in ("", "t%1", "t_", "%", "_" * 32, "' OR 1=1", first + "0", "0" * 8):
        assert reading.find(db, text) is None


def test_a_trace_of_seven_digits_is_not_guessed() -> None:
    db = archive(traces=[trace("c" * 32)])
    assert reading.find(db, "c" * 7) is None
    assert reading.find(db, "c" * 8) == "c" * 32


def test_newer_counts_what_was_not_there() -> None:
    seen = START + 10 * HOUR
    db = archive(
        traces=[
            trace("old", read_at=at(2)),
            trace("grown", read_at=at(10.5)),
            trace("new", read_at=at(10.5)),
            trace("stored late", read_at=at(9.95)),
            trace("failed", "failed", read_at=at(11)),
            trace("elsewhere", started_at=at(30), read_at=at(11)),
        ]
    )
    known = ["old", "grown"]
    assert reading.newer(db, START, END, Filters(), since=seen, known=known) == 3
    failed = Filters(statuses=frozenset({"failed"}))
    assert reading.newer(db, START, END, failed, since=seen, known=frozenset(known)) == 1
    everything = reading.matching(db, START, END, Filters())
    assert reading.newer(db, START, END, Filters(), since=seen, known=everything) == 0


def test_times_without_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        reading.listing(archive(), datetime(2026, 3, 1), END, Filters())  # noqa: DTZ001
    assert reading.listing(archive(), START, END.astimezone(UTC), Filters()).total == 0
