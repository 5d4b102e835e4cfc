"""Every trap of upstream's list and metrics, one test each: the double must be able to catch a reader
falling into it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from agentops_lite.spans import Span
from tests.agentops_lite.replay import FREE, MAIN, Clock, World, nanoseconds

Make = Callable[..., Span]
Start = Callable[..., World]

SECOND = 1_000_000_000
NOON = nanoseconds("2026-11-20T12:00:00")


def usage(**numbers: str) -> dict[str, str]:
    return {f"gen_ai.usage.{name}": value for name, value in numbers.items()}


def listed(world: World, project: str = MAIN, **query: Any) -> dict[str, Any]:
    answer = world.client.get(f"/v4/traces/list/{project}", params=query, headers=world.login())
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def metrics(world: World, project: str = MAIN, **query: Any) -> dict[str, Any]:
    answer = world.client.get(f"/v4/meterics/project/{project}", params=query, headers=world.login())
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def status(world: World, path: str, **query: Any) -> int:
    return world.client.get(path, params=query, headers=world.login()).status_code


def test_range_filters_spans_not_traces(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(span_id="1" * 16, name="root.session"),
            span(start_ns=NOON + 60 * SECOND, name="late.task"),
        ]
    )
    body = listed(world, start_time="2026-11-20T12:00:30Z")
    assert body["total"] == 1
    assert (body["traces"][0]["span_count"], body["traces"][0]["root_span_name"]) == (1, "late.task")


def test_trace_across_two_windows_counts_in_each(start: Start, span: Make) -> None:
    world = start(spans=[span(start_ns=NOON + 5), span(start_ns=NOON + 60 * SECOND + 5)])
    edges = ["2026-11-20T12:00:00Z", "2026-11-20T12:01:00Z", "2026-11-20T12:02:00Z"]
    windows = [metrics(world, start_time=a, end_time=b) for a, b in pairwise(edges)]
    assert [w["trace_count"] for w in windows] == [1, 1]
    assert [w["span_count"]["total"] for w in windows] == [1, 1]
    assert metrics(world)["trace_count"] == 1


def test_both_ends_of_a_range_belong_to_it(start: Start, span: Make) -> None:
    world = start(spans=[span(start_ns=NOON)])
    assert listed(world, start_time="2026-11-20T12:00:00Z", end_time="2026-11-20T12:00:00Z")["total"] == 1


@pytest.mark.parametrize(
    ("start_time", "total"),
    [
        ("2026-11-20T12:00:00Z", 1),
        ("2026-11-20T12:00:00", 1),
        ("2026-11-20T17:00:00+05:00", 0),  # noon in UTC, but the offset is ignored
        ("2026-11-20T12:00:00-08:00", 1),
        ("2026-11-20T12:00:00.999Z", 1),  # the fraction is cut
        ("2026-11-20", 1),
        ("2026-11-21", 0),
    ],
)
def test_times_lose_zone_and_fraction(start: Start, span: Make, start_time: str, total: int) -> None:
    assert listed(start(spans=[span(start_ns=NOON)]), start_time=start_time)["total"] == total


def test_list_duration_is_last_start_minus_first_start(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(span_id="1" * 16, duration_ns=9 * SECOND),
            span(span_id="2" * 16, start_ns=NOON + 2 * SECOND, duration_ns=5 * SECOND),
            span(trace_id="c" * 32, duration_ns=7 * SECOND),
        ]
    )
    rows = {row["trace_id"]: row for row in listed(world)["traces"]}
    assert rows["a" * 32]["duration"] == 2 * SECOND
    assert rows["a" * 32]["end_time"] == "2026-11-20T12:00:02+00:00"
    assert rows["c" * 32]["duration"] == 0


def test_outcome_of_a_trace_is_its_last_started_span(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(span_id="1" * 16, status_code="Error"),
            span(span_id="2" * 16, start_ns=NOON + 1, status_code="Ok"),
            span(trace_id="c" * 32, status_code="Unset"),
        ]
    )
    body = listed(world)
    assert body["traces"][1 if body["traces"][0]["trace_id"] == "c" * 32 else 0]["error_count"] == 1
    outcome = {k: body["metrics"][f"{k}_count"] for k in ("success", "fail", "indeterminate")}
    assert outcome == {"success": 1, "fail": 0, "indeterminate": 1}
    # Metrics count spans under the same names.
    counts = metrics(world)["span_count"]
    assert (counts["success"], counts["fail"], counts["indeterminate"], counts["unknown"]) == (1, 1, 1, 1)


def test_equal_starts_are_decided_by_arrival(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(span_id="1" * 16, name="litellm_request"),
            span(span_id="2" * 16, name="raw", status_code="Error"),
        ]
    )
    body = listed(world)
    assert body["traces"][0]["root_span_name"] == "litellm_request"
    assert body["metrics"]["success_count"] == 1


def test_span_count_of_list_metrics_is_the_number_of_traces(start: Start, span: Make) -> None:
    world = start(spans=[span(span_id=str(n) * 16) for n in range(5)])
    assert (listed(world)["metrics"]["span_count"], metrics(world)["span_count"]["total"]) == (1, 5)


def test_list_counts_cached_and_reasoning_tokens_twice(start: Start, span: Make) -> None:
    tokens = usage(
        prompt_tokens="100",
        completion_tokens="50",
        cache_read_input_tokens="40",
        reasoning_tokens="30",
        total_tokens="150",
    )
    world = start(spans=[span(attributes=tokens)])
    body = listed(world)["metrics"]
    assert (body["cache_read_input_tokens"], body["reasoning_tokens"], body["total_tokens"]) == (40, 30, 220)
    assert metrics(world)["token_metrics"]["total_tokens"]["all"] == 150
    assert "cache_read_input_tokens" not in metrics(world)["token_metrics"]


def test_list_cost_knows_tools_and_unversioned_models_only(start: Start, span: Make) -> None:
    call = usage(prompt_tokens="1000", completion_tokens="100", prompt_cost="0.0025", completion_cost="0.001")
    world = start(
        spans=[
            span(span_id="1" * 16, attributes=call | {"gen_ai.response.model": "gpt-4o-2024-08-06"}),
            span(span_id="2" * 16, attributes=usage(total_cost="0.005"), name="search.tool"),
            span(span_id="3" * 16, attributes=call | {"gen_ai.response.model": "gpt-4o"}),
        ]
    )
    # Tool 0.005, and gpt-4o by the database's table: 0.005 a thousand prompt tokens, 0.015 a thousand
    # completion tokens.
    assert listed(world)["metrics"]["total_cost"] == "0.0115000"
    # Metrics know the two stored costs and no tool.
    assert metrics(world)["token_metrics"]["total_cost"] == "0.00700"


def test_list_prices_prompts_by_the_model_of_the_first_span(start: Start, span: Make) -> None:
    """Under an SDK root, which has no model, prompt_cost is 0 although every call's cost is known."""
    call = usage(prompt_tokens="1000") | {"gen_ai.response.model": "gpt-4o-mini-2024-07-18"}
    world = start(
        spans=[
            span(trace_id="1" * 32, name="root.session"),
            span(trace_id="1" * 32, start_ns=NOON + 1, attributes=call),
            span(trace_id="2" * 32, attributes=call),
        ]
    )
    body = listed(world)["metrics"]
    assert (body["prompt_tokens"], body["prompt_cost"], body["total_cost"]) == (
        2000,
        "0.0001500",
        "0.0000000",
    )


def test_metrics_cost_has_five_decimals(start: Start, span: Make) -> None:
    world = start(spans=[span(attributes=usage(prompt_cost="0.0000018", completion_cost="0.0000021"))])
    assert metrics(world)["token_metrics"]["total_cost"] == "0.00000"
    assert metrics(world)["trace_cost_dates"] == {"2026-11-20": 3.9e-06}


def test_daily_cost_counts_successful_traces_only(start: Start, span: Make) -> None:
    cost = usage(prompt_cost="0.5")
    world = start(
        spans=[
            span(trace_id="1" * 32, attributes=cost, status_code="Ok"),
            span(trace_id="2" * 32, attributes=cost, status_code="Error"),
            span(trace_id="3" * 32, attributes=cost, status_code="Unset"),
        ]
    )
    body = metrics(world)
    assert (body["trace_cost_dates"], body["token_metrics"]["total_cost"]) == ({"2026-11-20": 0.5}, "1.50000")


def test_trace_durations_sum_nested_spans_and_come_twice(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(span_id="1" * 16, duration_ns=10),
            span(span_id="2" * 16, parent_span_id="1" * 16, duration_ns=4),
            span(trace_id="c" * 32, duration_ns=0),
        ]
    )
    body = metrics(world)
    assert body["trace_durations"] == body["duration_metrics"]["trace_durations"] == [0, 14]
    only_timed = {k: body["duration_metrics"][f"{k}_duration_ns"] for k in ("min", "max", "avg", "total")}
    assert only_timed == {"min": 4, "max": 10, "avg": 7, "total": 14}
    assert body["spans_per_trace"] == {"1": 1, "2": 1}


def test_durations_and_costs_that_pass_64_bits_are_summed(start: Start, span: Make) -> None:
    longest, dear = 2**63 - 1 - NOON, usage(prompt_cost="999999999")
    world = start(
        spans=[
            span(span_id=f"{n:016x}", duration_ns=longest, attributes=dear, status_code="Ok")
            for n in range(12)
        ]
    )
    body = metrics(world)
    assert body["trace_durations"] == [12 * longest]
    assert body["trace_cost_dates"] == {"2026-11-20": 12 * 999999999.0}


@pytest.mark.parametrize(
    "odd",
    [
        {"gen_ai.usage.total_cost": "sNaN"},
        {"gen_ai.usage.total_cost": "1e99999999999999999999"},
        {"a." * 1_500 + "a": "x"},
    ],
)
def test_what_cannot_be_written_breaks_the_detail_alone(
    start: Start, span: Make, odd: dict[str, str]
) -> None:
    world = start(spans=[span(trace_id="a" * 32, attributes=odd)])
    assert status(world, f"/v4/traces/detail/{'a' * 32}") == 500
    assert listed(world)["total"] == metrics(world)["trace_count"] == 1


def test_times_of_metrics_are_naive_and_drop_a_zero_fraction(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(trace_id="1" * 32),
            span(trace_id="2" * 32, start_ns=NOON + 1_500_000, status_code="Error"),
        ]
    )
    body = metrics(world)
    assert body["success_datetime"] == ["2026-11-20T12:00:00"]
    assert body["fail_datetime"] == ["2026-11-20T12:00:00.001500"]


def test_search_rows_match_the_root_while_totals_match_any_span(start: Start, span: Make) -> None:
    world = start(
        spans=[
            span(span_id="1" * 16, name="root.session", attributes={"agentops.tags": '["blue"]'}),
            span(span_id="2" * 16, start_ns=NOON + 1, name="web_search.tool"),
        ]
    )

    def found(query: str) -> tuple[int, int]:
        body = listed(world, query=query)
        return body["total"], len(body["traces"])

    assert found("web_search") == (1, 0)
    assert found("ROOT") == (1, 1)
    assert found("blue") == (1, 1)
    assert found("aaaa") == (1, 1)  # the trace id
    assert found("r__t%ses") == (1, 1)  # wildcards keep their meaning
    assert found("100%") == (0, 0)
    assert found("") == (1, 1)


@pytest.mark.parametrize("order", ["evil", "1; DROP TABLE spans", "start_time, trace_id", "", "start_time--"])
def test_order_never_reaches_the_database(start: Start, span: Make, order: str) -> None:
    world = start(spans=[span()])
    assert status(world, f"/v4/traces/list/{MAIN}", order_by=order) == 500
    assert listed(world)["total"] == 1


@pytest.mark.parametrize(
    ("direction", "code"), [("asc", 200), ("DESC", 200), ("sideways", 500), ("ASC, 1", 500)]
)
def test_sort_order(start: Start, span: Make, direction: str, code: int) -> None:
    assert status(start(spans=[span()]), f"/v4/traces/list/{MAIN}", sort_order=direction) == code


@pytest.mark.parametrize(
    "order", ["start_time", "duration", "span_count", "error_count", "total_cost", "trace_id"]
)
def test_rows_are_ordered_by_what_was_asked(start: Start, span: Make, order: str) -> None:
    spans = [
        span(trace_id=str(n) * 32, span_id=f"{n}{k}" * 8, start_ns=NOON + n * 7 + k * n, status_code="Error",
             attributes=usage(total_cost=str(n)))
        for n in (1, 2, 3)
        for k in range(n)
    ]  # fmt: skip
    world = start(spans=spans)
    for direction, expected in (("ASC", ["1", "2", "3"]), ("DESC", ["3", "2", "1"])):
        rows = listed(world, order_by=order, sort_order=direction)["traces"]
        assert [row["trace_id"][0] for row in rows] == expected


def test_json_tags_that_are_no_list_break_every_page_that_shows_them(start: Start, span: Make) -> None:
    bad = span(trace_id="1" * 32, start_ns=NOON - 1, attributes={"agentops.tags": '{"a": 1}'})
    world = start(spans=[bad, span(trace_id="2" * 32)])
    path = f"/v4/traces/list/{MAIN}"
    assert status(world, path) == 500
    assert status(world, path, limit=1) == 200  # the newest only
    assert status(world, path, limit=1, offset=1) == 500
    assert status(world, f"/v4/traces/detail/{'1' * 32}") == 500
    assert metrics(world)["trace_count"] == 2


def test_tags_that_are_no_json_are_no_tags(start: Start, span: Make) -> None:
    world = start(spans=[span(attributes={"agentops.tags": "plain"})])
    assert listed(world)["traces"][0]["tags"] == []


def test_an_empty_status_breaks_list_metrics_and_detail(start: Start, span: Make) -> None:
    world = start(
        spans=[span(trace_id="1" * 32, status_code=""), span(trace_id="2" * 32, start_ns=NOON + 60 * SECOND)]
    )
    for path in (f"/v4/traces/list/{MAIN}", f"/v4/meterics/project/{MAIN}", f"/v4/traces/detail/{'1' * 32}"):
        assert status(world, path) == 500, path
    assert listed(world, start_time="2026-11-20T12:00:30Z")["total"] == 1


def test_tokens_written_as_a_float_are_zero_in_the_list_and_break_the_detail(
    start: Start, span: Make
) -> None:
    world = start(spans=[span(attributes=usage(prompt_tokens="12.0"))])
    assert listed(world)["metrics"]["prompt_tokens"] == 0
    assert status(world, f"/v4/traces/detail/{'a' * 32}") == 500


def test_litellm_106_counts_nothing_but_total_tokens(start: Start, span: Make) -> None:
    tokens = usage(input_tokens="10", output_tokens="20", total_tokens="30") | {
        "gen_ai.cost.total_cost": "0.5"
    }
    world = start(spans=[span(attributes=tokens)])
    body = metrics(world)["token_metrics"]
    assert (body["prompt_tokens"], body["total_tokens"]["all"], body["total_cost"]) == (0, 30, "0.00000")
    assert listed(world)["metrics"]["total_tokens"] == 0


def test_empty_range_is_zeros_and_1970(start: Start) -> None:
    body = metrics(start())
    assert (body["start_time"], body["trace_count"], body["duration_metrics"]["min_duration_ns"]) == (
        "1970-01-01T00:00:00",
        0,
        0,
    )


def test_one_trace_id_in_two_projects_breaks_its_detail(start: Start, span: Make) -> None:
    world = start(spans=[span(), span(project_id=FREE)])
    assert status(world, f"/v4/traces/detail/{'a' * 32}") == 500


def test_free_plan_clamps_metrics_to_thirty_days(start: Start, span: Make, clock: Clock) -> None:
    old = span(project_id=FREE, trace_id="1" * 32, start_ns=int(clock.now - 40 * 86_400) * SECOND)
    new = span(project_id=FREE, trace_id="2" * 32, start_ns=int(clock.now - 86_400) * SECOND)
    world = start(spans=[old, new])
    body = metrics(world, FREE, start_time="2026-01-01T00:00:00Z")
    assert (body["trace_count"], body["freeplan_truncated"]) == (1, True)
    assert listed(world, FREE)["total"] == 2
    # A time without zone cannot be compared with the limit.
    assert status(world, f"/v4/meterics/project/{FREE}", start_time="2026-11-20T12:00:00") == 500


def test_free_plan_hides_old_traces_but_the_three_newest(start: Start, span: Make, clock: Clock) -> None:
    def days_ago(days: float) -> int:
        return int(clock.now - days * 86_400) * SECOND

    spans = [span(project_id=FREE, trace_id=str(n) * 32, start_ns=days_ago(9 + n)) for n in range(1, 6)]
    world = start(spans=spans)
    rows = listed(world, FREE)["traces"]
    assert [row["freeplan_truncated"] for row in rows] == [False, False, False, True, True]
    assert listed(world, FREE)["freeplan_truncated"] is True
    hidden = world.client.get(f"/v4/traces/detail/{'5' * 32}", headers=world.login()).json()
    assert hidden["freeplan_truncated"] is True
    assert (hidden["spans"][0]["resource_attributes"], hidden["spans"][0]["duration"]) == ({}, SECOND)


def test_free_plan_shows_a_hundred_lines_of_a_log(start: Start, span: Make) -> None:
    trace_id = "a" * 32
    world = start(spans=[span(project_id=FREE)])
    world.client.post(
        "/v4/logs/upload/",
        content="line\n" * 150,
        headers={"trace-id": str(int(trace_id, 16))} | world.bearer(FREE),
    )
    body = world.client.get(f"/v4/logs/{trace_id}", headers=world.login()).json()
    assert (len(body["content"].splitlines()), body["freeplan_truncated"]) == (100, True)


def test_log_of_a_trace_id_without_letters_is_never_found(start: Start, span: Make) -> None:
    trace_id = "1" * 32
    world = start(spans=[span(trace_id=trace_id)])
    headers = {"trace-id": str(int(trace_id, 16))} | world.bearer()
    assert world.client.post("/v4/logs/upload/", content="x", headers=headers).json()["size"] == 1
    assert status(world, f"/v4/logs/{trace_id}") == 404
