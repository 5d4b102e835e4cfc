"""What the cases happen in: a faulty AgentOps with known traces, clients of it, secrets, and the process."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from agentops_client import AgentOpsClient, AgentOpsSettings, Attempt
from agentops_lite import LiteConfig
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_EMAIL, DEFAULT_PASSWORD
from tests.faults.acts import PROMPT
from tests.faults.faulty import FaultyUpstream, faulty, naming
from tests.faults.table import Fault
from tests.faults.wire import CERTIFICATES
from tests.otlp import llm, send, span

#: The trace that is looked at; an id without a letter has no log (a quirk of AgentOps).
TRACE = 0xAB1
LOG = "a line of the log"
#: Quick enough for tests, slow enough for a machine that is busy.
USUAL = {"connect_timeout_s": 5.0, "token_timeout_s": 10.0, "read_timeout_s": 10.0}
#: Waits between tries are this part of what they would be at most.
JITTER = 0.02


@dataclass
class Log(logging.Handler):
    """All that is logged, as it would be written, with the fields beside it."""

    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.INFO)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


@dataclass
class World:
    """A healthy AgentOps that can be broken.

    Attributes:
        upstream, secure: plain and behind TLS; both before the same data.
        by_session: it is a stock build, read by a login session.
        start, end: a closed hour in which all traces lie.
    """

    upstream: FaultyUpstream
    secure: FaultyUpstream
    by_session: bool
    start: datetime
    end: datetime
    log: Log

    def faulty(self, fault: Fault) -> FaultyUpstream:
        return self.secure if fault.tls else self.upstream

    def settings(self, fault: Fault, **more: Any) -> AgentOpsSettings:
        session = {"session_email": DEFAULT_EMAIL, "session_password": DEFAULT_PASSWORD}
        values: dict[str, Any] = {
            **USUAL, "api_key": DEFAULT_API_KEY, "api_endpoint": self.faulty(fault).url,
            "ca_bundle": CERTIFICATES / "authority.pem" if fault.tls else None,
            **(session if self.by_session else {}), **fault.settings, **more,
        }  # fmt: skip
        return AgentOpsSettings(_env_file=None, **values)

    def client(self, fault: Fault, tries: Callable[[Attempt], None]) -> AgentOpsClient:
        return AgentOpsClient(self.settings(fault), jitter=lambda: JITTER, observe=tries)

    def break_(self, fault: Fault, endpoint: str) -> None:
        broken = self.faulty(fault)
        if not fault.resolves:
            broken.unresolve()
            return
        broken.break_(frozenset({endpoint, *fault.also}), fault.act, host=fault.host)

    def heal(self) -> None:
        self.upstream.heal()
        self.secure.heal()

    def secrets(self) -> set[str]:
        """What nobody may see: credentials, also as they stand in addresses, and what a user asked."""
        held = {DEFAULT_API_KEY, DEFAULT_API_KEY.replace("-", ""), DEFAULT_PASSWORD}
        return held | self.upstream.secrets | self.secure.secrets

    def leaks(self, text: str, *, content: bool = False) -> list[str]:
        """Secrets that stand in `text`; `content`: users' own words may."""
        wanted = self.secrets() | (set() if content else {PROMPT})
        return [secret for secret in wanted if secret in text]


@contextmanager
def world(*, by_session: bool = False, port: int = 0) -> Iterator[World]:
    """A world with ten traces of the last minutes before what is the present of its readers."""
    config = LiteConfig(auth="session" if by_session else "both", dialect="both", caches=False)
    with ExitStack() as stack:
        upstream, behind = stack.enter_context(faulty(config, port=port))
        secure = FaultyUpstream(behind, tls=True)
        stack.callback(secure.close)
        stack.enter_context(naming(upstream, secure))
        now = _undisturbed(datetime.now(UTC))
        _fill(behind, now)
        log = Log()
        logging.getLogger().addHandler(log)
        stack.callback(logging.getLogger().removeHandler, log)
        end = now.replace(microsecond=0) + timedelta(seconds=1)
        yield World(upstream, secure, by_session, end - timedelta(hours=1), end, log)


def _undisturbed(now: datetime) -> datetime:
    """The last moment after which a case sees no window end but in a leap of five minutes: what is asked at
    such an end comes on top, and a case would depend on when it runs."""
    quarter = datetime.fromtimestamp(now.timestamp() // 900 * 900, UTC)
    moment = quarter + timedelta(minutes=2, seconds=10)
    return moment if moment <= now else moment - timedelta(minutes=15)


def _fill(url: str, now: datetime) -> None:
    """Ten traces of a root and a model call: six succeed, two fail, two stay undecided; $0.45 together."""
    outcomes = ["OK"] * 6 + ["ERROR"] * 2 + ["UNSET"] * 2
    for n, status in enumerate(outcomes):
        began = now - timedelta(minutes=n + 3)
        said = {"gen_ai__prompt__0__role": "user", "gen_ai__prompt__0__content": f"{PROMPT} {n}"}
        made = llm(TRACE + n, 2, began, 100_000, 50_000, parent=1, status=status, **said)
        made["events"] = [
            {"name": "note", "timeUnixNano": str(round(began.timestamp() * 1e9)), "attributes": []}
        ]
        made["links"] = [{"traceId": f"{1:032x}", "spanId": f"{1:016x}"}]
        send(url, [span(TRACE + n, 1, began, seconds=2, status="OK", agentops__tags='["a"]'), made])
    with httpx.Client(base_url=url, trust_env=False) as client:
        token = client.post("/v3/auth/token", json={"api_key": DEFAULT_API_KEY}).json()["token"]
        client.post(
            "/v4/logs/upload/", json={"body": LOG},
            headers={"Authorization": f"Bearer {token}", "Trace-Id": str(TRACE)},
        ).raise_for_status()  # fmt: skip


@dataclass(frozen=True)
class Process:
    """What a process holds on to."""

    threads: int
    files: int

    @classmethod
    def now(cls) -> Process:
        gc.collect()
        return cls(threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))


def back_to(before: Process, *, threads: int, files: int, wait_s: float = 5.0) -> Process:
    """The process once it holds no more than so much above `before`, or after `wait_s`."""
    deadline = time.monotonic() + wait_s
    while True:
        held = Process.now()
        fits = held.threads <= before.threads + threads and held.files <= before.files + files
        if fits or time.monotonic() > deadline:
            return held
        time.sleep(0.05)


def no_environment() -> None:
    """A developer's own AGENTOPS_* and proxies must not decide a case."""
    for name in list(os.environ):
        if name.upper().startswith("AGENTOPS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
