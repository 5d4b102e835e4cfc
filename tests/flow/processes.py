"""The programs of a flow, each in a process group of its own that ends with the block that started it."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TypeVar

import pytest

from tests.browser import ROOT
from tests.flow.environments import LITELLM_1_74, Environment
from tests.forked import Copy, Template

HERE = Path(__file__).resolve().parent
LOOPBACK_ONLY = HERE / "loopback_only"
LITE_START_S, SENT_WITHIN_S = 30.0, 120.0

T = TypeVar("T")


@dataclass(frozen=True)
class Lite:
    """A running ``agentops_lite``: its ``AGENTOPS_*`` lines, as it announced them."""

    announced: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        return self.announced["AGENTOPS_API_ENDPOINT"]

    @property
    def api_key(self) -> str:
        return self.announced["AGENTOPS_API_KEY"]


@dataclass(frozen=True)
class Copied:
    """A program that is a copy of a process which had imported a library; as much of ``Popen`` as is used."""

    copy: Copy
    stdout: IO[str]

    def poll(self) -> int | None:
        return 0 if self.copy.ended() else None

    def kill(self) -> None:
        self.copy.end(signal.SIGKILL)


@dataclass(frozen=True)
class Sender:
    """A sender that has sent, and still runs as long as its block.

    Attributes:
        sent: its summary.
        process: the process.
        outside: hosts that it tried to reach off loopback, in their order, each time; those that were tried
            while its library was imported come first.
    """

    sent: dict[str, Any]
    process: subprocess.Popen[str] | Copied
    outside_files: tuple[Path, ...]

    @property
    def outside(self) -> list[str]:
        told = [file.read_text(encoding="utf-8") for file in self.outside_files if file.exists()]
        return "\n".join(told).split()


@contextlib.contextmanager
def running_lite() -> Iterator[Lite]:
    """``python -m agentops_lite`` on a free port, without demonstration data."""
    command = [sys.executable, "-m", "agentops_lite", "--port", "0"]
    with _process(command, env=dict(os.environ), cwd=ROOT, stderr=subprocess.STDOUT) as process:
        announced: dict[str, str] = {}
        with _deadline(process, LITE_START_S):
            while "AGENTOPS_EXPORTER_ENDPOINT" not in announced:
                line = _line(process)
                if not line:
                    pytest.fail("agentops_lite ended, or said nothing, before it announced its address")
                name, is_setting, value = line.strip().partition("=")
                announced |= {name: value} if is_setting else {}
        yield Lite(announced)


@contextlib.contextmanager
def sending(
    script: str,
    *arguments: str,
    environment: Environment,
    lite: Lite,
    folder: Path,
    old_litellm: bool = False,
    libraries: tuple[str, ...] = (),
    **variables: str,
) -> Iterator[Callable[[], Sender]]:
    """Starts a sender of this folder; yields a function that waits for its summary.

    The sender sees nothing of this process' environment but what is given here, and reaches loopback only.

    Args:
        libraries: modules imported once for all senders that name them, as that takes longer than to send.
    """  # fmt: skip
    if not environment.ready:
        pytest.fail(f"{environment.folder.name} is missing or out of date: python tests/flow/environments.py")
    folder.mkdir()
    paths = [LOOPBACK_ONLY, *([environment.folder / LITELLM_1_74] if old_litellm else [])]
    env = {
        "PATH": f"{environment.python.parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "FLOW_OUTSIDE": str(folder / "outside.txt"),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "OTEL_BSP_SCHEDULE_DELAY": "1000",  # litellm exports every five seconds otherwise
        "AGENTOPS_API_KEY": lite.api_key,
        "AGENTOPS_API_ENDPOINT": lite.endpoint,
        "AGENTOPS_EXPORTER_ENDPOINT": lite.announced["AGENTOPS_EXPORTER_ENDPOINT"],
        "AGENTOPS_APP_URL": "http://127.0.0.1:3006",
        **variables,
    }
    command = [str(environment.python), str(HERE / script), *arguments]
    chatter = folder / "stderr.txt"
    with chatter.open("w", encoding="utf-8") as stderr, ExitStack() as running:
        process: subprocess.Popen[str] | Copied
        outside = [folder / "outside.txt"]
        if libraries:
            template, tried = _template(command[0], libraries, env["PYTHONPATH"])
            outside.insert(0, tried)
            process = running.enter_context(
                _copied(template, command[1:], env=env, cwd=folder, stderr=stderr)
            )
        else:
            process = running.enter_context(_process(command, env=env, cwd=folder, stderr=stderr))

        def summary() -> Sender:
            # Whatever else the program prints (the SDK logs to standard output), the summary is JSON.
            with _deadline(process, SENT_WITHIN_S):
                while not (line := _line(process)).startswith("{"):
                    if not line:
                        said = chatter.read_text(encoding="utf-8", errors="replace")
                        pytest.fail(f"{script} ended, or was too slow, before it had sent:\n{said[-3000:]}")
            return Sender(json.loads(line), process, tuple(outside))

        yield summary


def until(condition: Callable[[], T | None], *, within_s: float, what: str) -> T:
    """What `condition` gives as soon as it gives something true; fails the test after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        if found := condition():
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.1)


@contextlib.contextmanager
def _process(
    command: list[str], *, env: Mapping[str, str], cwd: Path, stderr: Any
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            # Nothing of theirs is wanted any more, and exporters would go on trying for long.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@cache
def _template(python: str, libraries: tuple[str, ...], paths: str) -> tuple[Template, Path]:
    """What copies are made of, and the file that names the hosts off loopback that it tried to reach."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    outside = Path(folder.name) / "outside.txt"
    env = {
        "PATH": os.environ["PATH"], "HOME": folder.name, "LANG": "C.UTF-8", "PYTHONPATH": paths,
        "FLOW_OUTSIDE": str(outside), "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }  # fmt: skip
    return Template(python, *libraries, cwd=HERE, env=env), outside


@contextlib.contextmanager
def _copied(
    template: Template, command: list[str], *, env: Mapping[str, str], cwd: Path, stderr: IO[str]
) -> Iterator[Copied]:
    asks, answers = os.pipe(), os.pipe()  # its standard input, which stays open, and output
    with os.fdopen(answers[0], encoding="utf-8", errors="replace") as stdout:
        copy = template.copy(command, env=env, cwd=cwd, streams=(asks[0], answers[1], stderr.fileno()))
        os.close(asks[0])
        os.close(answers[1])
        try:
            yield Copied(copy, stdout)
        finally:
            copy.end(signal.SIGKILL)
            os.close(asks[1])


def _line(process: subprocess.Popen[str] | Copied) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@contextlib.contextmanager
def _deadline(process: subprocess.Popen[str] | Copied, seconds: float) -> Iterator[None]:
    """Kills the process when the block takes longer, so that reading from it comes to an end."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
