"""Traces of every shape: trees, cycles, orphans, duplicates, usage in every dialect, junk attributes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from agentops_client import Trace
from tests.fuzz.odd_values import ODD_TEXTS, odd_json, odd_text, plain_text, whole

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
IDS = tuple("abcdefgh")
MODELS = ("gpt-4o", "gpt-4o-mini-2024-07-18", "claude-sonnet-4-20250514", "my-org/llama", "")
KINDS = ("session", "agent", "task", "workflow", "tool", "llm", "guardrail", "http", "")
NAMES = (
    "run.session",
    "helper.agent",
    "search.tool",
    "tool_call.search",
    "litellm_request",
    "raw_gen_ai_request",
    "guardrail",
    "ask",
    "",
    "step 3f9a01",
    "chat gpt-4o",
)
STATUSES = ("OK", "ERROR", "UNSET", "STATUS_CODE_ERROR", "odd")
END_STATES = ("Success", "Fail", "Error", "Indeterminate", "Shutdown", "EndState.SUCCESS", "")
#: Few moments and lengths, so that ends and starts often meet.
MOMENTS_US = (0, 1, 1_000, 1_000_000, 1_500_000, 2_000_000, 60_000_000, 7_200_000_000)
LENGTHS_NS = (0, 1, 999, 1_000, 500_000_000, 1_000_000_000, 3_000_000_123, 90_000_000_000, 86_400_000_000_000)

small_count = st.sampled_from((0, 1, 2, 10, 500, 10**6, 10**12))
small_cost = st.sampled_from(
    ("0", "0.000001", "0.0000000001", "0.01", "1.5", "999999.999", "1e-7", "2.5E-05")
)


def wire_span(
    span_id: str,
    *,
    parent: str = "",
    at_us: int = 0,
    lasts_ns: int = 1_000_000_000,
    name: str = "work",
    status: str = "UNSET",
    attributes: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One span as AgentOps answers it; ``attributes`` have dotted names, as keys of one level."""
    started = START + timedelta(microseconds=at_us)
    return {
        "span_id": span_id,
        "parent_span_id": parent,
        "span_name": name,
        "span_kind": "Internal",
        "span_type": None,
        "service_name": "shop",
        "start_time": started.isoformat(),
        "end_time": (started + timedelta(microseconds=lasts_ns // 1_000)).isoformat(),
        "duration": lasts_ns,
        "status_code": status,
        "status_message": "",
        "span_attributes": attributes or {},
    } | more


def wire_trace(*spans: dict[str, Any], trace_id: str = "0" * 31 + "1", **more: Any) -> Trace:
    return Trace.model_validate({"trace_id": trace_id, "spans": [whole(span) for span in spans], **more})


_PROMPT = ("gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens", "llm.token_count.prompt")
_COMPLETION = ("gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens", "llm.token_count.completion")


@st.composite
def usage(draw: st.DrawFn) -> dict[str, str]:
    """Tokens and cost as one of the dialects writes them; some parts may be missing."""
    dialect = draw(st.integers(0, 2))
    prompt, completion = draw(small_count), draw(small_count)
    said = {_PROMPT[dialect]: str(prompt), _COMPLETION[dialect]: str(completion)}
    if draw(st.booleans()):
        said["gen_ai.usage.total_tokens"] = str(prompt + completion + draw(st.sampled_from((0, 0, 7))))
    if draw(st.booleans()):
        said["gen_ai.usage.cache_read_input_tokens"] = str(draw(small_count))
    if draw(st.booleans()):
        said["gen_ai.usage.reasoning_tokens"] = str(draw(small_count))
    if draw(st.booleans()):
        said[draw(st.sampled_from(("gen_ai.usage.total_cost", "gen_ai.cost.total_cost")))] = draw(small_cost)
    for name in draw(st.sets(st.sampled_from(sorted(said)), max_size=2)):
        del said[name]
    return said


_LABELS = (
    "agentops.span.kind",
    "gen_ai.operation.name",
    "openinference.span.kind",
    "gen_ai.agent.name",
    "tool.name",
    "operation.name",
    "guardrail_name",
    "gen_ai.system",
    "llm.request.type",
    "litellm.provider.model",
    "tool.parameters",
    "agentops.entity.input",
    "agentops.tags",
    "agentops.session.end_state",
    "error.type",
    "error.message",
    "metadata.usage_object",
    "guardrail_status",
    "tripwire_triggered",
    "gen_ai.usage.total_tokens",
    "gen_ai.usage.prompt_cost",
    "gen_ai.usage.total_cost",
    "gen_ai.usage",
    "gen_ai",
)


@st.composite
def drawn_span(draw: st.DrawFn, *, ids: tuple[str, ...] = IDS, odd: bool = True) -> dict[str, Any]:
    attributes: dict[str, Any] = dict(draw(st.one_of(st.just({}), usage())))
    if kind := draw(st.sampled_from(KINDS)):
        attributes["agentops.span.kind"] = kind
    if model := draw(st.sampled_from(MODELS)):
        attributes[draw(st.sampled_from(("gen_ai.request.model", "gen_ai.response.model")))] = model
    if draw(st.integers(0, 3)) == 0:
        attributes["agentops.session.end_state"] = draw(st.sampled_from(END_STATES))
    if odd and draw(st.booleans()):
        attributes |= draw(
            st.dictionaries(st.sampled_from(_LABELS), st.one_of(odd_text, odd_json), max_size=3)
        )
    more: dict[str, Any] = {"service_name": draw(st.sampled_from(("shop", "web", "")))}
    if odd and draw(st.integers(0, 3)) == 0:
        names = draw(st.lists(st.sampled_from(("exception", "gen_ai.choice", "")), max_size=3))
        more |= {
            "event_names": names,
            "event_timestamps": [START.isoformat()] * draw(st.integers(0, 3)),
            "event_attributes": draw(
                st.lists(
                    st.dictionaries(
                        st.sampled_from(("exception.type", "exception.message", "exception")),
                        odd_json,
                        max_size=2,
                    ),
                    max_size=3,
                )
            ),
            "status_message": draw(st.sampled_from(ODD_TEXTS)),
        }
    return wire_span(
        draw(st.sampled_from(ids)),
        parent=draw(st.sampled_from(("", *ids, "gone"))),
        at_us=draw(st.sampled_from(MOMENTS_US)),
        lasts_ns=draw(st.sampled_from(LENGTHS_NS)),
        name=draw(st.sampled_from(NAMES) if not odd else st.one_of(st.sampled_from(NAMES), plain_text)),
        status=draw(st.sampled_from(STATUSES)),
        attributes=attributes,
        **more,
    )


def wire_spans(
    *, odd: bool = True, unique: bool = False, most: int = 7
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """One to `most` spans, linked anyhow; ``unique``: no id comes twice."""
    return st.lists(
        drawn_span(odd=odd),
        min_size=1,
        max_size=most,
        unique_by=(lambda span: span["span_id"]) if unique else None,
    )


def traces(*, odd: bool = True, unique: bool = False, most: int = 7) -> st.SearchStrategy[Trace]:
    return wire_spans(odd=odd, unique=unique, most=most).map(lambda spans: wire_trace(*spans))
