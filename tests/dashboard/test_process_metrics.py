"""What Prometheus is told: counted by what really happened, read back by Prometheus' own parsers."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from starlette.testclient import TestClient
from streamlit import runtime
from streamlit.runtime.stats import GaugeStat, StatsManager

from agentops_client import Attempt
from agentops_client.attempts import KINDS
from agentops_lite.config import DEFAULT_API_KEY
from dashboard import projects
from dashboard.questions import Kind, Question
from dashboard.telemetry.collector import DashboardCollector
from dashboard.telemetry.counts import BUCKETS_S, Counts, cause_of
from dashboard.telemetry.families import PREFIX
from dashboard.upstream import Tries
from dashboard.web.metrics import open_viewers
from dashboard.windows import Window
from tests.dashboard.scraped import Answers, Make, ask, families, named, told, value

REQUESTS = "upstream_requests_total"
TRACE = "5ca1ab1e" * 4


# ---- counted as it happens


def test_each_try_is_counted_by_kind_and_cause(scrape: TestClient, counted: Make) -> None:
    upstream = counted(transport=Answers(traces=404, meterics=503, health=200))
    for _ in range(2):
        upstream.client.health()
    ask(lambda: upstream.client.trace(TRACE))
    now = datetime.now(UTC).replace(microsecond=0)
    ask(lambda: upstream.client.project_metrics(now - timedelta(hours=1), now))
    found = told(scrape)
    assert value(found, REQUESTS, kind="health", cause="") == 2
    assert value(found, REQUESTS, kind="token", cause="") == 1
    assert value(found, REQUESTS, kind="metrics", cause="upstream_failed") == 3  # once, and two more tries
    assert value(found, REQUESTS, kind="metrics", cause="") == 0
    missing = value(found, REQUESTS, kind="detail", cause="not_found")
    assert missing is not None
    assert missing >= 1
    everything = sum(named(found, REQUESTS).values())
    durations = named(found, "upstream_request_duration_seconds_count")
    assert everything == 2 + 1 + 3 + missing == sum(durations.values())


def test_a_refused_connection_is_a_cause_and_each_kind_begins_at_zero(
    scrape: TestClient, counted: Make
) -> None:
    upstream = counted(transport=Answers(health=0))
    before = told(scrape)
    assert named(before, REQUESTS) == {
        (REQUESTS, frozenset({("project", ""), ("kind", kind), ("cause", "")})): 0 for kind in KINDS
    }
    ask(upstream.client.health)
    assert value(told(scrape), REQUESTS, kind="health", cause="connection_refused") == 3


@pytest.mark.parametrize(
    ("status", "cause", "told_cause"),
    [(200, None, ""), (204, None, ""), (302, None, "unexpected_redirect"), (400, None, "refused"),
     (401, None, "refused"), (404, None, "not_found"), (429, None, "rate_limited"),
     (500, None, "upstream_failed"), (503, None, "upstream_failed"), (None, None, "refused"),
     (None, "timed_out", "timed_out"), (200, "answer_too_large", "answer_too_large")],
)  # fmt: skip
def test_causes_are_a_closed_set(status: int | None, cause: str | None, told_cause: str) -> None:
    assert cause_of(Attempt("list", 0.0, 0.1, status, cause)) == told_cause


def test_durations_fall_into_buckets(scrape: TestClient, counted: Make) -> None:
    upstream = counted()
    for duration_s in (0.02, 0.2, 0.2, 70.0):
        upstream.tries(Attempt("list", time.time(), duration_s, 200, None))
    found = told(scrape)
    name = "upstream_request_duration_seconds"
    buckets = [value(found, f"{name}_bucket", kind="list", le=str(bound)) for bound in BUCKETS_S]
    assert buckets == [0, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3]
    assert value(found, f"{name}_bucket", kind="list", le="+Inf") == 4
    assert value(found, f"{name}_sum", kind="list") == pytest.approx(70.42)


def test_several_listen_to_the_same_tries() -> None:
    tries, first, second = Tries(), Counts("a"), Counts("b")
    tries.tell(first.observe)
    tries.tell(second.observe)
    tries(Attempt("list", 100.0, 2.0, 200, None))
    assert (first.last_good_at, second.last_good_at) == (102.0, 102.0)


def test_the_last_good_answer_is_of_a_read(counted: Make) -> None:
    upstream = counted()

    def age_s() -> float | None:
        gauges = DashboardCollector(lambda: None, clock=lambda: 1_000.0).collect()
        found = [f for f in gauges if f.name == PREFIX + "upstream_last_success_age_seconds"]
        return found[0].samples[0].value if found else None

    for kind in ("health", "token"):  # these answer while every database is down
        upstream.tries(Attempt(kind, 998.0, 1.0, 200, None))  # type: ignore[arg-type]
    assert age_s() is None
    upstream.tries(Attempt("list", 898.0, 2.0, 200, None))
    upstream.tries(Attempt("list", 950.0, 2.0, 500, None))
    upstream.tries(Attempt("detail", 960.0, 2.0, None, "timed_out"))
    assert age_s() == 100.0


def test_questions_are_counted_by_where_the_answer_came_from(
    scrape: TestClient, counted: Make, lite: str
) -> None:
    upstream = counted(lite)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    first, second = (
        Question(Kind.USAGE, Window(hour + timedelta(hours=n), hour + timedelta(hours=n + 1))) for n in (0, 1)
    )
    upstream.read([first], wait_s=10)
    upstream.read([first, second], wait_s=10)
    upstream.read([first, second], wait_s=10)
    found = told(scrape)
    answered = {source: value(found, "questions_total", source=source) for source in ("memory", "asked")}
    assert answered == {"memory": 1 + 2, "asked": 2}
    assert value(found, "questions_total", source="none") == 0
    assert value(found, "questions_under_way") == 0


def test_a_question_under_way_is_shared(scrape: TestClient, counted: Make) -> None:
    class Slow(Answers):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            go_on.wait(10)
            return super().handle_request(request)

    go_on = threading.Event()
    upstream = counted(transport=Slow(meterics=500))
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    question = Question(Kind.USAGE, Window(hour - timedelta(hours=9), hour - timedelta(hours=8)))
    for _ in range(3):
        upstream.read([question], wait_s=0)
    found = told(scrape)
    assert value(found, "questions_under_way") == 1
    go_on.set()
    sources = {s: value(found, "questions_total", source=s) for s in ("asked", "shared", "memory", "none")}
    assert sources == {"asked": 1, "shared": 2, "memory": 0, "none": 0}


# ---- read when it asks


def test_an_outage_is_told_with_its_cause_and_its_beginning(scrape: TestClient, counted: Make) -> None:
    upstream = counted("http://127.0.0.1:9")
    assert value(told(scrape), "upstream_outage") == 0
    began = time.time()
    now = datetime.now(UTC).replace(microsecond=0)
    question = Question(Kind.USAGE, Window(now - timedelta(minutes=1), now + timedelta(minutes=1)))
    upstream.read([question], wait_s=10)
    found = told(scrape)
    assert value(found, "upstream_outage") == 1
    since = value(found, "upstream_outage_start_timestamp_seconds", cause="connection_refused")
    assert since == pytest.approx(began, abs=10)
    assert named(found, "upstream_last_success_age_seconds") == {}
    upstream.read([question], wait_s=0)
    assert value(told(scrape), "questions_total", source="none") == 1


def test_unusable_settings_leave_the_process_and_say_so(
    scrape: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", "localhost:8003")
    found = told(scrape)
    assert value(found, "settings_valid") == 0
    assert {name for name, _ in found if not name.startswith("process_")} == {"settings_valid", "build_info"}
    assert ("process_resident_memory_bytes", frozenset()) in found


def test_several_projects_are_told_apart_in_one_family_each(
    scrape: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTOPS_PROJECTS", f"Support={DEFAULT_API_KEY},Billing=1{DEFAULT_API_KEY[1:]}")
    for name, tries in (("Support", 2), ("Billing", 3)):
        for _ in range(tries):
            projects.shared(name).tries(Attempt("list", time.time(), 0.1, 200, None))
    found = told(scrape)
    for name, tries in (("Support", 2), ("Billing", 3)):
        assert value(found, REQUESTS, kind="list", cause="", project=name) == tries
        assert value(found, "upstream_outage", project=name) == 0
    names = [family.name for family in families(scrape)]
    assert len(names) == len(set(names))


def test_open_viewers_are_streamlits_active_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_viewers() is None  # no server runs here

    class Sessions:
        stats_families = ("active_sessions",)

        def get_stats(self, _: object = None) -> dict[str, list[GaugeStat]]:
            return {"active_sessions": [GaugeStat("active_sessions", 3)]}

    stats = StatsManager()
    stats.register_provider(Sessions())
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(stats_mgr=stats))
    assert open_viewers() == 3
