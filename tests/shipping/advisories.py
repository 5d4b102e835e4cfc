"""An OSV database on loopback that knows what a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from deploy.audit import KNOWN_HOLE

#: A package and its version, and what is known about it.
Known = Mapping[tuple[str, str], list[dict[str, Any]]]
SINCE_LONG: Known = {
    (KNOWN_HOLE["package"]["name"], KNOWN_HOLE["version"]): [{"id": "PYSEC-2014-8", "affected": []}]
}


@dataclass
class Database:
    """Where it is, and the packages that it was asked about, in that order."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)


def advisory(name: str, number: str, *aliases: str, mended: str) -> dict[str, Any]:
    """One advisory about all versions of a package before `mended`."""
    events = [{"introduced": "0"}, {"fixed": mended}]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": number, "aliases": list(aliases), "summary": "It leaks.", "affected": [affected]}


@contextmanager
def database(known: Known, *, falls_over: str = "") -> Iterator[Database]:
    """Serves; a question about the package `falls_over` is answered by 500."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package = question["package"]["name"], question["version"]
            running.asked.append(package)
            found = known.get(package)
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(500 if package[0] == falls_over else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = Database(f"http://127.0.0.1:{server.server_port}/v1/query")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
