"""The list of traces as a script: filters, order, pages, news, export; and one trace from a bare link."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from streamlit.testing.v1 import AppTest

from agentops_lite.config import DEFAULT_API_KEY
from dashboard import projects
from dashboard.upstream import Upstream
from tests.components.reading import LISTING, component_data, listing, pulse
from tests.otlp import llm, send, span
from tests.pages.opened import LONGEST_S, MAIN, cards, markup, open_read, text

Ask = Callable[..., Upstream]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def some(n: int) -> list[dict[str, Any]]:
    """Trace k began k minutes ago after ten, lasted k seconds; every third failed."""
    return [
        llm(k, 1, ago(10 + k / 2), 1_000 * k, 100, seconds=k, status="ERROR" if k % 3 == 0 else "OK")
        for k in range(1, n + 1)
    ]


def test_the_list_is_paged_over_all_traces_newest_first(lite: str, ask: Ask) -> None:
    send(lite, some(25))
    projects.share(ask(lite))
    at = open_read("traces")
    assert "1–20 of 25" in text(at)
    assert [row["Trace"] for row in listing(at)][:1] == [f"{1:032x}"[:8]]
    second = open_read("traces", page="2")
    assert "21–25 of 25" in text(second)
    assert len(listing(second)) == 5


def test_filters_and_order_apply_to_all_pages(lite: str, ask: Ask) -> None:
    send(lite, some(25))
    projects.share(ask(lite))
    failed = open_read("traces", status="failed", sort="-duration_s")
    assert "1–8 of 8" in text(failed)  # 3, 6 … 24
    durations = [row["Duration"] for row in listing(failed)]
    assert durations[:2] == ["24 s", "21 s"]
    dear = open_read("traces", duration_min="24")
    assert "1–2 of 2" in text(dear)
    nothing = open_read("traces", text="100%")
    assert listing(nothing) == []
    (drawn,) = component_data(nothing, LISTING)
    assert "No trace that has been read meets these filters." in drawn["drawn"]


def test_news_are_announced_and_move_no_row(lite: str, ask: Ask) -> None:
    send(lite, some(3))
    projects.share(ask(lite))
    at = open_read("traces")
    before = [row["id"] for row in listing(at)]
    send(lite, [llm(9, 1, ago(1.2), 10, 5)])  # newer than all of them, and quiet for a minute
    deadline = time.monotonic() + LONGEST_S
    while not any(button.label == "1 new: show" for button in at.button):
        assert time.monotonic() < deadline, [button.label for button in at.button]
        time.sleep(0.3)
        at.run()
        assert [row["id"] for row in listing(at)] == before
    again = open_read("traces")  # as a press of the button does, which `AppTest` cannot do in a fragment
    assert [row["id"] for row in listing(again)] == [f"{9:032x}", *before]


def test_a_filter_that_cannot_be_used_is_named(lite: str, ask: Ask) -> None:
    send(lite, some(2))
    projects.share(ask(lite))
    assert "status=broken, which cannot be used" in text(open_read("traces", status="broken"))


def test_rows_link_to_the_trace_with_the_view(lite: str, ask: Ask) -> None:
    send(lite, some(2))
    projects.share(ask(lite))
    href = listing(open_read("traces", status="success"))[0]["href"]
    assert href.startswith(f"trace?trace={1:032x}&range=1h")
    assert "status=success" in href  # the neighbours there are those of this list


def test_what_matches_can_be_taken_along(lite: str, ask: Ask) -> None:
    send(lite, some(25))
    projects.share(ask(lite))
    at = open_read("traces", status="failed")
    next(b for b in at.button if b.label.startswith("Prepare 8")).click()
    at.run()
    assert not at.exception
    form, content = at.session_state["export_file"]
    assert form == "csv"
    assert content.count(b"\r\n") == 9  # a heading and eight rows


def open_trace(trace_id: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/trace.py")
    for name, value in ({"lang": "en", "tz": "UTC", "trace": trace_id} | query).items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_a_bare_link_opens_the_trace_alone(lite: str, ask: Ask) -> None:
    state = {"agentops__span__kind": "session", "agentops__session__end_state": "Success"}
    send(
        lite,
        [
            span(7, 1, ago(5), seconds=9, name="chat.session", status="UNSET", **state),
            llm(7, 2, ago(5), 100_000, 50_000, parent=1),
        ],
    )
    projects.share(ask(lite))
    at = open_trace(f"{7:032x}")
    shown = cards(at)
    assert shown["Outcome"] == "● success"
    assert shown["Duration"] == "9 s"
    assert shown["Spans"] == "2"
    assert shown["Tokens"] == "150K"
    assert shown["Cost"] == "$0.0450"
    assert "by the session's end state" in text(at)


def test_a_span_tells_its_messages_its_error_and_its_numbers_as_text(lite: str, ask: Ask) -> None:
    hostile = "<script>alert(1)</script> [click](http://evil.example)"
    call = llm(
        7, 1, ago(5), 10, 5, status="ERROR",
        gen_ai__prompt__0__role="user", gen_ai__prompt__0__content=hostile,
        gen_ai__completion__0__role="assistant", gen_ai__completion__0__content="No.",
    )  # fmt: skip
    call["status"]["message"] = "RateLimitError: slow down"
    send(lite, [call])
    projects.share(ask(lite))
    at = open_trace(f"{7:032x}", span=f"{7:08x}{1:08x}")
    told = text(at)
    assert hostile in told
    assert "<script>" not in markup(at)
    assert "Prompt · user" in told
    assert "Completion · assistant" in told
    assert "slow down" in told
    assert "10 prompt · 5 completion" in told


def test_an_unknown_trace_says_so_and_a_bare_page_asks(lite: str, ask: Ask) -> None:
    projects.share(ask(lite))
    at = open_trace("0" * 31 + "9")
    assert pulse(at)["status"] == "down"
    assert "Trace not found" in text(at)
    bare = AppTest.from_file(str(MAIN), default_timeout=60)
    bare.switch_page("../pages/trace.py")
    bare.query_params["lang"] = "en"
    bare.run()
    assert not bare.exception
    assert "Which trace?" in text(bare)


RECORDED = sorted((Path(__file__).parents[1] / "recordings" / "otlp").glob("*.json"))


def test_every_recorded_trace_opens(lite: str, ask: Ask) -> None:
    """All bodies that the real SDK and litellm sent, each opened with its first span chosen."""
    with httpx.Client(base_url=lite, trust_env=False) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        ids: dict[str, str] = {}
        for path in RECORDED:
            recorded = json.loads(path.read_text("utf-8"))
            headers = {"Authorization": f"Bearer {token}", "content-type": "application/x-protobuf"}
            body = base64.b64decode(recorded["body_base64"])
            client.post("/v1/traces", content=body, headers=headers).raise_for_status()
            for sent in recorded["spans"]:
                ids.setdefault(sent["trace_id"], sent["span_id"])
    projects.share(ask(lite))
    for trace_id, span_id in ids.items():
        at = open_trace(trace_id, span=span_id)
        assert span_id in text(at), trace_id
