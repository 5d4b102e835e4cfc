"""Attempts, waits, bytes and seconds; and the causes as real sockets on loopback bring them about."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from agentops_client import (
    AgentOpsClient,
    AgentOpsError,
    AgentOpsSettings,
    AnswerTooLarge,
    AnswerUnreadable,
    ConnectionLost,
    ConnectionRefused,
    NameNotResolved,
    RateLimited,
    TimedOut,
    TlsFailed,
    UnexpectedRedirect,
    UpstreamFailed,
)
from agentops_client.attempts import kind_of
from agentops_client.transport import BoundedTransport, retry_after_s
from tests.recorded import load

Make = Callable[..., AgentOpsClient]


class Failing:
    """Answers with each of ``outcomes`` in turn, then with a good /health."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        outcome = self.outcomes.pop(0) if self.outcomes else 200
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, httpx.Response):
            return outcome
        return load("health/health").answer() if outcome == 200 else httpx.Response(outcome)


REFUSED = httpx.ConnectError("[Errno 111] Connection refused")


@pytest.mark.parametrize("outcome", [REFUSED, httpx.ReadError(""), 429, 502, 503, 504])
def test_two_more_attempts_are_made(client: Make, clock: Any, outcome: Any) -> None:
    upstream = Failing(outcome, outcome)
    assert client(upstream).health().message == "Server Up"
    assert upstream.calls == 3
    assert clock.slept == ([0.5, 1.0] if isinstance(outcome, int) else [0.15, 0.3])


@pytest.mark.parametrize(
    ("outcome", "leaf"),
    [(REFUSED, ConnectionRefused), (429, RateLimited), (502, UpstreamFailed), (504, UpstreamFailed)],
)
def test_and_no_more(client: Make, outcome: Any, leaf: type[AgentOpsError]) -> None:
    upstream = Failing(*[outcome] * 9)
    with pytest.raises(leaf):
        client(upstream).health()
    assert upstream.calls == 3


@pytest.mark.parametrize(
    "outcome",
    [
        httpx.ReadTimeout("timed out"),
        httpx.ConnectTimeout("timed out"),
        httpx.ConnectError("[Errno -2] Name or service not known"),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
        500,
        404,
        400,
    ],
)
def test_what_does_not_get_better_is_not_tried_again(client: Make, clock: Any, outcome: Any) -> None:
    upstream = Failing(*[outcome] * 9)
    with pytest.raises(AgentOpsError):
        client(upstream).health()
    assert upstream.calls == 1
    assert clock.slept == []


def test_a_login_is_never_repeated(client: Make) -> None:
    logins = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        if request.url.path == "/auth/login":
            logins += 1
            return httpx.Response(503)
        if request.method == "POST":
            return load("auth/v3_token_post_ok_pro").answer()
        return load("traces_list/auth_bearer_only").answer()

    with pytest.raises(UpstreamFailed):
        client(handler, session_email="a@b.c", session_password="password").traces(None, None)
    assert logins == 1


def test_retry_after_is_obeyed_up_to_five_seconds(client: Make, clock: Any) -> None:
    upstream = Failing(httpx.Response(429, headers={"retry-after": "3"}), 503)
    client(upstream).health()
    assert clock.slept == [3.0, 1.0]


def test_a_long_retry_after_is_told_instead(client: Make, clock: Any) -> None:
    upstream = Failing(httpx.Response(429, headers={"retry-after": "60"}))
    with pytest.raises(RateLimited) as caught:
        client(upstream).health()
    assert caught.value.retry_after_s == 60.0
    assert upstream.calls == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Sat, 21 Nov 2026 22:26:45 GMT", 5.0),
        ("Sat, 21 Nov 2026 22:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("Sat, 99 Nov 2026 22:26:45 GMT", None),
    ],
)
def test_retry_after_in_both_writings(value: str, seconds: float | None) -> None:
    headers = [(b"retry-after", value.encode())]
    assert retry_after_s(httpx.Response(429, headers=headers), 1795300000.0) == seconds


def test_a_large_body_is_refused(client: Make) -> None:
    def chunks() -> Iterator[bytes]:
        for sent in range(1000):
            assert sent < 30, "reads on"
            yield b"x" * 100_000

    with pytest.raises(AnswerTooLarge, match=r"larger than 1 MB") as caught:
        client(lambda request: httpx.Response(200, content=chunks()), max_body_mb=1).health()
    assert "AGENTOPS_MAX_BODY_MB" in caught.value.remedy


@pytest.mark.parametrize("layers", [1, 2])
def test_a_small_body_that_unpacks_to_a_large_one(client: Make, layers: int) -> None:
    packed = b"x" * 20_000_000
    for _ in range(layers):
        packed = gzip.compress(packed)
    coding = ", ".join(["gzip"] * layers)
    answer = httpx.Response(200, stream=httpx.ByteStream(packed), headers={"content-encoding": coding})
    with pytest.raises(AnswerTooLarge if layers == 1 else AnswerUnreadable):
        client(lambda request: answer, max_body_mb=5).health()


def test_a_packed_body_is_read(client: Make) -> None:
    packed = gzip.compress(b'{"message": "Server Up"}')
    answer = httpx.Response(200, stream=httpx.ByteStream(packed), headers={"content-encoding": "gzip"})
    assert client(lambda request: answer).health().message == "Server Up"


def test_a_body_that_only_claims_to_be_packed(client: Make) -> None:
    answer = httpx.Response(200, stream=httpx.ByteStream(b"{}"), headers={"content-encoding": "gzip"})
    with pytest.raises(AnswerUnreadable) as caught:
        client(lambda request: answer).health()
    assert caught.value.fields


def test_a_redirect_is_not_followed(client: Make) -> None:
    answer = httpx.Response(307, headers={"location": "https://user:pw@evil.test:444/v4?token=1"})
    upstream = Failing(answer)
    with pytest.raises(UnexpectedRedirect) as caught:
        client(upstream).health()
    assert caught.value.upstream_words == "Location: https://evil.test:444"
    assert upstream.calls == 1


def test_a_recorded_redirect(client: Make) -> None:
    with pytest.raises(UnexpectedRedirect) as caught:
        client(lambda request: load("traces_list/path_trailing_slash").answer()).health()
    assert caught.value.upstream_words == "Location: http://127.0.0.1:8003"


def test_a_dripping_answer_ends_by_the_clock(client: Make, clock: Any) -> None:
    def drip() -> Iterator[bytes]:
        while True:
            clock.now += 4
            yield b" "

    with pytest.raises(TimedOut) as caught:
        client(lambda request: httpx.Response(200, content=drip()), token_timeout_s=5).health()
    assert caught.value.phase == "read"
    assert caught.value.duration_s == 12  # the first chunk after twice the read time-out


@pytest.mark.parametrize(
    ("error", "leaf", "phase"),
    [
        (httpx.ConnectTimeout("timed out"), TimedOut, "connect"),
        (httpx.ReadTimeout("timed out"), TimedOut, "read"),
        (httpx.WriteTimeout("timed out"), TimedOut, "write"),
        (httpx.PoolTimeout("timed out"), TimedOut, "pool"),
        (httpx.ConnectError("[Errno -3] Temporary failure in name resolution"), NameNotResolved, None),
        (httpx.ConnectError("[Errno 11001] getaddrinfo failed"), NameNotResolved, None),
        (
            httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
            TlsFailed,
            None,
        ),
        (httpx.ConnectError("[Errno 113] No route to host"), ConnectionRefused, None),
        (httpx.ConnectError("All connection attempts failed"), ConnectionRefused, None),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), ConnectionLost, None),
        (httpx.WriteError("[Errno 104] Connection reset by peer"), ConnectionLost, None),
        (httpx.RemoteProtocolError("illegal status line"), AnswerUnreadable, None),
    ],
)
def test_transport_errors_by_their_words(
    client: Make, error: Exception, leaf: type[AgentOpsError], phase: str | None
) -> None:
    with pytest.raises(leaf) as caught:
        client(Failing(*[error] * 3)).health()
    assert caught.value.phase == phase
    assert caught.value.endpoint == "http://agentops.test:8003"
    assert caught.value.upstream_words == str(error)
    assert caught.value.__cause__ is caught.value.__context__ is None  # httpx's own would hold the token


# real sockets


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listener on loopback that treats each connection by ``behave``, in threads."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behave(connection)

    def accept() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def health_of(endpoint: str, **values: Any) -> Any:
    quick: dict[str, Any] = {"connect_timeout_s": 1, "token_timeout_s": 3}
    settings = AgentOpsSettings(_env_file=None, api_endpoint=endpoint, **{**quick, **values})
    with AgentOpsClient(settings) as client:
        return client.health()


def test_a_closed_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(ConnectionRefused) as caught:
        health_of(f"http://127.0.0.1:{port}")
    assert time.monotonic() - began < 1
    assert "docker compose up -d agentops-api" in caught.value.remedy
    assert "host.docker.internal" in caught.value.remedy
    assert "refused" in (caught.value.upstream_words or "")


def test_an_unknown_name() -> None:
    with pytest.raises(NameNotResolved) as caught:
        health_of("http://no-such-host.invalid:8003")
    assert "host.docker.internal" in caught.value.remedy


def test_tls_to_a_plain_port() -> None:
    with server(lambda c: c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port, pytest.raises(TlsFailed):
        health_of(f"https://127.0.0.1:{port}")


def test_a_server_that_accepts_and_never_answers() -> None:
    with server(lambda c: c.settimeout(3) or (c.recv(9999) and c.recv(1))) as port:  # type: ignore[func-returns-value]
        with pytest.raises(TimedOut) as caught:
            health_of(f"http://127.0.0.1:{port}", token_timeout_s=0.15)
        assert caught.value.phase == "read"
        assert caught.value.portal_status == 504


def test_a_slow_drip() -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(9999)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n")
        for _ in range(99):
            connection.sendall(b" ")
            time.sleep(0.02)

    with server(drip) as port:
        began = time.monotonic()
        with pytest.raises(TimedOut):
            health_of(f"http://127.0.0.1:{port}", token_timeout_s=0.15)
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", b"HTTP/1.1 200 OK\r\ncontent-len"],
    ids=["nothing", "half a body", "half a head"],
)
def test_an_answer_that_breaks_off(sent: bytes) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(9999)
        connection.sendall(sent)

    with server(behave) as port, pytest.raises(ConnectionLost):
        health_of(f"http://127.0.0.1:{port}")


def test_a_program_that_speaks_something_else() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(9999)
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    with server(behave) as port, pytest.raises(AnswerUnreadable) as caught:
        health_of(f"http://127.0.0.1:{port}")
    assert caught.value.fields


def test_loopback_in_spite_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    answer = b'HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{"message": "Server Up"}'
    with server(lambda c: c.recv(9999) and c.sendall(answer)) as port:  # type: ignore[func-returns-value]
        assert health_of(f"http://127.0.0.1:{port}").message == "Server Up"


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    with server(lambda c: c.recv(9999) and c.sendall(refusal)) as port:  # type: ignore[func-returns-value]
        monkeypatch.setenv("HTTPS_PROXY", f"http://name:proxy-password@127.0.0.1:{port}")
        with pytest.raises(ConnectionRefused) as caught:
            health_of("https://agentops.test")
    assert "NO_PROXY" in caught.value.remedy
    assert "proxy-password" not in repr(vars(caught.value))


def test_each_try_is_told_with_its_kind_and_outcome(settings: Any, clock: Any) -> None:
    tried: list[tuple[str, int | None, str | None, float]] = []
    answers = iter([httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(200, json={})])

    def answer(request: httpx.Request) -> httpx.Response:
        clock.now += 0.25
        outcome = next(answers)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    transport = BoundedTransport(
        httpx.MockTransport(answer), endpoint="http://a", max_body_bytes=100, clock=clock, monotonic=clock,
        sleep=clock.sleep, jitter=lambda: 0.0,
        observe=lambda a: tried.append((a.kind, a.status, a.cause, a.duration_s)),
    )  # fmt: skip
    transport.handle_request(httpx.Request("GET", "http://a/v4/traces/list/p"))
    assert tried == [
        ("list", 503, None, 0.25), ("list", None, "connection_refused", 0.25), ("list", 200, None, 0.25)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v3/auth/token", "token"), ("/v4/traces", "list"), ("/v4/traces/list/p", "list"),
     ("/v4/traces/abc", "detail"), ("/v4/traces/detail/abc", "detail"), ("/v4/meterics/project", "metrics"),
     ("/v4/meterics/project/p", "metrics"), ("/v4/logs/abc", "log"), ("/health", "health"),
     ("/prefix/v4/traces", "list"), ("/auth/login", "other")],
)  # fmt: skip
def test_what_a_path_is_about(path: str, kind: str) -> None:
    assert kind_of(path) == kind
