"""From a transport's exception or a response to the leaf of :mod:`~agentops_client.errors`: the one place."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from .errors import (
    AgentOpsError,
    AnswerUnreadable,
    ApiKeyMalformed,
    ApiKeyRefused,
    BadRequest,
    ConnectionLost,
    ConnectionRefused,
    Forbidden,
    LogNotFound,
    NameNotResolved,
    NotAgentOps,
    ProjectNotFound,
    RateLimited,
    SessionNeeded,
    SessionRefused,
    TimedOut,
    TlsFailed,
    TokenRefused,
    TraceNotFound,
    UnexpectedRedirect,
    UpstreamFailed,
)
from .redaction import NO_SECRETS, Redactor

#: FastAPI's words for "no such route"; AgentOps' own 404s say what was not found.
ROUTE_MISSING = "Not Found"
_CHARSETS = frozenset({"euc-kr", "cp949", "ks_c_5601-1987", "iso-8859-1", "windows-1252", "shift_jis"})
#: What the session check answers to a request that carries no session cookie.
SESSION_WANTED = "User is not authenticated."

_CONNECT_CAUSES: tuple[tuple[type[AgentOpsError], tuple[type[BaseException], ...], tuple[str, ...]], ...] = (
    # the text is looked at only where no system error is chained: it differs between platforms
    (
        NameNotResolved,
        (socket.gaierror,),
        ("[errno -", "name or service", "nodename", "getaddrinfo", "name resolution", "no address"),
    ),
    (TlsFailed, (ssl.SSLError, ssl.CertificateError), ("[ssl", "ssl:", "certificate", "tls")),
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _connect_leaf(error: BaseException) -> type[AgentOpsError]:
    for leaf, kinds, _ in _CONNECT_CAUSES:
        if any(isinstance(link, kinds) for link in _chain(error)):
            return leaf
    text = str(error).lower()
    for leaf, _, words in _CONNECT_CAUSES:
        if any(word in text for word in words):
            return leaf
    return ConnectionRefused


_TIMEOUT_PHASES: dict[type[httpx.TimeoutException], str] = {
    httpx.ConnectTimeout: "connect",
    httpx.ReadTimeout: "read",
    httpx.WriteTimeout: "write",
    httpx.PoolTimeout: "pool",
}


def from_transport(
    error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError,
    *,
    method: str,
    path: str,
    endpoint: str,
    duration_s: float | None = None,
    redact: Redactor = NO_SECRETS,
) -> AgentOpsError:
    """The leaf for a failure below HTTP. The httpx exception is read, not kept: it holds the token."""
    leaf: type[AgentOpsError]
    context: dict[str, Any] = {
        "method": method,
        "path": path,
        "endpoint": endpoint,
        "duration_s": duration_s,
        "upstream_words": redact.words(_without_bytes(str(error))) or type(error).__name__,
    }
    if isinstance(error, httpx.TimeoutException):
        phase = _TIMEOUT_PHASES.get(type(error), "read")
        if phase == "connect":
            context["remedy"] = (
                "Nothing answers at this address: check host, port and firewall, and that AgentOps is up."
            )
        elif phase == "pool":
            context["remedy"] = (
                "Too many requests wait at once in this process: use a longer refresh interval."
            )
        return TimedOut(phase=phase, **context)
    if isinstance(error, httpx.ProxyError):
        context["remedy"] = (
            "The proxy refused: check HTTP_PROXY and HTTPS_PROXY, or add the host to NO_PROXY."
        )
        return ConnectionRefused(**context)
    if isinstance(error, httpx.ConnectError):
        return _connect_leaf(error)(**context)
    if isinstance(error, httpx.NetworkError):
        leaf = ConnectionLost
    elif isinstance(error, httpx.RemoteProtocolError):
        # a connection that ends early is an outage; bytes that are no HTTP are another program
        ended = any(word in str(error).lower() for word in ("disconnect", "closed", "incomplete", "eof"))
        leaf = ConnectionLost if ended else AnswerUnreadable
    else:
        leaf = AnswerUnreadable
    if leaf is AnswerUnreadable:
        context["fields"] = (context["upstream_words"],)
    return leaf(**context)


def _without_bytes(words: str) -> str:
    """h11 quotes what it could not read: perhaps the rest of an answer, with somebody's prompts in it."""
    return words.partition(": bytearray(")[0]


def json_of(response: httpx.Response) -> Any:
    """The body as JSON, or None where it is none."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def detail_of(response: httpx.Response) -> str | None:
    """Upstream's own one-line word (``detail`` or ``error``) as it came; None where there is none."""
    body = json_of(response)
    if isinstance(body, dict):
        for key in ("detail", "error", "message"):
            if isinstance(body.get(key), str):
                return str(body[key])
    return None


def text_of(response: httpx.Response) -> str:
    """The beginning of the body as text, whatever it is. httpx's own ``text`` trusts the server's
    charset, which may name a codec that is none for text."""
    charset = (response.charset_encoding or "").lower()
    return response.content[:40_000].decode(charset if charset in _CHARSETS else "utf-8", "replace")


def is_route_missing(response: httpx.Response) -> bool:
    """True for FastAPI's ``{"detail": "Not Found"}``: the server knows no such address."""
    return response.status_code == 404 and json_of(response) == {"detail": ROUTE_MISSING}


def _field_messages(response: httpx.Response, redact: Redactor) -> tuple[str, ...]:
    body = json_of(response)
    detail = body.get("detail") if isinstance(body, dict) else None
    if not isinstance(detail, list):
        return ()
    messages = []
    for item in detail[:20]:
        if isinstance(item, dict):
            loc = item.get("loc")
            place = ".".join(str(part) for part in loc) if isinstance(loc, list) else "?"
            # "input" is left out: it may be the key or the password itself
            messages.append(redact.words(f"{place}: {item.get('msg', '?')}"))
    return tuple(messages)


def _origin(location: str) -> str:
    try:
        parts = urlsplit(location)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else "the same host"


def from_response(
    response: httpx.Response,
    *,
    method: str,
    path: str,
    endpoint: str,
    duration_s: float | None = None,
    retry_after_s: float | None = None,
    by_session: bool = False,
    redact: Redactor = NO_SECRETS,
) -> AgentOpsError:
    """The leaf for an answer that is no success.

    ``path`` decides where a status means different things; ``by_session`` says that the request
    carried a session's cookie rather than a token.
    """
    status = response.status_code
    fields = _field_messages(response, redact)
    said = detail_of(response)
    context: dict[str, Any] = {
        "method": method,
        "path": path,
        "endpoint": endpoint,
        "status": status,
        "duration_s": duration_s,
        "retry_after_s": retry_after_s,
        "fields": fields,
        "upstream_words": redact.words("; ".join(fields) or said or text_of(response)) or None,
    }
    leaf = _leaf(status, said, method=method, path=path, by_session=by_session)
    if leaf is UnexpectedRedirect:
        context["upstream_words"] = f"Location: {_origin(response.headers.get('location', ''))}"
    elif leaf is UpstreamFailed and path.endswith("/auth/login"):
        context["remedy"] = (
            "See AgentOps' log, Redis and Supabase. Under production settings the login answers 500 "
            "unless AGENTOPS_API_ENDPOINT is the very domain in its API_DOMAIN."
        )
    return leaf(**context)


def _leaf(status: int, said: str | None, *, method: str, path: str, by_session: bool) -> type[AgentOpsError]:
    leaf: type[AgentOpsError]
    if 200 <= status < 300:
        leaf = AnswerUnreadable  # a success of a kind that was not asked for
    elif 300 <= status < 400:
        leaf = UnexpectedRedirect
    elif status >= 500:
        leaf = UpstreamFailed
    elif status == 408:
        leaf = TimedOut  # a proxy's or the server's own patience was over
    elif status in (422, 429):
        leaf = BadRequest if status == 422 else RateLimited
    elif path.endswith("/v3/auth/token") and method == "POST":
        leaf = _key_leaf(status, said)
    elif path.endswith("/auth/login"):
        leaf = _login_leaf(status, said)
    elif by_session and status == 401:
        leaf = SessionRefused
    else:
        leaf = _read_leaf(status, said or "", path)
    return leaf


def _key_leaf(status: int, said: str | None) -> type[AgentOpsError]:
    if status == 403:
        return ApiKeyRefused if said else Forbidden
    if status == 400:
        return ApiKeyMalformed if said and "format" in said else BadRequest
    if status == 401:
        return ApiKeyRefused
    return NotAgentOps if status in (404, 405) else BadRequest


def _login_leaf(status: int, said: str | None) -> type[AgentOpsError]:
    if status == 403:
        return SessionRefused if said else Forbidden
    if status in (400, 401):
        return SessionRefused
    return NotAgentOps if status in (404, 405) else BadRequest


def _read_leaf(status: int, said: str, path: str) -> type[AgentOpsError]:
    words = said.lower()
    of_log = "/v4/logs/" in path and said != ""
    leaf: type[AgentOpsError] = NotAgentOps if status in (404, 405) else BadRequest
    if status == 401 and path.endswith("/health"):
        leaf = Forbidden  # it takes no token: somebody else asks who we are
    elif status == 401:
        leaf = SessionNeeded if said == SESSION_WANTED else TokenRefused
    elif status == 403:
        # the log's address answers so for a trace that it cannot find
        leaf = TraceNotFound if of_log else Forbidden
    elif status == 404 and words.startswith("project not found"):
        leaf = ProjectNotFound
    elif status == 404 and words.startswith("trace not found"):
        leaf = TraceNotFound
    elif status == 404 and of_log:
        leaf = LogNotFound
    return leaf
