"""Lamps for the parts of the stack that this dashboard does not ask anything else: does a server answer?

Addresses come from settings alone. A lamp is lit by any answer below 500, whatever it says: an OTLP endpoint
refuses a GET, and is up. Redirects are not followed and bodies not read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import httpx

#: A lamp is looked at so often while somebody looks at it, and waits so long.
EVERY_S: Final = 20.0
TIMEOUT_S: Final = 2.0

State = Literal["up", "failing", "down", "unknown"]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the stack: what it is called, and its address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Lamp:
    """A place as it was last seen.

    Attributes:
        state: ``up``, ``failing`` (answers 5xx), ``down`` (no answer), ``unknown`` (not asked yet).
        status: of the answer. cause: why there was none: ``refused``, ``timeout``, ``tls``, ``name`` or
            ``other``.
        duration_s: until the head of the answer. at: when it was asked, since: since when it is so.
    """

    place: Place
    state: State = "unknown"
    status: int | None = None
    cause: str = ""
    duration_s: float | None = None
    at: datetime | None = None
    since: datetime | None = None


class Lamps:
    """Asks the places, each at most once in `EVERY_S` however many look, in threads of its own."""

    def __init__(
        self,
        places: Sequence[Place],
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lamps = {place: Lamp(place) for place in places}
        self._asked_at = float("-inf")
        self._pool = ThreadPoolExecutor(max(1, len(places)), thread_name_prefix="stack-lamp")
        self._http = httpx.Client(
            transport=transport, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False,
            headers={"user-agent": "agentops-dashboard"},
        )  # fmt: skip

    def look(self) -> tuple[Lamp, ...]:
        """What is known; asks anew in the background where that is old."""
        with self._lock:
            now = self._clock()
            if self._lamps and not 0 <= now - self._asked_at < EVERY_S:  # also after the clock was set back
                self._asked_at = now
                for place in self._lamps:
                    self._pool.submit(self._ask, place)
            return tuple(self._lamps.values())

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _ask(self, place: Place) -> None:
        at = datetime.fromtimestamp(self._clock(), UTC)
        began = time.monotonic()
        state: State = "down"
        status, cause = None, ""
        try:
            with self._http.stream("GET", place.url) as response:
                status = response.status_code
            state = "failing" if status >= 500 else "up"
        except httpx.HTTPError as error:
            cause = _cause(error)
        took = time.monotonic() - began
        with self._lock:
            before = self._lamps[place]
            since = min(before.since, at) if before.state == state and before.since else at
            self._lamps[place] = Lamp(place, state, status, cause, took, at, since)


def places(text: str) -> tuple[Place, ...]:
    """The places of a setting: ``LiteLLM=http://localhost:4000/health/liveliness, Portal=https://…``.

    Raises:
        ValueError: says what of it cannot be used.
    """
    found: list[Place] = []
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, address = (part.strip() for part in item.partition("="))
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            url = httpx.URL()
        if not name or len(name) > 40 or url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ValueError(
                "expected Name=http://host:port/path, several separated by commas; names of up to 40"
                " characters, addresses without user and password"
            )
        found.append(Place(name, address))
    if len({place.name for place in found}) < len(found):
        raise ValueError("expected each name once")
    return tuple(found)


def _cause(error: httpx.HTTPError) -> str:
    words = f"{type(error).__name__} {error}".lower()
    for cause, signs in (
        ("timeout", ("timeout",)),
        ("tls", ("ssl", "certificate")),
        ("name", ("name or service", "nodename", "getaddrinfo", "name resolution")),
        ("refused", ("refused",)),
    ):
        if any(sign in words for sign in signs):
            return cause
    return "other"
