"""The recorded answers of a real server, by the figures that were sent to it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from agentops_client import Trace
from tests.dashboard.made_traces import tidied
from tests.recorded import load, names

TOKENS = ["prompt_tokens", "completion_tokens", "total_tokens"]


def recorded(name: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Spans by position, and the row of the trace."""
    result = tidied(Trace.model_validate(load(name).body))
    row = result.traces.iloc[0]
    return result.spans, {
        str(k): value.item() if hasattr(value, "item") else value for k, value in row.items()
    }


def of_kind(spans: pd.DataFrame, kind: str) -> pd.DataFrame:
    return spans[spans.kind == kind]


ANSWERED = [
    name
    for folder in ("trace_detail", "odd_rows")
    for name in names(folder)
    if isinstance(load(name).body, dict) and "spans" in load(name).body and "detail" in load(name).name
]


def test_all_recorded_traces_are_read() -> None:
    assert len(ANSWERED) == 27
    result = tidied(*(Trace.model_validate(load(name).body) for name in ANSWERED))
    assert len(result.traces) == 27
    assert len(result.spans) == sum(len(load(name).body["spans"]) for name in ANSWERED)
    assert not result.spans.duplicate.any()
    assert (result.spans.self_s <= result.spans.duration_s).all()


@pytest.mark.parametrize("name", ["litellm_new_success", "litellm_old_success", "litellm_otel_callback"])
def test_litellm_of_either_dialect(name: str) -> None:
    spans, row = recorded(f"trace_detail/{name}")
    assert [row[column] for column in TOKENS] == [10, 20, 30]
    assert (row["reported_usd"], row["unpriced_tokens"]) == (0.0000135, 0)
    assert (row["outcome"], row["outcome_by"]) == ("success", "root")
    call = of_kind(spans, "llm").iloc[0]
    assert (call["name"], call.model, call.provider) == ("litellm_request", "gpt-4o-mini", "openai")
    assert (call.caller_kind, call.node_kind, call.node) == ("service", "model", "gpt-4o-mini")
    assert of_kind(spans, "other").total_tokens.isna().all()


def test_litellm_proxy_counts_its_call_once() -> None:
    spans, row = recorded("trace_detail/litellm_proxy_ok")
    assert [row[column] for column in TOKENS] == [8, 12, 20]
    assert (row["reported_usd"], row["models"], row["spans"]) == (0.00014, ["stand-in"], 11)
    assert (row["cache_read_tokens"], row["reasoning_tokens"]) == (0, 0)
    assert (row["name"], row["duration_s"]) == ("POST /v1/chat/completions", 0.240436058)
    assert spans.kind.value_counts().to_dict() == {"other": 10, "llm": 1}
    assert of_kind(spans, "llm").price_model.iloc[0] == "stand-in\ngpt-4o\nopenai/gpt-4o"


def test_litellm_failing() -> None:
    spans, row = recorded("trace_detail/litellm_new_error")
    assert (row["outcome"], row["outcome_by"], row["errors"]) == ("failed", "root", 1)
    assert pd.isna(row["total_tokens"])
    failed = spans.iloc[0]
    assert failed.error_type == "InternalServerError"
    assert failed.error_group == "OpenAIException - litellm.MockException: mock provider failure"
    assert (failed.model, failed.cost_source) == ("gpt-4o-mini", "none")


def test_an_agent_with_a_tool_that_costs() -> None:
    spans, row = recorded("trace_detail/sdk_research_agent_tool_ok")
    assert spans.kind.tolist() == ["session", "agent", "task", "llm", "tool", "task", "llm"]
    assert (of_kind(spans, "tool").tool.iloc[0], of_kind(spans, "tool").reported_usd.iloc[0]) == (
        "web_search",
        0.005,
    )
    assert [row[column] for column in TOKENS] == [12 + 71, 16 + 23, 122]
    # 0.005 + 0.0000018 + 0.0000096 + 0.0001775 + 0.00023
    assert row["reported_usd"] == 0.0054189
    assert set(spans.agent[1:]) == {"researcher"}
    assert (row["agents"], row["tools"]) == (["researcher"], ["web_search"])
    assert (row["outcome"], row["outcome_by"]) == ("success", "end_state")


def test_an_unknown_model_is_unpriced() -> None:
    spans, row = recorded("trace_detail/sdk_unknown_model_html")
    assert [row[column] for column in TOKENS] == [5023, 46, 5069]
    assert row["unpriced_tokens"] == 5069
    assert pd.isna(row["reported_usd"]) and pd.isna(row["estimated_usd"])
    assert of_kind(spans, "llm").cost_source.tolist() == ["unpriced", "unpriced"]
    assert row["tags"] == ["local", "tag with spaces", "Ünïcode"]


def test_several_agents_side_by_side() -> None:
    spans, row = recorded("trace_detail/sdk_multi_agent_async")
    assert [row[column] for column in TOKENS] == [48, 48, 96]
    # six calls of 0.000006, six tool runs of 0.0001
    assert row["reported_usd"] == 0.000636
    assert (row["agents"], row["tools"]) == (["manager", "worker"], ["lookup"])
    workers = spans[(spans.node_kind == "agent") & (spans.node == "worker")]
    assert workers.caller.tolist() == ["manager", "manager"]
    assert not spans.loop.any() and not spans.repeated.any()
    manager = spans[spans.node == "manager"].iloc[0]
    assert manager.self_s < 0.01 < manager.duration_s  # its workers ran at once, not one after the other


def test_a_crash_without_root() -> None:
    _, row = recorded("trace_detail/sdk_crash_without_root")
    assert (row["has_root"], row["outcome"], row["outcome_by"]) == (False, "indeterminate", "none")
    assert (row["name"], row["total_tokens"], row["reported_usd"]) == ("first_step.task", 20, 0.0000084)


def test_a_failing_tool_and_task() -> None:
    spans, row = recorded("trace_detail/sdk_failing_tool_and_task")
    assert (row["outcome"], row["outcome_by"], row["errors"]) == ("failed", "last_span", 2)
    failed = spans[spans.status == "ERROR"]
    assert failed.error_type.tolist() == ["ZeroDivisionError", "RuntimeError"]
    assert failed.error_group.tolist() == ["division by zero", "downstream service unavailable: code=#"]
    # the SDK's class decorator lets the agent outlive its session
    assert row["duration_s"] == 0.00620847
    assert spans.agent.tolist() == ["", "fragile-agent", "fragile-agent", "fragile-agent"]


def test_a_tool_that_was_asked_for_and_ran_is_one() -> None:
    spans, row = recorded("trace_detail/sdk_tool_calling")
    assert spans.kind.tolist() == ["session", "llm", "other", "tool", "llm"]
    assert (row["tools"], row["total_tokens"]) == (["get_weather"], 45)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("sdk_abandoned_indeterminate", ("indeterminate", "none")),
        ("sdk_bare_single_span", ("indeterminate", "none")),
        ("sdk_default_session", ("success", "last_span")),
        ("sdk_streaming_cached_reasoning", ("success", "end_state")),
        ("synthetic_with_error", ("failed", "end_state")),
    ],
)
def test_outcomes(name: str, outcome: tuple[str, str]) -> None:
    _, row = recorded(f"trace_detail/{name}")
    assert (row["outcome"], row["outcome_by"]) == outcome


def test_cached_tokens_and_a_rate_limit() -> None:
    spans, row = recorded("trace_detail/synthetic_with_error")
    assert [row[column] for column in TOKENS] == [1052 + 2370, 92 + 293, 1144 + 2663]
    assert row["cache_read_tokens"] == 1185
    assert spans.error_type.tolist()[-1] == "RateLimitError"
    assert spans.error_group.tolist()[-1] == "# too many requests"


def test_blanked_attributes_of_the_free_plan() -> None:
    spans, row = recorded("trace_detail/free_plan_old_trace")
    assert row["truncated"] is True and pd.isna(row["total_tokens"])
    assert spans.kind.tolist() == ["session", "agent", "llm", "tool", "llm"]
    assert (row["agents"], row["tools"], row["models"]) == (["worker"], ["sql_query"], [])


def test_odd_rows() -> None:
    spans, row = recorded("odd_rows/detail_08")
    assert (row["reported_usd"], row["prompt_tokens"]) == (8.5e-7, 10)
    assert pd.isna(row["completion_tokens"])
    assert recorded("odd_rows/detail_09")[1]["duration_s"] == 0.0
    assert recorded("odd_rows/detail_0b")[1]["outcome"] == "failed"
    assert recorded("odd_rows/detail_0c")[1]["has_root"] is False
    assert recorded("odd_rows/detail_0e")[1]["duration_s"] == 11.0
    assert recorded("odd_rows/detail_01")[1]["tags"] == []
    assert spans.kind.tolist() == ["llm"]
