"""The servers that measurements need, each in a process of its own, ended with the measurement."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.browser import free_port

ROOT = Path(__file__).resolve().parents[1]
KEY = "c0ffee00-0000-4000-8000-00000000a9e1"


@contextmanager
def process(
    *arguments: object, ready: str, wait_s: float = 120, **env: str
) -> Iterator[subprocess.Popen[bytes]]:
    """``python ARGUMENTS`` in the project's folder, once the address `ready` answers."""
    command = [sys.executable, *map(str, arguments)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stdout=quiet, stderr=quiet
    ) as running:
        try:
            until = time.monotonic() + wait_s
            while not _answers(ready):
                if running.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{' '.join(command)} did not start (exit code {running.poll()})")
                time.sleep(0.02)
            yield running
        finally:
            running.terminate()


@contextmanager
def demo(port: int | None = None) -> Iterator[str]:
    """The embedded AgentOps with its demonstration data."""
    port = port or free_port()
    with process("-m", "agentops_lite", "--demo", "--port", port, ready=f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def dashboard(upstream: str, folder: str | Path, **env: str) -> Iterator[tuple[str, int]]:
    """The dashboard on `upstream`, its data in `folder`: address and process id."""
    port = free_port()
    with process(
        *("-m", "dashboard", "--server.port", port), ready=f"http://127.0.0.1:{port}/_stcore/health",
        AGENTOPS_API_KEY=KEY, AGENTOPS_API_ENDPOINT=upstream, DASHBOARD_DATA_DIR=str(folder), **env,
    ) as running:  # fmt: skip
        yield f"http://127.0.0.1:{port}", running.pid


@contextmanager
def floor() -> Iterator[tuple[str, int]]:
    """``floor.py`` with the dashboard's own server options: address and process id."""
    port = free_port()
    with process(
        *("-m", "streamlit", "run", "bench/floor.py", "--server.port", port, "--server.headless", "true"),
        ready=f"http://127.0.0.1:{port}/_stcore/health",
    ) as running:
        yield f"http://127.0.0.1:{port}", running.pid


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=2).status_code < 500
    except httpx.TransportError:
        return False
