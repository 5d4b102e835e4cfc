"""Who we are to AgentOps, as httpx.Auth: an API key's token, or a login's session cookie.

Both are exchanged through the very client and transport that need them, on first use, once for all
threads, and renewed once when an answer is 401. They never renew in a loop.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from .answers import read_answer, unreadable
from .errors import AgentOpsError
from .models import Token
from .redaction import Redactor
from .settings import AgentOpsSettings
from .translation import SESSION_WANTED, detail_of, from_response
from .transport import DURATION, FAILURE_SLOT, TOKEN_PATH

#: A token is renewed so long before it expires.
RENEW_AHEAD_S = 60.0
LOGIN_PATH = "/auth/login"

_COOKIE_NAME = "session_id"
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")

T = TypeVar("T")


class _SharedCredential(httpx.Auth, Generic[T]):
    """One credential for all threads; whoever finds it missing or stale renews it, the others wait.

    Those who waited for an exchange that failed get its failure, instead of failing in turn.
    """

    def __init__(self, settings: AgentOpsSettings, redact: Redactor) -> None:
        self._settings = settings
        self._redact = redact
        self._lock = threading.Lock()
        self._held: T | None = None
        self._failure: AgentOpsError | None = None
        self._exchanges = 0

    def obtain(self, stale: T | None = None) -> Generator[httpx.Request, httpx.Response, T]:
        """Yields the exchange's request, if one is needed, and returns the credential.

        ``stale`` is the credential that was just refused; a newer one is used without an exchange.
        """
        exchanges_before = self._exchanges
        with self._lock:
            if self._held is not None and self._held is not stale and self._is_fresh(self._held):
                return self._held
            if self._failure is not None and self._exchanges != exchanges_before:
                raise self._failure.again()
            self._failure = None
            slot: list[AgentOpsError] = []
            try:
                request = self._exchange_request()
                request.extensions[FAILURE_SLOT] = slot
                response = yield request
                self._held = self._read_exchange(response)
            except AgentOpsError as error:
                self._failure = error.again()
                raise
            except GeneratorExit:
                # the client closes a flow whose request failed; only the transport knows why
                self._failure = slot[0].again() if slot else None
                raise
            finally:
                self._exchanges += 1
            return self._held

    def _post(self, path: str, body: dict[str, str], headers: dict[str, str]) -> httpx.Request:
        timeout = httpx.Timeout(self._settings.token_timeout_s, connect=self._settings.connect_timeout_s)
        return httpx.Request(
            "POST",
            self._settings.api_endpoint + path,
            json=body,
            headers={"accept": "application/json", "user-agent": "agentops-dashboard", **headers},
            extensions={"timeout": timeout.as_dict()},
        )

    def _refusal(self, response: httpx.Response) -> AgentOpsError:
        return from_response(
            response,
            method=response.request.method,
            path=response.request.url.path,
            endpoint=self._settings.api_endpoint,
            duration_s=response.extensions.get(DURATION),
            redact=self._redact,
        )

    def _is_fresh(self, held: T) -> bool:
        raise NotImplementedError

    def _exchange_request(self) -> httpx.Request:
        raise NotImplementedError

    def _read_exchange(self, response: httpx.Response) -> T:
        raise NotImplementedError


class ApiKeyAuth(_SharedCredential[Token]):
    """``Authorization: Bearer`` with the JWT that the API key was exchanged for.

    ``clock`` gives Unix time. A token is renewed :data:`RENEW_AHEAD_S` before its ``exp``, and once
    on a 401; a token without readable ``exp``, or with less life than that, is used until refused.
    """

    def __init__(self, settings: AgentOpsSettings, redact: Redactor, clock: Callable[[], float]) -> None:
        super().__init__(settings, redact)
        self._clock = clock
        self._renew_at: float | None = None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = yield from self.obtain()
        request.headers["authorization"] = f"Bearer {token.jwt.get_secret_value()}"
        response = yield request
        # a build that wants a session says so in words; no other token would please it
        if response.status_code == 401 and detail_of(response) != SESSION_WANTED:
            token = yield from self.obtain(stale=token)
            request.headers["authorization"] = f"Bearer {token.jwt.get_secret_value()}"
            yield request

    def _is_fresh(self, held: Token) -> bool:
        return self._renew_at is None or self._clock() < self._renew_at

    def _exchange_request(self) -> httpx.Request:
        key = self._settings.require_api_key()
        return self._post(TOKEN_PATH, {"api_key": key}, {})

    def _read_exchange(self, response: httpx.Response) -> Token:
        if response.status_code != 200:
            raise self._refusal(response)
        token = read_answer(response, Token, endpoint=self._settings.api_endpoint, redact=self._redact)
        jwt = token.jwt.get_secret_value()
        self._redact.add(jwt)
        expires = expiry_of(jwt)
        renew_at = None if expires is None else expires.timestamp() - RENEW_AHEAD_S
        # a token that seems to expire at once says that clocks differ: renewing it would never end
        self._renew_at = renew_at if renew_at is not None and renew_at > self._clock() else None
        return token.model_copy(update={"expires_at": expires})


class SessionAuth(_SharedCredential[str]):
    """The session cookie of a stock build, got by logging in with e-mail and password.

    The cookie's domain is ``localhost`` or the public one, so a cookie jar would not send it back to
    127.0.0.1 or to a container's name: its value is taken and sent by hand.
    """

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        cookie = yield from self.obtain()
        request.headers["cookie"] = f"{_COOKIE_NAME}={cookie}"
        response = yield request
        if response.status_code == 401:
            cookie = yield from self.obtain(stale=cookie)
            request.headers["cookie"] = f"{_COOKIE_NAME}={cookie}"
            yield request

    def _is_fresh(self, held: str) -> bool:
        return True  # each use extends it; its end shows as a 401

    def _exchange_request(self) -> httpx.Request:
        password = self._settings.session_password
        body = {
            "email": self._settings.session_email or "",
            "password": password.get_secret_value() if password else "",
        }
        # under production settings a login without these two is answered with 500, and the host must
        # be upstream's API_DOMAIN; under development settings upstream does not look at them
        forwarded = {
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-host": urlsplit(self._settings.api_endpoint).netloc,
        }
        return self._post(LOGIN_PATH, body, forwarded)

    def _read_exchange(self, response: httpx.Response) -> str:
        if response.status_code != 200:
            raise self._refusal(response)
        for header in response.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].strip().partition("=")
            value = value.strip().strip('"')
            if name == _COOKIE_NAME and _COOKIE_VALUE.fullmatch(value):
                self._redact.add(value)
                return value
        raise unreadable(
            response,
            ("set-cookie: no session_id in the login's answer",),
            endpoint=self._settings.api_endpoint,
        )


def expiry_of(jwt: str) -> datetime | None:
    """The ``exp`` in a JWT's payload, unchecked; None where it cannot be read."""
    return claimed_time(claims_of(jwt), "exp")


def claims_of(jwt: str) -> dict[str, Any]:
    """A JWT's payload, its signature unchecked; empty where it cannot be read."""
    try:
        payload = jwt.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, LookupError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def claimed_time(claims: dict[str, Any], name: str) -> datetime | None:
    """The claim ``name`` (``exp``, ``iat``) as a time; None where it is absent or no time."""
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
