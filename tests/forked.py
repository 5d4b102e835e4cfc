"""Programs as copies of one Python process that has imported what they need, which takes longer than they do.

This file also is the program of that process, in any environment: it needs the standard library alone.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Bytes of a request that are read at once.
PIECE = 65_536


class Template:
    """A process that has imported these modules; it ends with this one.

    Args:
        python: of the environment that they are in.
        cwd: where imports are looked for first.
        env: the environment while they are imported.
    """

    def __init__(self, python: str | Path, *modules: str, cwd: Path, env: Mapping[str, str]) -> None:
        self._requests, theirs = socket.socketpair()
        with theirs:
            command = [python, __file__, *modules]
            process = subprocess.Popen(command, stdin=theirs, cwd=cwd, env=env, start_new_session=True)
        atexit.register(process.wait)
        atexit.register(self._requests.close)  # goes first

    def copy(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        streams: tuple[int, int, int],
    ) -> Copy:
        """Begins what ``python`` with these arguments is (a script, or ``-m`` and a module), in a session of
        its own. `streams` are file descriptors of its input, output and complaints."""
        ours, theirs = socket.socketpair()
        with theirs:
            request = json.dumps([list(arguments), dict(env), str(cwd)]).encode() + b"\n"
            sent = socket.send_fds(self._requests, [request], [*streams, theirs.fileno()])
            self._requests.sendall(request[sent:])
        pid = self._requests.recv(64)
        if not pid:
            ours.close()
            raise RuntimeError("The process that copies are made of has ended: see its complaints.")
        return Copy(int(pid), ours)


class Copy:
    """A running copy. `alive` is a socket whose other end it alone holds."""

    def __init__(self, pid: int, alive: socket.socket) -> None:
        self._pid, self._alive = pid, alive

    def ended(self, within_s: float = 0) -> bool:
        """Whether it ends within that time."""
        return self._alive.fileno() < 0 or bool(select.select([self._alive], [], [], within_s)[0])

    def end(self, *signals: signal.Signals) -> None:
        """Sends its session these signals, one after the other, ten seconds apart, until it has ended."""
        for each in signals:
            if not self.ended():
                os.killpg(self._pid, each)
                self.ended(10)
        self._alive.close()


def _copies(requests: socket.socket) -> None:
    """A copy for every request; returns in each when its program has ended, and in the template at last."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
    while True:
        request, fds, _, _ = socket.recv_fds(requests, PIECE, 4)
        if not request:
            return
        while not request.endswith(b"\n"):
            request += requests.recv(PIECE)
        pid = os.fork()
        if pid == 0:
            requests.detach()
            _become(*json.loads(request), fds)
            return
        requests.send(str(pid).encode())
        for fd in fds:
            os.close(fd)


def _become(arguments: list[str], env: dict[str, str], cwd: str, fds: list[int]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for stream, fd in enumerate(fds[:3]):
        os.dup2(fd, stream)
        os.close(fd)
    os.set_inheritable(fds[3], False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    if arguments[0] == "-m":
        sys.path[0] = cwd
        sys.argv = arguments[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(arguments[0]).parent)
        sys.argv = arguments
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    for name in sys.argv[1:]:
        importlib.import_module(name)
    _copies(socket.socket(fileno=0))
