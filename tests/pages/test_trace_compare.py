"""A second trace beside the first: which one, what differs, and what is wrong with it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from agentops_lite import LiteConfig, serve
from dashboard import projects
from dashboard.upstream import Upstream
from tests.otlp import llm, send, span
from tests.pages.opened import markup, rows, text

Ask = Callable[..., Upstream]
PAGE = Path(__file__).parent / "compare_page.py"
A, B = f"{7:032x}", f"{8:032x}"
SESSION: dict[str, Any] = {"agentops__span__kind": "session"}
TOOL: dict[str, Any] = {"agentops__span__kind": "tool"}


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def two_traces(began: datetime) -> list[dict[str, Any]]:
    """A: 10 s, a call of $0.045 in 2 s, a search in 1 s. B, a minute earlier: 16 s, the call as dear twice as
    long, a call of $0.090 besides, and the search failed."""
    success = {**SESSION, "agentops__session__end_state": "Success"}
    failure = {**SESSION, "agentops__session__end_state": "Fail"}
    earlier = began - timedelta(minutes=1)

    def after(start: datetime, seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    return [
        span(7, 1, began, seconds=10, name="chat.session", status="UNSET", **success),
        llm(7, 2, after(began, 1), 100_000, 50_000, parent=1, seconds=2),
        span(7, 3, after(began, 4), parent=1, name="search.tool", **TOOL),
        span(8, 1, earlier, seconds=16, name="chat.session", status="UNSET", **failure),
        llm(8, 2, after(earlier, 1), 100_000, 50_000, parent=1, seconds=4),
        span(8, 3, after(earlier, 6), parent=1, name="search.tool", status="ERROR", **TOOL),
        llm(8, 4, after(earlier, 8), 200_000, 100_000, parent=1, seconds=3),
    ]


def opened(trace_id: str = A, **query: str) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in ({"lang": "en", "tz": "UTC", "trace": trace_id} | query).items():
        at.query_params[name] = value
    return again(at)


def again(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def address(at: AppTest, name: str) -> str:
    """A parameter of the address; AppTest has it as a list once the script has run."""
    return "".join(at.query_params[name])


def chosen(at: AppTest, name: str, value: str) -> AppTest:
    at.session_state[f"choice_{name}"] = value
    return again(at)


@pytest.fixture
def both(lite: str, ask: Ask) -> str:
    send(lite, two_traces(ago(30)))
    projects.share(ask(lite))
    return lite


def test_both_are_told_with_their_difference(both: str) -> None:
    told = {row["Figure"]: row for row in rows(opened(**{"with": B}), "At a glance")}
    assert told["Outcome"]["B − A"] == "✕ newly failed"
    assert told["Start"]["B − A"] == "1 min earlier"
    assert [told["Duration"][column] for column in ("A: this trace", "B: the other trace", "B − A")] == [
        "10 s", "16 s", "▲ 6 s slower\n+60.0 %"
    ]  # fmt: skip
    assert told["Spans"]["B − A"] == "↑ 1 more"
    assert told["Errors"]["B − A"] == "✕ ↑ 1 more"
    assert told["Tokens"]["B − A"] == "↑ 300K more\n+200.0 %"
    assert [told["Cost"][column] for column in ("A: this trace", "B: the other trace", "B − A")] == [
        "$0.0450", "$0.135", "▲ $0.0900 dearer\n+200.0 %"
    ]  # fmt: skip
    assert told["Models"]["B − A"] == "same"


def test_the_steps_stand_beside_each_other(both: str) -> None:
    at = opened(**{"with": B})
    steps = rows(at, "Step by step")
    call = "openai.chat.completion\ngpt-4o-mini-2024-07-18"
    assert [(row["Step"], row["In B"], row["A"], row["B"], row["B − A"]) for row in steps] == [
        ("chat.session", "▲ slower", "10 s", "16 s", "+6 s\nself +1 s"),
        (call, "▲ slower", "2 s", "4 s", "+2 s"),
        ("search.tool", "✕ newly failed", "1 s", "1 s\nfailed", "same"),
        (call, "+ added", "–", "3 s", "–"),
    ]
    assert [row["Cost"] for row in steps] == ["–", "$0.0450", "–", "$0.0900"]
    assert "Steps: 4, of which 1 added · 1 newly failed · 2 slower." in text(at)


def test_steps_by_size_and_all_of_them(both: str) -> None:
    at = opened(**{"with": B})
    by_cost = rows(chosen(at, "steps_by", "cost"), "Step by step")
    assert [row["Cost"] for row in by_cost][:1] == ["$0.0900"]
    assert address(at, "steps_by") == "cost"
    by_time = rows(chosen(at, "steps_by", "time"), "Step by step")
    assert [row["B"] for row in by_time] == ["3 s", "4 s", "16 s", "1 s\nfailed"]  # self: 3, +2, +1, 0 s
    assert by_time[0]["Kind"] == "model call"


def test_links_lead_to_the_span_in_either_trace_and_swap_the_two(both: str) -> None:
    hrefs = re.findall(r'href="trace\?([^"]*)"', markup(opened(**{"with": B})))
    found = [{k: v for k, v in parse_qsl(unescape(href)) if k not in ("lang", "tz")} for href in hrefs]
    assert {"trace": B, "with": A, "view": "compare"} in found
    assert {"trace": A, "view": "compare"} in found  # ends the comparison
    assert {"trace": B, "view": "spans"} in found
    assert {"trace": A, "with": B, "view": "spans", "span": f"{7:08x}{3:08x}"} in found
    assert {"trace": B, "with": A, "view": "spans", "span": f"{8:08x}{3:08x}"} in found


def test_letter_case_and_hyphens_of_the_other_id_do_not_matter(both: str) -> None:
    hyphened = f"{B[:8]}-{B[8:12]}-{B[12:16]}-{B[16:20]}-{B[20:]}".upper()
    assert rows(opened(**{"with": hyphened}), "At a glance")


def test_an_address_with_a_second_trace_means_the_comparison(both: str) -> None:
    assert address(opened(**{"with": B}), "view") == "compare"
    assert "view" not in opened().query_params
    assert address(opened(view="log", **{"with": B}), "view") == "log"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("9" * 32, f"AgentOps has no trace {'9' * 32} in this project."),
        ("no id<b>", "“no id<b>” is no trace id."),
        ("12345678", "No single trace that has been read begins with “12345678”."),
        (A.upper(), "This is the same trace."),
    ],
)
def test_what_is_wrong_with_the_other_trace_is_said_and_the_page_goes_on(
    both: str, asked: str, said: str
) -> None:
    at = opened(**{"with": asked})
    assert said in text(at)
    assert "what stands below" in text(at)
    assert "<b>" not in markup(at).replace("<b>and", "")
    assert at.text_input(key="compare_id")  # another one can be chosen


def test_an_outage_while_the_other_trace_is_asked_for_leaves_the_page(ask: Ask) -> None:
    with serve(LiteConfig(caches=False)) as url:
        send(url, two_traces(ago(30)))
        projects.share(ask(url))
        at = opened()
    at.query_params["with"] = B
    again(at)
    assert "The other trace could not be read. AgentOps is not running" in text(at)
    assert "what stands below" in text(at)
    assert [button.label for button in at.button if button.key == "compare_retry"] == ["Try again"]


def test_a_trace_without_difference_says_so(lite: str, ask: Ask) -> None:
    began = ago(30)
    send(lite, [span(trace, 1, began, name="step", **SESSION) for trace in (7, 8)])
    projects.share(ask(lite))
    at = opened(**{"with": B})
    assert "No difference: the steps of both (1) are alike." in text(at)
    assert rows(at, "Step by step") == []
    assert [row["In B"] for row in rows(chosen(at, "steps", "all"), "Step by step")] == ["alike"]


def test_of_many_steps_the_rest_is_counted(lite: str, ask: Ask) -> None:
    began = ago(30)
    spans = [span(trace, 1, began, seconds=300, name="root", **SESSION) for trace in (7, 8)]
    spans += [span(8, i, began + timedelta(seconds=i), parent=1, name="work") for i in range(2, 302)]
    send(lite, spans)
    projects.share(ask(lite))
    at = opened(**{"with": B})
    steps = rows(at, "Step by step")
    assert len(steps) == 200
    assert "100 more not shown." in text(at)
    assert {row["In B"] for row in steps} == {"+ added"}  # no room for the root, which is alike


def test_a_changed_model_is_named(lite: str, ask: Ask) -> None:
    began = ago(30)
    models = ("gpt-4o-mini-2024-07-18", "o3-mini-2025-01-31")
    send(lite, [llm(7 + i, 1, began, 10, 5, gen_ai__response__model=model) for i, model in enumerate(models)])
    projects.share(ask(lite))
    step = rows(opened(**{"with": B}), "Step by step")[0]
    assert "another model" in step["In B"]
    assert "gpt-4o-mini-2024-07-18 → o3-mini-2025-01-31" in step["In B"]


def test_traces_of_the_same_name_suggest_themselves(both: str) -> None:
    at = opened()
    deadline = time.monotonic() + 40
    while "Traces of the same name" not in markup(at) and time.monotonic() < deadline:
        time.sleep(0.3)
        again(at)
    suggested = rows(at, "Traces of the same name")
    assert [(row["Compare with"], row["Trace"], row["Status"]) for row in suggested] == [
        ("the one before, newest", B[:8], "✕ failed")
    ]
    assert f"with={B}" in markup(at)


def test_an_id_can_be_typed(both: str) -> None:
    at = opened()
    at.text_input(key="compare_id").input(f" {B.upper()} ")
    next(button for button in at.button if button.label == "Compare").click()
    again(at)
    assert address(at, "with") == B
    assert rows(at, "At a glance")
    at.query_params.pop("with")
    assert "At a glance" not in markup(again(at))


@pytest.mark.parametrize("query", [{}, {"with": B}, {"with": "x"}])
def test_in_korean(both: str, query: dict[str, str]) -> None:
    assert "다른 트레이스와 비교" in text(opened(lang="ko", **query))
