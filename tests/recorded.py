"""Recorded exchanges with a real AgentOps server, and a transport that plays them back.

    transport(load("auth/v3_token_post_ok_pro"), load("meterics/day"))

A request is answered by the recording with the same method, path, query, kind of credential (none,
bearer, cookie) and JSON body. A query is compared by what it means to the recorded build: parameters
that it does not know, and those that say its defaults, do not count. Any other request fails the test.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

FOLDER = Path(__file__).parent / "recordings"

#: What the recorded build assumes where a parameter of the list is absent.
_LIST_DEFAULTS = {"limit": "20", "offset": "0", "order_by": "start_time", "sort_order": "DESC", "query": ""}
#: The other dialect's way to page and to name the project; the recorded build ignores both.
_UNKNOWN = {"page", "size", "project_id"}
#: Lengths and codings belong to the recorded bytes, not to the body written back from JSON.
_DROPPED = {"content-length", "content-encoding", "transfer-encoding"}

Question = tuple[str, str, tuple[tuple[str, str], ...], str, str]


@dataclass(frozen=True)
class Recording:
    """One exchange. ``status`` and ``body`` are None where no answer came (``error`` says why)."""

    name: str
    about: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    request_headers: dict[str, str]
    request_body: str | None
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: Any
    content: bytes
    error: dict[str, Any] | None

    @property
    def question(self) -> Question:
        return question(self.method, self.path, self.query, self.request_headers, self.request_body)

    def answer(self, body: Any = None) -> httpx.Response:
        """The recorded answer, or the recorded transport error raised; ``body`` stands in for its JSON."""
        if self.error is not None:
            raise getattr(httpx, self.error["kind"])(self.error["message"])
        assert self.status is not None
        content = self.content if body is None else json.dumps(body).encode()
        return httpx.Response(self.status, headers=list(self.headers), content=content)


def load(name: str) -> Recording:
    """The recording ``folder/name`` under ``tests/recordings``."""
    raw = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    request, response = raw["request"], raw["response"] or {}
    body, text = response.get("body"), response.get("body_text")
    if text is None:
        text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Recording(
        name=name,
        about=raw["about"],
        method=request["method"],
        path=request["path"],
        query=tuple((name, value) for name, value in request["query"]),
        request_headers=request["headers"],
        request_body=request["body"],
        status=response.get("status"),
        headers=tuple((k, v) for k, v in response.get("headers", ()) if k.lower() not in _DROPPED),
        body=body,
        content=text.encode(),
        error=raw["error"],
    )


def names(folder: str) -> list[str]:
    """All recordings of a folder that are kept here, as ``folder/name``."""
    return sorted(f"{folder}/{path.stem}" for path in (FOLDER / folder).glob("*.json"))


def question(method: str, path: str, query: Any, headers: Any, body: str | bytes | None = None) -> Question:
    """What a request asks, in a form that can be compared."""
    said = {name: value for name, value in query if name not in _UNKNOWN}
    if path.startswith("/v4/traces/list/"):
        said = {name: value for name, value in said.items() if _LIST_DEFAULTS.get(name) != value}
    kind = "cookie" if "cookie" in headers else "bearer" if "authorization" in headers else ""
    asked = json.dumps(json.loads(body), sort_keys=True) if body else ""
    return method, path, tuple(sorted(said.items())), kind, asked


def transport(
    *recordings: Recording,
    otherwise: Callable[[httpx.Request], httpx.Response | None] | None = None,
    log: list[httpx.Request] | None = None,
) -> httpx.MockTransport:
    """Plays the recordings; ``otherwise`` may answer what none of them does. ``log`` takes all requests."""
    answers = {recording.question: recording for recording in recordings}

    def handler(request: httpx.Request) -> httpx.Response:
        if log is not None:
            log.append(request)
        asked = question(
            request.method,
            request.url.path,
            request.url.params.multi_items(),
            request.headers,
            request.content,
        )
        if asked in answers:
            return answers[asked].answer()
        response = otherwise(request) if otherwise else None
        if response is None:
            known = "\n  ".join(str(known) for known in answers)
            raise AssertionError(f"no recording answers\n  {asked}\nrecorded:\n  {known}")
        return response

    return httpx.MockTransport(handler)


def stock_build(request: httpx.Request) -> httpx.Response | None:
    """What the recorded build says to the other dialect, and to a token instead of a session."""
    path = request.url.path
    if path in ("/v4/traces", "/v4/meterics/project") or (
        path.startswith("/v4/traces/") and path.count("/") == 3
    ):
        return load("old_dialect/traces_query_project_bearer").answer()
    if path.startswith("/v4/") and "cookie" not in request.headers:
        return load("traces_list/auth_bearer_only").answer()
    return None
