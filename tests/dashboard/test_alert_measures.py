"""The values that rules watch, against an embedded AgentOps with known spans; and what is asked for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agentops_lite import LiteConfig, serve
from dashboard import shelf
from dashboard.alerts import Rule
from dashboard.alerts.measures import PER_LOOK, Measured, Measures, settled
from dashboard.alerts.rules import METRICS
from dashboard.archive.shared import Shelf
from dashboard.questions import Kind, Question
from dashboard.upstream import Upstream
from tests.dashboard.alert_receiver import wait_for
from tests.otlp import llm, send, span

Ask = Callable[..., Upstream]
QUARTER = timedelta(minutes=15)


def rule(metric: str, **more: Any) -> Rule:
    window = QUARTER if METRICS[metric].windowed else timedelta()
    values = {
        "name": metric,
        "metric": METRICS[metric],
        "comparison": ">",
        "threshold": 0.5,
        "window": window,
    }
    return Rule(**values | more)


ALL = [rule(name) for name in METRICS]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def no_archive(upstream: Upstream) -> Shelf:
    """A shelf that is not open."""
    made = shelf.shelf_of(upstream)
    made.close()
    return made


def measures(upstream: Upstream, rules: list[Rule], held: Shelf | None = None) -> Measures:
    closed = held or no_archive(upstream)
    return Measures(upstream, lambda: closed, rules, wait=time.sleep)


def taken(
    upstream: Upstream, rules: list[Rule], held: Shelf | None = None, looks: int = 2
) -> dict[str, Measured]:
    """Values after so many looks: one may not ask for everything."""
    made = measures(upstream, rules, held)
    for _ in range(looks):
        found = made.take()
    return found


def eleven(minutes: float) -> list[dict[str, Any]]:
    """Traces of 1 to 11 seconds: their 95th percentile is 10.5 s."""
    return [llm(n, 1, ago(minutes), 1_000_000, 0, seconds=n) for n in range(1, 12)]


def test_windows_are_over_aligned_and_settled() -> None:
    now = datetime(2026, 11, 22, 12, 7, 29, tzinfo=UTC)

    def of(window: timedelta, at: datetime = now) -> tuple[str, str]:
        found = settled(window, at)
        return f"{found.start:%H:%M:%S}", f"{found.end:%H:%M:%S}"

    assert of(QUARTER) == ("11:50:00", "12:05:00")
    assert of(QUARTER, now + timedelta(seconds=1)) == ("11:51:00", "12:06:00")
    assert of(timedelta(hours=1)) == ("11:05:00", "12:05:00")
    assert of(timedelta(hours=24)) == ("12:00:00", "12:00:00")


def test_values_of_known_spans(lite: str, ask: Ask) -> None:
    send(lite, [span(1, 1, ago(8), status="ERROR"), *[llm(n, 1, ago(8), 900_000, 0) for n in (2, 3, 4)]])
    send(lite, [span(9, 1, ago(40), status="ERROR"), span(10, 1, ago(0.2), status="ERROR")])  # outside
    found = taken(ask(lite), ALL, looks=3)
    assert found["error_rate"] == Measured(0.25)
    assert found["failed_traces"] == Measured(1.0)
    assert found["traces_per_minute"].value == pytest.approx(4 / 15)
    assert found["tokens_per_minute"].value == pytest.approx(2_700_000 / 15)
    assert found["cost_per_hour_usd"].value == pytest.approx(0.405 * 4)  # $0.15 a million
    assert found["p95_s"] == Measured(None, "few")
    assert found["newest_trace_age_s"].value == pytest.approx(12, abs=11)
    assert found["upstream_down"] == Measured(0.0)


def test_an_empty_window_has_no_error_rate_but_no_cost_either(lite: str, ask: Ask) -> None:
    found = taken(ask(lite), ALL, looks=3)
    assert found == {
        "error_rate": Measured(None, "no_outcome"),
        "failed_traces": Measured(0.0),
        "p95_s": Measured(None, "few"),
        "traces_per_minute": Measured(0.0),
        "cost_per_hour_usd": Measured(0.0),
        "tokens_per_minute": Measured(0.0),
        "newest_trace_age_s": Measured(None, "no_trace"),
        "upstream_down": Measured(0.0),
    }


def test_an_error_rate_of_too_few_is_unknown(lite: str, ask: Ask) -> None:
    send(lite, [span(n, 1, ago(8), status="ERROR") for n in range(1, 6)])
    upstream = ask(lite)
    assert taken(upstream, [rule("error_rate", min_traces=5)])["error_rate"] == Measured(1.0)
    assert taken(upstream, [rule("error_rate", min_traces=6)])["error_rate"] == Measured(None, "few")


def test_usage_that_agentops_does_not_read_is_unknown_not_zero(lite: str, ask: Ask) -> None:
    usage = {"gen_ai__usage__input_tokens": 100, "gen_ai__usage__output_tokens": 50}
    send(lite, [span(n, 1, ago(8), name="litellm_request", **usage) for n in range(1, 12)])
    found = taken(ask(lite), ALL, looks=3)
    assert found["cost_per_hour_usd"] == Measured(None, "not_told")
    assert found["tokens_per_minute"] == Measured(None, "not_told")
    assert found["p95_s"] == Measured(None, "not_read")
    assert found["failed_traces"] == Measured(0.0)


def test_spans_that_have_been_read_go_first(lite: str, ask: Ask) -> None:
    current = {
        "gen_ai__request__model": "gpt-4o", "gen_ai__usage__input_tokens": 1_000_000,
        "gen_ai__usage__output_tokens": 0, "gen_ai__usage__total_tokens": 1_000_000,
        "gen_ai__operation__name": "chat",
    }  # fmt: skip
    made = [span(n, 1, ago(8), seconds=n, name="litellm_request", **current) for n in range(1, 12)]
    send(lite, made)
    upstream = ask(lite)
    held = shelf.shelf_of(upstream)
    wait_for(lambda: held.archive is not None and held.archive.stats().traces == 11)
    found = taken(upstream, ALL, held, looks=3)
    assert found["p95_s"].value == pytest.approx(10.5)
    assert found["cost_per_hour_usd"].value == pytest.approx(11 * 2.5 * 4)
    assert found["tokens_per_minute"].value == pytest.approx(11_000_000 / 15)


def test_a_look_asks_little_and_reuses_what_is_known(
    lite: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(lite, eleven(8))
    upstream = ask(lite)
    frozen = upstream.now()
    monkeypatch.setattr(upstream, "now", lambda: frozen)  # no window moves on meanwhile
    asked: list[Question] = []
    request = upstream._request
    monkeypatch.setattr(
        upstream, "_request", lambda question, until: (asked.append(question), request(question, until))[1]
    )
    many = [
        rule(name, name=f"{name} {minutes}", window=timedelta(minutes=minutes))
        for name in METRICS
        if METRICS[name].windowed
        for minutes in (5, 10, 15, 60)
    ]
    made = measures(upstream, [*many, rule("newest_trace_age_s")])
    first = made.take()
    assert len(asked) == PER_LOOK + 2  # the present, and the newest trace
    assert any(value.why == "waiting" for value in first.values())
    assert all(value.why != "waiting" for value in made.take().values())
    made.take()
    assert len(asked) == 4 * 2 + 2  # each window in its two ways
    assert {question.kind for question in asked} == set(Kind)


def test_the_window_before_stands_in_until_the_newest_is_known(
    lite: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(lite, [span(n, 1, ago(8), status="ERROR") for n in (1, 2, 3)])
    upstream = ask(lite)
    made = measures(upstream, [rule("failed_traces")])
    now = upstream.now()
    monkeypatch.setattr(upstream, "now", lambda: now)
    assert made.take()["failed_traces"] == Measured(3.0)
    monkeypatch.setattr(upstream, "now", lambda: now + timedelta(minutes=1))
    monkeypatch.setattr(made, "_ask_what_is_due", lambda: None)
    assert made.take()["failed_traces"] == Measured(3.0)
    monkeypatch.setattr(upstream, "now", lambda: now + timedelta(minutes=2))
    assert made.take()["failed_traces"] == Measured(None, "waiting")


def test_it_gives_way_to_pages(lite: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = ask(lite)
    waited: list[float] = []
    made = Measures(upstream, lambda: no_archive(upstream), [rule("error_rate")], wait=waited.append)
    monkeypatch.setattr(type(upstream), "busy", property(lambda self: 1 if len(waited) < 7 else 0))
    made.take()
    assert waited == [0.05] * 7


def test_an_outage_makes_all_but_one_unknown(ask: Ask) -> None:
    with serve(LiteConfig(caches=False)) as url:
        send(url, eleven(8))
        upstream = ask(url)
        assert taken(upstream, ALL)["upstream_down"] == Measured(0.0)
    later = upstream.now
    upstream.now = lambda: later() + timedelta(seconds=20)  # what was answered is no longer just now
    found = measures(upstream, ALL).take()
    assert found.pop("upstream_down") == Measured(1.0)
    assert set(found.values()) == {Measured(None, "outage")}
    assert upstream.outage is not None


def test_nothing_asked_is_nothing_known(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = ask("http://127.0.0.1:9")
    made = measures(upstream, ALL)
    monkeypatch.setattr(made, "_look_for_upstream", lambda: None)
    monkeypatch.setattr(made, "_ask_what_is_due", lambda: None)
    assert set(made.take().values()) == {Measured(None, "waiting")}


def test_an_answer_from_before_the_windows_end_does_not_count(lite: str, ask: Ask) -> None:
    upstream = ask(lite)
    now = upstream.now()
    upstream.now = lambda: now
    window = settled(QUARTER, now)
    upstream.read([Question(Kind.TRACES, window)], wait_s=5)
    (answer,) = upstream.known([Question(Kind.TRACES, window)])
    assert answer is not None
    upstream._known[Question(Kind.TRACES, window)] = replace(
        answer, asked_at=window.end - timedelta(seconds=9)
    )
    made = measures(upstream, [rule("failed_traces")])
    made._ask_what_is_due = lambda: None  # type: ignore[method-assign]
    assert made.take()["failed_traces"] == Measured(None, "waiting")
