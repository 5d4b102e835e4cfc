"""The Overview as a script: figures shown are figures sent, and failures say their cause."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from dashboard import projects
from dashboard.settings import dashboard_settings
from dashboard.upstream import Upstream
from tests.components.reading import figures, pulse, values
from tests.otlp import llm, send, span, ten_traces

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
Ask = Callable[..., Upstream]


@pytest.fixture(autouse=True)
def _no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """AgentOps' own figures; those of spans are tested in test_overview_spans."""
    monkeypatch.setenv("DASHBOARD_ARCHIVE_FOLLOW_HOURS", "0")
    dashboard_settings.cache_clear()


def now() -> datetime:
    return datetime.now(UTC)


def open_page(**query: str) -> AppTest:
    """The page after it has read all its windows."""
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    for name, value in ({"lang": "en", "range": "1h"} | query).items():
        at.query_params[name] = value
    at.run()
    for _ in range(40):
        if at.exception or not component(at) or pulse(at)["status"] != "loading":
            break
        at.run()
    assert not at.exception
    return at


def component(at: AppTest) -> list[Any]:
    return list(at.get("bidi_component"))


def texts(at: AppTest) -> str:
    """All markup of the page as plain text."""
    markup = "\n".join(element.proto.body for element in at.get("html"))
    return unescape(re.sub(r"<[^>]*>", " ", markup))


def cards(at: AppTest) -> dict[str, str]:
    """Values of the key figures by their labels."""
    markup = "".join(element.proto.body for element in at.get("html"))
    found = re.findall(r'ao-kpi-label">([^<]*)<.*?ao-kpi-value">([^<]*)<', markup, flags=re.DOTALL)
    return {unescape(label): unescape(value) for label, value in found}


def test_key_figures_are_the_sums_of_what_was_sent(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite))
    assert cards(open_page()) == {
        "Cost": "$0.450",
        "Traces": "10",
        "Success rate": "75.0 %",  # 6 of 8; the two indeterminate ones count on neither side
        "p95": "–",  # its spans have not been read yet
        "Tokens": "1.5M",
        "Cost per trace": "$0.0450",
        "Failed traces": "2",
    }


def test_lines_add_up_to_the_key_figures(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite))
    cost, tokens, outcomes = figures(open_page())
    line = next(t for t in cost["data"] if t.get("name") == "Cost")
    assert sum(v for v in values(line["y"]) if v == v) == pytest.approx(0.45)
    parts = {
        t["name"]: sum(v for v in values(t["y"]) if v == v) for t in tokens["data"] if t["type"] == "bar"
    }
    assert parts == {"prompt": 800_000, "cache-read": 200_000, "completion": 400_000, "reasoning": 100_000}
    counts = {
        t["name"]: sum(v for v in values(t["y"]) if v == v) for t in outcomes["data"] if t["type"] == "bar"
    }
    assert counts == {"● success": 6, "✕ failed": 2, "○ indeterminate": 2}


def test_every_axis_has_a_unit_and_the_zone(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite))
    for figure, unit in zip(figures(open_page(tz="Asia/Seoul")), ("USD", "tokens", "traces"), strict=True):
        assert unit in figure["layout"]["yaxis"]["title"]["text"]
        assert figure["layout"]["xaxis"]["title"]["text"] == "Asia/Seoul (UTC+9)"


def test_a_window_without_spans_is_a_gap_and_not_zero_dollars(lite: str, ask: Ask) -> None:
    send(lite, [llm(1, 1, now() - timedelta(minutes=20), 100_000, 0)])
    projects.share(ask(lite))
    cost = next(t for t in figures(open_page())[0]["data"] if t.get("name") == "Cost")
    known = [v for v in values(cost["y"]) if v == v]
    assert known == [pytest.approx(0.015)]


def test_korean_page_has_korean_words_and_the_same_figures(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite))
    at = open_page(lang="ko")
    assert cards(at) == {
        "비용": "$0.450", "트레이스": "10", "성공률": "75.0 %", "p95": "–", "토큰": "150만",
        "트레이스당 비용": "$0.0450", "실패 트레이스": "2",
    }  # fmt: skip


def test_litellm_tokens_without_a_split_are_owned_up_to(lite: str, ask: Ask) -> None:
    send(
        lite,
        [span(1, 1, now() - timedelta(minutes=5), name="litellm_request", gen_ai__usage__total_tokens=1234)],
        service="litellm",
    )
    projects.share(ask(lite))
    assert "1,234 tokens came without a split" in texts(open_page())


@pytest.mark.parametrize(
    ("settings", "cause", "remedy"),
    [
        ({"key": None}, "Not configured", "AGENTOPS_API_KEY"),
        ({"key": "not-a-key"}, "API key is malformed", "12345678-1234-1234-1234-123456789abc"),
        ({"key": "00000000-0000-4000-8000-000000000000"}, "API key refused", "Make a new key"),
    ],
)
def test_a_key_that_does_not_work_is_named(
    lite: str, ask: Ask, settings: dict[str, Any], cause: str, remedy: str
) -> None:
    projects.share(ask(lite, **settings))
    at = open_page()
    shown = texts(at)
    assert "No data available" in shown
    assert cause in shown
    assert remedy in shown
    assert figures(at) == []
    assert cards(at) == {}
    assert pulse(at)["status"] == "down"


def test_a_dead_port_says_where_and_what_to_start(ask: Ask) -> None:
    projects.share(ask("http://127.0.0.1:9"))
    at = open_page()
    shown = texts(at)
    assert "AgentOps is not running." in shown
    assert "127.0.0.1:9" in shown
    assert "never since this dashboard started" in shown
    assert [c.value for c in at.code] == ["docker compose up -d agentops-api"]
    assert pulse(at)["next_at_ms"] is not None


def test_a_stock_build_without_session_names_both_settings(ask: Ask) -> None:
    with serve(LiteConfig(auth="session")) as url:
        projects.share(ask(url))
        shown = texts(open_page())
    assert "AGENTOPS_SESSION_EMAIL" in shown
    assert "AGENTOPS_SESSION_PASSWORD" in shown


def test_settings_that_cannot_be_used_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTOPS_READ_TIMEOUT_S", "soon")
    shown = texts(open_page())
    assert "AGENTOPS_READ_TIMEOUT_S" in shown
    assert "No data available" in shown


def test_try_again_reads_mended_settings(lite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    send(lite, ten_traces(now()))
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", "nonsense")
    at = open_page()
    assert "AGENTOPS_API_ENDPOINT" in texts(at)
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", lite)
    monkeypatch.setenv("AGENTOPS_API_KEY", DEFAULT_API_KEY)
    at.button(key="retry").click().run()
    for _ in range(20):
        if cards(at).get("Traces") == "10":
            break
        at.run()
    assert cards(at)["Traces"] == "10"


def test_an_empty_project_and_an_empty_range_are_told_apart(lite: str, ask: Ask) -> None:
    projects.share(ask(lite))
    assert "has not received any trace yet" in texts(open_page())
    send(lite, [llm(1, 1, now() - timedelta(days=2), 10, 10)])
    projects.share(ask(lite))
    at = open_page()
    assert "The newest trace began at" in texts(at)
    at.button(key="go_newest").click().run()
    for _ in range(20):
        if cards(at).get("Traces") == "1":
            break
        at.run()
    assert cards(at)["Traces"] == "1"
    assert "from" in at.query_params


def test_the_demo_says_that_it_is_one(ask: Ask) -> None:
    with serve(LiteConfig(demo=True, live=False)) as url:
        projects.share(ask(url))
        at = open_page()
        for _ in range(20):
            if "Demonstration data" in texts(at):
                break
            at.run()
        assert "Demonstration data" in texts(at)


def test_a_real_one_has_no_such_banner(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite))
    assert "Demonstration data" not in texts(open_page())


def test_the_foot_names_the_source_and_links_a_real_ones_dashboard(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite, app_url="http://agentops.example:3006"))
    at = open_page()
    assert f"Source: {lite} · v4 dialect: project query" in texts(at)
    link = "http://agentops.example:3006"
    assert not any(link in element.proto.body for element in at.get("html"))  # the embedded one has none
    projects.shared()._embedded = None
    projects.shared()._embedded_known = True
    at.run()
    assert any(f'href="{link}"' in element.proto.body for element in at.get("html"))


def test_the_view_is_in_the_address_and_comes_back_from_it(lite: str, ask: Ask) -> None:
    send(lite, ten_traces(now()))
    projects.share(ask(lite))
    at = open_page(range="6h", tz="Asia/Seoul")
    at.selectbox(key="scope_bucket").set_value("15m").run()
    address = {name: at.query_params[name] for name in ("range", "tz", "bucket")}
    assert {name: v[0] if isinstance(v, list) else v for name, v in address.items()} == {
        "range": "6h", "tz": "Asia/Seoul", "bucket": "15m",
    }  # fmt: skip
    again = open_page(range="6h", tz="Asia/Seoul", bucket="15m")
    assert again.selectbox(key="scope_bucket").value == "15m"
    assert again.selectbox(key="scope_range").value == "6h"
    line = next(t for t in figures(again)[0]["data"] if t.get("name") == "Cost")
    assert len(values(line["y"])) == 25  # 24 closed quarters of an hour, one open


def test_what_the_address_says_wrong_is_said_back(lite: str, ask: Ask) -> None:
    projects.share(ask(lite))
    at = open_page(range="1y", tz="<b>Mars</b>")
    warnings = [w.value for w in at.warning]
    assert len(warnings) == 2
    assert "range=1y" in warnings[0]
    assert "<b>" not in warnings[1]
