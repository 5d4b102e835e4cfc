"""Everything that leaves a dashboard, collected and searched for secrets in the forms that they may take."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import quote, quote_plus

import httpx
from playwright.sync_api import BrowserContext, Download, Page, Request, Response, WebSocket

from tests.browser import ROOT, free_port

Mode = Literal["well", "refused", "malformed", "failing", "gone"]

#: All that stands in a page, in frames of the same origin and below shadow roots; and what it has stored.
DOM = """() => {
  const all = [];
  const walk = root => {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot) { all.push(e.shadowRoot.innerHTML); walk(e.shadowRoot); }
      if (e.value !== undefined) all.push(String(e.value));
    }
  };
  all.push(document.documentElement.outerHTML);
  walk(document);
  return all.join("\\n");
}"""
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"


def forms(secret: str) -> dict[str, bytes]:
    """`secret` as it stands in an address, in JSON, in HTML and in base64, wherever in a text that begins."""
    raw = secret.encode()
    found = {
        "plain": raw,
        "percent": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "JSON": json.dumps(secret)[1:-1].encode(),
        "JSON, UTF-8": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "HTML": html.escape(secret).encode(),
        "hex": raw.hex().encode(),
    }
    for shift in range(3):  # what stands before and behind it changes the outermost letters
        inner = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        inner = inner[-(-shift * 8 // 6) : len(inner) - (1 if (shift + len(raw)) % 3 else 0)]
        found |= {
            f"base64 {shift}": inner,
            f"base64url {shift}": inner.translate(bytes.maketrans(b"+/", b"-_")),
        }
    return found


class Overheard:
    """What was heard, by where: ``log``, ``page``, ``frames``, ``frames sent``, ``answers``, ``addresses``,
    ``stored``, ``downloads``."""

    def __init__(self) -> None:
        self.heard: defaultdict[str, list[bytes]] = defaultdict(list)

    def add(self, where: str, *texts: bytes | str) -> None:
        self.heard[where] += [text if isinstance(text, bytes) else text.encode() for text in texts]

    def holds(self, secrets: Mapping[str, str]) -> list[str]:
        """Which secret stands where, in what form: ``NAME (FORM) in WHERE``."""
        told = []
        for where, pieces in self.heard.items():
            everything = b"\n".join(pieces)
            for name, secret in secrets.items():
                told += [
                    f"{name} ({form}) in {where}"
                    for form, text in forms(secret).items()
                    if text in everything
                ]
        return told

    def listen(self, context: BrowserContext) -> None:
        """To all that is asked and answered in `context` from now on."""
        self._answers: list[Response] = []
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("page", lambda page: page.on("websocket", self._connected))

    def look(self, page: Page) -> None:
        """At the page as it stands now, what it has stored, and the answers that have come."""
        self.add("page", page.evaluate(DOM), page.title(), page.url)
        self.add("stored", page.evaluate(STORED), json.dumps(page.context.storage_state()))
        answers, self._answers = self._answers, []
        for answer in answers:
            self.add("answers", json.dumps(answer.headers))
            kind = answer.headers.get("content-type", "")
            if (
                answer.ok
                and not answer.from_service_worker
                and "/static/" not in answer.url
                and "font" not in kind
            ):
                try:
                    self.add("answers", answer.body())
                except Exception as gone:  # of a page that was left, or a download, which `save` has
                    self.add("unread", str(gone))

    def save(self, download: Download) -> bytes:
        data = Path(download.path()).read_bytes()
        self.add("downloads", data, download.suggested_filename, download.url)
        return data

    def _asked(self, request: Request) -> None:
        self.add("addresses", request.url, request.post_data_buffer or b"")

    def _answered(self, response: Response) -> None:
        self._answers.append(response)

    def _connected(self, socket: WebSocket) -> None:
        self.add("addresses", socket.url)
        socket.on("framereceived", lambda payload: self.add("frames", payload))
        socket.on("framesent", lambda payload: self.add("frames sent", payload))


class Relay:
    """An AgentOps in front of another one. It remembers credentials, and fails as it is told, each time with
    everything that it was asked with in its answer."""

    def __init__(self) -> None:
        self.mode: Mode = "well"
        self.url = ""
        #: Tokens and session cookies that were given out.
        self.given: set[str] = set()


@contextmanager
def relaying(upstream: str) -> Iterator[Relay]:
    relay, client = Relay(), httpx.Client(base_url=upstream, trust_env=False, timeout=20)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if relay.mode == "gone":
                self.close_connection = True
                return
            if relay.mode == "well":
                headers = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")
                }
                answer = client.request(self.command, self.path, content=body, headers=headers)
                self._remember(answer)
                self._answer(answer.status_code, answer.content, dict(answer.headers))
                return
            echo = f"{self.requestline}\n{self.headers}\n{body.decode()}"
            if relay.mode == "malformed":
                page = f"<html><title>{echo}</title><body>{echo}"
                self._answer(200, page.encode(), {"content-type": "text/html"})
            else:
                status = 401 if relay.mode == "refused" else 500
                self._answer(
                    status, json.dumps({"detail": echo}).encode(), {"content-type": "application/json"}
                )

        do_POST = do_GET

        def _remember(self, answer: httpx.Response) -> None:
            if self.path.startswith("/v3/auth/token") and answer.is_success:
                relay.given |= {token} if (token := answer.json().get("token")) else set()
            cookie = answer.headers.get("set-cookie", "")
            if cookie.startswith("session_id="):
                relay.given.add(cookie.partition("=")[2].partition(";")[0].strip('"'))

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() in ("content-type", "set-cookie", "x-agentops-lite"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with client, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        relay.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield relay
        server.shutdown()


@contextmanager
def launched(
    heard: Overheard, env: Mapping[str, str], *options: str, port: int | None = None
) -> Iterator[str]:
    """``python -m dashboard`` as an operator starts it, all that it says to `heard` at its end."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "dashboard", f"--server.port={port}", "--server.address=127.0.0.1"),
        *("--server.headless=true", "--browser.gatherUsageStats=false", *options),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        said: list[bytes] = []
        reading = threading.Thread(target=lambda: said.extend(process.stdout or ()))
        reading.start()
        try:
            deadline = time.monotonic() + 60
            while True:
                assert process.poll() is None and time.monotonic() < deadline, b"".join(said).decode()
                try:
                    if httpx.get(f"{address}/healthz", trust_env=False).status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.05)
            yield address
        finally:
            process.terminate()
            process.wait(20)
            reading.join(20)
            heard.add("log", b"".join(said))
