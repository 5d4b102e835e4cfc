"""``python -m dashboard``: one command, clear words, nothing left running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest

from dashboard.__main__ import CannotStart, refuse_taken_port, start_embedded, wanted_port
from tests.browser import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "environment", "port"),
    [
        ([], {}, 8501),
        ([], {"STREAMLIT_SERVER_PORT": "8600"}, 8600),
        (["--server.port", "8700"], {"STREAMLIT_SERVER_PORT": "8600"}, 8700),
        (["--server.port=8800"], {}, 8800),
    ],
)
def test_the_port_is_streamlits(arguments: list[str], environment: dict[str, str], port: int) -> None:
    assert wanted_port(arguments, environment) == port


@pytest.mark.parametrize("text", ["http", "0", "70000", ""])
def test_a_wrong_port_is_refused_in_words(text: str) -> None:
    with pytest.raises(CannotStart, match="no port; choose one from 1 to 65535"):
        wanted_port(["--server.port", text], {})


def test_a_taken_port_is_refused_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotStart, match=r"cannot be used .*; stop what uses it, or choose another"):
            refuse_taken_port(taken.getsockname()[1])


def test_the_embedded_agentops_tells_endpoint_and_key_and_ends_with_us() -> None:
    with ExitStack() as running:
        found = start_embedded(running)
        with httpx.Client(base_url=found["AGENTOPS_API_ENDPOINT"], trust_env=False) as client:
            assert client.get("/health").headers["x-agentops-lite"] == "demo"
            answer = client.post("/v3/auth/token", json={"api_key": found["AGENTOPS_API_KEY"]})
            assert answer.status_code == 200
    with (
        httpx.Client(base_url=found["AGENTOPS_API_ENDPOINT"], trust_env=False) as client,
        pytest.raises(httpx.ConnectError),
    ):
        client.get("/health")


@pytest.mark.parametrize("configured", [False, True])
def test_one_command_shows_the_dashboard_and_stops_what_it_started(configured: bool, tmp_path: Path) -> None:
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AGENTOPS_", "DASHBOARD_"))}
    environment["PYTHONPATH"] = str(ROOT)
    if configured:
        environment["AGENTOPS_API_ENDPOINT"] = "http://127.0.0.1:9"
    command = [sys.executable, "-m", "dashboard", "--server.port", str(port)]
    # Tests in a shell's background have Ctrl-C ignored, and would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        (tmp_path / "out.txt").open("w+") as out,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=out, stderr=subprocess.STDOUT
        ) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        try:
            ready = _until_answered(client, process)
            page = client.get("/traces", headers={"Accept": "text/html"}).text
            started = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0
        finally:
            process.kill()
        out.seek(0)
        said = out.read()
    if configured:
        assert ready["cause"] == "not_configured"  # never demonstration data beside a configured endpoint
        assert "No AgentOps is configured" not in said
    else:
        assert ready["status"] == "ok"
        assert "No AgentOps is configured" in said
    assert "Traceback" not in said
    assert "listing/listing.js" in page  # what it needs is in its head, however Streamlit sends it
    assert not [child for child in started if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def _until_answered(client: httpx.Client, process: subprocess.Popen[bytes]) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer: dict[str, str] = client.get("/readyz", timeout=10).json()
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.get("cause") != "waiting":
            return answer
    pytest.fail("the dashboard did not come up")
