"""The demonstration month: repeatable, believable, and loaded like anything else."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.testclient import TestClient

from agentops_lite import DEFAULT_API_KEY, DEFAULT_PROJECT_ID, LITE_HEADER, LiteConfig, create_app
from agentops_lite.demo import DAY_S, HOUR_S, Calendar, history
from agentops_lite.demo_live import LiveTraffic
from agentops_lite.demo_trace import SECOND, TraceBuilder
from agentops_lite.otlp import spans_of
from agentops_lite.spans import Span, to_row
from agentops_lite.store import Store

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC).timestamp()  # a Friday afternoon in Seoul
PROJECT = "b0000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def month() -> list[list[Span]]:
    return list(history(1, NOW, PROJECT))


def seoul_day(spans: list[Span]) -> int:
    return int((spans[0].start_ns // SECOND + 9 * HOUR_S) // DAY_S)


def test_same_seed_and_moment_give_the_same_month(month: list[list[Span]]) -> None:
    assert [s for t in history(1, NOW, PROJECT) for s in t] == [s for t in month for s in t]
    other = {s.trace_id for t in history(2, NOW, PROJECT) for s in t}
    assert not other & {s.trace_id for t in month for s in t}


def test_thirty_days_end_now(month: list[list[Span]]) -> None:
    spans = [s for t in month for s in t]
    assert 4_000 < len(month) < 7_000
    assert 20_000 < len(spans) < 40_000
    assert NOW - 30 * DAY_S <= min(s.start_ns for s in spans) / SECOND < NOW - 29 * DAY_S
    assert NOW - 600 < max(s.start_ns for s in spans) / SECOND < NOW + 60


def test_weekends_and_nights_are_thinner(month: list[list[Span]]) -> None:
    days = Counter(seoul_day(t) for t in month if t)
    weekend = [n for day, n in days.items() if (day + 3) % 7 >= 5]
    working = [n for day, n in days.items() if (day + 3) % 7 < 5]
    assert len(weekend) in (8, 9, 10)
    assert max(weekend) < sorted(working)[2]
    hours = Counter(int((t[0].start_ns // SECOND + 9 * HOUR_S) % DAY_S // HOUR_S) for t in month if t)
    assert hours[15] > 5 * hours[4]


def test_one_hour_went_badly(month: list[list[Span]]) -> None:
    calendar = Calendar.of(1, NOW)

    def failing(begin: float, end: float) -> float:
        inside = [t for t in month if t and begin <= t[-1].start_ns / SECOND < end]
        return sum(any(s.status_code == "Error" for s in t) for t in inside) / len(inside)

    assert failing(calendar.bad_hour, calendar.bad_hour + HOUR_S) > 0.4
    assert failing(calendar.bad_hour - 5 * HOUR_S, calendar.bad_hour) < 0.15
    assert failing(NOW - 30 * DAY_S, NOW) < 0.1


def test_one_long_and_one_wide_trace(month: list[list[Span]]) -> None:
    assert max(len(t) for t in month) > 1_000
    longest = max(max(s.duration_ns for s in t) for t in month if t)
    assert longest > 25 * 60 * SECOND


def test_the_mixture(month: list[list[Span]]) -> None:
    spans = [s for t in month for s in t]
    roots = {s.name for s in spans if not s.parent_span_id}
    assert {"support-bot.session", "code-review.session", "문서 요약.session", "litellm_request"} <= roots
    sessions = [s for s in spans if s.name.endswith(".session")]
    assert {s.status_code for s in sessions} == {"Unset"}
    states = Counter(s.attributes.get("agentops.session.end_state") for s in sessions)
    assert states["Success"] > 10 * states["Error"] > 0
    assert states[None] > 50
    models = {s.attributes.get("gen_ai.response.model") for s in spans}
    assert {"gpt-4o-2024-08-06", "claude-sonnet-4-20250514", "gemini-2.5-flash", "qwen2.5-72b"} <= models
    for attribute in (
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.input_tokens",
        "gen_ai.cost.total_cost",
        "gen_ai.usage.total_cost",
        "error.type",
    ):
        assert sum(attribute in s.attributes for s in spans) > 20, attribute
    text = " ".join(s.attributes.get("gen_ai.completion.0.content", "") for s in spans[:3000])
    assert "환불" in text or "영업일" in text
    assert "<b>" in text
    kinds = Counter(e.attributes["exception.type"] for s in spans for e in s.events)
    assert kinds.most_common(1)[0][0] == "openai.RateLimitError"
    assert len(kinds) >= 5


def test_children_lie_within_their_parents(month: list[list[Span]]) -> None:
    for trace in month[:500]:
        by_id = {s.span_id: s for s in trace}
        for span in trace:
            parent = by_id.get(span.parent_span_id)
            if parent is not None:
                assert parent.start_ns <= span.start_ns, (parent.name, span.name)
                assert span.start_ns + span.duration_ns <= parent.start_ns + parent.duration_ns, (
                    parent.name,
                    span.name,
                )


def test_a_month_is_there_quickly_answers_and_goes_on() -> None:
    begun = time.perf_counter()
    app = create_app(LiteConfig(demo=True, live_every_s=0.05))
    elapsed = time.perf_counter() - begun
    store: Store = app.state.lite.store
    with TestClient(app) as client:
        assert client.get("/health").headers[LITE_HEADER] == "demo"
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        query = {"project_id": DEFAULT_PROJECT_ID}
        body = client.get("/v4/meterics/project", params=query).json()
        assert body["trace_count"] > 3_000
        assert 20 < float(body["token_metrics"]["total_cost"]) < 500
        assert client.get("/v4/traces", params=query).json()["total"] >= body["trace_count"]
        before = store.span_count()
        deadline = time.monotonic() + 15
        while store.span_count() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert store.span_count() > before
    assert elapsed < 20  # about 2 s on an idle machine


def test_kept_data_are_continued_not_doubled(tmp_path: Path) -> None:
    # (a span of five hours ago stands for a month that was loaded then)
    kept = TraceBuilder(Random(1), DEFAULT_PROJECT_ID)
    newest = int((NOW - 5 * HOUR_S) * SECOND)
    kept.entity("task", "kept", parent="", start=newest, end=newest)
    store = Store(tmp_path)
    store.add([to_row(span) for span in kept.spans])
    store.close()
    app = create_app(LiteConfig(demo=True, data=tmp_path, now=lambda: NOW))
    added = app.state.lite.store.query("SELECT count(*), min(start_ns) FROM spans WHERE seq > 1")[0]
    app.state.lite.store.close()
    assert 100 < added[0] < 2_000
    assert added[1] >= newest


def test_live_spans_arrive_when_they_end() -> None:
    live = LiveTraffic(1, NOW, PROJECT, every_s=5)
    assert live.ended(NOW + 4) == []
    seen: list[Span] = []
    for second in range(1, 121):
        for span in live.ended(NOW + 4 + second):
            end = (span.start_ns + span.duration_ns) / SECOND
            assert NOW + 3 + second <= end <= NOW + 4 + second + 1
            seen.append(span)
    assert 15 <= len({s.trace_id for s in seen}) <= 24
    ids = [s.span_id for s in seen]
    first_child = next(i for i, s in enumerate(seen) if s.parent_span_id in ids)
    assert ids.index(seen[first_child].parent_span_id) > first_child


def test_the_month_runs_into_the_live_rate_without_a_step(month: list[list[Span]]) -> None:
    begins = sorted(t[-1].start_ns / SECOND for t in month if t)
    quarter = sum(b >= NOW - 900 for b in begins)
    live = 900 / Calendar.of(1, NOW).live_gap_s(NOW)
    assert 0.5 * live < quarter < 1.2 * live


def test_runs_that_were_going_on_are_finished_live(month: list[list[Span]]) -> None:
    running = [s for t in month for s in t if s.start_ns + s.duration_ns > NOW * SECOND]
    live = LiveTraffic(1, NOW, PROJECT, every_s=10_000, running=running)
    assert running
    assert live.ended(NOW) == []
    assert {s.span_id for s in live.ended(NOW + 3600)} == {s.span_id for s in running}


def test_live_rate_follows_the_hour() -> None:
    def traces(now: float) -> int:
        live = LiveTraffic(1, now, PROJECT)
        return len({s.trace_id for s in live.ended(now + HOUR_S)})

    afternoon, night = traces(NOW), traces(NOW - 9.5 * HOUR_S)
    assert 100 < afternoon < 1000
    assert afternoon > night >= 80


def test_demo_rows_are_the_rows_that_otlp_would_make(month: list[list[Span]]) -> None:
    """Exporting a demonstration trace over OTLP stores the same rows as loading it."""
    kinds, statuses = ("", "Internal", "Server", "Client"), ("Unset", "Ok", "Error")
    for trace in [t for t in month if t][:200]:
        export = ExportTraceServiceRequest()
        for span in trace:
            resource_spans = export.resource_spans.add()
            for key, value in span.resource.items():
                resource_spans.resource.attributes.add(key=key).value.string_value = value
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name = span.scope_name
            wire = scope_spans.spans.add(
                trace_id=bytes.fromhex(span.trace_id),
                span_id=bytes.fromhex(span.span_id),
                parent_span_id=bytes.fromhex(span.parent_span_id),
                name=span.name,
                kind=kinds.index(span.kind),
                start_time_unix_nano=span.start_ns,
                end_time_unix_nano=span.start_ns + span.duration_ns,
            )
            wire.status.code = statuses.index(span.status_code)
            wire.status.message = span.status_message
            for key, value in span.attributes.items():
                wire.attributes.add(key=key).value.string_value = value
            for event in span.events:
                made = wire.events.add(name=event.name, time_unix_nano=event.at_ns)
                for key, value in event.attributes.items():
                    made.attributes.add(key=key).value.string_value = value
        received, refused = spans_of(export, project_id=PROJECT, host_name="agent-host", os_type="linux")
        assert refused == 0
        assert [to_row(s) for s in received] == [to_row(s) for s in trace]
