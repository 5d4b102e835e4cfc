"""Agents & models as a script: the tables and the graph tell what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard import projects
from dashboard.upstream import Upstream
from tests.components.reading import figures
from tests.otlp import llm, send, span
from tests.pages.opened import open_read, rows, text

Ask = Callable[..., Upstream]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def run(trace: int, *, failed: bool = False, blocked: bool = False) -> list[dict[str, Any]]:
    """A session with an agent that asks a model, uses a tool, and is checked by a guardrail."""
    state = "Fail" if failed else "Success"
    return [
        span(trace, 1, ago(10), seconds=9, status="UNSET", name="chat.session",
             agentops__span__kind="session", agentops__session__end_state=state),
        span(trace, 2, ago(10), seconds=8, status="UNSET", parent=1, name="helper.agent",
             agentops__span__kind="agent", operation__name="helper"),
        llm(trace, 3, ago(10), 100_000, 50_000, parent=2),
        span(trace, 4, ago(9.9), seconds=2, parent=2, name="search.tool", agentops__span__kind="tool",
             operation__name="search", status="ERROR" if failed else "OK", gen_ai__usage__total_cost=0.001),
        span(trace, 5, ago(9.8), seconds=1, parent=2, name="pii.guardrail", agentops__span__kind="guardrail",
             operation__name="pii", status="ERROR" if blocked else "OK"),
    ]  # fmt: skip


def test_agents_tools_and_models_add_up(lite: str, ask: Ask) -> None:
    send(lite, [made for n in range(1, 11) for made in run(n, failed=n > 9)])
    projects.share(ask(lite))
    at = open_read("agents")
    (agent,) = rows(at, "Agents")
    assert (agent["Agent"], agent["Traces"], agent["Calls"]) == ("helper", "10", "10")
    # 9 of 10; Wilson's interval for 9 of 10 is 59.6 % to 98.2 %
    assert agent["Success"] == "▲ 90.0 % fair\n59.6 % – 98.2 %, n = 10"
    assert agent["Cost"] == "$0.460"  # 10 x ($0.045 + $0.001)
    assert agent["p95"] == "8 s\nn = 10"
    (tool,) = rows(at, "Tools")
    assert (tool["Tool"], tool["Calls"], tool["Failures"]) == ("search", "10", "1\n10.0 %")
    (model,) = rows(at, "Models")
    assert model["Calls"] == "10"
    assert model["Cost"] == "$0.450"
    assert model["Per call"] == "$0.0450"


def test_the_graph_is_made_of_parents_and_children(lite: str, ask: Ask) -> None:
    send(lite, [*run(1), *run(2, blocked=True)], service="shop")
    projects.share(ask(lite))
    at = open_read("agents")
    flow = json.dumps(figures(at)[0], ensure_ascii=False)
    for node in ("shop", "helper", "search", "pii"):
        assert node in flow
    edges = {tuple(p) for t in figures(at)[0]["data"] for p in _edges(t.get("customdata"))}
    assert ("service", "shop", "agent", "helper") in edges
    assert ("agent", "helper", "tool", "search") in edges
    assert ("agent", "helper", "guardrail", "pii") in edges
    assert "✕ 1" in flow  # one call was blocked


def test_plain_model_traffic_has_no_agents_and_says_so(lite: str, ask: Ask) -> None:
    send(lite, [llm(1, 1, ago(5), 10, 10)], service="litellm")
    projects.share(ask(lite))
    told = text(open_read("agents"))
    assert "No agent span in this range." in told
    assert "No tool call in this range." in told


def test_nothing_read_yet_is_no_empty_table(lite: str, ask: Ask) -> None:
    send(lite, [llm(1, 1, datetime.now(UTC), 10, 10)])  # too new to be read
    projects.share(ask(lite))
    told = text(open_read("agents", read="reading"))
    assert "No trace of this range has been read yet" in told
    assert "No agent span" not in told


def _edges(customdata: Any) -> list[list[str]]:
    return [p[1:] for p in customdata or () if isinstance(p, list) and p and p[0] == "edge"]
