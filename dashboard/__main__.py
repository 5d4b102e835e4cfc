"""``python -m dashboard``: the dashboard, and the embedded AgentOps when none is configured.

Options are Streamlit's, e.g. ``python -m dashboard --server.port 8600``. Ctrl-C ends everything that
was started here.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from agentops_client import AgentOpsError, load_settings

from .access.peers import REWRITES
from .settings import SettingsProblem, dashboard_settings

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8501
#: The embedded AgentOps makes its thirty days in a few seconds.
START_TIMEOUT_S = 60


class CannotStart(Exception):
    """Why the dashboard cannot start, as a sentence with the remedy."""


def main(arguments: Sequence[str]) -> int:
    """Runs until the dashboard ends; returns its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as running:
            return _run(arguments, running)
    except CannotStart as problem:
        print(f"dashboard: {problem}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 0


def _run(arguments: Sequence[str], running: ExitStack) -> int:
    try:
        dashboard_settings()
        configured = load_settings().model_fields_set & {"api_key", "projects", "api_endpoint"}
    except (SettingsProblem, AgentOpsError) as problem:
        raise CannotStart(str(problem)) from None
    port = wanted_port(arguments, os.environ)
    refuse_taken_port(port)
    # The server would believe X-Forwarded-For from loopback; who is trusted is for us to say.
    environment = dict(os.environ) | {REWRITES: ""}
    if not configured:
        # The demonstration is made anew at each start; what was read of the last one would be wrong.
        environment |= start_embedded(running) | {"DASHBOARD_DATA_DIR": "memory"}
        _say("No AgentOps is configured: showing the embedded one with demonstration data.")
        _say("To see your own, set AGENTOPS_API_KEY and AGENTOPS_API_ENDPOINT in .env (see .env.example).")
    _say(f"Dashboard: http://localhost:{port} (Ctrl-C stops it)")
    dashboard = subprocess.Popen(  # noqa: S603 - our own program; the options are the operator's
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *arguments],
        cwd=ROOT,
        env=environment,
    )
    running.callback(_end, dashboard)
    return dashboard.wait()


def wanted_port(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """The port that Streamlit will listen on: option, environment, default.

    Raises:
        CannotStart: it is no port number.
    """
    text = environment.get("STREAMLIT_SERVER_PORT") or str(DEFAULT_PORT)
    for i, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--server.port":
            text = value or (arguments[i + 1] if i + 1 < len(arguments) else "")
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise CannotStart(f"{text!r} is no port; choose one from 1 to 65535 with --server.port")
    return int(text)


def refuse_taken_port(port: int) -> None:
    """Raises CannotStart when somebody listens on `port` of the loopback interface already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be used ({error.strerror}); stop what uses it, or choose another: "
                "make run ARGS='--server.port 8600'"
            ) from None


def start_embedded(running: ExitStack) -> dict[str, str]:
    """Starts the embedded AgentOps on a free loopback port; returns the variables that point at it.

    Raises:
        CannotStart: it did not come up.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "agentops_lite", "--demo", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    running.callback(_end, process)
    watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
    watchdog.start()
    found: dict[str, str] = {}
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    for line in process.stdout:
        if match := re.match(r"(AGENTOPS_API_KEY|AGENTOPS_API_ENDPOINT)=(\S+)", line):
            found[match[1]] = match[2]
        if len(found) == 2:
            break
    watchdog.cancel()
    if len(found) < 2:
        raise CannotStart("the embedded AgentOps did not start; its reason is above")
    # Nobody reads the rest; a full pipe would stop it.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return found


def _end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
