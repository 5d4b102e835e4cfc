"""Security headers on every answer: a strict content security policy, and who may embed us."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .inline import inline

#: How an answer begins, also one that refuses a websocket.
_BEGINNINGS = ("http.response.start", "websocket.http.response.start")
#: The same wish for browsers that know no frame-ancestors; other lists cannot be said in it.
_FRAME_OPTIONS = {"'self'": "SAMEORIGIN", "'none'": "DENY"}


class SecurityHeaders:
    """ASGI middleware that adds the headers of :func:`policy` to every HTTP answer, failures included.

    Args:
        app: the application.
        frame_ancestors: CSP sources of the pages that may hold us in a frame.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: str = "'self'") -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": policy(frame_ancestors),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        }
        if frame_ancestors in _FRAME_OPTIONS:
            self.headers["X-Frame-Options"] = _FRAME_OPTIONS[frame_ancestors]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] in _BEGINNINGS:
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        except Exception:
            if scope["type"] == "http" and not begun:  # Starlette's own answer would come without the headers
                await PlainTextResponse("Internal Server Error", 500)(scope, receive, with_headers)
            raise


def policy(frame_ancestors: str) -> str:
    """The content security policy: our own files only, no ``eval``, no outside host.

    Streamlit's page has an inline script, and there are those of ``inline``, all allowed by their hashes; its
    style engine needs inline styles. For connections ``'self'`` includes websockets of the same host (CSP 3;
    Safari since 15.4, and our stylesheet asks for a newer one with ``light-dark()``): no address need be
    taken from the request's Host header.
    """
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    streamlits = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in (*streamlits, *inline())
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        )
    )
