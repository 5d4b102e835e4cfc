"""The Overview once the spans of its range have been read: true costs, p95, lists, reconciliation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import projects
from dashboard.upstream import Upstream
from tests.components.reading import figures, values
from tests.otlp import llm, send, span
from tests.pages.opened import cards, open_read, rows, text

Ask = Callable[..., Upstream]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def send_mixed(url: str) -> None:
    """$0.45 that AgentOps knows, $0.05 of litellm that it does not read, $0.01 of a tool."""
    send(url, [llm(n, 1, ago(10), 100_000, 50_000, seconds=n) for n in range(1, 11)])
    usage = {"gen_ai__usage__input_tokens": 1_000, "gen_ai__usage__output_tokens": 500}
    cost = {"gen_ai__cost__total_cost": 0.05, "gen_ai__usage__total_tokens": 1_500}
    send(url, [span(20, 1, ago(9), name="litellm_request", **usage, **cost)], service="litellm")
    tool = {"agentops__span__kind": "tool", "operation__name": "search", "gen_ai__usage__total_cost": 0.01}
    send(url, [span(30, 1, ago(8), name="search.tool", **tool)])


def test_cards_and_lines_are_those_of_the_spans(lite: str, ask: Ask) -> None:
    send_mixed(lite)
    projects.share(ask(lite))
    at = open_read("overview")
    shown = cards(at)
    assert shown["Cost"] == "$0.510"
    assert shown["p95"] == "9.4 s"  # 1 … 10 s and two of 1 s
    assert "from spans" in text(at)
    assert "without a split" not in text(at)
    line = next(t for t in figures(at)[0]["data"] if t.get("name") == "Cost")
    assert sum(v for v in values(line["y"]) if v == v) == pytest.approx(0.51)


def test_the_sums_stand_side_by_side_with_what_lies_between_them(lite: str, ask: Ask) -> None:
    send_mixed(lite)
    projects.share(ask(lite))
    told = text(open_read("overview"))
    assert "AgentOps' total ⓘ" in told or "AgentOps' total" in told
    assert "Sum of spans" in told
    assert "+$0.0600 against AgentOps' total" in told
    assert "Costs of tools, which AgentOps' metrics leave out +$0.0100" in told
    assert "Reported in a form that AgentOps does not read (current litellm)" in told
    assert "+$0.0500" in told


def test_the_costliest_and_slowest_traces_and_errors_are_listed(lite: str, ask: Ask) -> None:
    send_mixed(lite)
    broken = llm(40, 1, ago(7), 10, 10, status="ERROR")
    broken["status"]["message"] = "TimeoutError: gave up"
    send(lite, [broken])
    projects.share(ask(lite))
    at = open_read("overview")
    assert rows(at, "Costliest traces")[0]["Cost"] == "$0.0500"
    assert rows(at, "Slowest traces")[0]["Duration"] == "10 s"
    (group,) = rows(at, "Errors by group")
    assert group["Error"] == "TimeoutError: gave up"
