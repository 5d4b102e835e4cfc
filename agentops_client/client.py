"""AgentOpsClient: one method an endpoint of AgentOps' HTTP API."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel

from .answers import read_answer, unreadable
from .attempts import Observer
from .auth import ApiKeyAuth, SessionAuth
from .dialects import (
    LIMIT_MAX,
    Dialect,
    DialectMemory,
    DialectName,
    ListQuestion,
    Question,
    is_trace_id,
    wire_time,
)
from .errors import AgentOpsError, NotAgentOps, TraceNotFound
from .failure_log import FailureLog
from .models import Health, ProjectMetrics, Token, TokenCheck, Trace, TraceLog, TracePage, TraceSummary
from .network import network_transport
from .redaction import Redactor
from .settings import AgentOpsSettings
from .translation import SESSION_WANTED, detail_of, from_response, is_route_missing
from .transport import DURATION, TOKEN_PATH, BoundedTransport

#: Our own stand-in for AgentOps says what it is in this header of every answer.
EMBEDDED_HEADER = "x-agentops-lite"

M = TypeVar("M", bound=BaseModel)


class AgentOpsClient:
    """A synchronous, thread-safe client: one pool, one token, one remembered dialect.

    Every method raises a leaf of :class:`~agentops_client.errors.AgentOpsError` and nothing else
    for what AgentOps or the way to it does; ValueError is for arguments that must not be sent.

    Args:
        settings: where and who; the key is looked at on first use, not here.
        transport: sends instead of the network (tests). Ours is wrapped around it all the same.
        clock: Unix time; monotonic, sleep, jitter: see :class:`~agentops_client.transport.BoundedTransport`.
        observe: hears of each try of a request, see :mod:`~agentops_client.attempts`.
    """

    def __init__(
        self,
        settings: AgentOpsSettings,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        observe: Observer | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._redact = Redactor(
            settings.api_key.get_secret_value() if settings.api_key else None,
            settings.session_password.get_secret_value() if settings.session_password else None,
            settings.session_email,
        )
        self._failures = FailureLog(clock)
        self._key_auth = ApiKeyAuth(settings, self._redact, clock)
        self._session_auth = SessionAuth(settings, self._redact) if settings.has_session else None
        self._by_session = False
        self._dialects = DialectMemory(settings.api_dialect)
        self._http = httpx.Client(
            base_url=settings.api_endpoint,
            transport=BoundedTransport(
                transport or network_transport(settings),
                endpoint=settings.api_endpoint,
                max_body_bytes=int(settings.max_body_mb * 1e6),
                clock=clock,
                monotonic=monotonic,
                sleep=sleep,
                jitter=jitter,
                redact=self._redact,
                observe=observe,
            ),
            timeout=httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
            headers={"accept": "application/json", "user-agent": "agentops-dashboard"},
            # what we send as a cookie is SessionAuth's business alone
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,  # proxies were looked up for this one endpoint in settings
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    @property
    def dialect(self) -> DialectName | None:
        """The form of v4 that answers here; None until it was found out."""
        return self._dialects.found

    @property
    def project_id(self) -> str:
        """The configured project, else the one that the API key belongs to (may exchange the key)."""
        return self.settings.project_id or self.token().project_id

    def token(self) -> Token:
        """The key's token: exchanged on first use and near its expiry, else from memory."""
        with self._reported():
            return self._token()

    def check_token(self) -> TokenCheck:
        """Asks AgentOps whether our token holds (``GET /v3/auth/token``). Raises TokenRefused."""
        with self._reported():
            response = self._send(Question(TOKEN_PATH), self._key_auth, self.settings.token_timeout_s)
            return self._read(response, TokenCheck)

    def health(self) -> Health:
        """``GET /health``: a process listens there. It says nothing about AgentOps' databases."""
        with self._reported():
            response = self._send(Question("/health"), None, self.settings.token_timeout_s)
            return self._read(response, Health, embedded=response.headers.get(EMBEDDED_HEADER))

    def traces(
        self,
        start: datetime | None,
        end: datetime | None,
        *,
        limit: int = LIMIT_MAX,
        offset: int = 0,
        query: str | None = None,
        order_by: str = "start_time",
        sort_order: str = "DESC",
    ) -> TracePage:
        """One page of the traces with spans that start within ``[start, end]``, and totals over all pages.

        Args:
            start, end: aware, whole seconds; None is open.
            limit: 1 to 100. offset: a multiple of ``limit`` where the build pages by page and size
                (other offsets are sent as such, and builds of that kind ignore them).
            query: part of a root span's name, an id or a tag; ``total`` and ``metrics`` then count
                matches of any span, rows of root spans only; ``%`` and ``_`` are wildcards.
            order_by, sort_order: of ``dialects.ORDER_BY``, ASC or DESC.

        Raises ValueError for arguments out of these bounds, before any call.
        """
        page = ListQuestion(
            start=start,
            end=end,
            limit=limit,
            offset=offset,
            query=query,
            order_by=order_by,
            sort_order=sort_order,
        )
        with self._reported():
            project_id = self._project_id()
            response = self._ask(lambda dialect: dialect.traces(project_id, page))
            answer = self._read(response, TracePage)
        paging = {"limit": limit if answer.limit is None else answer.limit}
        paging["offset"] = offset if answer.offset is None else answer.offset
        return answer.model_copy(update=paging)

    def iter_traces(
        self,
        start: datetime | None,
        end: datetime | None,
        *,
        query: str | None = None,
        limit: int = LIMIT_MAX,
    ) -> Iterator[TraceSummary]:
        """All traces of the range, page by page, each once, **in the order of their ids**.

        Paging by offset goes wrong when rows move between two pages. Newest first, every arrival
        shifts all rows; by start time, a late root span moves its trace to an earlier place, past
        a reader who then never sees it. A trace's id never changes and is unique, so in its order
        arrivals can only push known rows to the right: a row may come twice, and is dropped by id,
        but none is skipped. ``end`` is pinned to the present second when None, for one range on all
        pages. Traces that arrived late, on pages already read, show in ``total``: then the list is
        walked once more, backwards (another question to upstream's 30-second cache), for those unseen.
        With ``query`` there is no second walk, since ``total`` then counts other things than rows.

        The arguments are those of :meth:`traces`; errors of a page end the walk.
        """
        if end is None:
            end = datetime.fromtimestamp(math.ceil(self._clock()), UTC)
        # checked here: a generator's body would raise only when first read
        ListQuestion(
            start=start, end=end, limit=limit, offset=0, query=query, order_by="trace_id", sort_order="ASC"
        )
        return self._walk(start, end, query, limit)

    def trace(self, trace_id: str) -> Trace:
        """One trace with all its spans. Raises TraceNotFound, at once where the id is no trace id.

        A stock build does not ask for the project: see ``Trace.project_id``.
        """
        with self._reported():
            trace_id = self._trace_id(trace_id, "/v4/traces/{trace_id}")
            project_id = self._project_id()
            response = self._ask(lambda dialect: dialect.trace(project_id, trace_id))
            trace = self._read(response, Trace)
            self._same(response, "trace_id", trace_id, trace.trace_id)
            if self.dialect == "query" and trace.project_id is not None:
                self._same(response, "project_id", project_id, trace.project_id)
            return trace

    def project_metrics(self, start: datetime | None, end: datetime | None) -> ProjectMetrics:
        """Totals over the spans that start within ``[start, end]``. Times as in :meth:`traces`."""
        wire_time(start)
        wire_time(end)
        with self._reported():
            project_id = self._project_id()
            response = self._ask(lambda dialect: dialect.metrics(project_id, start, end))
            metrics = self._read(response, ProjectMetrics)
            self._same(response, "project_id", project_id, metrics.project_id)
            return metrics

    def logs(self, trace_id: str) -> TraceLog:
        """The log of a trace. Raises LogNotFound where none was uploaded, TraceNotFound where upstream
        does not know the trace. Both dialects have this address alike."""
        with self._reported():
            trace_id = self._trace_id(trace_id, "/v4/logs/{trace_id}")
            response = self._get(Question(f"/v4/logs/{trace_id}"))
            return self._read(response, TraceLog)

    def _token(self) -> Token:
        """Drives the exchange by hand, as httpx does within a request."""
        exchange: Generator[httpx.Request, httpx.Response, Token] = self._key_auth.obtain()
        try:
            request = next(exchange)
            while True:
                request = exchange.send(self._http.send(request, auth=None))
        except StopIteration as done:
            token: Token = done.value
            return token
        finally:
            exchange.close()

    def _project_id(self) -> str:
        # a key that cannot work is said before anything is asked, whoever answers later
        self.settings.require_api_key()
        return self.settings.project_id or self._token().project_id

    def _ask(self, question: Callable[[Dialect], Question]) -> httpx.Response:
        """Asks in the dialect that last answered; where its address is missing, once in the other."""
        response: httpx.Response | None = None
        for dialect in self._dialects.to_try():
            had_to_ask_again = response is not None
            response = self._get(question(dialect))
            if not is_route_missing(response):
                if response.is_success or (had_to_ask_again and response.status_code in (401, 403, 404, 422)):
                    self._dialects.remember(dialect)
                return response
            # another build, perhaps with other credentials
            self._by_session = False
        self._dialects.forget()
        assert response is not None  # noqa: S101 - there is always a dialect to try
        path = response.request.url.path
        context = {**self._context(response), "status": response.status_code}
        if len(self._dialects.to_try()) > 1:
            raise NotAgentOps(
                f"{self.settings.api_endpoint} serves AgentOps' v4 API in neither of its two forms.",
                **context,
            )
        raise NotAgentOps(
            f"{self.settings.api_endpoint} does not serve {path}, AgentOps' v4 API in the "
            f"{self.settings.api_dialect} form.",
            remedy="Set AGENTOPS_API_DIALECT=auto, or check AGENTOPS_API_ENDPOINT.",
            **context,
        )

    def _get(self, question: Question) -> httpx.Response:
        """Asks with the token first; where only a session will do, with that from then on."""
        if self._by_session and self._session_auth is not None:
            return self._send(question, self._session_auth)
        response = self._send(question, self._key_auth)
        wants_session = response.status_code == 401 and detail_of(response) == SESSION_WANTED
        if wants_session and self._session_auth is not None:
            self._by_session = True
            response = self._send(question, self._session_auth)
        return response

    def _send(
        self, question: Question, auth: httpx.Auth | None, read_timeout_s: float | None = None
    ) -> httpx.Response:
        timeout: Any = httpx.USE_CLIENT_DEFAULT
        if read_timeout_s is not None:
            timeout = httpx.Timeout(read_timeout_s, connect=self.settings.connect_timeout_s)
        return self._http.get(question.path, params=question.params or None, auth=auth, timeout=timeout)

    def _read(self, response: httpx.Response, model: type[M], **more: Any) -> M:
        if response.status_code != 200:
            raise from_response(
                response,
                **self._context(response),
                by_session="cookie" in response.request.headers,
                redact=self._redact,
            )
        return read_answer(
            response, model, endpoint=self.settings.api_endpoint, redact=self._redact, more=more
        )

    def _context(self, response: httpx.Response) -> dict[str, Any]:
        return {
            "method": response.request.method,
            "path": response.request.url.path,
            "endpoint": self.settings.api_endpoint,
            "duration_s": response.extensions.get(DURATION),
        }

    def _same(self, response: httpx.Response, field: str, asked: str, answered: str) -> None:
        if asked.lower() != answered.lower():
            message = f"{field}: the answer is about {self._redact.words(answered)}, asked was {asked}"
            raise unreadable(response, (message,), endpoint=self.settings.api_endpoint)

    def _trace_id(self, trace_id: str, path: str) -> str:
        if not is_trace_id(trace_id):
            raise TraceNotFound(
                "This is not a trace id: 32 hexadecimal digits are expected.",
                method="GET",
                path=path,
                endpoint=self.settings.api_endpoint,
                remedy="Copy the whole id, or choose the trace from the list.",
            )
        return trace_id.lower()

    def _walk(
        self, start: datetime | None, end: datetime, query: str | None, limit: int
    ) -> Iterator[TraceSummary]:
        seen: set[str] = set()
        for sort_order in ("ASC", "DESC"):
            offset, total = 0, 0
            while True:
                page = self.traces(
                    start,
                    end,
                    limit=limit,
                    offset=offset,
                    query=query,
                    order_by="trace_id",
                    sort_order=sort_order,
                )
                for row in page.traces:
                    if row.trace_id not in seen:
                        seen.add(row.trace_id)
                        yield row
                total = page.total
                # a build may allow fewer rows than were asked for
                limit = min(limit, page.limit or limit)
                offset += limit
                at_end = not page.traces or offset >= total or (query and len(page.traces) < limit)
                if at_end or (sort_order == "DESC" and len(seen) >= total):
                    break
            if query or len(seen) >= total:
                return

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except AgentOpsError as error:
            self._failures.write(error)
            raise
