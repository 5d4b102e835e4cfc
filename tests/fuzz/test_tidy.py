"""Wire spans → frames: usage counted once, sums that add up, trees, outcomes and kinds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from agentops_client import Trace
from dashboard.archive.schema import SPANS, TRACES
from dashboard.pricing import price_book
from dashboard.spans import Tidy, tidy
from dashboard.spans.attributes import PICO, TOKENS_MAX, USD_MAX
from dashboard.spans.facts import read
from dashboard.spans.tree import NO_PARENT, grow
from tests.fuzz.drawn_traces import traces, wire_span, wire_spans, wire_trace

BOOK = price_book(None)
TOKENS = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "reasoning_tokens", "total_tokens")
KINDS = {"session", "agent", "task", "workflow", "tool", "llm", "guardrail", "other"}
SOURCES = {"reported", "estimated", "own", "unpriced", "covered", "none"}


def tidied(*wire: Trace) -> Tidy:
    return tidy(wire, book=BOOK, read_at=datetime(2026, 11, 2, tzinfo=UTC))


def whole(value: Any) -> int:
    return 0 if pd.isna(value) else int(value)


@given(trace=traces())
def test_a_trace_is_the_sum_of_its_spans(trace: Trace) -> None:
    found = tidied(trace)
    row, spans = found.traces.iloc[0], found.spans
    once = spans[~spans["duplicate"]]
    assert len(spans) == len(trace.spans) and len(once) == len({span.span_id for span in trace.spans})
    assert (row["spans"], row["errors"]) == (len(once), int((once["status"] == "ERROR").sum()))
    for name in TOKENS:
        assert whole(row[name]) == sum(map(whole, spans[name])), name
        assert pd.isna(row[name]) == once[name].isna().all(), "not reported is not zero"
    for name in ("reported_usd", "estimated_usd"):
        total = min(float(np.nansum(spans[name])), np.nextafter(USD_MAX, 0))
        assert pd.isna(row[name]) == once[name].isna().all()
        assert pd.isna(row[name]) or abs(row[name] - total) <= 1e-9 * max(1.0, total), name
    unpriced = once[once["cost_source"] == "unpriced"]
    parts = unpriced["prompt_tokens"].fillna(0) + unpriced["completion_tokens"].fillna(0)
    totals = unpriced["total_tokens"].fillna(0)
    assert row["unpriced_tokens"] == int(totals.where(totals > 0, parts).sum())


@given(trace=traces())
def test_every_value_fits_the_archive(trace: Trace) -> None:
    found = tidied(trace)
    spans, row = found.spans, found.traces.iloc[0]
    assert list(spans) == list(SPANS) and list(found.traces) == list(TRACES)
    for name in TOKENS:
        # a total that was not reported is the sum of two
        assert all(0 <= whole(value) <= 2 * TOKENS_MAX for value in spans[name])
    for frame in (spans, found.traces):
        for name in ("reported_usd", "estimated_usd"):
            known = frame[name].dropna()
            assert ((known >= 0) & (known < USD_MAX)).all()
        for name in frame.select_dtypes("str"):
            for text in frame[name]:
                assert "\0" not in text
                text.encode()
    assert not (spans["reported_usd"].notna() & spans["estimated_usd"].notna()).any(), "paid for twice"
    assert set(spans["kind"]) <= KINDS and set(spans["cost_source"]) <= SOURCES
    assert row["outcome"] in ("success", "failed", "indeterminate")
    assert (row["outcome"] == "indeterminate") == (row["outcome_by"] == "none")
    assert (spans["self_s"] >= 0).all() and (spans["self_s"] <= spans["duration_s"]).all()
    assert (spans["error_type"] != "").equals(spans["status"] == "ERROR")
    assert (spans["error_group"] != "").equals(spans["status"] == "ERROR")
    assert row["ended_at"] >= row["started_at"] and row["duration_s"] >= 0


@given(trace=traces())
def test_no_more_is_counted_than_was_reported(trace: Trace) -> None:
    firsts = {span.span_id: span for span in reversed(trace.spans)}
    usages = [usage for span in firsts.values() if (usage := read(span).usage) is not None]
    row = tidied(trace).traces.iloc[0]
    for name in ("prompt", "completion", "cache_read", "reasoning", "total"):
        said = sum(getattr(usage, name) or 0 for usage in usages)
        most = max((getattr(usage, name) or 0 for usage in usages), default=0)
        assert whole(row[f"{name}_tokens"]) <= said
        assert whole(row[f"{name}_tokens"]) > 0 or most == 0 or len(usages) > 1
    pico = sum(usage.cost or 0 for usage in usages)
    assert (
        pd.isna(row["reported_usd"])
        or Decimal(float(row["reported_usd"])) * PICO <= pico + 1 + pico // 10**12
    )


@st.composite
def rolled_up(draw: st.DrawFn) -> tuple[list[dict[str, Any]], tuple[int, int, int]]:
    """Model calls under roll-ups that say nothing, or the sum of what is below; and the calls' own sums:
    prompt and completion tokens, millionths of a dollar. Two spans write some calls, as with litellm."""
    spans: list[dict[str, Any]] = []

    def usage(prompt: int, completion: int, micro_usd: int) -> dict[str, str]:
        return {
            "gen_ai.usage.prompt_tokens": str(prompt),
            "gen_ai.usage.completion_tokens": str(completion),
            "gen_ai.usage.total_tokens": str(prompt + completion),
            "gen_ai.usage.total_cost": f"{micro_usd / 1e6:.6f}",
        }

    def call(parent: str) -> tuple[int, int, int]:
        span_id = f"s{len(spans)}"
        said = tuple(draw(st.lists(st.integers(1, 9), min_size=3, max_size=3)))
        model = {"agentops.span.kind": "llm", "gen_ai.request.model": "gpt-4o"}
        spans.append(wire_span(span_id, parent=parent, attributes=model | usage(*said)))
        if draw(st.booleans()):
            raw = usage(*said)
            if draw(st.booleans()):
                del raw["gen_ai.usage.total_cost"]
            spans.append(
                wire_span(f"{span_id} raw", parent=span_id, name="raw_gen_ai_request", attributes=raw)
            )
        return said  # type: ignore[return-value]

    def roll_up(parent: str, depth: int) -> tuple[int, int, int]:
        span_id = f"s{len(spans)}"
        kind = draw(st.sampled_from(("session", "agent", "task", "workflow")))
        own = wire_span(span_id, parent=parent, attributes={"agentops.span.kind": kind})
        spans.append(own)
        below = [
            call(span_id) if depth == 3 or draw(st.booleans()) else roll_up(span_id, depth + 1)
            for _ in range(draw(st.integers(1, 3)))
        ]
        sums = (sum(b[0] for b in below), sum(b[1] for b in below), sum(b[2] for b in below))
        if draw(st.booleans()):
            own["span_attributes"] |= usage(*sums)
        return sums

    sums = roll_up("", 1)
    return draw(st.permutations(spans)), sums


@given(made=rolled_up())
def test_a_call_counts_once_however_often_it_is_told(
    made: tuple[list[dict[str, Any]], tuple[int, int, int]],
) -> None:
    spans, (prompt, completion, micro_usd) = made
    row = tidied(wire_trace(*spans)).traces.iloc[0]
    counted = (
        row["prompt_tokens"],
        row["completion_tokens"],
        row["total_tokens"],
        round(row["reported_usd"] * 1e6, 3),
    )
    assert counted == (prompt, completion, prompt + completion, micro_usd)


@given(wire=wire_spans(), data=st.data())
def test_a_span_that_comes_again_changes_no_figure(wire: list[dict[str, Any]], data: st.DataObject) -> None:
    trace = wire_trace(*wire)
    again = data.draw(st.sampled_from(trace.spans))
    before, after = tidied(trace), tidied(trace.model_copy(update={"spans": (*trace.spans, again)}))
    pd.testing.assert_frame_equal(before.traces, after.traces)
    firsts = ~after.spans["duplicate"]
    pd.testing.assert_frame_equal(
        before.spans[~before.spans["duplicate"]].reset_index(drop=True),
        after.spans[firsts].reset_index(drop=True),
    )
    assert after.spans["duplicate"].sum() == before.spans["duplicate"].sum() + 1


@given(one=traces(most=3), other=traces(most=3))
def test_traces_do_not_touch_each_other(one: Trace, other: Trace) -> None:
    other = other.model_copy(update={"trace_id": "f" * 32})
    both = tidied(one, other)
    for name in ("spans", "traces"):
        apart = pd.concat([getattr(tidied(trace), name) for trace in (one, other)], ignore_index=True)
        pd.testing.assert_frame_equal(getattr(both, name), apart)


@given(trace=traces(odd=False, unique=True), data=st.data())
def test_the_order_of_spans_decides_nothing_that_has_a_time(trace: Trace, data: st.DataObject) -> None:
    shuffled = trace.model_copy(update={"spans": tuple(data.draw(st.permutations(trace.spans)))})
    columns = [
        "parent_id",
        "started_at",
        "duration_s",
        "self_s",
        "kind",
        "agent",
        "model",
        "status",
        "error_type",
        "error_group",
        "node_kind",
        "node",
        "caller_kind",
        "caller",
        "loop",
    ]
    starts = {(span.started_at, span.duration_ns) for span in trace.spans}
    before, after = (
        frame.set_index("span_id").sort_index()[columns]
        for frame in (tidied(trace).spans, tidied(shuffled).spans)
    )
    if len(starts) == len(trace.spans):
        pd.testing.assert_frame_equal(before, after)
    pd.testing.assert_series_equal(before["kind"], after["kind"])


@given(trace=traces())
def test_the_tree_holds_every_span_once_below_its_parent(trace: Trace) -> None:
    spans = [read(span) for span in {span.span_id: span for span in trace.spans}.values()]
    tree = grow(spans)
    assert sorted(tree.order) == list(range(len(spans)))
    place = {position: n for n, position in enumerate(tree.order)}
    for position, above in enumerate(tree.parent):
        if above == NO_PARENT:
            assert tree.depth[position] == 0
            continue
        assert place[above] < place[position] and tree.depth[position] == tree.depth[above] + 1
        assert position in tree.children[above] and spans[position].parent_id == spans[above].span_id
    assert sum(map(len, tree.children)) == len(spans) - tree.parent.count(NO_PARENT)


@given(trace=traces(), state=st.sampled_from(("Fail", "Success", "error", "EndState.SUCCESS")))
def test_what_the_only_root_says_of_the_end_decides(trace: Trace, state: str) -> None:
    spans = [
        span.model_copy(update={"parent_span_id": span.parent_span_id or "gone"}) for span in trace.spans
    ]
    root = wire_trace(wire_span("root", attributes={"agentops.session.end_state": state})).spans[0]
    row = tidied(trace.model_copy(update={"spans": (*spans, root)})).traces.iloc[0]
    assert (row["outcome"], row["outcome_by"]) == (
        "success" if "uccess" in state.lower() else "failed",
        "end_state",
    )


@given(trace=traces())
def test_without_a_status_or_an_end_nothing_is_decided(trace: Trace) -> None:
    mute = [
        span.model_copy(update={"status": "UNSET", "span_attributes": {"agentops.span.kind": "llm"}})
        for span in trace.spans
    ]
    row = tidied(trace.model_copy(update={"spans": tuple(mute)})).traces.iloc[0]
    assert (row["outcome"], row["errors"]) == ("indeterminate", 0)
