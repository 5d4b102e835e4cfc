"""Waterfall, replay and alignment of any trace: nothing lost, nothing twice, and parts that add up."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from agentops_client import Trace
from dashboard.alignment import compare
from dashboard.alignment.verdicts import in_cost, in_time
from dashboard.pricing import price_book
from dashboard.replay import replay
from dashboard.spans import tidy
from dashboard.waterfall import Waterfall, waterfall
from tests.fuzz.drawn_traces import traces, wire_span, wire_trace

BOOK = price_book(None)
#: What is left of nanoseconds after adding up seconds as floats.
CLOSE_S = 1e-6


def spans_of(trace: Trace) -> pd.DataFrame:
    return tidy([trace], book=BOOK, read_at=datetime(2026, 11, 2, tzinfo=UTC)).spans


def once(spans: pd.DataFrame) -> pd.DataFrame:
    return spans[~spans["duplicate"]]


def close(one: float | None, other: float | None) -> bool:
    return (
        one == other
        if None in (one, other)
        else math.isclose(one or 0, other or 0, rel_tol=1e-9, abs_tol=1e-9)
    )


def total(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


#: A root that waits: before its child, between its children and after them.
WAITING = wire_trace(
    wire_span("root", lasts_ns=20_000_000_000),
    wire_span("a", parent="root", at_us=1_000_000),
    wire_span("b", parent="root", at_us=8_000_000, lasts_ns=3_000_000_000),
)


@given(trace=traces(), rows_max=st.sampled_from((2_000, 0)))
@example(WAITING, 2_000)
def test_a_waterfall_shows_every_span_once_and_its_times_add_up(trace: Trace, rows_max: int) -> None:
    spans = once(spans_of(trace))
    found = waterfall(spans_of(trace), rows_max=rows_max)
    assert sorted(row.id for row in found.rows if row.type == "span") == sorted(spans["span_id"])
    assert len({row.id for row in found.rows}) == len(found.rows)
    adds_up(found)
    tops = [row for row in found.rows if row.parent is None]
    assert total([row.subtree_tokens for row in tops]) == total(
        [None if pd.isna(tokens) else int(tokens) for tokens in spans["total_tokens"]]
    )
    usd = spans["reported_usd"].fillna(spans["estimated_usd"])
    assert close(
        total([row.subtree_cost_usd for row in tops]), total([None if pd.isna(v) else v for v in usd])
    )
    failed = sum(row.failed_below + (row.failed if row.type == "span" else 0) for row in tops)
    assert failed == (spans["status"] == "ERROR").sum()


def adds_up(found: Waterfall) -> None:
    """Parents before children, parts within wholes; critical path and idle time are the duration."""
    pieces: list[tuple[float, float]] = []
    for position, row in enumerate(found.rows):
        above = found.rows[row.parent] if row.parent is not None else None
        assert row.parent is None or row.parent < position
        assert row.depth == (above.depth + 1 if above else 0)
        assert row.offset_s >= 0 and row.offset_s + row.duration_s <= found.duration_s + CLOSE_S
        assert (
            0 <= row.critical_s <= row.duration_s + CLOSE_S and -CLOSE_S <= row.critical_share <= 1 + CLOSE_S
        )
        below = [other for other in found.rows if other.parent == position]
        own = row.tokens if row.type == "span" else None
        assert total([own, *(other.subtree_tokens for other in below)]) == row.subtree_tokens
        if row.type == "span":
            pieces += row.on_path
    critical_s = math.fsum(lasts for _, lasts in pieces)
    assert abs(critical_s + found.idle_s - found.duration_s) <= CLOSE_S * (len(pieces) + 1)
    for (start, lasts), (following, _) in pairwise(sorted(pieces)):
        assert start + lasts <= following + CLOSE_S, "two spans were waited for at once"


@given(length=st.integers(2, 40), names=st.lists(st.sampled_from(("ask", "search")), min_size=1, max_size=3))
def test_folding_equal_siblings_changes_no_sum(length: int, names: list[str]) -> None:
    calls = [
        wire_span(
            f"s{n}",
            parent="root",
            name=names[n % len(names)],
            at_us=n * 3_000_000,
            attributes={"gen_ai.usage.total_tokens": "3"},
        )
        for n in range(length)
    ]
    spans = spans_of(wire_trace(wire_span("root", lasts_ns=200_000_000_000), *calls))
    open_, folded = waterfall(spans), waterfall(spans, rows_max=1)
    adds_up(folded)
    for name in ("subtree_tokens", "subtree_cost_usd", "failed_below", "duration_s", "subtree_critical_s"):
        assert close(getattr(open_.rows[0], name), getattr(folded.rows[0], name)), name
    assert any(row.type == "run" for row in folded.rows) == (len(set(names)) == 1 and length >= 10)


@given(trace=traces(), share=st.floats(-0.1, 1.1), few=st.booleans())
def test_a_replay_begins_with_nothing_and_ends_with_the_whole_trace(
    trace: Trace, share: float, few: bool
) -> None:
    spans = once(spans_of(trace))
    found = replay(spans_of(trace), spans_max=3) if few else replay(spans_of(trace))
    assert len(found.spans) + found.left_out == len(spans)
    assert len(found.steps) == 2 * len(found.spans)
    assert all(a[0] <= b[0] for a, b in pairwise(found.steps)) and all(
        a[0] < b[0] for a, b in pairwise(found.sums)
    )
    end = found.at(found.duration_s)
    assert end.running == ()
    tokens = total([None if pd.isna(tokens) else int(tokens) for tokens in spans["total_tokens"]])
    assert end.spent.tokens == tokens
    assert end.spent.errors == (spans["status"] == "ERROR").sum()
    for name in ("reported_usd", "estimated_usd"):
        known = [float(value) for value in spans[name].dropna()]
        assert close(getattr(end.spent, name), math.fsum(known) if known else None)
    for before, after in pairwise(spent for _, spent in found.sums):
        assert (before.tokens or 0) <= (after.tokens or 0) and before.errors <= after.errors
        assert (before.cost_usd or 0) <= (after.cost_usd or 0) + 1e-12
    moment = found.at(share * found.duration_s)
    for position in moment.running:
        played = found.spans[position]
        assert played.start_s <= share * found.duration_s <= played.end_s
    assert len(set(moment.running)) == len(moment.running)


#: Forty steps of ten seconds: too long to be shown in real time, and without a wait to shorten.
BUSY = wire_trace(*(wire_span(f"s{n}", at_us=n * 10_000_000, lasts_ns=10**10) for n in range(40)))


@given(trace=traces())
@example(BUSY)
def test_the_film_covers_all_of_the_trace_in_order(trace: Trace) -> None:
    found = replay(spans_of(trace))
    assert 0 <= found.shown_s <= found.duration_s and found.pace > 0
    assert found.shown_s / found.pace <= 60 + CLOSE_S
    left_out = 0.0
    for gap in found.gaps:
        assert found.bound_s is not None and gap.end_s - gap.start_s > found.bound_s
        left_out += gap.end_s - gap.start_s - found.bound_s
        assert (
            abs(gap.shown_s - (gap.start_s - left_out + (gap.end_s - gap.start_s - found.bound_s))) <= CLOSE_S
        )
    assert abs(found.duration_s - left_out - found.shown_s) <= CLOSE_S * (len(found.gaps) + 1)
    if found.strip:
        assert found.strip[0].start_s == 0 and abs(found.strip[-1].end_s - found.shown_s) <= CLOSE_S
    for before, after in pairwise(found.strip):
        assert before.end_s == after.start_s and before.kind != after.kind


CALLS = wire_trace(
    wire_span("root"),
    wire_span("a", name="search.tool", parent="root", at_us=1),
    wire_span("b", name="helper.agent", parent="root", at_us=2),
)
ONE_CALL = CALLS.model_copy(update={"spans": (CALLS.spans[0], CALLS.spans[2])})


@given(one=traces(most=5), other=traces(most=5))
@example(CALLS, ONE_CALL)
def test_a_comparison_holds_every_span_of_both_and_explains_the_difference(one: Trace, other: Trace) -> None:
    a, b = spans_of(one), spans_of(other)
    found = compare(a, b)
    assert sorted(step.this.span_id for step in found.steps if step.this) == sorted(once(a)["span_id"])
    assert sorted(step.other.span_id for step in found.steps if step.other) == sorted(once(b)["span_id"])
    for position, step in enumerate(found.steps):
        assert step.parent is None or step.parent < position
        above = found.steps[step.parent] if step.parent is not None else None
        assert step.depth == (above.depth + 1 if above else 0)
        assert above is None or above.state in ("both", step.state), "below what is lost all is lost"
        assert bool(step.changes) <= (step.state == "both")
        if step.this and step.other and above:
            assert step.this.kind == step.other.kind, "only roots are the same whatever they are"
    change = sum(step.tokens_change or 0 for step in found.steps)
    assert change == sum(b["total_tokens"].fillna(0)) - sum(a["total_tokens"].fillna(0))
    counts = found.counts()
    assert counts["both"] + counts["lost"] == len(once(a)) and counts["both"] + counts["added"] == len(
        once(b)
    )
    swapped = compare(b, a).counts()
    assert (counts["lost"] == counts["added"]) == (swapped["lost"] == swapped["added"])


@given(trace=traces())
def test_a_trace_is_like_itself_and_unlike_nothing(trace: Trace) -> None:
    spans = spans_of(trace)
    assert compare(spans, spans).identical
    alone = compare(spans, spans.iloc[:0])
    assert {step.state for step in alone.steps} == {"lost"}
    assert {step.state for step in compare(spans.iloc[:0], spans).steps} == {"added"}


amounts = st.one_of(
    st.none(), st.floats(0, 1e6), st.sampled_from((0.0, 0.05, 0.06, 1e-7, 2e-7, 1.0, 1.2, 1.01))
)


@given(this=amounts, other=amounts)
def test_a_verdict_is_the_same_from_the_other_side(this: float | None, other: float | None) -> None:
    mirror = {"slower": "faster", "faster": "slower", "dearer": "cheaper", "cheaper": "dearer", None: None}
    assert in_time(other, this) == mirror[in_time(this, other)]
    assert in_cost(other, this) == mirror[in_cost(this, other)]
    if this == other:
        assert in_time(this, other) is in_cost(this, other) is None
