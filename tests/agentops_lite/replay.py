"""Recorded exchanges for the embedded AgentOps: OTLP bodies to feed, requests to repeat, answers to compare
with.

Recorded bearers and cookies were signed with another server's secrets: `World.ask` signs the same payloads
with ours. Spans of which only an answer was recorded are turned back into stored spans by `restored`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jwt

from agentops_lite import LiteConfig, Project
from agentops_lite.spans import Event, Span

FOLDER = Path(__file__).parents[1] / "recordings"
MAIN, SECOND, EMPTY, ODD, FREE, FOREIGN = (
    f"b0000000-0000-4000-8000-{number:0>12}" for number in ("1", "2", "3", "5", "f", "ee")
)
RECORDED_AT = 1795300258.0  # 21 November 2026, 22:30:58 UTC: when the recorded tokens were issued


@dataclass
class Clock:
    """A clock that tests move."""

    now: float = RECORDED_AT

    def __call__(self) -> float:
        return self.now


def projects() -> tuple[Project, ...]:
    """The recorded projects; keys end like ids."""

    def project(project_id: str, name: str, **more: Any) -> Project:
        return Project(id=project_id, api_key=project_id.replace("b0000000", "c0ffee00"), name=name, **more)

    return (
        project(MAIN, "main-agents"),
        project(SECOND, "second-agents"),
        project(EMPTY, "empty-project"),
        project(ODD, "odd-rows"),
        project(FREE, "free-agents", plan="free"),
        project(FOREIGN, "foreign-agents", member=False),
    )


def recorded_config(clock: Clock, **changes: Any) -> LiteConfig:
    """The recorded stack's settings; `auth` is the stock build's unless a test changes it."""
    settings = {"auth": "session", "projects": projects(), "host_name": "agent-host", "os_type": "linux"}
    return LiteConfig(now=clock, **(settings | changes))


@cache
def recording(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return document


def names(folder: str, pattern: str = "*") -> list[str]:
    return [f"{folder}/{file.stem}" for file in sorted((FOLDER / folder).glob(f"{pattern}.json"))]


def differences(ours: Any, real: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every place where two JSON documents differ in value or type; an int is not a float here."""
    if isinstance(ours, dict) and isinstance(real, dict):
        for key in sorted({*ours, *real}):
            yield from differences(ours.get(key, "<missing>"), real.get(key, "<missing>"), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(real, list) and len(ours) == len(real):
        for index, (mine, theirs) in enumerate(zip(ours, real, strict=True)):
            yield from differences(mine, theirs, f"{path}[{index}]")
    elif ours != real or type(ours) is not type(real):
        yield path, ours, real


def otlp_names() -> list[str]:
    """All exports of the recorded hour; the cache test's run comes later and is fed by its own test."""
    return [name for name in names("otlp") if "cache_run" not in name]


def restored(name: str) -> list[Span]:
    """The spans of a recorded trace detail, with attributes flat again."""
    body = recording(name)["response"]["body"]
    return [_span(body, item) for item in body["spans"]]


def _span(body: dict[str, Any], item: dict[str, Any]) -> Span:
    start = nanoseconds(item["start_time"])
    attributes = dict(_flat(item["span_attributes"]))
    if item["freeplan_truncated"]:
        attributes = _attributes_behind(item)
        if not item["parent_span_id"]:
            attributes["agentops.tags"] = json.dumps(body["tags"])
    return Span(
        project_id=body["project_id"],
        trace_id=body["trace_id"],
        span_id=item["span_id"],
        parent_span_id=item["parent_span_id"],
        name=item["span_name"],
        kind=item["span_kind"],
        service_name=item["service_name"],
        start_ns=start,
        duration_ns=item["duration"],
        status_code=item["status_code"].capitalize(),
        status_message=item["status_message"],
        resource=dict(_flat(item["resource_attributes"])),
        attributes=attributes,
        events=[
            Event(event, nanoseconds(at), values)
            for at, event, values in zip(
                item["event_timestamps"], item["event_names"], item["event_attributes"], strict=True
            )
        ],
    )


def _attributes_behind(item: dict[str, Any]) -> dict[str, str]:
    # A free plan's old trace: attributes were blanked, type and numbers were not.
    numbers = item["metrics"]
    if numbers is None:
        return {"tool": "x"} if item["span_type"] == "tool" else {"agentops.span.kind": "x"}
    keys = {
        "total_tokens": "total_tokens",
        "prompt_tokens": "prompt_tokens",
        "completion_tokens": "completion_tokens",
        "prompt_cost": "prompt_cost",
        "completion_cost": "completion_cost",
    }
    return {f"gen_ai.usage.{ours}": str(numbers[theirs]) for theirs, ours in keys.items()}


def _flat(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _flat(child, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            if child is not None:
                yield from _flat(child, f"{path}.{index}")
    else:
        yield path, node


def nanoseconds(text: str) -> int:
    moment = datetime.fromisoformat(text if text.endswith("+00:00") else f"{text}+00:00")
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


class World:
    """A running server and the means to repeat recorded requests on it."""

    def __init__(self, client: httpx.Client, config: LiteConfig) -> None:
        self.config = config
        self.client = client
        self._cookies: dict[str, str] = {}

    def token(self, project_id: str) -> str:
        key = next(p.api_key for p in self.config.projects if p.id == project_id)
        answer = self.client.post("/v3/auth/token", json={"api_key": key})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    def bearer(self, project_id: str = MAIN) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(project_id)}"}

    def login(self) -> dict[str, str]:
        credentials = {"email": self.config.email, "password": self.config.password}
        answer = self.client.post("/auth/login", json=credentials)
        assert answer.status_code == 200, answer.text
        self.client.cookies.clear()  # a cookie jar would add it to every request
        return {"cookie": answer.headers["set-cookie"].split(";")[0]}

    def signed(self, payload: dict[str, Any]) -> str:
        return jwt.encode(payload, self._secrets()[0], algorithm="HS256")

    def _secrets(self) -> list[str]:
        # Only a server with a data folder has secrets that a test can read.
        assert self.config.data is not None
        secrets: list[str] = json.loads((self.config.data / "secrets.json").read_text(encoding="utf-8"))
        return secrets

    def feed(self, name: str) -> None:
        """Sends one recorded OTLP export, byte for byte."""
        export = recording(name)
        sent = {key.lower(): value for key, value in export["request"]["headers"].items()}
        headers = {k: v for k, v in sent.items() if k in ("content-type", "content-encoding")}
        body = base64.b64decode(export["body_base64"])
        project_id = export["project_id_in_token"]
        answer = self.client.post("/v1/traces", content=body, headers=headers | self.bearer(project_id))
        assert answer.status_code == 200, answer.text

    def ask(self, name: str) -> httpx.Response:
        """Repeats a recorded request with credentials of the same kind."""
        request = recording(name)["request"]
        headers = {k: v for k, v in request["headers"].items() if k not in ("accept", "user-agent")}
        if "authorization" in headers:
            headers["authorization"] = f"Bearer {self._resigned(name, headers['authorization'][7:])}"
        if "cookie" in headers:
            headers["cookie"] = self._own_cookie(name, headers["cookie"])
        path = request["path"] + (f"?{request['raw_query']}" if request["raw_query"] else "")
        return self.client.request(request["method"], path, headers=headers, content=request["body"])

    def _resigned(self, name: str, token: str) -> str:
        if "bad_signature" in name:
            return token
        try:
            payload = jwt.decode(
                token, options={"verify_signature": False, "verify_aud": False, "verify_exp": False}
            )
        except jwt.InvalidTokenError:
            return token
        return self.signed(payload)

    def _own_cookie(self, name: str, cookie: str) -> str:
        if "garbage" in name:
            return cookie
        if "unknown_session" in name:
            return f"session_id={jwt.encode({'session_id': 'gone'}, self._secrets()[1], algorithm='HS256')}"
        if "cookie" not in self._cookies:
            self._cookies |= self.login()
        return self._cookies["cookie"]
