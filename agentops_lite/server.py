"""Running a server: in the foreground for the command line, or in a thread for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from agentops_lite.app import create_app
from agentops_lite.config import LiteConfig

_STOP_SECONDS = 5


class PortTaken(OSError):
    """Somebody else listens there already."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, bound before anything else starts, so that a taken port is known at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends at once (TCP_NODELAY); else each answer waits some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(error.errno, error.strerror) from error
    return listener


def uvicorn_server(app: Starlette, *, log_level: str = "warning") -> uvicorn.Server:
    config = uvicorn.Config(
        app, log_level=log_level, access_log=False, lifespan="on", timeout_graceful_shutdown=2, loop="asyncio"
    )
    return uvicorn.Server(config)


@contextmanager
def serve(config: LiteConfig | None = None, *, port: int = 0) -> Iterator[str]:
    """Runs a server in a thread on loopback and yields its base URL; stops it at the end.

    Port 0 takes any free one. Where a test has to look inside, use `create_app` and its `state.lite`.
    """
    listener = listen("127.0.0.1", port)
    server = uvicorn_server(create_app(config))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="agentops-lite", daemon=True
    )
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("agentops_lite did not start")
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_STOP_SECONDS)
        listener.close()
