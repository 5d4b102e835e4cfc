"""Usage counted once: roll-ups, repeated calls, covered and priced tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.pricing import price_book
from tests.dashboard.made_traces import llm, made, made_trace, span, usage

TOKENS = ["prompt_tokens", "completion_tokens", "total_tokens"]


def counted(table: pd.DataFrame, span_id: str) -> tuple[int, int, int] | None:
    values = table.loc[span_id, TOKENS]
    return None if values.isna().all() else tuple(int(value) for value in values)  # type: ignore[return-value]


def total(
    span_id: str, kind: str, tokens: tuple[int, int] | None, cost: str | None = None, parent: str = ""
) -> Any:
    return span(
        span_id, f"x.{kind}", parent=parent, attributes={"agentops.span.kind": kind, **usage(tokens, cost)}
    )


def raw(span_id: str, parent: str, tokens: tuple[int, int], cost: str | None = None) -> dict[str, Any]:
    return span(span_id, "raw_gen_ai_request", parent=parent, attributes=usage(tokens, cost))


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.usage.prompt_tokens": "10", "gen_ai.usage.completion_tokens": "20"},
        {"gen_ai.usage.input_tokens": "10", "gen_ai.usage.output_tokens": "20"},
        {"llm.token_count.prompt": "10", "llm.token_count.completion": "20"},
        {"gen_ai.usage.prompt_tokens": "10.0", "gen_ai.usage.completion_tokens": " 20 "},
        {
            "gen_ai.usage.prompt_tokens": "ten",
            "gen_ai.usage.input_tokens": "10",
            "gen_ai.usage.output_tokens": "20",
        },
    ],
)
def test_tokens_in_every_dialect(attributes: dict[str, str]) -> None:
    assert counted(made(span("a", attributes=attributes)), "a") == (10, 20, 30)


@pytest.mark.parametrize(
    "junk", ["", "-3", "1e9999", "nan", "12.5", "True", "１２", "1_000", "9" * 30, "0x10"]
)
def test_junk_is_not_reported(junk: str) -> None:
    table = made(
        span("a", attributes={"gen_ai.usage.prompt_tokens": junk, "gen_ai.usage.total_cost": "$" + junk})
    )
    assert counted(table, "a") is None
    assert table.cost_source["a"] == "none"


def test_a_dict_or_a_text_where_the_other_is_expected() -> None:
    table = made(
        span("a", attributes={"gen_ai.usage.prompt_tokens.details": "7", "gen_ai.request.model.name": "x"}),
        span("b", attributes={"gen_ai": "text", "agentops": "text", "metadata": ["x"]}),
    )
    assert counted(table, "a") is None and counted(table, "b") is None
    assert list(table.model) == ["", ""]


def test_cached_and_reasoning_tokens_in_each_dialect() -> None:
    sdk = {"gen_ai.usage.cache_read_input_tokens": "4", "gen_ai.usage.reasoning_tokens": "5"}
    semconv = {"gen_ai.usage.cache_read.input_tokens": "4", "gen_ai.usage.reasoning.output_tokens": "5"}
    litellm = {
        "metadata.usage_object": "{'prompt_tokens_details': {'audio_tokens': None, 'cached_tokens': 4}, "
        "'completion_tokens_details': {'reasoning_tokens': 5}}"
    }
    for more in (sdk, semconv, litellm):
        row = made(llm("a", tokens=(10, 20), more=more)).loc["a"]
        assert (row.cache_read_tokens, row.reasoning_tokens, row.total_tokens) == (4, 5, 30)


def test_a_reported_total_stands_before_the_sum() -> None:
    table = made(llm("a", tokens=(10, 20), more={"gen_ai.usage.total_tokens": "35"}))
    assert counted(table, "a") == (10, 20, 35)


@pytest.mark.parametrize(
    ("attributes", "usd"),
    [
        ({"gen_ai.usage.total_cost": "0.5", "gen_ai.usage.prompt_cost": "9"}, 0.5),
        ({"gen_ai.usage.prompt_cost": "0.0000015", "gen_ai.usage.completion_cost": "0.000012"}, 0.0000135),
        ({"gen_ai.cost.total_cost": "0.00014000000000000001"}, 0.00014),
        ({"gen_ai.cost.input_cost": "7.5e-7", "gen_ai.cost.output_cost": "1e-7"}, 8.5e-7),
        ({"gen_ai.usage.total_cost": "0"}, 0.0),
    ],
)
def test_reported_costs_to_the_last_digit(attributes: dict[str, str], usd: float) -> None:
    table = made(span("a", attributes=attributes))
    assert table.reported_usd["a"] == usd
    assert table.cost_source["a"] == "reported"


@pytest.mark.parametrize("junk", ["-1", "1e7", "inf", "abc", "1e-999999999", "0.5.5"])
def test_a_cost_that_is_none_is_not_reported(junk: str) -> None:
    assert made(span("a", attributes={"gen_ai.usage.total_cost": junk})).reported_usd.isna().all()


def test_agent_and_session_totals_are_not_counted_again() -> None:
    spans = (
        total("run", "session", (30, 6), "0.3"),
        total("boss", "agent", (30, 6), "0.3", parent="run"),
        llm("one", parent="boss", tokens=(10, 2), cost="0.1"),
        llm("two", parent="boss", tokens=(20, 4), cost="0.2"),
    )
    table = made(*spans)
    assert [counted(table, name) for name in table.index] == [None, None, (10, 2, 12), (20, 4, 24)]
    row = made_trace(*spans)
    assert (row["prompt_tokens"], row["completion_tokens"], row["total_tokens"]) == (30, 6, 36)
    assert row["reported_usd"] == 0.3
    assert list(table.cost_source) == ["none", "none", "reported", "reported"]


def test_a_roll_up_keeps_what_its_children_do_not_report() -> None:
    table = made(
        total("boss", "agent", (30, 6), "0.5"),
        llm("one", parent="boss", tokens=(10, 2), cost="0.1"),
        llm("two", parent="boss", tokens=(15, 4), cost="0.2"),
    )
    assert counted(table, "boss") == (5, 0, 5)
    assert table.reported_usd["boss"] == 0.2
    # less than its children say is nothing, never below 0
    table = made(total("boss", "agent", (5, 9)), llm("one", parent="boss", tokens=(10, 2)))
    assert counted(table, "boss") == (0, 7, 2)


def test_a_silent_span_between_changes_nothing() -> None:
    table = made(
        total("boss", "agent", (10, 2)),
        span("step", "x.task", parent="boss"),
        llm("one", parent="step", tokens=(10, 2)),
    )
    assert [counted(table, name) for name in table.index] == [None, None, (10, 2, 12)]


def test_a_roll_ups_higher_cost_covers_children_that_report_none() -> None:
    spans = (
        total("boss", "agent", (30, 6), "1.0"),
        llm("paid", parent="boss", tokens=(10, 2), cost="0.4"),
        llm("silent", parent="boss", tokens=(20, 4)),
        span("step", "x.task", parent="boss"),
        llm("deep", parent="step", tokens=(0, 0)),
    )
    table = made(*spans)
    assert table.cost_source.to_dict() == {
        "boss": "reported", "paid": "reported", "silent": "covered", "step": "none", "deep": "none",
    }  # fmt: skip
    assert table.reported_usd["boss"] == 0.6
    assert table.estimated_usd.isna().all()
    assert made_trace(*spans)["reported_usd"] == 1.0
    # the same cost as its children's pays for nobody else
    table = made(
        total("boss", "agent", None, "0.4"),
        llm("paid", parent="boss", tokens=(10, 2), cost="0.4"),
        llm("silent", parent="boss", tokens=(1_000_000, 0)),
    )
    assert table.cost_source["silent"] == "estimated" and table.estimated_usd["silent"] == 2.5


def test_tokens_left_at_a_roll_up_whose_cost_is_known_are_covered() -> None:
    table = made(
        total("boss", "agent", (15, 2), "0.1"), llm("one", parent="boss", tokens=(10, 2), cost="0.1")
    )
    assert counted(table, "boss") == (5, 0, 5)
    assert table.cost_source["boss"] == "covered"


@pytest.mark.parametrize(
    ("request_cost", "raw_cost", "keeper"),
    [(None, None, "call"), ("0.1", None, "call"), (None, "0.1", "raw"), ("0.1", "0.1", "call")],
)
def test_litellms_pair_is_one_call(request_cost: str | None, raw_cost: str | None, keeper: str) -> None:
    call = span("call", "litellm_request", attributes=usage((10, 20), request_cost))
    spans = (call, raw("raw", "call", (10, 20), raw_cost))
    table = made(*spans)
    other = "raw" if keeper == "call" else "call"
    assert counted(table, keeper) == (10, 20, 30)
    assert counted(table, other) is None
    assert table.cost_source[other] == "none"
    reported = made_trace(*spans)["reported_usd"]
    assert reported == 0.1 if request_cost or raw_cost else reported != reported


def test_the_kept_one_of_a_pair_learns_what_the_other_knows() -> None:
    table = made(
        span("call", "litellm_request", attributes={"gen_ai.usage.total_tokens": "30"}),
        raw("raw", "call", (10, 20)),
    )
    assert counted(table, "call") == (10, 20, 30)


def test_a_model_that_says_only_the_cost_of_the_call_below() -> None:
    for said in (None, (0, 0)):
        table = made(
            llm("ask", tokens=said, cost="0.1"), total("step", "task", (10, 20), "0.1", parent="ask")
        )
        assert counted(table, "ask") == (10, 20, 30)
        assert table.reported_usd.dropna().to_dict() == {"ask": 0.1}


def test_wrapper_over_wrapper_is_one_call() -> None:
    for costs, keeper in (
        ((None, None, None), "c"),
        (("0.1", None, None), "a"),
        ((None, "0.1", None), "b"),
        ((None, None, "0.1"), "c"),
        (("0.1", "0.1", "0.1"), "c"),
    ):
        spans = (
            llm("a", tokens=(10, 20), cost=costs[0]),
            llm("b", parent="a", tokens=(10, 20), cost=costs[1]),
            llm("c", parent="b", tokens=(10, 20), cost=costs[2]),
        )
        table = made(*spans)
        assert {name for name in "abc" if counted(table, name)} == {keeper}
        row = made_trace(*spans)
        assert row["total_tokens"] == 30
        assert row["reported_usd"] == 0.1 if any(costs) else row["reported_usd"] != row["reported_usd"]


def test_a_wrappers_higher_cost_keeps_its_difference() -> None:
    spans = (
        llm("outer", tokens=(10, 20), cost="0.12"),
        llm("inner", parent="outer", tokens=(10, 20), cost="0.1"),
    )
    table = made(*spans)
    assert table.reported_usd.to_dict() == {"outer": 0.02, "inner": 0.1}
    assert counted(table, "outer") is None
    assert made_trace(*spans)["reported_usd"] == 0.12


def test_a_total_that_adds_cached_tokens_again_makes_no_second_call() -> None:
    spans = (
        llm("outer", tokens=(10, 20), more={"gen_ai.usage.total_tokens": "34"}),
        llm("inner", parent="outer", tokens=(10, 20)),
    )
    assert made_trace(*spans)["prompt_tokens"] == 10


def test_the_cost_of_a_wrapper_over_one_of_several_covers_no_other() -> None:
    table = made(
        llm("outer", tokens=(10, 20), cost="0.12"),
        llm("inner", parent="outer", tokens=(10, 20), cost="0.1"),
        llm("other", parent="outer", tokens=(1_000_000, 0)),
    )
    assert table.reported_usd.dropna().to_dict() == {"outer": 0.02, "inner": 0.1}
    assert table.cost_source["other"] == "estimated"


def test_a_wrapper_over_several_calls() -> None:
    table = made(
        llm("all", tokens=(30, 6), cost="0.3"),
        llm("one", parent="all", tokens=(10, 2)),
        llm("two", parent="all", tokens=(20, 4)),
    )
    assert counted(table, "all") == (30, 6, 36)
    assert counted(table, "one") is None and counted(table, "two") is None


def test_a_model_that_asks_another_counts_in_full() -> None:
    spans = (llm("a", tokens=(100, 10)), llm("b", parent="a", tokens=(40, 4)))
    assert made_trace(*spans)["total_tokens"] == 154


def test_a_tools_own_cost_is_no_roll_up() -> None:
    tool = total("search", "tool", None, "0.005")
    call = llm("ask", parent="search", tokens=(10, 2), cost="0.001")
    assert made_trace(tool, call)["reported_usd"] == 0.006
    # but the very sum of what is below is
    tool = total("search", "tool", None, "0.001")
    assert made_trace(tool, call)["reported_usd"] == 0.001
    # it pays for no model below it
    silent = llm("ask", parent="search", tokens=(1_000_000, 0))
    assert made(total("search", "tool", None, "0.005"), silent).cost_source["ask"] == "estimated"


def test_prices_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[models."ours"]\nprompt = 1\ncompletion = 1\n', "utf-8")
    spans = (
        llm("said", tokens=(1_000_000, 0), cost="7"),
        llm("listed", tokens=(1_000_000, 0)),
        llm("own", "ours", tokens=(1_000_000, 0)),
        llm("unknown", "theirs", tokens=(500, 1)),
        llm("free", "theirs", tokens=(0, 0)),
    )
    book = price_book(path)
    table = made(*spans, book=book)
    assert list(table.cost_source) == ["reported", "estimated", "own", "unpriced", "none"]
    assert list(table.estimated_usd.dropna()) == [2.5, 1.0]
    row = made_trace(*spans, book=book)
    assert (row["reported_usd"], row["estimated_usd"], row["unpriced_tokens"]) == (7.0, 3.5, 501)


def test_a_total_alone_cannot_be_priced() -> None:
    row = made(llm("a", more={"gen_ai.usage.total_tokens": "50"})).loc["a"]
    assert (row.total_tokens, row.cost_source) == (50, "unpriced")


def test_duplicates_count_nothing() -> None:
    spans = (llm("a", tokens=(10, 20), cost="0.1"), llm("a", tokens=(99, 99), cost="9"))
    row = made_trace(*spans)
    assert (row["total_tokens"], row["reported_usd"], row["spans"]) == (30, 0.1, 1)
    table = made(*spans)
    assert list(table.duplicate) == [False, True]
    assert list(table.cost_source) == ["reported", "none"]
    assert table.total_tokens.isna().to_list() == [False, True]


def test_sums_of_many_costs_are_exact() -> None:
    spans = [llm(f"s{i}", tokens=(1, 1), cost="0.000000000001") for i in range(3)]
    spans += [llm(f"t{i}", tokens=(1, 1), cost="0.1") for i in range(3)]
    assert made_trace(*spans)["reported_usd"] == 0.300000000003


def test_junk_costs_do_not_outgrow_the_archive() -> None:
    row = made_trace(*(span(f"s{i}", attributes=usage(cost="999999")) for i in range(5)))
    assert 999_999 < row["reported_usd"] < 1_000_000
