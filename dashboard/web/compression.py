"""Static files compressed once, not at each request.

Streamlit serves its own scripts and our components uncompressed; Starlette's middleware would compress
three megabytes anew for every cold browser. Here the compressed form is made at the first request and
kept, because these files do not change while the process runs.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Where files lie that do not change while the process runs.
STATIC = ("/static/", "/_stcore/bidi-components/")
#: Content types worth compressing.
TEXTUAL = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/wasm")
#: Below this, headers weigh more than what is saved.
SMALLEST = 1_000
#: Compressed bytes kept at most.
KEPT_BYTES = 32_000_000


class Compressed:
    """ASGI middleware: gzip for static files, compressed once and kept (bounded).

    Files below ``?v=<digest>`` also get a lifetime of a year: another content has another address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_static(scope["path"]):
            await self.app(scope, receive, send)
            return
        versioned = scope.get("query_string", b"").startswith(b"v=")
        wants_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        start: Message | None = None
        body: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                headers = MutableHeaders(scope=start)
                if versioned and start["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
                headers.add_vary_header("Accept-Encoding")
                if not (wants_gzip and start["status"] == 200 and _is_textual(headers)):
                    await send(start)
                    start = None
                return
            if start is None:
                await send(message)
                return
            body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._send(scope["path"], start, b"".join(body), send)

        await self.app(scope, receive, collect)

    async def _send(self, path: str, start: Message, body: bytes, send: Send) -> None:
        headers = MutableHeaders(scope=start)
        if len(body) >= SMALLEST:
            key = (path, headers.get("etag") or str(len(body)))
            small = self._kept.get(key)
            if small is None:
                small = await run_in_threadpool(gzip.compress, body, 6, mtime=0)
                self._keep(key, small)
            body = small
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _keep(self, key: tuple[str, str], small: bytes) -> None:
        self._kept[key] = small
        while sum(map(len, self._kept.values())) > KEPT_BYTES:
            self._kept.popitem(last=False)


def _is_static(path: str) -> bool:
    return any(folder in path for folder in STATIC)


def _is_textual(headers: Headers) -> bool:
    plain = "content-encoding" not in headers
    return plain and headers.get("content-type", "").startswith(TEXTUAL)
