"""An AgentOps on a real loopback socket of which one endpoint at a time, or the whole host, is broken."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from agentops_lite import LiteConfig, serve
from tests.faults.wire import Door, Host, Wire

Endpoint = Literal["token", "login", "list", "metrics", "detail", "log", "health"]
#: A name that only :func:`naming` resolves; loopback, so no proxy is asked.
NAME = "agentops.localhost"
_PATHS: tuple[tuple[str, Endpoint], ...] = (
    (r"/v3/auth/token", "token"),
    (r"/auth/login", "login"),
    (r"/v4/traces(/list/[^/]+)?", "list"),
    (r"/v4/traces/(detail/)?[^/]+", "detail"),
    (r"/v4/meterics/project(/[^/]+)?", "metrics"),
    (r"/v4/logs/[^/]+", "log"),
    (r"/health", "health"),
)


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    endpoint: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass
class Answer:
    """An answer on its way back; faults change it."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def wire(self, *, length: int | None = None) -> bytes:
        """The bytes of it; `length` is a Content-Length that need not be true."""
        size = len(self.body) if length is None else length
        return self.head(size) + self.body

    def head(self, size: int) -> bytes:
        reason = http.client.responses.get(self.status, "Odd")
        lines = [f"HTTP/1.1 {self.status} {reason}", f"content-length: {size}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


class Exchange:
    """One request of a broken endpoint: what was asked, what a sound AgentOps says, and the wire."""

    def __init__(
        self, asked: Asked, wire: Wire, answer: Callable[[], Answer], memory: dict[str, Any]
    ) -> None:
        self.asked, self.wire, self.sound = asked, wire, answer
        #: What the fault remembers from one request to the next, until it is healed.
        self.memory = memory
        self.goes_on = True

    def reply(self, answer: Answer) -> None:
        self.wire.send(answer.wire())

    def end(self) -> None:
        """No further request on this connection."""
        self.goes_on = False


Act = Callable[[Exchange], None]


class FaultyUpstream:
    """Stands before the AgentOps at `behind` and passes on what is not broken.

    Attributes:
        url: where it listens.
        asked: all requests since :meth:`forget`.
        secrets: tokens and cookies that went by.
    """

    def __init__(self, behind: str, *, port: int = 0, tls: bool = False, name: str = "127.0.0.1") -> None:
        self._behind = urlsplit(behind)
        self._act: Act | None = None
        self._broken: frozenset[str] = frozenset()
        self._memory: dict[str, Any] = {}
        self._known: dict[tuple[str, ...], Answer] = {}
        self._lock = threading.Lock()
        self.asked: list[Asked] = []
        self.secrets: set[str] = set()
        self.resolves = True
        self._door = Door(self._serve, port=port, tls=tls)
        self.url = f"{'https' if tls else 'http'}://{name}:{self._door.port}"

    def break_(self, endpoints: frozenset[str], act: Act | None, *, host: Host = "open") -> None:
        """From now on `act` answers for these endpoints; `host` is what all of it is like."""
        with self._lock:
            self._broken, self._act, self._memory = endpoints, act, {}
        self._door.become(host)

    def unresolve(self) -> None:
        """The host's name is not known any more, and kept connections end."""
        self.resolves = False
        self._door.become("refused")

    def heal(self) -> None:
        self.resolves = True
        self.break_(frozenset(), None)

    def forget(self) -> None:
        with self._lock:
            self.asked = []

    def count(self, endpoint: str | None = None) -> int:
        with self._lock:
            return sum(endpoint in (None, each.endpoint) for each in self.asked)

    def close(self) -> None:
        self._door.close()

    def _serve(self, wire: Wire) -> None:
        while (read := wire.request()) is not None:
            method, target, headers, body = read
            asked = Asked(endpoint_of(target), method, target, headers, body)
            with self._lock:
                self.asked.append(asked)
                act = self._act if asked.endpoint in self._broken else None
                memory = self._memory
            exchange = Exchange(asked, wire, lambda asked=asked: self._passed_on(asked), memory)  # type: ignore[misc]
            if act is None:
                exchange.reply(exchange.sound())
            else:
                act(exchange)
            if not exchange.goes_on:
                return

    def _passed_on(self, asked: Asked) -> Answer:
        """The sound answer; the same question by the same right is asked behind us once, since nothing is
        stored there any more and questions cost time."""
        who = (self._right(asked, "authorization", "Bearer "), self._right(asked, "cookie", "session_id="))
        known = self._known.get((asked.target, *who))
        if known is None:
            known = self._asked_behind(asked)
            if asked.method == "GET" and known.status == 200:
                self._known[asked.target, *who] = known
        return Answer(known.status, known.body, dict(known.headers))

    def _right(self, asked: Asked, header: str, before: str) -> str:
        """One word for all credentials that were given out here, any other as it is."""
        sent = asked.headers.get(header, "")
        return "ours" if sent.removeprefix(before) in self.secrets else sent

    def _asked_behind(self, asked: Asked) -> Answer:
        behind = http.client.HTTPConnection(self._behind.hostname or "", self._behind.port, timeout=20)
        try:
            kept = {
                n: v for n, v in asked.headers.items() if n not in ("host", "connection", "content-length")
            }
            behind.request(asked.method, asked.target, asked.body, kept | {"accept-encoding": "identity"})
            response = behind.getresponse()
            dropped = ("content-length", "connection", "transfer-encoding", "server", "date")
            headers = {n.lower(): v for n, v in response.getheaders() if n.lower() not in dropped}
            answer = Answer(response.status, response.read(), headers)
        finally:
            behind.close()
        if asked.endpoint == "token" and answer.status == 200 and "token" in answer.json:
            self.secrets.add(answer.json["token"])
        for cookie in re.findall(r"session_id=([^;]+)", answer.headers.get("set-cookie", "")):
            self.secrets.add(cookie)
        return answer


def endpoint_of(target: str) -> str:
    path = urlsplit(target).path
    return next((name for pattern, name in _PATHS if re.fullmatch(pattern, path)), "other")


@contextmanager
def faulty(config: LiteConfig, *, port: int = 0, tls: bool = False) -> Iterator[tuple[FaultyUpstream, str]]:
    """A faulty AgentOps of this configuration under :data:`NAME`, and the address of the sound one."""
    with ExitStack() as stack:
        behind = stack.enter_context(serve(config))
        made = FaultyUpstream(behind, port=port, tls=tls, name="127.0.0.1" if tls else NAME)
        stack.callback(made.close)
        yield made, behind


@contextmanager
def naming(*upstreams: FaultyUpstream) -> Iterator[None]:
    """Resolves :data:`NAME` for this process, unless one of `upstreams` should not be found."""
    real = socket.getaddrinfo

    def ours(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host in (NAME, NAME.encode()):
            known = [each for each in upstreams if each.url.endswith(f":{port}")]
            if any(not each.resolves for each in known):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            host = "127.0.0.1"
        return real(host, port, *more, **options)

    socket.getaddrinfo = ours
    try:
        yield
    finally:
        socket.getaddrinfo = real
