"""Static files compressed once, not at each request.

Streamlit serves its own scripts uncompressed, and compresses our components anew for every browser, plotly.js
among them. Here the compressed form is made at the first request and kept, by what is in the file.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..components.versions import version_of

#: Where files lie.
STATIC = ("/static/", "/_stcore/bidi-components/")
#: Content types worth compressing.
TEXTUAL = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/wasm")
#: Below this, headers weigh more than what is saved.
SMALLEST = 1_000
#: Compressed bytes kept at most.
KEPT_BYTES = 32_000_000


class Compressed:
    """ASGI middleware: gzip for static files, compressed once and kept (bounded).

    A file whose address holds its version, ``?v=<version>``, also gets a lifetime of a year: another content
    has another address. An address of another content, from before an upgrade, does not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[str, bytes] = OrderedDict()  # by version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_static(scope["path"]):
            await self.app(scope, receive, send)
            return
        version = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[-1]
        wants_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if wants_gzip:
            scope = not_compressed(scope)
        start: Message | None = None
        body: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                headers = MutableHeaders(scope=start)
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
                await self._send(start, b"".join(body), version, send)

        await self.app(scope, receive, collect)

    async def _send(self, start: Message, body: bytes, asked_version: str, send: Send) -> None:
        headers = MutableHeaders(scope=start)
        version = version_of(body)
        if asked_version == version:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        if len(body) >= SMALLEST:
            small = self._kept.get(version)
            if small is None:
                small = await run_in_threadpool(gzip.compress, body, 6, mtime=0)
                self._keep(version, small)
            body = small
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _keep(self, version: str, small: bytes) -> None:
        self._kept[version] = small
        while sum(map(len, self._kept.values())) > KEPT_BYTES:
            self._kept.popitem(last=False)


def not_compressed(scope: Scope) -> Scope:
    """The same request, for an answer that comes uncompressed from further in."""
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": kept}


def _is_static(path: str) -> bool:
    return any(folder in path for folder in STATIC)


def _is_textual(headers: Headers) -> bool:
    plain = "content-encoding" not in headers
    return plain and headers.get("content-type", "").startswith(TEXTUAL)
