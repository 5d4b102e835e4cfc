"""From a listening process to an API that answers us: health, key, token, project, dialect."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from ..auth import claimed_time, claims_of
from ..errors import (
    AgentOpsError,
    AnswerUnreadable,
    ApiKeyMalformed,
    BadRequest,
    ConnectionLost,
    Forbidden,
    NotAgentOps,
    ProjectNotFound,
    SessionNeeded,
    SessionRefused,
    TokenRefused,
)
from .connection import place
from .findings import Outcome, Value
from .subject import Subject
from .tls import speaks_tls

#: Clocks that differ by more make charts wrong; by much more, whole ranges.
SKEW_WARNING_S = 30.0
SKEW_FAILED_S = 300.0
#: A token that lives shorter is exchanged at nearly every question.
LIFE_WARNING_S = 120.0

#: Answers that decide about the form of v4 or about who may read it; others say nothing about either.
_ABOUT_ACCESS = (NotAgentOps, SessionNeeded, SessionRefused, TokenRefused, Forbidden)


def check_health(subject: Subject) -> Outcome:
    """``GET /health``: a process listens."""
    try:
        health = subject.client.health()
    except (AnswerUnreadable, BadRequest, ConnectionLost):
        if not subject.is_https and not subject.is_proxied and speaks_tls(subject):
            return Outcome("failed", "http_to_tls_port", place(subject))
        raise
    if health.embedded is not None:
        return Outcome("ok", "embedded", {"message": health.message, "mark": health.embedded})
    return Outcome("ok", "healthy", {"message": health.message})


def check_key(subject: Subject) -> Outcome:
    """Is there a key, and is it a UUID? Nothing is sent."""
    try:
        subject.settings.require_api_key()
    except ApiKeyMalformed:
        key = subject.settings.api_key
        text = key.get_secret_value() if key else ""
        return Outcome("failed", "key_malformed", {"length": len(text), "looks": _looks(text)})
    return Outcome("ok", "key_ok")


def _looks(key: str) -> str:
    """What somebody has put in the key's place."""
    if key.startswith("sk-"):
        return "model_key"
    if key.startswith("eyJ"):
        return "jwt"
    if key[:1] in "\"'":
        return "quoted"
    return "other"


def check_token(subject: Subject) -> Outcome:
    """The key's exchange, and AgentOps' own check of what it gave out."""
    token = subject.client.token()
    with suppress(NotAgentOps):  # a build without that address
        subject.client.check_token()
    return Outcome("ok", "token_ok", {"project_id": token.project_id, "plan": token.plan}, {"token": token})


def check_jwt(subject: Subject) -> Outcome:
    """How long the token lives, and whether our clock and AgentOps' agree."""
    assert subject.token is not None  # noqa: S101 - this step needs token
    claims = claims_of(subject.token.jwt.get_secret_value())
    expires, issued = claimed_time(claims, "exp"), claimed_time(claims, "iat")
    now_s = subject.clock()
    skew_s = subject.watching.skew_s
    if skew_s is None and issued is not None and issued.timestamp() > now_s:
        # the server's clock is not said, but it has issued a token in what is our future
        skew_s = now_s - issued.timestamp()
    values: dict[str, Value] = {
        "expires": expires.isoformat() if expires else None,
        "life_s": None if expires is None else int(expires.timestamp() - now_s),
        "skew_s": None if skew_s is None else max(1, round(abs(skew_s))),
        "side": None if skew_s is None else "ahead" if skew_s > 0 else "behind",
        "now": subject.now.isoformat(),
    }
    if expires is not None and expires.timestamp() <= now_s - (skew_s or 0.0):
        return Outcome("failed", "jwt_expired", values)
    if skew_s is not None and abs(skew_s) > SKEW_WARNING_S:
        return Outcome("failed" if abs(skew_s) > SKEW_FAILED_S else "warning", "clock_skew", values)
    if expires is None:
        return Outcome("warning", "jwt_unreadable", values)
    if expires.timestamp() - now_s < LIFE_WARNING_S:
        return Outcome("warning", "jwt_short", values)
    return Outcome("ok", "jwt_ok" if skew_s is not None else "jwt_ok_no_clock", values)


def check_project(subject: Subject) -> Outcome:
    """Whose data we ask for, and whether AgentOps knows it: the first question of v4, over one hour.

    Failures of that question that are not about the project are left to the next steps.
    """
    assert subject.token is not None  # noqa: S101 - this step needs token
    of_key, configured = subject.token.project_id, subject.settings.project_id
    values: dict[str, Value] = {
        "project_id": configured or of_key,
        "of_key": of_key,
        "source": "setting" if configured else "key",
        "plan": subject.token.plan,
    }
    hour = subject.now.replace(minute=0, second=0)
    v4_error: AgentOpsError | None = None
    try:
        subject.client.project_metrics(hour - timedelta(hours=1), hour)
    except ProjectNotFound:
        return Outcome("failed", "project_not_found", values)
    except AgentOpsError as error:
        v4_error = error.again()
    differs = configured is not None and configured.lower() != of_key.lower()
    learnt = {"v4_error": v4_error}
    if differs:
        return Outcome("warning", "project_differs", values, learnt)
    return Outcome("ok", "project_ok" if v4_error is None else "project_unconfirmed", values, learnt)


def check_dialect(subject: Subject) -> Outcome:
    """Which form of v4 answers here, and with which credential."""
    error = subject.v4_error
    if isinstance(error, _ABOUT_ACCESS):
        raise error.again()
    if error is not None:
        # metrics failed, which says nothing about the form: perhaps the list answers
        try:
            subject.client.traces(subject.now - timedelta(hours=1), subject.now, limit=1)
        except AgentOpsError as second:
            if isinstance(second, _ABOUT_ACCESS):
                raise
    dialect = subject.client.dialect
    if dialect is None:
        words = None if error is None else error.upstream_words
        status = None if error is None else error.status
        return Outcome("warning", "dialect_unknown", {"status": status, "words": words})
    credential = subject.watching.credential or "token"
    return Outcome("ok", "dialect_ok", {"dialect": dialect, "credential": credential})
