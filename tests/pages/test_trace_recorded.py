"""Each recorded trace on its page: the head's figures, and every span's words.

Figures were added up by hand from the recorded attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from agentops_client import AgentOpsClient, AgentOpsSettings
from dashboard import projects
from dashboard.upstream import Upstream
from tests.pages.opened import MAIN, cards, markup, text
from tests.recorded import load, names

KEY = "c0ffee00-0000-4000-8000-000000000001"
#: Outcome, spans, errors, tokens, cost, and words that its spans must show.
RECORDED: dict[str, tuple[str, str, str, str, str, tuple[str, ...]]] = {
    "free_plan_old_trace": ("● success", "5", "0", "–", "–", ("sql_query",)),
    "free_plan_recent_trace": ("✕ failed", "4", "0", "18", "$0.00101", ("question 4", "<b>not html</b>")),
    "litellm_new_error": (
        "✕ failed", "1", "1", "–", "–", ("hello from litellm", "litellm.exceptions.InternalServerError"),
    ),
    "litellm_new_success": ("● success", "2", "0", "30", "$0.0000135", ("be brief", "mocked hello")),
    "litellm_old_success": ("● success", "2", "0", "30", "$0.0000135", ("be brief", "mocked hello")),
    "litellm_otel_callback": (
        "● success", "2", "0", "30", "$0.0000135", ("hello via otel callback", "via otel"),
    ),
    "litellm_proxy_ok": ("● success", "11", "0", "20", "$0.000140", ("stream via proxy",)),
    "sdk_abandoned_indeterminate": ("○ indeterminate", "2", "0", "–", "–", ()),
    "sdk_bare_single_span": ("○ indeterminate", "1", "0", "–", "–", ()),
    "sdk_crash_without_root": ("○ indeterminate", "2", "0", "20", "$0.00000840", ("before the crash",)),
    "sdk_default_session": ("● success", "2", "0", "19", "$0.00000780", ("auto session",)),
    "sdk_failing_tool_and_task": (
        "✕ failed", "4", "2", "–", "–",
        (
            "ZeroDivisionError", "division by zero", "downstream service unavailable: code=503",
            "Runs the tool divide",
        ),
    ),
    "sdk_multi_agent_async": (
        "● success", "22", "0", "96", "$0.000636", ("a0", "b2", "Runs the tool lookup"),
    ),
    "sdk_research_agent_tool_ok": (
        "● success", "7", "0", "122", "$0.00542",
        (
            "You are terse.", "plan for self-hosted observability", "Runs the tool web_search",
            "12 prompt · 16 completion",
        ),
    ),
    "sdk_streaming_cached_reasoning": (
        "● success", "4", "0", "1,168", "$0.00318",
        ("stream me something", "think hard", "8 prompt · 74 completion"),
    ),
    "sdk_tool_calling": (
        "● success", "5", "0", "45", "$0.000330",
        ("weather in Oslo?", "calls get_weather", '"city": "Oslo"', "Oslo: 4C, snow", "tool_calls"),
    ),
    "sdk_unknown_model_html": (
        "● success", "3", "0", "5,069", "–", ("<img src=x onerror=alert(1)>", "no price known"),
    ),
    "synthetic_with_error": (
        "✕ failed", "5", "1", "3,807", "$0.000744", ("synthetic question 162", "429 too many requests"),
    ),
}  # fmt: skip


@pytest.fixture
def replay() -> Callable[[dict[str, Any]], None]:
    """Makes the shared upstream one that knows this trace."""

    def share(body: dict[str, Any]) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/v3/auth/token":
                token = load("auth/v3_token_post_ok_pro").body | {"project_id": body["project_id"]}
                return httpx.Response(200, json=token)
            if body["trace_id"] in request.url.path and "logs" not in request.url.path:
                return httpx.Response(200, json=body)
            return httpx.Response(404, json={"detail": "Not found"})

        settings = AgentOpsSettings(_env_file=None, api_key=KEY, api_endpoint="http://agentops.test:8003")
        client = AgentOpsClient(settings, transport=httpx.MockTransport(answer))
        projects.share(Upstream(client, endpoint="http://agentops.test:8003", app_url=None))

    return share


def opened(trace_id: str, span_id: str | None, **query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/trace.py")
    for name, value in ({"lang": "en", "tz": "UTC", "trace": trace_id, "span": span_id} | query).items():
        if value is not None:
            at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_all_recorded_traces_are_here() -> None:
    answered = {name for name in names("trace_detail") if load(name).status == 200}
    assert {f"trace_detail/{name}" for name in RECORDED} == answered


@pytest.mark.parametrize("name", RECORDED)
def test_head_and_spans(name: str, replay: Callable[[dict[str, Any]], None]) -> None:
    outcome, spans, errors, tokens, cost, words = RECORDED[name]
    body = load(f"trace_detail/{name}").body
    replay(body)
    told = []
    for span in body["spans"]:
        at = opened(body["trace_id"], span["span_id"])
        told.append(text(at))
        assert span["span_id"] in told[-1]
    shown = cards(at)
    found = (shown["Outcome"], shown["Spans"], shown["Tokens"], shown["Cost"])
    assert found == (outcome, spans, tokens, cost)
    everything = " ".join(told)
    assert f"Errors: {errors}" in everything
    for word in words:
        assert word in everything, word


@pytest.mark.parametrize("view", ["replay", "graph", "compare", "log"])
@pytest.mark.parametrize("name", ["sdk_multi_agent_async", "sdk_crash_without_root", "free_plan_old_trace"])
def test_every_view(name: str, view: str, replay: Callable[[dict[str, Any]], None]) -> None:
    body = load(f"trace_detail/{name}").body
    replay(body)
    opened(body["trace_id"], None, view=view)
    opened(body["trace_id"], None, view=view, lang="ko")


def test_free_plan_missing_root_and_unpriced_each_have_their_sentence(
    replay: Callable[[dict[str, Any]], None],
) -> None:
    for name, sentence in (
        ("free_plan_old_trace", "free plan leaves out the attributes"),
        ("sdk_crash_without_root", "The root span never arrived"),
        ("sdk_unknown_model_html", "5,069 tokens unpriced"),
    ):
        body = load(f"trace_detail/{name}").body
        replay(body)
        assert sentence in text(opened(body["trace_id"], None)), name


def test_linked_traces_are_one_click_away(replay: Callable[[dict[str, Any]], None]) -> None:
    body = load("trace_detail/sdk_bare_single_span").body
    (span,) = body["spans"]
    linked = {"link_trace_ids": ["ab" * 16], "link_span_ids": ["cd" * 8], "link_attributes": [{}]}
    replay({**body, "spans": [span | linked]})
    at = opened(body["trace_id"], span["span_id"])
    assert f'href="trace?trace={"ab" * 16}&amp;' in markup(at)
    assert f"span={'cd' * 8}" in markup(at)
