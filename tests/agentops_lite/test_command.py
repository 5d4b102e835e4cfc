"""`python -m agentops_lite` as a user meets it: start-up lines, taken ports, signals, and data that
survive.
"""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from agentops_lite.__main__ import main
from tests.agentops_lite.replay import recording

ROOT = Path(__file__).parents[2]
Run = Callable[..., "Started"]


class Started:
    """A running command and what its start-up lines said."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "agentops_lite", "--port", "0", *arguments]
        # Tests in a shell's background have Ctrl-C ignored, and would hand that on.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        )
        assert self.process.stdout is not None
        self.said: dict[str, str] = {}
        while "AGENTOPS_EXPORTER_ENDPOINT" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            key, _, value = line.strip().partition("=")
            self.said[key] = value
        self.url = self.said["AGENTOPS_API_ENDPOINT"]

    def ended(self, number: int) -> int:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        assert "Traceback" not in out + err
        return self.process.returncode


@pytest.fixture
def run() -> Iterator[Run]:
    running: list[Started] = []

    def begin(*arguments: str) -> Started:
        running.append(Started(*arguments))
        return running[-1]

    yield begin
    for started in running:
        if started.process.poll() is None:
            started.process.kill()
            started.process.communicate()


def test_what_is_printed_is_enough_to_use_it(run: Run) -> None:
    started = run()
    assert httpx.get(f"{started.url}/health").json() == {"message": "Server Up"}
    token = httpx.post(
        f"{started.url}/v3/auth/token", json={"api_key": started.said["AGENTOPS_API_KEY"]}
    ).json()["token"]
    sent = httpx.post(
        started.said["AGENTOPS_EXPORTER_ENDPOINT"],
        content=base64.b64decode(recording("otlp/0001_sdk_research_run")["body_base64"]),
        headers={"authorization": f"Bearer {token}", "content-type": "application/x-protobuf"},
    )
    assert sent.status_code == 200
    begun = time.monotonic()
    assert started.ended(signal.SIGTERM) == 0
    assert time.monotonic() - begun < 5


def test_interrupt_ends_quietly_and_other_hosts_are_warned_of(run: Run) -> None:
    started = run("--host", "0.0.0.0")
    assert any("WARNING" in line and "0.0.0.0" in line for line in started.said)
    assert started.ended(signal.SIGINT) == 0


def test_data_survive_even_a_kill(run: Run, tmp_path: Path) -> None:
    first = run("--data", str(tmp_path))
    key = {"api_key": first.said["AGENTOPS_API_KEY"]}
    answer = httpx.post(f"{first.url}/v3/auth/token", json=key).json()
    headers = {"authorization": f"Bearer {answer['token']}"}
    httpx.post(
        f"{first.url}/v1/traces",
        content=base64.b64decode(recording("otlp/0001_sdk_research_run")["body_base64"]),
        headers=headers | {"content-type": "application/x-protobuf"},
    ).raise_for_status()
    assert "in use by another agentops_lite" in refused("--data", str(tmp_path), "--port", "0")
    first.ended(signal.SIGKILL)
    second = run("--data", str(tmp_path))
    query = {"project_id": answer["project_id"]}
    listed = httpx.get(f"{second.url}/v4/traces", params=query, headers=headers).json()
    assert (listed["total"], listed["traces"][0]["span_count"]) == (1, 7)


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "agentops_lite", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_taken_port_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "--port" in said


def test_settings_that_serve_nothing_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--auth", "jwt", "--dialect", "path"]) == 2
    assert "nothing to serve" in capsys.readouterr().err


def test_data_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(["--data", str(file), "--port", "0"]) == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "cannot be used as data folder" in capsys.readouterr().err
