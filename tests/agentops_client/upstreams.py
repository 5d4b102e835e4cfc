"""AgentOps servers for the doctor: an embedded one of which single answers can be broken, over plain HTTP
or TLS, and what an examination of one gives."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from agentops_client import AgentOpsSettings
from agentops_client.doctor import LANGUAGES, STEPS, Finding, Limits, StepName, examine, told
from agentops_lite import LiteConfig, Project, create_app
from agentops_lite.config import DEFAULT_API_KEY, DEFAULT_EMAIL, DEFAULT_PASSWORD
from agentops_lite.server import listen
from tests.otlp import llm, send, span

CERTIFICATES = Path(__file__).parent / "certificates"
#: A project each for what its traces are like.
KEYS = {
    "healthy": DEFAULT_API_KEY,
    "empty": "c0ffee00-0000-4000-8000-0000000000e0",
    "stale": "c0ffee00-0000-4000-8000-0000000000e1",
    "new_names": "c0ffee00-0000-4000-8000-0000000000e2",
    "no_usage": "c0ffee00-0000-4000-8000-0000000000e3",
    "plain": "c0ffee00-0000-4000-8000-0000000000e4",
    "future": "c0ffee00-0000-4000-8000-0000000000e5",
    "failing": "c0ffee00-0000-4000-8000-0000000000e6",
}
#: The steps that need an answer of v4, and what a test breaks of v4.
READS = ["list", "metrics", "detail", "log", "freshness", "litellm"]
V4 = r"GET /v4/.*"
SESSION = {"session_email": DEFAULT_EMAIL, "session_password": DEFAULT_PASSWORD}


def project_id(name: str) -> str:
    return "b" + KEYS[name][1:]


@dataclass
class Upstream:
    """An AgentOps at ``url``. ``broken`` maps "METHOD /path" (a pattern) to the answer given instead: a
    status and a text or JSON body, in which "{asked}" becomes the question's headers and body; None hangs.
    ``date_off_s`` is added to the Date header of every answer, None leaves it out."""

    url: str = ""
    broken: dict[str, tuple[int, Any] | None] = field(default_factory=dict)
    date_off_s: float | None = 0.0
    asked: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    ending: threading.Event = field(default_factory=threading.Event)

    def heal(self) -> None:
        self.broken.clear()
        self.asked.clear()
        self.date_off_s = 0.0


class _Breaking:
    """Stands before the application, breaks answers, and notes credentials that go by."""

    def __init__(self, app: Any, upstream: Upstream) -> None:
        self._app = app
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upstream = self._upstream
        asked = f"{scope['method']} {scope['path']}"
        upstream.asked.append(asked)

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                if upstream.date_off_s is not None:
                    said = datetime.now(UTC) + timedelta(seconds=upstream.date_off_s)
                    headers.append((b"date", format_datetime(said, usegmt=True).encode()))
                for name, value in headers:
                    if name == b"set-cookie":
                        upstream.secrets.add(value.decode().partition("=")[2].partition(";")[0])
                message["headers"] = headers
            elif asked == "POST /v3/auth/token" and b'"token"' in message.get("body", b""):
                upstream.secrets.add(json.loads(message["body"])["token"])
            await send(message)

        answers = [answer for pattern, answer in upstream.broken.items() if re.fullmatch(pattern, asked)]
        if not answers:
            await self._app(scope, receive, dated)
            return
        if answers[0] is None:
            # blocks this server on purpose, as one heavy question does upstream
            upstream.ending.wait(4)
            return
        status, body = answers[0]
        request = Request(scope, receive)
        text = body if isinstance(body, str) else json.dumps(body)
        said = str(dict(request.headers)) + (await request.body()).decode()
        text = text.replace("{asked}", json.dumps(said)[1:-1])
        kind = "text/html" if text.startswith("<") else "application/json"
        await Response(text, status, media_type=kind)(scope, receive, dated)


@contextmanager
def running(config: LiteConfig | None = None, *, certificate: str | None = None) -> Iterator[Upstream]:
    """A server of this configuration on loopback; ``certificate`` names one of ``CERTIFICATES``."""
    upstream = Upstream()
    listener = listen("127.0.0.1", 0)
    tls = {} if certificate is None else {"ssl_certfile": CERTIFICATES / f"{certificate}.pem"}
    app = _Breaking(create_app(config), upstream)
    options: dict[str, Any] = {"log_level": "critical", "date_header": False, "loop": "asyncio", **tls}
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=1, **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    scheme = "http" if certificate is None else "https"
    upstream.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield upstream
    finally:
        upstream.ending.set()
        server.should_exit = True
        thread.join(10)
        listener.close()


def projects() -> LiteConfig:
    """A server with all projects of ``KEYS``, in which both dialects and both credentials work."""
    made = tuple(Project(id=project_id(name), api_key=key) for name, key in KEYS.items() if name != "healthy")
    return LiteConfig(projects=(Project(), *made), caches=False)


def fill(url: str) -> None:
    """One trace a project, two minutes old unless the project's name says otherwise."""
    now = datetime.now(UTC)
    recent = now - timedelta(minutes=2)
    new = {"gen_ai__usage__input_tokens": 10, "gen_ai__usage__output_tokens": 20}
    name = "litellm_request"
    fill_healthy(url)
    send(url, [llm(0xA2, 1, now - timedelta(hours=30), 10, 20, name=name)], key=KEYS["stale"])
    # a proxy's call: litellm's span is inside the trace, after one that failed
    inside = [
        span(0xA3, 1, recent, name="POST /v1/chat/completions"),
        span(0xA3, 2, recent, name=name, parent=1, status="ERROR"),
        span(0xA3, 3, recent, name=name, parent=1, **new),
    ]
    send(url, inside, key=KEYS["new_names"])
    send(url, [span(0xA4, 1, recent, name=name)], key=KEYS["no_usage"])
    send(url, [span(0xA7, 1, recent, name=name, status="ERROR")], key=KEYS["failing"])
    send(url, [llm(0xA5, 1, recent, 10, 20)], key=KEYS["plain"])
    send(url, [llm(0xA6, 1, now + timedelta(minutes=30), 10, 20)], key=KEYS["future"])


def fill_healthy(url: str) -> None:
    """One call of litellm in the healthy project, two minutes ago, with 10 + 20 tokens in the names that
    AgentOps reads."""
    send(url, [llm(0xA1, 1, datetime.now(UTC) - timedelta(minutes=2), 10, 20, name="litellm_request")])


def examined(
    url: str, upstream: Upstream | None = None, *, step_s: float = 5.0, **values: Any
) -> dict[StepName, Finding]:
    """The findings by step; checks what holds for each examination: the order, that every finding can be
    said in both languages, and that no secret is in any of it."""
    settings = AgentOpsSettings(_env_file=None, **{"api_key": KEYS["healthy"], "api_endpoint": url, **values})
    findings = list(examine(settings, limits=Limits(step_s=step_s, total_s=30)))
    assert tuple(finding.step for finding in findings) == STEPS
    said = repr(findings) + "".join(
        repr(told(finding, language)) for finding in findings for language in LANGUAGES
    )
    for secret in secrets(settings) | (upstream.secrets if upstream else set()):
        assert secret not in said
    for finding in findings:
        assert (finding.state == "failed") <= (told(finding, "en").remedy is not None), finding
        assert (finding.because is not None) == (finding.code == "needs")
    return {finding.step: finding for finding in findings}


def secrets(settings: AgentOpsSettings) -> set[str]:
    held = (settings.api_key, settings.session_password)
    return {secret.get_secret_value() for secret in held if secret is not None}


def code(findings: Mapping[StepName, Finding], step: StepName) -> tuple[str, str]:
    return findings[step].state, findings[step].code


def states(findings: Mapping[StepName, Finding]) -> dict[str, list[str]]:
    """The steps by state, those that are ok left out."""
    by_state: dict[str, list[str]] = {}
    for step, finding in findings.items():
        if finding.state != "ok":
            by_state.setdefault(finding.state, []).append(step)
    return by_state


def jwt(**claims: Any) -> str:
    """A token with these claims and no valid signature."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*coded, "c2lnbmF0dXJl"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
