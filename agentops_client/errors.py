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
import logging
from typing import ClassVar, Self


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
