"""Whom the doctor examines: settings, a client of its own, and what the steps have learnt so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from ..client import AgentOpsClient
from ..errors import AgentOpsError
from ..models import Token, TraceSummary
from ..network import network_transport
from ..redaction import Redactor
from ..settings import AgentOpsSettings
from .findings import Limits

#: A reader waits before the screen: attempts are repeated, but not after the waits of a background task.
_WAIT_MAX_S = 0.2


class Watching(httpx.BaseTransport):
    """Sends by ``inner`` and keeps what a check cannot see from the client's answers.

    ``skew_s`` is our clock minus the server's by its last ``Date`` header, None before one came;
    ``credential`` what the last question of v4 was asked with. Credentials are added to ``redact``.
    """

    def __init__(self, inner: httpx.BaseTransport, redact: Redactor, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._redact = redact
        self._clock = clock
        self.skew_s: float | None = None
        self.credential: Literal["token", "session"] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        cookie = request.headers.get("cookie", "").partition("=")[2]
        self._redact.add(request.headers.get("authorization", "").partition(" ")[2], cookie)
        if request.url.path.startswith("/v4/"):
            self.credential = "session" if cookie else "token"
        response = self._inner.handle_request(request)
        try:
            said = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return response
        # the header cuts the second off: the server's clock stands half a second later on average
        self.skew_s = self._clock() - said - 0.5
        return response

    def close(self) -> None:
        self._inner.close()


@dataclass(frozen=True, kw_only=True)
class Address:
    """One address of a host, as the socket module wants it."""

    family: int
    sockaddr: tuple[Any, ...]

    def __str__(self) -> str:
        return str(self.sockaddr[0])


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What every check gets. Fields with a default are learnt by a step and used by later ones."""

    settings: AgentOpsSettings
    client: AgentOpsClient
    watching: Watching
    redact: Redactor
    clock: Callable[[], float]
    addresses: tuple[Address, ...] = ()
    address: Address | None = None  #: the one that accepts connections
    token: Token | None = None
    v4_error: AgentOpsError | None = None  #: how the first question of v4 ended, None for an answer
    rows: tuple[TraceSummary, ...] = ()  #: the newest traces, newest first

    @property
    def is_https(self) -> bool:
        return self.settings.api_endpoint.startswith("https:")

    @property
    def is_proxied(self) -> bool:
        return self.settings.proxy_url is not None

    @property
    def peer(self) -> tuple[str, int]:
        """Host and port that we connect to: the proxy's where there is one, else the endpoint's."""
        parts = urlsplit(self.settings.proxy_url or self.settings.api_endpoint)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def now(self) -> datetime:
        """Our clock in UTC, whole seconds."""
        return datetime.fromtimestamp(int(self.clock()), UTC)


def subject_of(settings: AgentOpsSettings, limits: Limits, clock: Callable[[], float]) -> Subject:
    """A subject with a client of its own, whose time-outs are cut so that they end within a step and
    say what did not answer. Raises SettingsError where the proxy's address cannot be used."""
    in_time = settings.model_copy(
        update={
            "connect_timeout_s": min(settings.connect_timeout_s, 0.3 * limits.step_s),
            # a step may ask for a token and for a check of it
            "token_timeout_s": min(settings.token_timeout_s, 0.4 * limits.step_s),
            "read_timeout_s": min(settings.read_timeout_s, 0.8 * limits.step_s),
        }
    )
    redact = Redactor(
        settings.api_key.get_secret_value() if settings.api_key else None,
        settings.session_password.get_secret_value() if settings.session_password else None,
    )
    watching = Watching(network_transport(settings), redact, clock)
    client = AgentOpsClient(
        in_time,
        transport=watching,
        clock=clock,
        sleep=lambda seconds: time.sleep(min(seconds, _WAIT_MAX_S)),
    )
    return Subject(settings=in_time, client=client, watching=watching, redact=redact, clock=clock)
