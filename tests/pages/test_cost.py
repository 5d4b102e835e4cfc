"""Cost & tokens as a script: every figure is that of the spans that were sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import projects, shelf
from dashboard.settings import dashboard_settings
from dashboard.upstream import Upstream
from tests.components.reading import figures, values
from tests.otlp import llm, send, span, ten_traces
from tests.pages.opened import cards, open_read, rows, text

Ask = Callable[..., Upstream]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def litellm(trace: int, minutes: float, *, prompt: int, completion: int, usd: float) -> list[dict[str, Any]]:
    """A call as current litellm sends it: names that AgentOps does not read, and the raw twin below."""
    usage = {
        "gen_ai__usage__input_tokens": prompt,
        "gen_ai__usage__output_tokens": completion,
        "gen_ai__usage__total_tokens": prompt + completion,
        "gen_ai__response__model": "qwen2.5-72b",
        "gen_ai__system": "hosted_vllm",
    }
    cost = {"gen_ai__cost__total_cost": usd} if usd else {}
    return [
        span(trace, 1, ago(minutes), name="litellm_request", **usage, **cost),
        span(trace, 2, ago(minutes), name="raw_gen_ai_request", parent=1, llm__request__type="chat"),
    ]


def test_costs_and_tokens_are_those_of_the_spans(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(ago(5)))  # $0.45 and 1,500,000 tokens
    send(lite, litellm(50, 9, prompt=1_000, completion=500, usd=0.05), service="litellm")
    projects.share(ask(lite))
    at = open_read("cost")
    shown = cards(at)
    assert shown["Cost"] == "$0.500"
    assert shown["Tokens"] == "1.5M"  # 1,501,500
    assert shown["Cache hit rate"] == "20.0 %"  # 200,000 of 1,001,000
    assert shown["Cost per call"] == "$0.0455"  # 0.5 / 11
    assert shown["Cost reported"] == "100.0 %"
    table = {row["Model"]: row for row in rows(at, "By model")}
    assert set(table) == {"gpt-4o-mini-2024-07-18", "qwen2.5-72b"}
    known = table["gpt-4o-mini-2024-07-18"]
    assert (known["Cost"], known["Share"], known["Calls"]) == ("$0.450", "90.0 %", "10")
    assert known["Tokens"] == "1.5M\n1M + 500K"
    assert known["Per 1k tokens"] == "$0.000300"
    assert table["qwen2.5-72b"]["Cost"] == "$0.0500"


def test_the_chart_adds_up_to_the_card_and_groups_by_what_was_chosen(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(ago(5)))
    send(lite, litellm(50, 9, prompt=1_000, completion=500, usd=0.05), service="litellm")
    projects.share(ask(lite))
    at = open_read("cost", by="service")
    usage = figures(at)[0]
    bars = {t["name"]: sum(v for v in values(t["y"]) if v == v) for t in usage["data"] if t["type"] == "bar"}
    assert bars == {"agentops": pytest.approx(0.45), "litellm": pytest.approx(0.05)}
    assert "USD" in usage["layout"]["yaxis"]["title"]["text"]


def test_a_model_without_a_price_is_told_and_its_name_is_ready_to_copy(lite: str, ask: Ask) -> None:
    send(lite, litellm(1, 5, prompt=1_000, completion=500, usd=0.0), service="litellm")
    projects.share(ask(lite))
    at = open_read("cost")
    assert cards(at)["Cost"] == "–"
    (row,) = rows(at, "Models without a price")
    assert (row["Model"], row["Tokens"]) == ("qwen2.5-72b\nhosted_vllm", "1,500")
    assert '[models."qwen2.5-72b"]' in at.get("code")[0].value


def test_prices_of_ones_own_are_used_and_marked(
    lite: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(
        'currency = "KRW"\nkrw_per_usd = 1000\n[models."qwen*"]\nprompt = 10000\ncompletion = 20000\n'
    )
    monkeypatch.setenv("DASHBOARD_PRICES", str(prices))
    dashboard_settings.cache_clear()
    shelf.prices.cache_clear()
    send(lite, litellm(1, 5, prompt=100_000, completion=50_000, usd=0.0), service="litellm")
    projects.share(ask(lite))
    at = open_read("cost")
    # 0.1 x 10 USD + 0.05 x 20 USD
    assert cards(at)["Cost"] == "$2.00"
    assert cards(at)["Cost reported"] == "0.0 %"
    assert rows(at, "By model")[0]["Reported / estimated"] == "▲ own prices"
    assert "Models without a price" not in text(at)


def test_waste_counts_each_dollar_once(lite: str, ask: Ask) -> None:
    search = {
        "agentops__span__kind": "tool",
        "agentops__tool__input": '{"q": 1}',
        "operation__name": "search",
    }
    cost = {"gen_ai__usage__total_cost": 0.01}
    send(
        lite,
        [
            llm(1, 1, ago(6), 100_000, 50_000, status="ERROR"),  # $0.045 in a failed trace
            span(2, 1, ago(5), name="run.session", seconds=30, agentops__session__end_state="Success"),
            span(2, 2, ago(5), name="search.tool", parent=1, **search, **cost),
            span(2, 3, ago(4.9), name="search.tool", parent=1, **search, **cost),  # the same again
        ],
    )
    projects.share(ask(lite))
    table = {row["What"]: row for row in rows(open_read("cost"), "Waste")}
    assert (table["Failed traces"]["Number"], table["Failed traces"]["Cost"]) == ("1", "$0.0450")
    again = table["Identical tool calls repeated"]
    assert (again["Number"], again["Cost"]) == ("1", "$0.0100")
    assert table["Together"]["Cost"] == "$0.0550"
    assert table["Together"]["Share of cost"] == "84.6 %"  # 0.055 of 0.065


def test_the_month_needs_its_traces_read_before_it_is_projected(
    lite: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_BUDGET_USD", "10")
    dashboard_settings.cache_clear()
    days = [datetime.now(UTC) - timedelta(days=n, minutes=5) for n in range(6)]
    send(lite, [llm(n + 1, 1, day, 1_000_000, 0, seconds=1) for n, day in enumerate(days)])  # $0.15 a day
    projects.share(ask(lite))
    at = open_read("cost")
    assert cards(at)["This month, projected"] == "–"
    next(b for b in at.button if b.label == "Read the rest").click()
    for _ in range(60):
        at.run()
        if cards(at)["This month, projected"] != "–":
            break
    told = text(at)
    assert "budget $10.00" in told
    assert cards(at)["This month, projected"] != "–"


def test_the_sums_are_reconciled(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(ago(5)))
    send(lite, litellm(50, 9, prompt=1_000, completion=500, usd=0.05), service="litellm")
    projects.share(ask(lite))
    told = text(open_read("cost"))
    assert "+$0.0500 against AgentOps' total" in told
    assert "Reported in a form that AgentOps does not read (current litellm)" in told


def test_the_page_is_korean_in_korean(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(ago(5)))
    projects.share(ask(lite))
    at = open_read("cost", lang="ko")
    assert cards(at)["비용"] == "$0.450"
    assert "모델별" in text(at)
    assert "Waste" not in text(at)
