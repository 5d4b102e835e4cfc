"""The watcher as a whole: fires, holds, clears, survives a restart; one of two sends."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from dashboard import shelf
from dashboard.alerts import AlertRules, Rule, Webhook
from dashboard.alerts.measures import Measured
from dashboard.alerts.rules import METRICS
from dashboard.alerts.view import WatchOptions
from dashboard.alerts.watch import Watch
from dashboard.text import Formats, Words
from dashboard.upstream import Upstream
from tests.dashboard.alert_receiver import Receiver, receiving, wait_for
from tests.otlp import send, span

Ask = Callable[..., Upstream]
ROOT = Path(__file__).resolve().parents[2]
ERRORS = Rule(
    name="errors", metric=METRICS["error_rate"], comparison=">", threshold=0.1, clear=0.05,
    window=timedelta(minutes=15), hold=timedelta(minutes=1), severity="critical",
)  # fmt: skip
DOWN = Rule(name="down", metric=METRICS["upstream_down"], comparison=">=", threshold=1.0)


def options(
    folder: Path | None, *rules: Rule, hooks: tuple[Webhook, ...] = (), every_s: float = 30
) -> WatchOptions:
    return WatchOptions(
        rules=AlertRules(rules, hooks), folder=folder, words=Words("en"),
        formats=Formats("en", ZoneInfo("UTC")), every=timedelta(seconds=every_s),
        pause=lambda *_: timedelta(seconds=0.1),
    )  # fmt: skip


class Stage:
    """A watcher whose values and clock are set by hand; its senders run."""

    def __init__(self, upstream: Upstream, chosen: WatchOptions) -> None:
        self.watch = Watch(upstream, lambda: shelf.shelf_of(upstream), chosen)
        self.values: dict[str, Measured] = {}
        self.watch._measures.take = lambda: self.values  # type: ignore[method-assign]
        for sender in self.watch._senders.values():
            sender.start()

    def see(self, now: datetime, **values: float | None) -> str:
        """The states, by rule in the order of the file, after these values were seen."""
        self.watch.upstream.now = self.watch._now = lambda: now
        for sender in self.watch._senders.values():
            sender._now = lambda: now
        self.values = {
            name: Measured(value, "" if value is not None else "outage") for name, value in values.items()
        }
        self.watch.round()
        return " ".join(kept.state.name if kept else "–" for _, kept in self.watch.look().rules)


@pytest.fixture
def stage(lite: str, ask: Ask) -> Iterator[Callable[[WatchOptions], Stage]]:
    with ExitStack() as running:

        def make(chosen: WatchOptions) -> Stage:
            made = Stage(ask(lite), chosen)
            running.callback(made.watch.close)
            return made

        yield make


def hook(receiver: Receiver, **more: Any) -> Webhook:
    return Webhook(**{"name": "ops", "url": receiver.url, "format": "json", "secret": "a long secret"} | more)


def said(receiver: Receiver) -> list[tuple[str, str]]:
    return [(body["event"], body["alert"]["rule"]) for body in receiver.bodies()]


def at(minutes: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)


def test_it_fires_holds_survives_a_restart_and_clears(
    stage: Callable[[WatchOptions], Stage], tmp_path: Path
) -> None:
    with receiving(500) as receiver:
        chosen = options(tmp_path, ERRORS, DOWN, hooks=(hook(receiver),))
        noon = at(0)

        def minute(n: float) -> datetime:
            return noon + timedelta(minutes=n)

        first = stage(chosen)
        assert first.see(noon, errors=0.2, down=0.0) == "pending ok"
        assert first.see(minute(0.5), errors=0.2, down=0.0) == "pending ok"
        first.watch.close()  # in the middle of the time that it must hold
        second = stage(chosen)
        assert second.see(minute(1), errors=0.3, down=0.0) == "firing ok"
        wait_for(lambda: said(receiver) == [("fired", "errors")])  # and is refused
        second.watch.close()
        third = stage(chosen)
        assert third.see(minute(2), errors=0.07, down=0.0) == "firing ok"  # between clear and threshold
        wait_for(lambda: said(receiver) == [("fired", "errors")] * 2)
        assert third.see(minute(2.5), errors=None, down=1.0) == "unknown firing"
        assert third.see(minute(3), errors=0.3, down=0.0) == "firing ok"  # not fired anew
        assert third.see(minute(4), errors=0.04, down=0.0) == "ok ok"
        wait_for(lambda: len(receiver.attempts) == 5)
        assert said(receiver)[2:] == [("fired", "down"), ("cleared", "down"), ("cleared", "errors")]
        assert len(set(receiver.ids())) == 4  # only what was refused came twice, under the same id
        assert receiver.ids()[0] == receiver.ids()[1]
        down, errors = third.watch.alerts(minute(-1), minute(10))
        assert (errors.held_since, errors.fired_at, errors.fired_value) == (noon, minute(1), 0.3)
        assert (errors.cleared_at, errors.cleared_value) == (minute(4), 0.04)
        assert (down.rule, down.fired_at, down.cleared_at) == ("down", minute(2.5), minute(3))
        assert third.watch.alerts(minute(4), minute(10)) == []
        assert len(list(tmp_path.glob("alerts-*.sqlite3"))) == 1


def test_a_rule_that_is_gone_is_closed_at_the_next_start(
    stage: Callable[[WatchOptions], Stage], tmp_path: Path
) -> None:
    with receiving() as receiver:
        first = stage(options(tmp_path, ERRORS, DOWN, hooks=(hook(receiver),)))
        noon = at(0)
        assert first.see(noon, errors=0.0, down=1.0) == "ok firing"
        wait_for(lambda: len(receiver.attempts) == 1)
        first.watch.close()
        second = stage(options(tmp_path, ERRORS, hooks=(hook(receiver, severities=("warning",)),)))
        assert second.see(noon + timedelta(minutes=1), errors=0.0) == "ok"
        wait_for(lambda: said(receiver) == [("fired", "down"), ("cleared", "down")])
        assert receiver.bodies()[1]["alert"]["reason"] == "rule_removed"
        (alert,) = second.watch.alerts(noon, noon + timedelta(minutes=9))
        assert (alert.ended, alert.cleared_at) == ("removed", noon + timedelta(minutes=1))


def test_a_second_watcher_shows_and_takes_over(
    stage: Callable[[WatchOptions], Stage], tmp_path: Path
) -> None:
    with receiving() as receiver:
        chosen = options(tmp_path, DOWN, hooks=(hook(receiver),))
        noon = at(0)
        first, second = stage(chosen), stage(chosen)
        assert first.see(noon, down=0.0) == "ok"
        assert second.see(noon + timedelta(seconds=1), down=1.0) == "ok"  # what the first one saw
        view = second.watch.look()
        assert (view.role, view.pid, view.late) == ("other_process", os.getpid(), False)
        assert second.see(noon + timedelta(seconds=121), down=1.0) == "firing"
        assert first.see(noon + timedelta(seconds=122), down=0.0) == "firing"
        assert first.watch.look().role == "other_process"
        wait_for(lambda: len(receiver.attempts) == 1)
        first.watch.upstream.now = first.watch._now = lambda: noon + timedelta(seconds=600)
        assert first.watch.look().late


def test_a_test_message_really_goes(stage: Callable[[WatchOptions], Stage]) -> None:
    with receiving() as receiver:
        made = stage(options(None, DOWN, hooks=(hook(receiver, format="slack"),)))
        noon = at(0)
        made.see(noon, down=0.0)
        sent = made.watch.test("ops")
        assert not isinstance(sent, datetime)
        wait_for(lambda: (found := made.watch.tested(sent)) and found.state == "delivered")
        assert receiver.bodies()[0]["text"].startswith("⚪ Test message of the AgentOps dashboard")
        assert made.watch.test("ops") == noon  # too soon


def test_by_itself_it_sees_failing_traces_an_outage_and_the_end(
    ask: Ask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing by hand: real spans, a real outage, a real receiver."""
    caplog.set_level(logging.DEBUG)
    many = Rule(
        name="many",
        metric=METRICS["failed_traces"],
        comparison=">=",
        threshold=3,
        window=timedelta(minutes=15),
    )
    with receiving(503) as receiver, ExitStack() as running:
        began = datetime.now(UTC)
        server = ExitStack()
        url = server.enter_context(serve(LiteConfig(caches=False)))
        running.callback(server.close)
        send(url, [span(n, 1, began - timedelta(minutes=8), status="ERROR") for n in range(1, 5)])
        upstream = ask(url)
        watch = Watch(
            upstream,
            lambda: shelf.shelf_of(upstream),
            options(tmp_path, many, DOWN, hooks=(hook(receiver),), every_s=0.3),
        )
        running.callback(watch.close)
        watch.start()
        wait_for(lambda: said(receiver) == [("fired", "many")] * 2)
        server.close()
        # what was answered just now must be 15 s old before anybody asks again; a page would ask at once
        real, upstream.now = upstream.now, lambda: datetime.now(UTC) + timedelta(seconds=16)
        wait_for(lambda: ("fired", "down") in said(receiver))
        wait_for(lambda: watch.outages(began, began + timedelta(hours=1)))
        (outage,) = watch.outages(began, began + timedelta(hours=1))
        assert outage.cause == "connection_refused"
        states = {rule.name: kept.state.name for rule, kept in watch.look().rules if kept}
        assert states == {"many": "unknown", "down": "firing"}
        assert said(receiver) == [("fired", "many")] * 2 + [("fired", "down")]
        assert (
            "down. AgentOps out of reach: no answer (AgentOps is not running), since"
            in receiver.bodies()[-1]["text"]
        )
        watch.close()
        assert [t.name for t in threading.enumerate() if t.name.startswith("alerts-")] == []
        upstream.now = real
    everything = caplog.text + "".join(
        path.read_bytes().decode("latin-1")
        for path in tmp_path.iterdir()
        if path.is_file() and "archive" not in path.name
    )
    for secret in ("T0KEN", "a long secret", DEFAULT_API_KEY):
        assert secret not in everything
    assert "did not take a message (status:503)" in caplog.text


def test_an_agentops_that_was_down_before_the_first_start_is_told_of(ask: Ask, tmp_path: Path) -> None:
    with receiving() as receiver, ExitStack() as running:
        upstream = ask("http://127.0.0.1:9")
        chosen = options(tmp_path, DOWN, hooks=(hook(receiver),), every_s=0.3)
        watch = Watch(upstream, lambda: shelf.shelf_of(upstream), chosen)
        running.callback(watch.close)
        watch.start()
        wait_for(lambda: said(receiver) == [("fired", "down")])
        watch.close()
        watch.close()  # does no harm
