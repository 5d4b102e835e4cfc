"""The demonstration as it runs: the month is there quickly, and traffic goes on at its rate."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import numpy as np
import pytest
from starlette.testclient import TestClient

from agentops_lite import DEFAULT_API_KEY, DEFAULT_PROJECT_ID, LITE_HEADER, LiteConfig, create_app
from agentops_lite.demo import history
from agentops_lite.demo_calendar import DAY_S, HOUR_S, Calendar
from agentops_lite.demo_copies import span_rows
from agentops_lite.demo_live import LiveTraffic
from agentops_lite.demo_trace import SECOND, TraceBuilder
from agentops_lite.spans import SpanRow, to_row
from agentops_lite.store import Store
from tests.agentops_lite.test_demo import NOW, PROJECT

NIGHT = NOW - 11.5 * HOUR_S  # four in the morning in Seoul
SUNDAY = NOW + 2 * DAY_S


def first_starts(rows: list[SpanRow]) -> list[float]:
    """When each trace starts, sorted."""
    starts: dict[str, int] = {}
    for row in rows:
        starts[row.trace_id] = min(row.start_ns, starts.get(row.trace_id, row.start_ns))
    return sorted(start / SECOND for start in starts.values())


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
        assert body["trace_count"] > 50_000
        assert 100 < float(body["token_metrics"]["total_cost"]) < 1_000
        assert client.get("/v4/traces", params=query).json()["total"] >= body["trace_count"]
        before = store.span_count()
        deadline = time.monotonic() + 15
        while store.span_count() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert store.span_count() > before
    assert elapsed < 20  # about 2 s on an idle machine


def test_any_trace_opens() -> None:
    app = create_app(LiteConfig(demo=True, demo_days=2, live=False))
    with TestClient(app) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        query = {"project_id": DEFAULT_PROJECT_ID}
        total = client.get("/v4/traces", params=query).json()["total"]
        assert 2_000 < total < 7_000
        for page in range(1, total // 50, 7):
            listed = client.get("/v4/traces", params=query | {"page": page, "size": 50}).json()["traces"][0]
            trace = client.get(f"/v4/traces/{listed['trace_id']}", params=query).json()
            spans = {span["span_id"]: span for span in trace["spans"]}
            assert len(spans) == listed["span_count"]
            assert min(span["start_time"] for span in spans.values()) == listed["start_time"]
            parents = [span["parent_span_id"] for span in spans.values()]
            assert parents.count("") == 1 or page == 1  # (the newest may still be running)
            if page > 1:
                assert set(parents) <= {*spans, ""}
            numbers = client.get(f"/public/v1/traces/{listed['trace_id']}/metrics").json()
            assert numbers == trace["metrics"]
            last = list(spans)[-1]
            assert client.get(f"/public/v1/spans/{last}").json()["span_name"] == spans[last]["span_name"]


def test_kept_data_are_continued_not_doubled(tmp_path: Path) -> None:
    # (a span of five hours ago stands for a month that was loaded then)
    kept = TraceBuilder(Random(1), DEFAULT_PROJECT_ID)
    newest = int((NOW - 5 * HOUR_S) * SECOND)
    kept.entity("task", "kept", parent="", start=newest, end=newest)
    store = Store(tmp_path)
    store.add([to_row(span) for span in kept.spans])
    store.close()
    app = create_app(LiteConfig(demo=True, data=tmp_path, now=lambda: NOW))
    added = app.state.lite.store.query(
        "SELECT count(DISTINCT trace_id), min(start_ns) FROM spans WHERE seq > 1"
    )[0]
    app.state.lite.store.close()
    assert 500 < added[0] < 1_600
    assert newest <= added[1] < newest + 600 * SECOND


def test_live_spans_arrive_when_they_end() -> None:
    live = LiveTraffic(1, NOW, PROJECT, every_s=5)
    assert live.ended(NOW + 4) == []
    seen: list[SpanRow] = []
    for second in range(1, 121):
        for row in live.ended(NOW + 4 + second):
            end = (row.start_ns + row.duration_ns) / SECOND
            assert NOW + 3 + second <= end <= NOW + 4 + second + 1
            seen.append(row)
    assert 15 <= len({row.trace_id for row in seen}) <= 24
    ids = [row.span_id for row in seen]
    first_child = next(i for i, row in enumerate(seen) if row.parent_span_id in ids)
    assert ids.index(seen[first_child].parent_span_id) > first_child


def test_runs_that_were_going_on_are_finished_live() -> None:
    now = NIGHT - 57 * 60  # the nightly batch has been running for three minutes
    month = history(1, now, PROJECT, days=0.1)
    running = span_rows(month.running)
    live = LiveTraffic(1, now, PROJECT, every_s=10_000, running=running)
    assert running
    assert live.ended(now) == []
    assert {row.span_id for row in live.ended(now + 3600)} == {row.span_id for row in running}
    whole = {*month.ended["span_id"].to_pylist(), *(row.span_id for row in running), ""}
    assert {row.parent_span_id for row in running} <= whole


@pytest.mark.parametrize("now", [NOW, NIGHT, SUNDAY], ids=["afternoon", "night", "sunday"])
def test_there_is_no_step_at_now(now: float) -> None:
    month = history(1, now, PROJECT, days=0.25)
    before = first_starts(span_rows(month.ended) + span_rows(month.running))
    live = LiveTraffic(1, now, PROJECT)
    after = first_starts(live.ended(now + 3 * HOUR_S))
    calendar = Calendar.of(1, now)

    def rate(begin: float, end: float) -> float:
        return float(np.mean(calendar.rates(np.arange(begin, end, 60.0))))

    last_hour = sum(start >= now - HOUR_S for start in before)
    assert 0.75 < last_hour / rate(now - HOUR_S, now) < 1.25
    # (the first minutes, in which a newcomer waits, are a little busier at night)
    next_hour = sum(start < now + HOUR_S for start in after)
    assert 0.75 < next_hour / rate(now, now + HOUR_S) < 1.4
    settled = sum(now + HOUR_S <= start < now + 2 * HOUR_S for start in after)
    assert 0.75 < settled / rate(now + HOUR_S, now + 2 * HOUR_S) < 1.25
    assert 0.5 < next_hour / last_hour < 1.7
    assert 0 < min(after) - now < 5


def test_the_rate_by_day_and_night() -> None:
    calendar = Calendar.of(1, NOW)
    assert 200 < calendar.per_hour(NOW) < 400  # about one in ten seconds
    assert 40 < calendar.per_hour(NIGHT) < 70  # about one a minute
    assert calendar.per_hour(NIGHT) < calendar.per_hour(SUNDAY) < 0.7 * calendar.per_hour(NOW)


def test_a_newcomer_sees_traces_arrive_also_at_night() -> None:
    for seed in range(1, 6):
        live = LiveTraffic(seed, NIGHT, PROJECT)
        arrivals: dict[str, float] = {}
        for second in range(1, 181):
            for row in live.ended(NIGHT + second):
                arrivals.setdefault(row.trace_id, second)
        seconds = sorted(arrivals.values())
        assert seconds[0] <= 15
        assert max(np.diff(seconds)) <= 45
        assert float(np.mean(np.diff(seconds))) <= 33
