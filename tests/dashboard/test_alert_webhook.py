"""Delivery: signed, retried, in order, never followed elsewhere, and what is said in it."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.alerts import Change, Rule, Webhook
from dashboard.alerts.memory import Memory
from dashboard.alerts.messages import Sayer, escaped, of_change, of_removed, of_test
from dashboard.alerts.outbox import Message, Outbox
from dashboard.alerts.records import Alert
from dashboard.alerts.rules import METRICS
from dashboard.alerts.webhook import RETRY_LAST, Sender, pause_after
from dashboard.text import Formats, Words
from tests.dashboard.alert_receiver import receiving, wait_for

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = Rule(
    name="<!channel> @here errors", metric=METRICS["error_rate"], comparison=">", threshold=0.1, clear=0.05,
    window=timedelta(minutes=15), hold=timedelta(minutes=5), severity="critical",
)  # fmt: skip
FIRED = Change("fired", NOON, 0.125, held_since=NOON - timedelta(minutes=5), fired_at=NOON)
CLEARED = Change("cleared", NOON + timedelta(minutes=7), 0.0, FIRED.held_since, NOON)


def sayer(language: str = "en", url: str = "") -> Sayer:
    formats = Formats(language, ZoneInfo("UTC"))
    return Sayer(Words(language), formats, "http://me:pw@agentops:8003/api", url)


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    memory = Memory(None)
    yield Outbox(memory.database)
    memory.close()


@pytest.fixture
def sender(outbox: Outbox) -> Iterator[Callable[..., Sender]]:
    began = time.monotonic()

    def later() -> datetime:
        """A clock that goes on from a while after the messages."""
        return NOON + timedelta(minutes=10, seconds=time.monotonic() - began)

    with ExitStack() as running:

        def make(hook: Webhook, pause_s: float = 0.05, may_send: Callable[[], bool] = lambda: True) -> Sender:
            made = Sender(
                hook, outbox, may_send=may_send, now=later,
                pause=lambda *_: timedelta(seconds=pause_s),
            )  # fmt: skip
            running.callback(made.join, 5)
            running.callback(made.stop)
            return made

        yield make


def hook(url: str, **more: object) -> Webhook:
    return Webhook(**{"name": "ops", "url": url, "format": "json"} | more)  # type: ignore[arg-type]


def put(outbox: Outbox, *messages: Message) -> None:
    from dashboard.alerts.outbox import put as add

    outbox._database.run(lambda db: add(db, messages))


def test_a_receiver_that_fails_at_first_gets_the_message_later(
    outbox: Outbox, sender: Callable[..., Sender], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving(503, 500) as receiver:
        target = hook(receiver.url, secret="a long secret")
        put(outbox, *of_change(RULE, FIRED, [target], sayer()), *of_change(RULE, CLEARED, [target], sayer()))
        sender(target, pause_s=0.2).start()
        wait_for(lambda: outbox.deliveries(["ops"])[0].cause == "status:503")
        assert outbox.deliveries(["ops"])[0].waiting == 2
        wait_for(lambda: outbox.deliveries(["ops"])[0].waiting == 0)
        time.sleep(0.3)
        events = [body["event"] for body in receiver.bodies()]
        assert events == ["fired", "fired", "fired", "cleared"]  # in order; once taken, not sent again
        ids = receiver.ids()
        assert ids[0] == ids[1] == ids[2] == receiver.bodies()[0]["id"]
        assert ids[3] != ids[0]
        for headers, body in receiver.attempts:
            timestamp = headers["X-AgentOps-Dashboard-Timestamp"]
            assert abs(int(timestamp) - (NOON + timedelta(minutes=10)).timestamp()) < 30
            signed = hmac.new(b"a long secret", timestamp.encode() + b"." + body, hashlib.sha256)
            assert headers["X-AgentOps-Dashboard-Signature"] == f"sha256={signed.hexdigest()}"
            assert headers["Content-Type"].startswith("application/json")
    state = outbox.deliveries(["ops"])[0]
    assert state.success_at is not None
    assert (state.cause, state.dropped) == ("", 0)
    assert "status:503" in caplog.text
    for secret in ("T0KEN", "a long secret", "words of the receiver"):
        assert secret not in caplog.text


def test_without_a_secret_there_is_no_signature(outbox: Outbox, sender: Callable[..., Sender]) -> None:
    with receiving() as receiver:
        target = hook(receiver.url)
        put(outbox, of_test(target, NOON, sayer()))
        assert sender(target).send_next()
        assert "X-AgentOps-Dashboard-Signature" not in receiver.attempts[0][0]


@pytest.mark.parametrize(
    ("status", "cause"), [(302, "redirect:302"), (404, "status:404"), (429, "status:429")]
)
def test_what_is_no_yes_is_a_failure(
    outbox: Outbox, sender: Callable[..., Sender], status: int, cause: str
) -> None:
    with receiving(status) as receiver:
        target = hook(receiver.url)
        put(outbox, *of_change(RULE, FIRED, [target], sayer()))
        assert sender(target, pause_s=100).send_next()
        assert len(receiver.attempts) == 1  # a redirect is not followed
        state = outbox.deliveries(["ops"])[0]
        assert (state.cause, state.waiting, state.success_at) == (cause, 1, None)
        assert not sender(target).send_next()  # not before its time


def test_who_cannot_be_reached_or_does_not_answer(
    outbox: Outbox, sender: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = hook("http://127.0.0.1:9/T0KEN")
    put(outbox, *of_change(RULE, FIRED, [target], sayer()))
    assert sender(target, pause_s=0).send_next()
    assert outbox.deliveries(["ops"])[0].cause == "unreachable"
    monkeypatch.setattr(
        "dashboard.alerts.webhook.TIMEOUTS_S", dict.fromkeys(("connect", "read", "write", "pool"), 0.2)
    )
    with receiving(delay_s=3.0) as receiver:
        began = time.monotonic()
        assert sender(hook(receiver.url), pause_s=0).send_next()
        assert time.monotonic() - began < 2.5  # it did not wait for the answer
        assert outbox.deliveries(["ops"])[0].cause == "timeout"
    with receiving() as receiver:
        assert sender(hook(receiver.url.replace("http:", "https:")), pause_s=0).send_next()
        assert outbox.deliveries(["ops"])[0].cause == "tls"


def test_a_proxy_of_the_environment_is_used(
    outbox: Outbox, sender: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("http_proxy", receiver.url.partition("/hooks")[0])
        monkeypatch.setenv("no_proxy", "inside.invalid")
        outside, inside = hook("http://outside.invalid/T0KEN"), hook("http://inside.invalid/T0KEN", name="in")
        put(outbox, *of_change(RULE, FIRED, [outside, inside], sayer()))
        assert sender(outside).send_next()
        assert sender(inside).send_next()
        assert receiver.attempts[0][0]["Host"] == "outside.invalid"
        assert [state.cause for state in outbox.deliveries(["ops", "in"])] == ["", "unreachable"]


def test_a_pause_from_before_the_clock_went_back_is_over(outbox: Outbox) -> None:
    target = hook("http://x")
    put(outbox, *of_change(RULE, FIRED, [target], sayer()))
    message = outbox.next("ops", NOON)
    assert message is not None
    outbox.failed(message, NOON, "timeout", again_at=NOON + timedelta(minutes=10))
    assert outbox.next("ops", NOON + timedelta(minutes=9)) is None
    assert outbox.next("ops", NOON + timedelta(minutes=10)) is not None
    assert outbox.next("ops", NOON - timedelta(hours=2)) is not None


def test_a_message_that_is_refused_as_such_does_not_block_the_others(
    outbox: Outbox, sender: Callable[..., Sender]
) -> None:
    with receiving(*[422] * 5) as receiver:
        target = hook(receiver.url)
        put(outbox, *of_change(RULE, FIRED, [target], sayer()), *of_change(RULE, CLEARED, [target], sayer()))
        sender(target, pause_s=0).start()
        wait_for(lambda: outbox.deliveries(["ops"])[0].waiting == 0)
        assert [body["event"] for body in receiver.bodies()] == ["fired"] * 5 + ["cleared"]
        assert outbox.deliveries(["ops"])[0].dropped == 1


def test_a_test_goes_once_at_once_and_not_too_often(outbox: Outbox, sender: Callable[..., Sender]) -> None:
    with receiving(500, 500) as receiver:
        target = hook(receiver.url)
        put(outbox, *of_change(RULE, FIRED, [target], sayer()))
        assert sender(target, pause_s=100).send_next()  # fails, and waits
        message = of_test(target, NOON, sayer())
        assert outbox.test(message) is None
        assert outbox.test(of_test(target, NOON + timedelta(seconds=29), sayer())) == NOON
        assert sender(target).send_next()  # overtakes what waits
        found = outbox.look(message.id, "ops")
        assert found is not None
        assert (found.state, found.cause, found.attempts) == ("given_up", "status:500", 1)
        assert outbox.deliveries(["ops"])[0].dropped == 0
        assert receiver.bodies()[1]["event"] == "test"
        assert receiver.bodies()[1]["alert"] is None
        assert outbox.test(of_test(target, NOON + timedelta(seconds=31), sayer())) is None
        assert sender(target).send_next()
        assert sender(target).send_next()  # one was taken: the rest goes at once
        assert [body["event"] for body in receiver.bodies()] == ["fired", "test", "test", "fired"]


def test_who_may_not_send_sends_nothing(outbox: Outbox, sender: Callable[..., Sender]) -> None:
    with receiving() as receiver:
        put(outbox, of_test(hook(receiver.url), NOON, sayer()))
        assert not sender(hook(receiver.url), may_send=lambda: False).send_next()
        assert receiver.attempts == []


def test_pauses_grow() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 4, 5, 6, 99)] == [5, 15, 45, 135, 405, 600, 600]
    assert pause_after(1, timedelta(seconds=60)) == timedelta(seconds=60)
    assert pause_after(3, timedelta(seconds=1)) == timedelta(seconds=45)
    assert pause_after(1, timedelta(days=1)) == RETRY_LAST


def test_the_shape_of_our_own_json() -> None:
    target = hook("http://x", severities=("critical",))
    (fired,) = of_change(RULE, FIRED, [target], sayer(url="https://d.example"), detail="why")
    body = json.loads(fired.body)
    alert = body["alert"]["id"]
    assert fired.id == f"{alert}-fired"
    assert body == {
        "schema": 1,
        "id": fired.id,
        "event": "fired",
        "severity": "critical",
        "text": "FIRING (critical): <!channel> @here errors. error rate: 12.5 % (why), limit > 10.0 %,"
        " since 22 Nov 2026 11:55:00.",
        "at": "2026-11-22T12:00:00.000Z",
        "alert": {
            "id": alert, "rule": "<!channel> @here errors", "metric": "error_rate", "unit": "share",
            "comparison": ">", "threshold": 0.1, "clear": 0.05, "window_s": 900.0, "for_s": 300.0,
            "value": 0.125, "held_since": "2026-11-22T11:55:00.000Z", "fired_at": "2026-11-22T12:00:00.000Z",
            "cleared_at": None, "reason": None,
        },
        "source": {"endpoint": "http://agentops:8003"},
        "dashboard_url": "https://d.example",
    }  # fmt: skip
    (cleared,) = of_change(RULE, CLEARED, [target], sayer())
    body = json.loads(cleared.body)
    assert (body["event"], body["alert"]["id"], body["alert"]["reason"]) == ("cleared", alert, "good")
    assert body["alert"]["cleared_at"] == "2026-11-22T12:07:00.000Z"
    assert body["text"].endswith("It had fired at 22 Nov 2026 12:00:00 and lasted 7\u00a0min.")
    gone = Alert("a1", "old", "p95_s", "critical", NOON, NOON, 9.0, None, None, "")
    body = json.loads(of_removed(gone, NOON, [target], sayer())[0].body)
    assert (body["id"], body["event"], body["alert"]["reason"]) == ("a1-cleared", "cleared", "rule_removed")


def test_only_those_who_want_the_severity_are_told() -> None:
    hooks = [hook("http://x", name=name, severities=(name,)) for name in ("info", "warning", "critical")]
    assert [message.webhook for message in of_change(RULE, FIRED, hooks, sayer())] == ["critical"]


def test_slack_is_told_without_mentions_or_markup() -> None:
    target = hook("http://x", format="slack")
    (message,) = of_change(RULE, FIRED, [target], sayer("ko", "https://d.example/?a=1&b=2"))
    body = json.loads(message.body)
    assert body["text"] == (
        "🔴 발생(심각): &lt;!channel&gt; @\u200bhere errors. 오류율 12.5 %, 한계 &gt; 10.0 %,"
        " 2026년 11월 22일 11:55:00부터."
    )
    section, context = body["blocks"]
    assert section["text"]["type"] == "plain_text"
    assert section["text"]["text"].startswith("🔴 발생(심각): <!channel> @\u200bhere errors.")
    assert context["elements"][0]["text"] == "<https://d.example/?a=1&amp;b=2|대시보드 열기>"
    assert len(json.loads(of_test(target, NOON, sayer()).body)["blocks"]) == 1


def test_escaping() -> None:
    assert escaped("a & b <@U1> <https://x|y> @channel") == (
        "a &amp; b &lt;@\u200bU1&gt; &lt;https://x|y&gt; @\u200bchannel"
    )
