"""Messages to one webhook, sent from a thread of its own: signed, retried, never followed elsewhere.

A message is delivered *at least once*: its id is the same at each attempt. Nothing of an answer but its
status is read or kept. Requests go through the transport itself, since ``httpx.Client`` logs
addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import sqlite3
import threading
import traceback
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx

from .outbox import Message, Outbox
from .rules import Webhook

log = logging.getLogger("dashboard.alerts")

SIGNATURE, TIMESTAMP, ID = (f"X-AgentOps-Dashboard-{name}" for name in ("Signature", "Timestamp", "Id"))
#: Limits of one attempt, seconds.
TIMEOUTS_S = {"connect": 3.0, "read": 6.0, "write": 6.0, "pool": 3.0}
#: A message that failed is sent again after the first, three times as long with each failure, up to the last.
RETRY_FIRST, RETRY_LAST = timedelta(seconds=5), timedelta(minutes=10)
#: Answers that refuse this very message; it is given up after so many attempts, lest it block the others.
_REFUSED, REFUSED_TRIES = frozenset({400, 405, 411, 413, 414, 415, 422, 431}), 5
#: Looks so often whether there is something to send (a test that another process asked for).
LOOK_S = 2.0


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `cause`: "" when the message was taken; `refused`: because of this very message;
    `after`: the pause that was asked for."""

    cause: str = ""
    refused: bool = False
    after: timedelta | None = None


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature header: HMAC-SHA256 over ``timestamp.body``, hex."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def attempt(webhook: Webhook, message: Message, now: datetime, transport: httpx.BaseTransport) -> Outcome:
    """Sends the message once. Never raises because of what the receiver does."""
    body = message.body.encode()
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "agentops-dashboard",
        TIMESTAMP: timestamp,
        ID: message.id,
    }
    if webhook.secret:
        headers[SIGNATURE] = sign(webhook.secret, timestamp, body)
    request = httpx.Request(
        "POST", webhook.url, headers=headers, content=body, extensions={"timeout": TIMEOUTS_S}
    )
    try:
        answer = transport.handle_request(request)
    except httpx.HTTPError as error:
        return Outcome(cause_of(error))
    answer.close()  # unread, however long it is
    return _outcome(answer)


def _outcome(answer: httpx.Response) -> Outcome:
    status = answer.status_code
    if 200 <= status < 300:
        return Outcome()
    if 300 <= status < 400:
        return Outcome(f"redirect:{status}")
    wait = answer.headers.get("Retry-After", "")
    after = timedelta(seconds=int(wait)) if wait.isdecimal() and len(wait) < 7 else None
    return Outcome(f"status:{status}", refused=status in _REFUSED, after=after)


def cause_of(error: httpx.HTTPError) -> str:
    """``timeout``, ``tls``, ``unreachable`` or ``broken``; never its words, which may hold addresses."""
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.ConnectError):
        words = str(error).upper()
        return "tls" if "CERTIFICATE" in words or "SSL" in words else "unreachable"
    return "broken"


def pause_after(attempts: int, asked_for: timedelta | None = None) -> timedelta:
    """The pause after so many failed attempts, 1 or more."""
    own: timedelta = RETRY_FIRST * int(3 ** min(attempts - 1, 8))
    return min(max(own, asked_for or own), RETRY_LAST)


class Sender:
    """Delivers what the outbox holds for `webhook`, from a daemon thread.

    Args:
        may_send: whether this process is the one that sends.
        now: the present (aware, UTC).
        pause: as :func:`pause_after`.
    """

    def __init__(
        self,
        webhook: Webhook,
        outbox: Outbox,
        *,
        may_send: Callable[[], bool],
        now: Callable[[], datetime],
        pause: Callable[[int, timedelta | None], timedelta] = pause_after,
    ) -> None:
        self.webhook = webhook
        self._outbox, self._may_send, self._now, self._pause = outbox, may_send, now, pause
        self._woken = threading.Event()
        self._stopping = False
        self._transport: httpx.BaseTransport | None = None
        self._thread = threading.Thread(target=self._run, name="alerts-webhook", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something to send."""
        self._woken.set()

    def stop(self) -> None:
        """Ends the thread after the attempt under way; see :meth:`join`."""
        self._stopping = True
        self._woken.set()

    def join(self, wait_s: float) -> None:
        """An attempt that does not end within `wait_s` seconds is abandoned, and made again by the next."""
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def send_next(self) -> bool:
        """Sends the message whose time has come; False when there is none, or another process sends."""
        if not self._may_send():
            return False
        message = self._outbox.next(self.webhook.name, self._now())
        if message is None:
            return False
        if self._transport is None:
            self._transport = _transport(self.webhook.url)
        outcome = attempt(self.webhook, message, self._now(), self._transport)
        now, tries = self._now(), message.attempts + 1
        if not outcome.cause:
            self._outbox.delivered(message, now)
            return True
        over = message.kind == "test" or (outcome.refused and tries >= REFUSED_TRIES)
        again_at = None if over else now + self._pause(tries, outcome.after)
        self._outbox.failed(message, now, outcome.cause, again_at=again_at)
        log.warning(
            "Webhook %r at %s did not take a message (%s)",
            self.webhook.name,
            self.webhook.shown,
            outcome.cause,
            extra={
                "webhook": self.webhook.name,
                "address": self.webhook.shown,
                "cause": outcome.cause,
                "attempts": tries,
            },
        )
        return True

    def _run(self) -> None:
        while not self._stopping:
            try:
                sent = self.send_next()
            except sqlite3.Error:
                sent = False  # the file is busy, or closed: what is in it waits
            except Exception as bug:  # noqa: BLE001 - the others are still sent; words may hold the address
                place = "".join(traceback.format_tb(bug.__traceback__))
                log.error(
                    "Sending alerts failed by our own mistake: %s\n%s",
                    type(bug).__name__,
                    place,
                    extra={"webhook": self.webhook.name, "bug": type(bug).__name__},
                )
                sent = False
            if not sent:
                self._woken.wait(LOOK_S)
                self._woken.clear()
        if self._transport is not None:
            self._transport.close()


def _transport(url: str) -> httpx.HTTPTransport:
    """Straight to the receiver, or through the proxy that the environment names for it."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if urllib.request.proxy_bypass(parts.hostname or ""):
        proxy = None
    return httpx.HTTPTransport(
        proxy=proxy, limits=httpx.Limits(max_connections=1, max_keepalive_connections=0)
    )
