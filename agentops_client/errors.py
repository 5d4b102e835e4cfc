"""Everything that can go wrong between us and AgentOps, as one tree by what the reader can do.

::

    AgentOpsError
    ├── ConfigurationProblem            correct the settings, then restart
    │   ├── SettingsError               settings_invalid      a variable has a wrong value
    │   ├── NotConfigured               not_configured        there is no API key          (portal 500)
    │   ├── ApiKeyMalformed             key_malformed         the key is no UUID           (portal 400)
    │   └── SessionNeeded               session_needed        this build reads by session only
    ├── Unreachable                     start the server, or correct its address           (portal 503)
    │   ├── NameNotResolved             name_not_resolved
    │   ├── ConnectionRefused           connection_refused
    │   ├── TlsFailed                   tls_failed
    │   └── ConnectionLost              connection_lost       it went away in mid-answer
    ├── TimedOut                        timed_out             wait, or ask for less        (portal 504)
    ├── CredentialsRefused              make a new key, or mend the login
    │   ├── ApiKeyRefused               key_refused                                        (portal 403)
    │   ├── TokenRefused                token_refused
    │   ├── SessionRefused              session_refused
    │   └── Forbidden                   forbidden             any other 403
    ├── NotThere                        follow another link, or another address            (portal 404)
    │   ├── ProjectNotFound             project_not_found     unknown, or the user is no member
    │   ├── TraceNotFound               trace_not_found
    │   ├── LogNotFound                 log_not_found
    │   └── NotAgentOps                 not_agentops          neither form of the API is served
    ├── BadRequest                      bad_request           our question was wrong: report it
    ├── NotNow                          wait
    │   ├── RateLimited                 rate_limited
    │   └── UpstreamFailed              upstream_failed       5xx: look at its databases
    └── AnswerUnusable                  something answers, but not as AgentOps does
        ├── AnswerUnreadable            answer_unreadable     says which field
        ├── AnswerTooLarge              answer_too_large
        └── UnexpectedRedirect          unexpected_redirect

Errors hold text and numbers only (no request, no response, no chained exception), so they may be
kept, copied, pickled and shared between threads. To raise one that was kept, raise its
:meth:`AgentOpsError.again`: a raised exception collects tracebacks.
"""

from __future__ import annotations

import copy
import json
import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import httpx

from .redaction import NO_SECRETS, Redactor

#: FastAPI's words for "no such route"; AgentOps' own 404s say what was not found.
ROUTE_MISSING = "Not Found"
_CHARSETS = frozenset({"euc-kr", "cp949", "ks_c_5601-1987", "iso-8859-1", "windows-1252", "shift_jis"})
#: What the session check answers to a request that carries no session cookie.
SESSION_WANTED = "User is not authenticated."


class AgentOpsError(Exception):
    """A failure of AgentOps or of the way to it. Catch leaves, or a branch, or this.

    ``str(error)`` is one English sentence. ``cause`` is a stable code; ``portal_status`` the status
    that the Agent Portal answers for it (None where its table has none).

    Attributes: ``method`` and ``path`` of the request (never its query), ``endpoint``, upstream's
    ``status`` and ``upstream_words`` (trimmed, secrets masked), ``phase`` of a time-out
    (``connect``, ``read``, ``write``, ``pool``), ``retry_after_s``, ``fields`` (``"loc: message"``
    of a 422 or of an unreadable answer), ``duration_s`` and ``remedy`` (one English line).
    """

    cause: ClassVar[str] = "failed"
    portal_status: ClassVar[int | None] = None
    portal_text: ClassVar[str] = "AgentOps API 오류: {reason}"
    log_text: ClassVar[str | None] = None  #: where the log's line differs from the portal's sentence
    log_level: ClassVar[int] = logging.ERROR
    summary: ClassVar[str] = "AgentOps failed"
    default_remedy: ClassVar[str] = "See the server's log."

    def __init__(
        self,
        message: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        endpoint: str | None = None,
        status: int | None = None,
        upstream_words: str | None = None,
        phase: str | None = None,
        retry_after_s: float | None = None,
        fields: tuple[str, ...] = (),
        duration_s: float | None = None,
        remedy: str | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.endpoint = endpoint
        self.status = status
        self.upstream_words = upstream_words
        self.phase = phase
        self.retry_after_s = retry_after_s
        self.fields = fields
        self.duration_s = duration_s
        self.remedy = remedy or self.default_remedy
        super().__init__(message or self._sentence())

    def _sentence(self) -> str:
        asked = f"{self.method} {self.path}" if self.method else None
        answered = f"HTTP {self.status}" if self.status else None
        given = ", ".join(part for part in (self.endpoint, asked, answered) if part)
        brackets = f" ({given})" if given else ""
        words = f': "{self.upstream_words}"' if self.upstream_words else ""
        return f"{self.summary}{brackets}{words}."

    @property
    def portal_message(self) -> str:
        """The sentence that the portal's users know, in Korean."""
        return self._filled(self.portal_text)

    @property
    def log_message(self) -> str:
        """The sentence that the portal's operators know from their log, in Korean."""
        return self._filled(self.log_text or self.portal_text)

    def _filled(self, template: str) -> str:
        subject = (self.path or "?").rpartition("/")[2]
        return template.replace("{subject}", subject).replace("{reason}", self.upstream_words or str(self))

    def again(self) -> Self:
        """A copy without traceback, to raise an error that was kept."""
        return copy.copy(self)


class ConfigurationProblem(AgentOpsError):
    """The settings must be corrected; asking again cannot help."""


class SettingsError(ConfigurationProblem):
    cause = "settings_invalid"
    summary = "A setting is wrong"
    default_remedy = "Correct the variable in the environment or in .env, then restart."


class NotConfigured(ConfigurationProblem):
    cause = "not_configured"
    portal_status = 500
    portal_text = "AgentOps API 키가 설정되지 않았습니다. AGENTOPS_API_KEY 환경 변수를 설정하세요."
    summary = "No AgentOps API key is configured"
    default_remedy = (
        "Make a key in AgentOps under Settings → API keys, set AGENTOPS_API_KEY in .env, then restart."
    )


class ApiKeyMalformed(ConfigurationProblem):
    cause = "key_malformed"
    portal_status = 400
    summary = "AGENTOPS_API_KEY is not an API key"
    default_remedy = (
        "A key has the form 12345678-1234-1234-1234-123456789abc: copy it again from AgentOps "
        "(Settings → API keys) into AGENTOPS_API_KEY, then restart."
    )


class SessionNeeded(ConfigurationProblem):
    cause = "session_needed"
    summary = (
        "This AgentOps build gives its v4 API to a login session only, and AGENTOPS_SESSION_EMAIL and "
        "AGENTOPS_SESSION_PASSWORD are not set"
    )
    default_remedy = (
        "Set AGENTOPS_SESSION_EMAIL and AGENTOPS_SESSION_PASSWORD of a member with role business_user, "
        "then restart."
    )


class Unreachable(AgentOpsError):
    """No conversation came about, or it broke off."""

    portal_status = 503
    portal_text = "AgentOps 서버에 연결할 수 없습니다: {reason}"
    log_text = "AgentOps 서버 연결 실패 (서버가 실행 중이지 않을 수 있음): {reason}"


class NameNotResolved(Unreachable):
    cause = "name_not_resolved"
    log_text = "AgentOps 서버 연결 실패 (호스트 이름을 찾을 수 없음): {reason}"
    summary = "The host name of AgentOps cannot be resolved"
    default_remedy = (
        "Check the host in AGENTOPS_API_ENDPOINT; from inside a container the host machine is "
        "host.docker.internal, another container its service name."
    )


class ConnectionRefused(Unreachable):
    cause = "connection_refused"
    summary = "AgentOps does not accept connections"
    default_remedy = (
        "Start it: docker compose up -d agentops-api. From inside a container, localhost is the "
        "container itself: use host.docker.internal."
    )


class TlsFailed(Unreachable):
    cause = "tls_failed"
    log_text = "AgentOps 서버 연결 실패 (보안 연결을 맺을 수 없음): {reason}"
    summary = "No secure connection to AgentOps could be made"
    default_remedy = (
        "Check http:// or https:// in AGENTOPS_API_ENDPOINT; for an authority of your own, set "
        "AGENTOPS_CA_BUNDLE to its certificate."
    )


class ConnectionLost(Unreachable):
    cause = "connection_lost"
    log_text = "AgentOps 서버 연결 실패 (연결이 끊어짐): {reason}"
    summary = "AgentOps broke off the connection"
    default_remedy = "See whether the server, or a proxy before it, is restarting: docker compose ps."


class TimedOut(AgentOpsError):
    cause = "timed_out"
    portal_status = 504
    portal_text = "AgentOps 서버 응답 시간 초과: {reason}"
    summary = "AgentOps did not answer in time"
    default_remedy = "Look at ClickHouse and at the range asked; a narrower range is answered sooner."


class CredentialsRefused(AgentOpsError):
    """AgentOps answers, but not to us."""


class ApiKeyRefused(CredentialsRefused):
    cause = "key_refused"
    portal_status = 403
    summary = "AgentOps refused the API key"
    default_remedy = (
        "Make a new key in AgentOps (Settings → API keys) and put it into AGENTOPS_API_KEY; after a "
        "reset of Supabase all keys are gone."
    )


class TokenRefused(CredentialsRefused):
    cause = "token_refused"
    summary = "AgentOps refused a token that it had just given out"
    default_remedy = (
        "Check that all AgentOps processes share one JWT secret and that the clocks agree, then restart it."
    )


class SessionRefused(CredentialsRefused):
    cause = "session_refused"
    summary = "AgentOps refused the login session"
    default_remedy = "Check AGENTOPS_SESSION_EMAIL and AGENTOPS_SESSION_PASSWORD by logging in to AgentOps."


class Forbidden(CredentialsRefused):
    cause = "forbidden"
    summary = "AgentOps, or a proxy before it, forbids this"
    default_remedy = "See whether a proxy or firewall guards the address, and what this account may read."


class NotThere(AgentOpsError):
    portal_status = 404
    log_level = logging.WARNING


class ProjectNotFound(NotThere):
    cause = "project_not_found"
    portal_text = "Project not found"
    summary = "The project does not exist, or this account is no member of it"
    default_remedy = (
        "Check AGENTOPS_PROJECT_ID, or remove it to use the key's own project; after a reset, both the "
        "key and the project id are new."
    )


class TraceNotFound(NotThere):
    cause = "trace_not_found"
    portal_text = "Trace not found: {subject}"
    log_level = logging.INFO
    summary = "There is no such trace"
    default_remedy = "Choose it from the list again; it may be of another project, or its retention is over."


class LogNotFound(NotThere):
    cause = "log_not_found"
    portal_text = "Log not found: {subject}"
    log_level = logging.INFO
    summary = "There is no log for this trace"
    default_remedy = "Nothing to do: the SDK uploads a log only when the process ends in good order."


class NotAgentOps(NotThere):
    cause = "not_agentops"
    portal_text = "AgentOps API 오류: {reason}"
    log_level = logging.ERROR
    summary = "The AgentOps API is not served here"
    default_remedy = (
        "Check AGENTOPS_API_ENDPOINT: it must be the API's address (port 8003 or 8000), not the "
        "dashboard's (port 3006 or 3000) nor the collector's."
    )


class BadRequest(AgentOpsError):
    cause = "bad_request"
    summary = "AgentOps did not accept the request"
    default_remedy = "Report it with the field messages: this AgentOps build expects other parameters."


class NotNow(AgentOpsError):
    """It may work later, without any change on this side."""


class RateLimited(NotNow):
    cause = "rate_limited"
    summary = "AgentOps asks us to wait"
    default_remedy = "Wait; if it happens often, use a longer refresh interval."


class UpstreamFailed(NotNow):
    cause = "upstream_failed"
    summary = "AgentOps failed"
    default_remedy = (
        "See AgentOps' log and its databases (PostgreSQL, ClickHouse, Redis): docker compose ps. Its "
        "/health says nothing about them."
    )


class AnswerUnusable(AgentOpsError):
    """Something answers at the address, but not in AgentOps' manner."""


class AnswerUnreadable(AnswerUnusable):
    cause = "answer_unreadable"
    summary = "The answer cannot be read"
    default_remedy = (
        "See that AGENTOPS_API_ENDPOINT is AgentOps' API, not a proxy's page; else report the field and "
        "the AgentOps build."
    )


class AnswerTooLarge(AnswerUnusable):
    cause = "answer_too_large"
    summary = "The answer is larger than allowed"
    default_remedy = "Ask for a narrower range, or raise AGENTOPS_MAX_BODY_MB."


class UnexpectedRedirect(AnswerUnusable):
    cause = "unexpected_redirect"
    summary = "AgentOps redirects us elsewhere; redirects are not followed, since they would leak the token"
    default_remedy = "Set AGENTOPS_API_ENDPOINT to the address that finally answers (often https://)."


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
        "upstream_words": redact.words(str(error)) or type(error).__name__,
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
    elif status in (422, 429):
        leaf = BadRequest if status == 422 else RateLimited
    elif path.endswith("/v3/auth/token") and method == "POST":
        leaf = _key_leaf(status, said)
    elif path.endswith("/auth/login"):
        leaf = NotAgentOps if status in (404, 405) else SessionRefused
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


def _read_leaf(status: int, said: str, path: str) -> type[AgentOpsError]:
    words = said.lower()
    of_log = "/v4/logs/" in path and said != ""
    leaf: type[AgentOpsError] = NotAgentOps if status in (404, 405) else BadRequest
    if status == 401:
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
