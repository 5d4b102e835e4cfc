"""The demonstration month: repeatable, believable, and stored like anything else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agentops_lite.demo import history
from agentops_lite.demo_calendar import DAY_S, HOUR_S, SEOUL_S, Calendar
from agentops_lite.demo_copies import Copies, span_rows
from agentops_lite.demo_trace import SECOND
from agentops_lite.otlp import spans_of
from agentops_lite.spans import SpanRow, to_row
from agentops_lite.store import Store

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC).timestamp()  # a Friday afternoon in Seoul
PROJECT = "b0000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def month() -> Copies:
    return history(1, NOW, PROJECT)


@pytest.fixture(scope="module")
def store(month: Copies) -> Iterator[Store]:
    store = Store()
    store.add_table(month.ended)
    store._write(
        """CREATE VIEW traces AS
           SELECT trace_id, min(start_ns) / 1e9 AS start, count(*) AS spans, max(duration_ns) / 1e9 AS lasts,
                  bool_or(status_code = 'Error') AS failed
           FROM spans GROUP BY trace_id"""
    )
    yield store
    store.close()


@pytest.fixture(scope="module")
def sample(month: Copies) -> list[SpanRow]:
    """The spans of some hours of the bad day and of the day before."""
    bad = Calendar.of(1, NOW).bad_hour
    starts = np.asarray(month.ended["start_ns"]) / SECOND
    return [
        row
        for begin in (bad - DAY_S, bad)
        for row in span_rows(
            month.ended.slice(*(int(n) for n in np.searchsorted(starts, [begin, begin + 2 * HOUR_S])))
        )[:4000]
    ]


def test_same_seed_and_moment_give_the_same_month() -> None:
    once, again, other = (history(seed, NOW, PROJECT, days=1) for seed in (1, 1, 2))
    assert again.ended.equals(once.ended)
    assert again.running.equals(once.running)
    assert not set(other.ended["trace_id"].to_pylist()) & set(once.ended["trace_id"].to_pylist())


def test_thirty_days_end_now(store: Store) -> None:
    traces, spans, first, last, ids = store.query(
        """SELECT count(DISTINCT trace_id), count(*), min(start_ns), max(start_ns + duration_ns),
                  count(DISTINCT span_id) FROM spans"""
    )[0]
    assert 55_000 < traces < 70_000
    assert 200_000 < spans < 260_000
    assert ids == spans
    assert NOW - 30 * DAY_S <= first / SECOND < NOW - 30 * DAY_S + HOUR_S
    assert NOW - 30 < last / SECOND <= NOW


def test_rows_are_sorted_by_start(month: Copies) -> None:
    assert np.all(np.diff(np.asarray(month.ended["start_ns"])) >= 0)


def test_weekends_and_nights_are_thinner_and_days_differ(store: Store) -> None:
    counts = dict(
        store.query(
            f"SELECT floor((start + {SEOUL_S}) / {DAY_S})::INT AS day, count(*) FROM traces GROUP BY day"
        )
    )
    whole = sorted(counts)[1:-1]
    working = [counts[day] for day in whole if (day + 3) % 7 < 5]
    weekend = [counts[day] for day in whole if (day + 3) % 7 >= 5]
    assert 1_800 < min(working) < max(working) < 3_000
    assert max(weekend) < 0.85 * min(working)
    assert len({*working, *weekend}) > 25
    hours = dict(
        store.query(
            f"""SELECT floor((start + {SEOUL_S}) % {DAY_S} / {HOUR_S})::INT AS hour, count(*) FROM traces
                WHERE (floor((start + {SEOUL_S}) / {DAY_S})::INT + 3) % 7 < 5 GROUP BY hour"""
        )
    )
    assert hours[15] > 4 * hours[4]
    assert hours[12] < 0.8 * min(hours[10], hours[15])  # lunch


def test_hours_follow_one_smooth_rate(store: Store) -> None:
    calendar = Calendar.of(1, NOW)
    begins = [NOW - hours * HOUR_S for hours in range(1, 7 * 24)]
    counts = dict(
        store.query(f"SELECT floor((start - {NOW}) / {HOUR_S})::INT AS h, count(*) FROM traces GROUP BY h")
    )
    for hour, begin in enumerate(begins, start=1):
        middle = calendar.per_hour(begin + HOUR_S / 2)
        assert 0.7 * middle - 5 < counts[-hour] < 1.3 * middle + 5, hour
    rates = calendar.rates(np.arange(NOW - 30 * DAY_S, NOW + DAY_S, 60.0))
    assert np.max(np.abs(np.diff(rates)) / rates[1:]) < 0.03


def test_one_hour_went_badly(store: Store) -> None:
    calendar = Calendar.of(1, NOW)

    def failing(begin: float, end: float) -> tuple[int, float]:
        counts = store.query(
            "SELECT count(*) FILTER (failed), count(*) FROM traces WHERE start >= ? AND start < ?",
            [begin, end],
        )[0]
        return counts[0], counts[0] / counts[1]

    count, share = failing(calendar.bad_hour, calendar.bad_hour + HOUR_S)
    day_before = failing(calendar.bad_hour - DAY_S, calendar.bad_hour)
    assert share > 0.5
    assert count > day_before[0]  # it stands out even in a chart of days
    assert day_before[1] < 0.15
    assert failing(NOW - 30 * DAY_S, NOW)[1] < 0.08


def test_one_long_and_one_wide_trace(store: Store) -> None:
    assert store.query("SELECT count(*) FROM traces WHERE spans > 1000") == [(1,)]
    assert store.query("SELECT count(*) FROM traces WHERE lasts > 25 * 60")[0][0] == 1


def test_the_mixture(store: Store, sample: list[SpanRow]) -> None:
    roots = {
        name for (name,) in store.query("SELECT DISTINCT span_name FROM spans WHERE parent_span_id = ''")
    }
    assert {"support-bot.session", "code-review.session", "문서 요약.session", "litellm_request"} <= roots
    assert {"nightly-etl.session", "backfill-index.session", "ticket-router.session"} <= roots
    attributes = [json.loads(row.attributes) for row in sample]
    sessions = [row for row in sample if row.span_name.endswith(".session")]
    assert {row.status_code for row in sessions} == {"Unset"}
    states = Counter(json.loads(row.attributes).get("agentops.session.end_state") for row in sessions)
    assert states["Success"] > states["Error"] > 0
    assert states[None] > 20
    models = {values.get("gen_ai.response.model") for values in attributes}
    assert {"gpt-4o-2024-08-06", "claude-sonnet-4-20250514", "gemini-2.5-flash", "qwen2.5-72b"} <= models
    for attribute in (
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.input_tokens",
        "gen_ai.cost.total_cost",
        "gen_ai.usage.total_cost",
        "error.type",
    ):
        assert sum(attribute in values for values in attributes) > 10, attribute
    text = " ".join(values.get("gen_ai.completion.0.content", "") for values in attributes)
    assert "영업일" in text
    assert "<b>" in text
    kinds = Counter(e[2]["exception.type"] for row in sample for e in json.loads(row.events))
    assert kinds.most_common(1)[0][0] == "openai.RateLimitError"
    assert len(kinds) >= 5


def test_traces_do_not_repeat_visibly(store: Store) -> None:
    """Among a day's traces, hardly two have the same numbers; no two have the same times."""
    traces, durations, costs = store.query(
        f"""WITH day AS (SELECT trace_id, max(duration_ns) AS duration, sum(prompt_cost) AS cost,
                                sum(completion_tokens) AS tokens
                         FROM spans WHERE start_ns >= {int((NOW - DAY_S) * SECOND)} GROUP BY trace_id)
            SELECT count(*), count(DISTINCT duration), count(DISTINCT (cost, tokens)) FILTER (cost > 0) /
                   count(*) FILTER (cost > 0) FROM day"""
    )[0]
    assert durations == traces
    assert costs > 0.5


def test_children_lie_within_their_parents(store: Store, month: Copies) -> None:
    unfinished = sorted(set(month.running["trace_id"].to_pylist()))
    children, linked, inside = store.query(
        """SELECT count(*), count(parent.span_id),
                  count(*) FILTER (parent.start_ns <= child.start_ns AND
                      child.start_ns + child.duration_ns <= parent.start_ns + parent.duration_ns)
           FROM spans child LEFT JOIN spans parent
             ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_span_id
           WHERE child.parent_span_id <> '' AND NOT list_contains($unfinished, child.trace_id)""",
        {"unfinished": unfinished},
    )[0]
    assert children == linked == inside > 150_000
    roots = store.query(
        "SELECT count(*) FILTER (parent_span_id = '') AS n, count(DISTINCT trace_id) FROM spans "
        "WHERE NOT list_contains($unfinished, trace_id)",
        {"unfinished": unfinished},
    )[0]
    assert roots[0] == roots[1]


def test_demo_rows_are_the_rows_that_otlp_would_make(sample: list[SpanRow]) -> None:
    """Exporting a demonstration span over OTLP stores the same row as loading it: its numbers agree
    with its attributes, its events lie within it.
    """
    kinds, statuses = ("", "Internal", "Server", "Client"), ("Unset", "Ok", "Error")
    for row in sample[::4]:
        export = ExportTraceServiceRequest()
        resource_spans = export.resource_spans.add()
        for key, value in json.loads(row.resource).items():
            resource_spans.resource.attributes.add(key=key).value.string_value = value
        scope_spans = resource_spans.scope_spans.add()
        scope_spans.scope.name = row.scope_name
        wire = scope_spans.spans.add(
            trace_id=bytes.fromhex(row.trace_id),
            span_id=bytes.fromhex(row.span_id),
            parent_span_id=bytes.fromhex(row.parent_span_id),
            name=row.span_name,
            kind=kinds.index(row.span_kind),
            start_time_unix_nano=row.start_ns,
            end_time_unix_nano=row.start_ns + row.duration_ns,
        )
        wire.status.code = statuses.index(row.status_code)
        wire.status.message = row.status_message
        for key, value in json.loads(row.attributes).items():
            wire.attributes.add(key=key).value.string_value = value
        for at_ns, name, attributes in json.loads(row.events):
            assert at_ns == row.start_ns + row.duration_ns
            made = wire.events.add(name=name, time_unix_nano=at_ns)
            for key, value in attributes.items():
                made.attributes.add(key=key).value.string_value = value
        received, refused = spans_of(export, project_id=PROJECT, host_name="agent-host", os_type="linux")
        assert refused == 0
        assert [to_row(span) for span in received] == [row]
