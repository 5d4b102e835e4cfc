"""What is looked up when Prometheus asks: the archive, the alerts, and that no busy file is waited for."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from agentops_lite import LiteConfig, serve
from dashboard import shelf
from dashboard.alerts.engine import State
from dashboard.alerts.outbox import Delivery
from dashboard.alerts.records import Kept
from dashboard.alerts.rules import METRICS, AlertRules, Rule, Webhook
from dashboard.alerts.shared import alert_watch
from dashboard.alerts.shared import configure as configure_alerts
from dashboard.alerts.view import View, WatchOptions
from dashboard.settings import zone
from dashboard.telemetry.families import Sheet
from dashboard.telemetry.lately import TOLD_S, Lately
from dashboard.telemetry.looks import _tell_alerts
from dashboard.text import Formats, Words
from tests.dashboard.scraped import Make, named, soon, told, value
from tests.otlp import send, ten_traces

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


# ---- the archive


def test_the_archive_and_how_far_it_is(scrape: TestClient, counted: Make) -> None:
    with serve(LiteConfig(caches=False)) as url:
        send(url, ten_traces(datetime.now(UTC) - timedelta(minutes=30)))
        upstream = counted(url)
        assert named(told(scrape), "archive_follower_state") == {}  # nobody opened it
        shelf.shelf_of(upstream)
        found = soon(scrape, lambda f: value(f, "archive_listed_ratio") == pytest.approx(1, abs=0.01))
        found = soon(scrape, lambda f: value(f, "archive_traces") == 10)
        found = soon(scrape, lambda f: value(f, "archive_coverage_ratio") == 1)
        assert value(found, "archive_spans") == 10
        size = value(found, "archive_size_bytes")
        assert size is not None
        assert 10_000 < size < 100_000_000
        states = {s: value(found, "archive_followed_traces", state=s) for s in ("read", "ready", "failed")}
        assert states == {"read": 10, "ready": 0, "failed": 0}
        follower = {
            dict(labels)["state"]: v for (_, labels), v in named(found, "archive_follower_state").items()
        }
        assert set(follower) == {"opening", "following", "completing", "waiting", "idle", "off"}
        assert sum(follower.values()) == 1


def test_a_busy_archive_is_left_out_and_waited_for_no_longer_than_a_moment(
    scrape: TestClient, counted: Make, lite: str
) -> None:
    upstream = counted(lite)
    held = shelf.shelf_of(upstream)
    deadline = time.monotonic() + 20
    while held.archive is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with held.archive._keeper._hand:  # nobody gets a cursor
        began = time.monotonic()
        found = told(scrape)
        assert time.monotonic() - began < 1
    assert named(found, "archive_traces") == {}
    assert value(found, "upstream_outage") == 0
    soon(scrape, lambda f: value(f, "archive_traces") == 0)


# ---- the alerts


def rule(name: str, severity: str = "warning") -> Rule:
    return Rule(name=name, metric=METRICS["upstream_down"], comparison=">=", threshold=1, severity=severity)  # type: ignore[arg-type]


def kept(state: str, *, open_: bool = False) -> Kept:
    made = State(state, NOON, NOON, None, fired_at=NOON if open_ else None)  # type: ignore[arg-type]
    return Kept("upstream_down", made)


def test_states_of_rules_are_numbers_and_an_open_alert_stays_open_without_data() -> None:
    rules = (
        (rule("good"), kept("ok")),
        (rule("soon"), kept("pending")),
        (rule("bad", "critical"), kept("firing", open_=True)),
        (rule("blind", "critical"), kept("unknown", open_=True)),
        (rule("nothing"), kept("unknown")),
        (rule("new"), None),
    )
    hook = Webhook(name="ops", url="https://hooks.example/T0KEN", format="json")
    view = View("watching", 1, rules, ((hook, Delivery("ops", waiting=3, dropped=2)),), (), NOON, False)
    sheet = Sheet()
    _tell_alerts(sheet, "p", view)
    samples = {family.name.removeprefix("agentops_dashboard_"): family.samples for family in sheet}
    states = {(s.labels["rule"], s.labels["severity"]): s.value for s in samples["alert_rule_state"]}
    assert states == {
        ("good", "warning"): 0,
        ("soon", "warning"): 1,
        ("bad", "critical"): 2,
        ("blind", "critical"): 2,
    }
    assert samples["alert_rules_unknown"][0].value == 2
    assert samples["alert_last_look_timestamp_seconds"][0].value == NOON.timestamp()
    (waiting,), (given_up,) = samples["alert_messages_waiting"], samples["alert_messages_given_up"]
    assert (waiting.labels, waiting.value) == ({"project": "p", "webhook": "ops"}, 3)
    assert (given_up.name, given_up.value) == ("agentops_dashboard_alert_messages_given_up_total", 2)


def test_a_running_watcher_is_told_of(scrape: TestClient, counted: Make) -> None:
    upstream = counted("http://127.0.0.1:9")
    assert named(told(scrape), "alert_rules_unknown") == {}
    configure_alerts(
        WatchOptions(
            rules=AlertRules((rule("down", "critical"),)),
            folder=None,
            words=Words("en"),
            formats=Formats("en", zone("UTC")),
            every=timedelta(seconds=0.2),
        )
    )
    alert_watch(upstream)
    found = soon(scrape, lambda f: value(f, "alert_rule_state", rule="down", severity="critical") == 2)
    assert value(found, "alert_rules_unknown") == 0
    looked_at = value(found, "alert_last_look_timestamp_seconds")
    assert looked_at == pytest.approx(time.time(), abs=30)


# ---- nobody is waited for


def test_what_takes_long_is_told_by_the_next_scrape() -> None:
    go_on, answers = threading.Event(), iter([1, 2])

    def look() -> int:
        go_on.wait(10)
        return next(answers)

    slow = Lately(look)
    slow.begin()
    slow.begin()  # one look at a time
    assert slow.value(0.01) is None
    go_on.set()
    assert slow.value(10) == 1
    go_on.clear()
    slow.begin()
    assert slow.value(0.01) == 1  # what was seen before
    go_on.set()
    assert slow.value(10) == 2


def test_what_was_seen_long_ago_is_told_no_more() -> None:
    now, go_on = [0.0], threading.Event()
    go_on.set()

    def look() -> int:
        go_on.wait(10)
        return 7

    slow = Lately(look, monotonic=lambda: now[0])
    slow.begin()
    assert slow.value(10) == 7
    go_on.clear()
    slow.begin()
    now[0] = TOLD_S
    assert slow.value(0) == 7
    now[0] = TOLD_S + 1
    assert slow.value(0) is None
    go_on.set()


def test_a_busy_file_is_nothing_and_our_own_mistake_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    def busy() -> int:
        raise sqlite3.OperationalError("database is locked")

    def mistaken() -> int:
        raise KeyError("told " + "prompt".upper())

    for look in (Lately(busy), Lately(mistaken)):
        for _ in range(2):
            look.begin()
            assert look.value(10) is None
    (record,) = caplog.records
    assert record.getMessage().startswith("A figure for Prometheus could not be had: KeyError\n")
    assert record.bug == "KeyError"  # type: ignore[attr-defined]
    assert "PROMPT" not in caplog.text
