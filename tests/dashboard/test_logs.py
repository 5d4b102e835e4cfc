"""The log: what a line looks like in both forms, that it comes once, and that no secret is in it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from streamlit.logger import get_logger

from agentops_client.errors import ConnectionRefused
from agentops_client.failure_log import FailureLog
from dashboard import logs, shelf
from dashboard.alerts.outbox import Message
from dashboard.alerts.rules import Webhook
from dashboard.alerts.webhook import Sender
from dashboard.archive.reader import log_bug
from dashboard.logs import install, secrets_of
from dashboard.settings import DashboardSettings

GUIDE = Path(__file__).parents[2] / "docs" / "METRICS.md"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "0dd5eed0-1111-4222-8333-44445555abcd"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJhcGlfa2V5IjoiMSJ9.c2lnbmF0dXJl"
Start = Callable[..., io.StringIO]
log = logging.getLogger("dashboard.test")


@pytest.fixture
def started() -> Iterator[Start]:
    """Starts the log into a text that is returned; puts everybody's loggers back at the end."""
    named = {name: logging.getLogger(name) for name in (*logs.OURS, "streamlit.error_util")}
    before = {
        name: (list(one.handlers), one.level, one.propagate, list(one.filters)) for name, one in named.items()
    }
    consoles = [
        (console, console.formatter)
        for other in logging.root.manager.loggerDict.values()
        if isinstance(console := getattr(other, "streamlit_console_handler", None), logging.Handler)
    ]

    def start(form: Literal["text", "json"] = "json", *secrets: str) -> io.StringIO:
        stream = io.StringIO()
        install(form, secrets or (KEY,), stream=stream)
        return stream

    yield start
    for name, (handlers, level, propagate, filters) in before.items():
        named[name].handlers, named[name].propagate, named[name].filters = handlers, propagate, filters
        named[name].setLevel(level)
    for console, formatter in consoles:
        console.setFormatter(formatter)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def at_noon(logger: logging.Logger, level: int, message: str, *args: object, **more: Any) -> None:
    """Logs as if it were noon."""
    record = logger.makeRecord(logger.name, level, "f", 1, message, args, None, None, more)
    record.created = NOON.timestamp() + 0.25
    logger.handle(record)


# ---- the forms


def test_a_line_for_people(started: Start) -> None:
    stream = started("text")
    at_noon(log, logging.WARNING, "the record of %s could not be written", "tries", cause="OSError")
    expected = "2026-11-22T12:00:00.250Z WARNING dashboard.test: the record of tries could not be written\n"
    assert stream.getvalue() == expected


def test_a_line_for_machines(started: Start) -> None:
    stream = started()
    at_noon(
        log, logging.ERROR, "no %s", "열", cause="timed_out", attempts=3, share=0.5, nan=float("nan"),
        good=True, none=None, many=[1, "a"], folder=Path("/data"), time="never", at={"hour": 12},
    )  # fmt: skip
    assert lines(stream) == [
        {
            "time": "2026-11-22T12:00:00.250Z", "level": "ERROR",
            "logger": "dashboard.test", "message": "no 열",
            "cause": "timed_out", "attempts": 3, "share": 0.5, "nan": None, "good": True, "none": None,
            "many": [1, "a"], "folder": "/data", "at": {"hour": 12},
        }
    ]  # fmt: skip
    assert "열" in stream.getvalue()


def test_below_warning_nothing_is_written(started: Start) -> None:
    stream = started()
    for name in ("dashboard.access", "agentops_client"):
        logging.getLogger(name).info("nothing to do")
    assert stream.getvalue() == ""


def test_an_exception_is_its_type_words_and_places_without_values(started: Start) -> None:
    stream = started()

    def inner(prompt: str) -> None:
        raise KeyError("model")

    try:
        try:
            inner("a private prompt")
        except KeyError as error:
            raise ValueError("no\n price") from error
    except ValueError as error:
        log.error("a page failed", exc_info=error)
    (line,) = lines(stream)
    told = line["exception"]
    assert (told["type"], told["message"]) == ("ValueError", "no price")
    assert "in test_an_exception_is_its_type" in told["stack"]
    assert (told["because"]["type"], told["because"]["message"]) == ("KeyError", "'model'")
    assert "in inner" in told["because"]["stack"]


def test_what_continues_a_line_is_indented_and_nothing_forges_one(started: Start) -> None:
    stream = started("text")
    log.warning("refused: %s", "a\n2026-11-22T12:00:00Z ERROR dashboard: forged \x1b[31m\u2028x\r")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("a page failed")
    first, *rest = stream.getvalue().splitlines()
    assert rest[0] == "    2026-11-22T12:00:00Z ERROR dashboard: forged \\u001b[31m\\u2028x"
    assert rest[2] == "    ValueError: why"
    assert [line for line in (first, *rest) if not line.startswith("    ")] == [first, rest[1]]
    as_json = started("json")
    log.warning("a\nb\u2028c\x85d")
    assert len(as_json.getvalue().splitlines()) == 1
    assert lines(as_json)[0]["message"] == "a\nb\u2028c\x85d"


# ---- once


def test_lines_come_once_however_often_it_is_started(started: Start) -> None:
    at_root = io.StringIO()
    root = logging.StreamHandler(at_root)
    logging.root.addHandler(root)
    try:
        started()
        stream = started()
        for name in ("dashboard.alerts", "agentops_client"):
            logging.getLogger(name).error("once")
    finally:
        logging.root.removeHandler(root)
    assert [line["logger"] for line in lines(stream)] == ["dashboard.alerts", "agentops_client"]
    assert at_root.getvalue() == ""


def test_streamlits_own_lines_get_the_same_form_and_a_page_that_failed_is_said_once(started: Start) -> None:
    theirs = get_logger("streamlit.error_util")
    started()
    console = theirs.streamlit_console_handler  # type: ignore[attr-defined]
    stream = io.StringIO()
    before = console.setStream(stream)
    try:
        theirs.error("Uncaught app execution", exc_info=KeyError(KEY))
        theirs.error("the handler failed with %s", KEY)
    finally:
        console.setStream(before)
    (line,) = lines(stream)
    assert (line["logger"], line["message"]) == ("streamlit.error_util", "the handler failed with ***")


# ---- no secret


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("written", [KEY, KEY.upper(), KEY.replace("-", ""), JWT, f"http://me:{KEY}@host/"])
def test_no_secret_passes_in_a_message_a_field_or_an_exception(
    started: Start, form: Literal["text", "json"], written: str
) -> None:
    stream = started(form)

    class Odd(Exception):
        pass

    try:
        try:
            raise Odd(f"Bearer {written}")
        except Odd as error:
            raise KeyError(written) from error
    except KeyError as error:
        more = {"path": f"/v4/{written}", "fields": [{"word": written}, (written,)], "obj": Odd(written)}
        log.error("asked with %s", written, exc_info=error, extra=more)
    said = stream.getvalue()
    assert "***" in said
    for secret in (KEY, KEY.upper(), KEY.replace("-", ""), JWT, JWT.split(".")[1]):
        assert secret not in said


def test_a_field_with_a_secrets_name_is_masked_whatever_it_holds(started: Start) -> None:
    stream = started()
    log.error("x", extra={"api_key": "short", "headers": {"Authorization": "Basic x"}, "total_tokens": 5})
    (line,) = lines(stream)
    assert (line["api_key"], line["headers"], line["total_tokens"]) == ("***", {"Authorization": "***"}, 5)


def test_a_line_with_wrong_arguments_is_written_without_them(
    started: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = started()
    log.error("%d traces", KEY)

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError(KEY)

    log.error("failed", exc_info=Mute())
    assert [line["message"] for line in lines(stream)] == ["%d traces", "failed"]
    assert capsys.readouterr().err == ""


def test_all_configured_secrets_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = KEY.replace("0", "9")
    rules = tmp_path / "alerts.toml"
    rules.write_text(
        '[[rules]]\nname = "down"\nmetric = "upstream_down"\n[[webhooks]]\nname = "ops"\nformat = "slack"\n'
        'url = "https://hooks.example/services/T000/B000/XXXXTOKEN"\nsecret_env = "HOOK"\n'
    )
    monkeypatch.setenv("HOOK", "what signs messages")
    monkeypatch.setenv("AGENTOPS_PROJECTS", f"A={KEY},B={other}")
    monkeypatch.setenv("AGENTOPS_SESSION_EMAIL", "a@example.com")
    monkeypatch.setenv("AGENTOPS_SESSION_PASSWORD", "a pass word")
    monkeypatch.setenv("DASHBOARD_LINK_SECRET", "l" * 40)
    monkeypatch.setenv("DASHBOARD_ALERTS", str(rules))
    shelf.prices.cache_clear()
    assert set(secrets_of(DashboardSettings(_env_file=None))) == {
        KEY, other, "a@example.com", "a pass word", "l" * 40, "what signs messages",
        "https://hooks.example/services/T000/B000/XXXXTOKEN", "/services/T000/B000/XXXXTOKEN",
    }  # fmt: skip


def test_unusable_settings_keep_nobody_from_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", "localhost:8003")
    assert list(secrets_of(DashboardSettings(_env_file=None))) == []


# ---- the fields of our lines


def fields(line: dict[str, Any]) -> set[str]:
    return line.keys() - {"time", "level", "logger", "message"}


def described(words: str) -> set[str]:
    """Fields of the line with these words, as the guide has them."""
    row = next(row for row in GUIDE.read_text("utf-8").splitlines() if words in row and row.startswith("| `"))
    return set(re.findall(r"`(\w+)`", row.split("|")[4]))


def test_a_failure_of_agentops_carries_its_fields(started: Start) -> None:
    stream = started()
    asked = partial(ConnectionRefused, method="GET", path="/v4/traces", endpoint="http://a:1")
    FailureLog(lambda: 0.0).write(asked(status=502, phase="read", duration_s=0.004))
    (line,) = lines(stream)
    assert fields(line) == described("a failure of AgentOps")
    assert (line["cause"], line["status"], line["duration_ms"]) == ("connection_refused", 502, 4)


def test_a_message_that_was_not_taken_carries_its_fields(started: Start) -> None:
    class Outbox:
        def next(self, *_: object) -> Message:
            return Message("1", "ops", "fired", "{}", NOON, attempts=1)

        def failed(self, *_: object, **__: object) -> None:
            pass

    hook = Webhook(name="ops", url="http://127.0.0.1:9/T0KEN", format="json")
    stream = started()
    sender = Sender(hook, Outbox(), may_send=lambda: True, now=lambda: NOON)  # type: ignore[arg-type]
    sender.send_next()
    (line,) = lines(stream)
    assert fields(line) == described("did not take a message")
    assert {name: line[name] for name in fields(line)} == {
        "webhook": "ops", "address": "http://127.0.0.1:9", "cause": "unreachable", "attempts": 2,
    }  # fmt: skip
    sender.stop()


def test_a_mistake_of_ours_carries_its_type(started: Start) -> None:
    stream = started()
    log_bug(KeyError("x"), "Reading traces in the background has ended")
    (line,) = lines(stream)
    assert fields(line) == described("a mistake of ours while reading traces") == {"bug"}
    assert line["bug"] == "KeyError"
