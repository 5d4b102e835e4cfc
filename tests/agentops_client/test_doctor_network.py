"""The doctor below HTTP: names, ports, proxies; and servers that hang. Real sockets on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from agentops_client import AgentOpsSettings
from agentops_client.doctor import STEPS, Limits, examination, examine, told
from agentops_client.doctor import connection as connection_module
from agentops_client.doctor.findings import Outcome
from agentops_client.doctor.subject import Subject
from tests.agentops_client.upstreams import KEYS, Upstream, code, examined, free_port


def test_a_name_that_does_not_resolve() -> None:
    found = examined("http://no-such-host.invalid:8003")
    assert code(found, "dns") == ("failed", "name_not_resolved")
    assert {step for step in STEPS if found[step].state == "ok"} == {"settings", "key"}
    assert {found[step].because for step in STEPS if found[step].state == "skipped"} == {"dns"}
    assert told(found["dns"], "ko").command == "AGENTOPS_API_ENDPOINT=http://host.docker.internal:8003"


@pytest.mark.parametrize("in_container", [False, True])
def test_a_refused_port(in_container: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / ".dockerenv"
    if in_container:
        mark.touch()
    monkeypatch.setattr(connection_module, "_IN_CONTAINER", mark)
    port = free_port()
    found = examined(f"http://127.0.0.1:{port}")
    assert found["tcp"].code == ("refused_in_container" if in_container else "connection_refused")
    assert found["tcp"].values["port"] == port
    assert found["token"].because == "tcp"
    copied = told(found["tcp"], "en").command or ""
    assert ("host.docker.internal" if in_container else "docker compose up -d agentops-api") in copied


def test_a_step_is_skipped_for_what_failed_first() -> None:
    found = examined(f"http://127.0.0.1:{free_port()}", api_key="c0ffee00")
    assert (found["tcp"].state, found["key"].state) == ("failed", "failed")
    assert found["token"].because == "tcp"


def test_a_proxy_that_is_not_there(agentops: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:proxy-password@127.0.0.1:{free_port()}")
    found = examined("http://agentops.example:8003")
    assert code(found, "tcp") == ("failed", "proxy_failed")
    assert told(found["tcp"], "en").command == "NO_PROXY=agentops.example"
    assert "proxy-password" not in repr(found)


def test_a_proxy_that_refuses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(9999)
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    with server(refuse) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        found = examined("https://agentops.example")
    assert (found["dns"].values["of"], found["tcp"].state) == ("proxy", "ok")
    assert code(found, "tls") == ("skipped", "via_proxy")
    assert code(found, "health") == code(found, "token") == ("failed", "proxy_failed")
    assert told(found["health"], "en").command == "NO_PROXY=agentops.example"


@contextmanager
def server(behave: Callable[[socket.socket], None], *, backlog: int = 16) -> Iterator[int]:
    """A listener on loopback that treats each connection by ``behave``, in threads."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behave(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def hang(connection: socket.socket) -> None:
    connection.settimeout(3)
    while connection.recv(9999):
        pass


def drip(connection: socket.socket) -> None:
    connection.recv(9999)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
    for _ in range(100):
        connection.sendall(b"x-wait: 1\r\n")
        time.sleep(0.05)


def test_a_port_that_accepts_and_never_answers() -> None:
    began = time.monotonic()
    with server(hang) as port:
        found = examined(f"http://127.0.0.1:{port}", step_s=1)
    assert code(found, "health") == ("failed", "timed_out")
    assert found["health"].values["phase"] == "read"
    assert code(found, "token") == ("failed", "timed_out")
    assert found["list"].because == "token"
    assert time.monotonic() - began < 8


def test_an_answer_that_drips_is_left_behind() -> None:
    """httpx's time-outs are for each piece: the bound on a whole answer ends it, within the step's limit."""
    with server(drip) as port:
        found = examined(f"http://127.0.0.1:{port}", step_s=1)
    assert code(found, "health") == ("failed", "timed_out")
    assert found["health"].values["phase"] == "read"
    assert found["health"].duration_ms in range(700, 5000)


def test_a_slow_resolver_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(5))
    try:
        found = examined("http://agentops.example", step_s=1)
    finally:
        released.set()
    assert code(found, "dns") == ("failed", "step_timed_out")


def test_a_port_that_does_not_answer_at_all() -> None:
    # Linux drops a connection where the queue of those not yet accepted is full
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(4):
            filler = waiting.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        found = examined(f"http://127.0.0.1:{full.getsockname()[1]}", step_s=1)
    assert code(found, "tcp") == ("failed", "tcp_timed_out")


def test_all_steps_together_are_bounded() -> None:
    with server(hang) as port:
        settings = AgentOpsSettings(
            _env_file=None, api_key=KEYS["healthy"], api_endpoint=f"http://127.0.0.1:{port}"
        )
        # /health would end after 2 s by its own time-out
        found = list(examine(settings, limits=Limits(step_s=5, total_s=1)))
    by_step = {finding.step: finding for finding in found}
    assert code(by_step, "health") == ("failed", "step_timed_out")
    assert code(by_step, "key") == ("failed", "out_of_time")
    assert by_step["token"].because == "key"
    assert sum(finding.duration_ms for finding in found) < 3000


def test_findings_come_one_by_one(agentops: Upstream) -> None:
    settings = AgentOpsSettings(_env_file=None, api_key=KEYS["healthy"], api_endpoint=agentops.url)
    coming = examine(settings)
    assert [next(coming).step for _ in range(4)] == ["settings", "dns", "tcp", "tls"]
    assert agentops.asked == []
    assert next(coming).step == "health"
    assert agentops.asked == ["GET /health"]
    assert isinstance(coming, Generator)
    coming.close()
    assert agentops.asked == ["GET /health"]


def test_our_own_mistake_is_said_to_be_one(agentops: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(subject: Subject) -> Outcome:
        raise LookupError(f"no {subject.settings.api_key} in {KEYS['healthy']}")

    monkeypatch.setitem(examination._CHECKS, "metrics", mistaken)
    found = examined(agentops.url, agentops)
    assert code(found, "metrics") == ("failed", "our_mistake")
    assert found["metrics"].values["kind"] == "LookupError"
    assert str(found["metrics"].values["place"]).startswith("test_doctor_network.py:")
    assert found["detail"].state == "ok"


@pytest.mark.parametrize(
    "limits", [{"step_s": 0}, {"step_s": 601}, {"total_s": -1}, {"step_s": float("nan")}]
)
def test_limits_that_make_no_sense(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="600 seconds"):
        Limits(**limits)
