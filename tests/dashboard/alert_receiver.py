"""A webhook's receiver: takes or refuses, and remembers every attempt."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """Attributes:
    statuses: of the next answers, one after the other; then 200.
    delay_s: it answers so late.
    attempts: headers and body of each request, in order.
    """

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    delay_s: float = 0.0
    attempts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.attempts]

    def ids(self) -> list[str]:
        return [headers["X-AgentOps-Dashboard-Id"] for headers, _ in self.attempts]


@contextmanager
def receiving(*statuses: int, delay_s: float = 0.0) -> Iterator[Receiver]:
    receiver = Receiver(statuses=list(statuses), delay_s=delay_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.attempts.append((dict(self.headers), body))
            time.sleep(receiver.delay_s)
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            try:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", receiver.url + "/elsewhere")
                answer = b"words of the receiver: do not show"
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                pass  # the sender is gone already, as it may be

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/T0KEN-in-the-path"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def wait_for(true: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
