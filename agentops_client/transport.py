"""One layer for everything that a request may cost: attempts, waits, seconds and bytes.

Retried at most :data:`RETRIES` times, only GET and the token's POST, and only where it can help:
refused and broken-off connections, 429, 502, 503, 504. Not retried: names that do not resolve, TLS
failures (both stay as they are), and time-outs (the reader would wait for each of them again).
Bodies are read here, completely, so that a limit in bytes or seconds holds wherever they are used.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from .attempts import Attempt, Observer, kind_of
from .errors import (
    AgentOpsError,
    AnswerTooLarge,
    AnswerUnreadable,
    ConnectionLost,
    ConnectionRefused,
    TimedOut,
)
from .redaction import NO_SECRETS, Redactor
from .stream import ANSWER_DEADLINE_READS, end_if_overfull
from .translation import from_response, from_transport

#: Attempts after the first.
RETRIES = 2
#: The first wait is a random part of this, each further one of twice as much (full jitter).
CONNECT_BACKOFF_S = 0.15
STATUS_BACKOFF_S = 0.5
#: A server that asks for more than this is not waited for; its wish goes into the error.
RETRY_AFTER_MAX_S = 5.0
RETRIED_STATUSES = frozenset({429, 502, 503, 504})

TOKEN_PATH = "/v3/auth/token"  # noqa: S105 - an address

#: Key of a response's extensions: seconds from the first attempt to the last byte.
DURATION = "agentops_duration_s"
#: Key of a request's extensions: a list that takes the error with which the request ended. A
#: generator of httpx.Auth is not told why its request failed, and its waiting threads want to know.
FAILURE_SLOT = "agentops_failure"


def retry_after_s(response: httpx.Response, now: float) -> float | None:
    """``Retry-After`` in seconds from ``now`` (a Unix time), whether it came as seconds or as a date."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError, TypeError):
        return None


class BoundedTransport(httpx.BaseTransport):
    """Wraps a transport; raises the leaves of :mod:`~agentops_client.errors` instead of httpx's errors.

    Args:
        inner: what really sends.
        endpoint: AgentOps' base address, for the errors.
        max_body_bytes: limit of a body after decompression.
        clock: Unix time in seconds; monotonic: seconds for durations; sleep: waits seconds;
            jitter: a random number of 0 to 1. All are given so that tests take no time.
        observe: hears of each try, in the thread that made it; it must not raise.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        endpoint: str,
        max_body_bytes: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        redact: Redactor = NO_SECRETS,
        observe: Observer | None = None,
    ) -> None:
        self._inner = inner
        self._endpoint = endpoint
        self._max_body_bytes = max_body_bytes
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._redact = redact
        self._observe = observe

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began = self._monotonic()
        repeatable = request.method == "GET" or (
            request.method == "POST" and request.url.path.endswith(TOKEN_PATH)
        )
        attempts = 1 + (RETRIES if repeatable else 0)
        failure: AgentOpsError | None = None
        for attempt in range(attempts):
            sent_at, sent = self._clock(), self._monotonic()
            outcome = self._attempt(request, began)
            self._tell(request, outcome, sent_at, self._monotonic() - sent)
            last = attempt == attempts - 1
            if isinstance(outcome, httpx.Response):
                outcome.extensions[DURATION] = self._monotonic() - began
                if 300 <= outcome.status_code < 400:
                    # before httpx looks at where it leads
                    failure = self._status_error(outcome, request, began, None)
                    break
                if outcome.status_code not in RETRIED_STATUSES:
                    return outcome
                asked = retry_after_s(outcome, self._clock())
                if last or (asked is not None and asked > RETRY_AFTER_MAX_S):
                    failure = self._status_error(outcome, request, began, asked)
                    break
                wait = asked if asked is not None else self._backoff(STATUS_BACKOFF_S, attempt)
            else:
                failure = outcome
                if last or type(outcome) not in (ConnectionRefused, ConnectionLost):
                    break
                wait = self._backoff(CONNECT_BACKOFF_S, attempt)
            self._sleep(wait)
        assert failure is not None  # noqa: S101 - every way out of the loop sets it
        slot = request.extensions.get(FAILURE_SLOT)
        if isinstance(slot, list):
            slot.append(failure)
        raise failure

    def close(self) -> None:
        self._inner.close()

    def _tell(
        self, request: httpx.Request, outcome: httpx.Response | AgentOpsError, at: float, duration_s: float
    ) -> None:
        if self._observe is not None:
            answered = isinstance(outcome, httpx.Response)
            status = outcome.status_code if isinstance(outcome, httpx.Response) else outcome.status
            cause = None if answered else outcome.cause  # type: ignore[union-attr]
            self._observe(Attempt(kind_of(request.url.path), at, duration_s, status, cause))

    def _backoff(self, base_s: float, attempt: int) -> float:
        return self._jitter() * base_s * 2.0**attempt

    def _status_error(
        self, response: httpx.Response, request: httpx.Request, began: float, asked_s: float | None
    ) -> AgentOpsError:
        return from_response(
            response,
            method=request.method,
            path=request.url.path,
            endpoint=self._endpoint,
            duration_s=self._monotonic() - began,
            retry_after_s=asked_s,
            redact=self._redact,
        )

    def _attempt(self, request: httpx.Request, began: float) -> httpx.Response | AgentOpsError:
        """An answer with its whole body, or the error; returned, so that no exception is chained."""
        sent = self._monotonic()
        try:
            response = self._inner.handle_request(request)
            try:
                return self._complete(response, request, sent)
            finally:
                end_if_overfull(response)
                response.close()
        except AgentOpsError as error:
            return error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            return from_transport(
                error,
                method=request.method,
                path=request.url.path,
                endpoint=self._endpoint,
                duration_s=self._monotonic() - began,
                redact=self._redact,
            )

    def _complete(self, response: httpx.Response, request: httpx.Request, sent: float) -> httpx.Response:
        context: dict[str, Any] = {
            "method": request.method,
            "path": request.url.path,
            "endpoint": self._endpoint,
        }
        if "," in response.headers.get("content-encoding", ""):
            # each layer multiplies a small body by a thousand
            raise AnswerUnreadable(
                **context, status=response.status_code, upstream_words="compressed more than once"
            )
        read_timeout = (request.extensions.get("timeout") or {}).get("read")
        deadline = sent + ANSWER_DEADLINE_READS * read_timeout if read_timeout else None
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._max_body_bytes:
                raise AnswerTooLarge(
                    f"The answer to {request.method} {request.url.path} is larger than "
                    f"{self._max_body_bytes / 1e6:g} MB.",
                    **context,
                    status=response.status_code,
                    duration_s=self._monotonic() - sent,
                )
            if deadline is not None and self._monotonic() > deadline:
                raise TimedOut(
                    **context,
                    status=response.status_code,
                    phase="read",
                    duration_s=self._monotonic() - sent,
                    upstream_words="the answer was still dripping in",
                )
        dropped = (b"content-encoding", b"content-length", b"transfer-encoding")
        # as bytes: a header need not be ASCII
        headers = [(k, v) for k, v in response.headers.raw if k.lower() not in dropped]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body), request=request)
