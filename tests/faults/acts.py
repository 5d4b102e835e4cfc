"""What a fault does to one exchange: on the wire, to an answer's bytes, to its status, to its sense."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.agentops_client.upstreams import jwt
from tests.faults.faulty import Act, Answer, Exchange

#: A text as a user's prompt may be; it stands in bodies that nobody should quote.
PROMPT = "my-prompt-canary-9137"
PAGE = "<html><head><title>Login</title></head><body><h1>Proxy</h1><p>Sign in</p></body></html>"
HEAVY = 3_000_000
BYTE_EVERY_S = 0.02


# ---- the wire


def reset(exchange: Exchange) -> None:
    exchange.wire.reset()
    exchange.end()


def closed(exchange: Exchange) -> None:
    exchange.end()


def reset_in_body(exchange: Exchange) -> None:
    answer = exchange.sound()
    exchange.wire.send(answer.head(len(answer.body)) + answer.body[: len(answer.body) // 2])
    exchange.wire.reset()
    exchange.end()


def reset_in_head(exchange: Exchange) -> None:
    exchange.wire.send(exchange.sound().head(9)[:20])
    exchange.wire.reset()
    exchange.end()


def silent(exchange: Exchange) -> None:
    exchange.wire.hang()
    exchange.end()


def silent_in_body(exchange: Exchange) -> None:
    answer = exchange.sound()
    exchange.wire.send(answer.head(len(answer.body)) + answer.body[:5])
    silent(exchange)


def drip(exchange: Exchange) -> None:
    answer = exchange.sound()
    exchange.wire.send(answer.head(1_000_000))
    exchange.wire.drip(b" " * 1_000_000, every_s=BYTE_EVERY_S)
    exchange.end()


def drip_in_head(exchange: Exchange) -> None:
    exchange.wire.send(b"HTTP/1.1 200 OK\r\n")
    exchange.wire.drip(b"x: y\r\n" * 15_000, every_s=BYTE_EVERY_S)
    exchange.end()


def truncated(exchange: Exchange) -> None:
    """Fewer bytes than announced."""
    answer = exchange.sound()
    exchange.wire.send(answer.wire(length=len(answer.body) + 100))
    exchange.end()


def overfull(exchange: Exchange) -> None:
    """More bytes than announced: the rest would be read as the next answer's head."""
    answer = exchange.sound()
    exchange.wire.send(answer.wire(length=len(answer.body) // 2))


def not_http(exchange: Exchange) -> None:
    exchange.wire.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    exchange.end()


def huge_head(exchange: Exchange) -> None:
    exchange.wire.send(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n")
    exchange.end()


# ---- an answer's bytes


def body(data: bytes | str, *, status: int = 200, kind: str = "application/json", **headers: str) -> Act:
    """The same answer to everything."""
    raw = data.encode() if isinstance(data, str) else data
    told = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.reply(Answer(status, raw, told))


def status(code: int, said: dict[str, Any] | str | None = None, **headers: str) -> Act:
    data = json.dumps({"detail": "Refused for a test"} if said is None else said)
    return body(said if isinstance(said, str) else data, status=code, **headers)


def changed(change: Callable[[Answer], None]) -> Act:
    """The sound answer, changed before it is sent."""

    def act(exchange: Exchange) -> None:
        answer = exchange.sound()
        if answer.status == 200:
            change(answer)
        exchange.reply(answer)

    return act


def _as_text(answer: Answer) -> None:
    answer.headers["content-type"] = "text/plain; charset=utf-16"


def _huge(answer: Answer) -> None:
    answer.body = b'{"padding": "' + b"x" * HEAVY + b'", ' + answer.body[1:]


def _huge_packed(answer: Answer) -> None:
    _huge(answer)
    answer.body = gzip.compress(answer.body)
    answer.headers["content-encoding"] = "gzip"


wrong_content_type = changed(_as_text)
huge = changed(_huge)
huge_packed = changed(_huge_packed)


def echo(code: int, kind: str) -> Act:
    """An answer that quotes the whole request, secrets and all."""

    def act(exchange: Exchange) -> None:
        asked = exchange.asked
        said = f"{asked.headers} {asked.body.decode()} {asked.target}"
        text = f"<p>{said}</p>" if kind == "text/html" else json.dumps({"detail": said})
        exchange.reply(Answer(code, text.encode(), {"content-type": kind}))

    return act


def skewed(by: timedelta) -> Act:
    """A server whose clock is wrong: in its Date header, and in the life of the tokens that it gives."""

    def change(answer: Answer) -> None:
        now = datetime.now(UTC) + by
        answer.headers["date"] = format_datetime(now, usegmt=True)
        said = answer.json
        if "token" in said:
            claims = {"exp": round((now + timedelta(hours=1)).timestamp()), "project_id": said["project_id"]}
            answer.headers["x-instead"] = said["token"]
            answer.body = json.dumps(said | {"token": jwt(**claims)}).encode()

    def act(exchange: Exchange) -> None:
        """Tokens of ours are exchanged for the sound ones on the way in."""
        instead: dict[str, str] = exchange.memory.setdefault("instead", {})
        bearer = exchange.asked.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer in instead:
            exchange.asked.headers["authorization"] = f"Bearer {instead[bearer]}"
        answer = exchange.sound()
        if answer.status == 200:
            change(answer)
        if sound := answer.headers.pop("x-instead", None):
            instead[answer.json["token"]] = sound
        exchange.reply(answer)

    return act


# ---- who we are


def expires_in_between(after: int) -> Act:
    """Tokens and sessions that are seen stop working once, after so many requests."""
    lock = threading.Lock()

    def act(exchange: Exchange) -> None:
        headers = exchange.asked.headers
        if exchange.asked.endpoint in ("token", "login"):
            exchange.memory["dead"] = None  # within a second a new token is the old one, letter by letter
            exchange.reply(exchange.sound())
            return
        shown = headers.get("authorization") or headers.get("cookie") or ""
        with lock:
            seen = exchange.memory["seen"] = exchange.memory.get("seen", 0) + 1
            if seen == after + 1:
                exchange.memory["dead"] = shown
        if shown and shown == exchange.memory.get("dead"):
            words = "Token has expired" if "Bearer" in shown else "User's session has expired."
            exchange.reply(Answer(401, json.dumps({"detail": words}).encode()))
        else:
            exchange.reply(exchange.sound())

    return act


def revoked(exchange: Exchange) -> None:
    """The key is gone: no token for it, and those given out do not work any more."""
    asked = exchange.asked
    if asked.endpoint == "token":
        exchange.reply(Answer(403, b'{"error": "Invalid API key"}'))
    elif "authorization" in asked.headers:
        exchange.reply(Answer(401, b'{"detail": "Invalid token"}'))
    else:
        exchange.reply(exchange.sound())


def signed_out(exchange: Exchange) -> None:
    """The session is gone, and the login with it."""
    asked = exchange.asked
    if asked.endpoint == "login" or "cookie" in asked.headers:
        exchange.reply(Answer(401, b'{"detail": "User\'s session has expired."}'))
    else:
        exchange.reply(exchange.sound())


# ---- the sense of a list


def _emptied(answer: Answer) -> None:
    said = answer.json
    zeros = {name: "0.0000000" if "cost" in name else 0 for name in said["metrics"]}
    answer.body = json.dumps(said | {"traces": [], "metrics": zeros, "total": 0}).encode()


empty = changed(_emptied)


def doubled_and_turned(exchange: Exchange) -> None:
    """Each page brings the page before once more, in another order."""
    answer = exchange.sound()
    said = answer.json
    before = exchange.memory.get("before", [])
    exchange.memory["before"] = said["traces"]
    answer.body = json.dumps(said | {"traces": [*reversed(said["traces"]), *before]}).encode()
    exchange.reply(answer)


def total_wanders(exchange: Exchange) -> None:
    """Another total on each page."""
    answer = exchange.sound()
    n = exchange.memory["n"] = exchange.memory.get("n", 0) + 1
    said = answer.json
    answer.body = json.dumps(said | {"total": said["total"] + (3, -1, 5, 0)[n % 4]}).encode()
    exchange.reply(answer)


def odd_span(minutes_ago: float) -> Act:
    """A span stored so long ago that AgentOps cannot show: windows with it end in 500, but for lists beyond
    their last row."""
    odd = datetime.now(UTC) - timedelta(minutes=minutes_ago)

    def act(exchange: Exchange) -> None:
        query = exchange.asked.query
        begins = query.get("start_time", "1970-01-01T00:00:00Z")
        ends = query.get("end_time", "2999-01-01T00:00:00Z")
        inside = begins <= odd.strftime("%Y-%m-%dT%H:%M:%SZ") <= ends
        if inside and int(query.get("offset", "0")) < 1000:
            exchange.reply(Answer(500, b'{"error": "Internal Server Error"}'))
        else:
            exchange.reply(exchange.sound())

    return act


def redirect(exchange: Exchange) -> None:
    path = urlsplit(exchange.asked.target).path
    told = urlencode({"token": "leaked", "next": path})
    exchange.reply(Answer(307, b"", {"location": f"https://user:pw@elsewhere.test:444/?{told}"}))
