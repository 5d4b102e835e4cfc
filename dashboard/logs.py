"""The process's log: one handler for our loggers, lines for people or for machines, no secret in either.

Streamlit gives each of its loggers a handler of its own; those get the same form. docs/METRICS.md lists what
is logged.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import Literal, TextIO
from urllib.parse import urlsplit

from pydantic import SecretStr

from agentops_client import AgentOpsError, load_settings
from agentops_client.redaction import MASK, WORDS_MAX, Redactor

from .alerts.shared import alert_rules
from .settings import DashboardSettings

OURS = ("dashboard", "agentops_client")
#: A part of a webhook's address that is shorter is no secret but a word.
SECRET_PART = 16
#: Exceptions behind an exception that are told, and how deep a field is looked into.
DEPTH = 4

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET_NAMES = frozenset(
    {"key", "apikey", "token", "secret", "password", "cookie", "authorization", "session"}
)
#: What would end a line, hide a part of it, or colour a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def configure_logs(settings: DashboardSettings) -> None:
    """Sends the process's log to stderr in the form of the settings; their secrets are masked in it.

    Raises:
        RulesProblem: the file of ``DASHBOARD_ALERTS`` cannot be used.
    """
    install(settings.log_format, secrets_of(settings))


def install(form: Literal["text", "json"], secrets: Iterable[str], *, stream: TextIO | None = None) -> None:
    """The handler of :data:`OURS`, in the place of any before; None writes to stderr."""
    redact = Redactor(*secrets)
    lines = JsonLines(redact) if form == "json" else TextLines(redact)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(lines)
    for name in OURS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.WARNING)
        logger.propagate = False  # or a handler of the root would say it again
    for other in list(logging.root.manager.loggerDict.values()):
        console = getattr(other, "streamlit_console_handler", None)
        if isinstance(console, logging.Handler):
            console.setFormatter(lines)
    # Streamlit logs a page's exception before it hands it to `bugs.show_bug`, which does, too.
    logging.getLogger("streamlit.error_util").addFilter(_not_said_twice)


def secrets_of(settings: DashboardSettings) -> Iterator[str]:
    """Everything secret that this process is configured with."""
    held: list[SecretStr | None] = [settings.link_secret]
    with suppress(AgentOpsError):  # pages say what is wrong
        wire = load_settings()
        held += [wire.api_key, wire.session_password]
        held += [SecretStr(wire.session_email)] if wire.session_email else []
        held += [wire.of_project(name).api_key for name in wire.project_names]
    yield from (secret.get_secret_value().strip() for secret in held if secret is not None)
    for webhook in alert_rules().webhooks:
        parts = urlsplit(webhook.url)
        yield webhook.url
        yield from (part for part in (parts.path, parts.query) if len(part) >= SECRET_PART)
        if webhook.secret:
            yield webhook.secret


class TextLines(logging.Formatter):
    """``2026-11-22T12:00:00.000Z WARNING dashboard.alerts: …``; what continues a line is indented."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        told = _message(record)
        if record.exc_info and record.exc_info[1] is not None:
            told += "\n" + "\n".join(_as_text(_exception(record.exc_info[1], self._redact)))
        line = f"{_time(record)} {record.levelname} {record.name}: {self._redact(told).rstrip()}"
        return _CONTROL.sub(_escaped, line).replace("\n", "\n    ")


class JsonLines(logging.Formatter):
    """One object a line: ``time``, ``level``, ``logger``, ``message``, the record's own fields, and
    ``exception`` (see :func:`_exception`)."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(_message(record)),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["exception"] = _exception(record.exc_info[1], self._redact)
        for name, value in vars(record).items():
            if name not in _STANDARD:
                told.setdefault(self._redact(name), self._field(name, value))
        return _CONTROL.sub(_escaped, json.dumps(told, ensure_ascii=False, allow_nan=False))

    def _field(self, name: str, value: object, depth: int = 0) -> object:
        """`value` as JSON has it, without secrets; what JSON has not is told as text."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else None
        if depth < DEPTH and isinstance(value, dict):
            return {self._redact(str(k)): self._field(str(k), v, depth + 1) for k, v in value.items()}
        if depth < DEPTH and isinstance(value, list | tuple):
            return [self._field(name, each, depth + 1) for each in value]
        if _SECRET_NAMES & set(re.split(r"[\W_]+", name.lower())):
            return MASK
        return self._redact(str(value))


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - logging itself would print the arguments, secrets and all
        return str(record.msg)


def _exception(error: BaseException, redact: Redactor, depth: int = 0) -> dict[str, object]:
    """``type``; ``message``: its words, cut; ``stack``: places with their source, without values;
    ``because``: the exception that it was raised from or during, the same way."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ must not lose the line
        words = ""
    words = redact(_SPACES.sub(" ", redact(words))).strip()
    told: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins."),
        "message": words if len(words) <= WORDS_MAX else words[: WORDS_MAX - 1] + "…",
        "stack": redact("".join(traceback.format_tb(error.__traceback__)).rstrip()),
    }
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and depth < DEPTH:
        told["because"] = _exception(before, redact, depth + 1)
    return told


def _as_text(told: dict[str, object]) -> Iterator[str]:
    yield f"{told['type']}: {told['message']}"
    if told["stack"]:
        yield str(told["stack"])
    before = told.get("because")
    if isinstance(before, dict):
        yield "because of"
        yield from _as_text(before)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _not_said_twice(record: logging.LogRecord) -> bool:
    return record.msg != "Uncaught app execution"
