"""The browser is told at once which of our scripts a page will need, and gets the shortest with the page.

Streamlit's page learns piece by piece: our components load when they arrive over the websocket, they import
further scripts, and the chart asks for plotly.js last. Each step is a round trip that nothing else fills.
Links in the page's head let all of them arrive while Streamlit starts. Streamlit's own scripts are not among
them: they are many, and kept Streamlit itself from starting for longer than they saved.

A link that is not needed costs a request, one that is missing the time it had before: nothing breaks.
"""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..components import assets, bundles
from .compression import not_compressed
from .inline import elements

#: Our components by page, beside the frame of embedded ones; the first page has no name in the address.
COMPONENTS: Final = {
    "": ("pulse", "chart"),
    "on_call": ("pulse", "chart"),
    "traces": ("pulse", "listing"),
    "trace": ("pulse", "waterfall"),
    "cost": ("pulse", "chart"),
    "performance": ("pulse", "chart"),
    "agents": ("pulse", "chart"),
    "health": ("pulse",),
}

_ROOT = Path(assets.__file__).parent
#: `import … from "./x.js"`, `import "./x.js"`, as people and as bundlers write them.
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.{1,2}/[^"']+\.js)["']""")


class Preloaded:
    """ASGI middleware that puts :func:`links` and what is ``inline`` into the head of every page.

    The page then says nothing about its age: its file is older than what is put in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        wants_gzip = "gzip" in asked.get("accept-encoding", "")
        if "text/html" in asked.get("accept", ""):  # a page; Streamlit would compress it before we see it
            scope = not_compressed(scope)
        start: Message | None = None
        body = b""

        async def extend(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    name, embedded = _name(scope["path"]), _is_embedded(scope["query_string"])
                    page = body.replace(b"<title>", elements(name) + b"<title>", 1)
                    page = page.replace(b"</head>", links(name, embedded=embedded) + b"</head>", 1)
                    headers = MutableHeaders(scope=start)
                    headers.add_vary_header("Accept-Encoding")
                    if wants_gzip:
                        page = gzip.compress(page, 6, mtime=0)
                        headers["Content-Encoding"] = "gzip"
                    headers["Content-Length"] = str(len(page))
                    for age in ("ETag", "Last-Modified", "Accept-Ranges"):
                        del headers[age]
                    await send(start)
                    await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, extend)


@functools.cache
def links(page: str, *, embedded: bool = False) -> bytes:
    """Elements for the head of the page called `page` in the address; none for a name that we do not know."""
    if page not in COMPONENTS:
        return b""
    folders = (*COMPONENTS[page], *(["frame"] if embedded else []))
    entries = assets.entries().values()
    addresses = [
        assets.address(path) if path in entries else assets.lasting_address(path)
        for path in component_scripts(folders)
    ]
    found = [f'<link rel="modulepreload" href="{address}">' for address in addresses]
    if "chart" in COMPONENTS[page]:
        early = _ROOT / "chart" / "early.js"
        path = bundles.address(full=False)  # no page has a chart that the basic plotly.js cannot draw
        bundle = assets.address(early).replace(early.name, path)
        found.append(f'<link rel="preload" as="script" href="{bundle}">')
        start = f"{assets.lasting_address(early)}&bundle={quote(path)}"
        found.append(f'<script type="module" src="{escape(start)}"></script>')
    return "\n    ".join(["", *found, ""]).encode()


def component_scripts(folders: Iterable[str]) -> list[Path]:
    """The scripts of our components in these folders, and those that they import."""
    return _with_imports(_ROOT / folder / f"{folder}.js" for folder in folders)


def _with_imports(entries: Iterable[Path]) -> list[Path]:
    """These files and all that they import, each once, nearest first."""
    found = dict.fromkeys(entries)
    coming = list(found)
    while coming:
        near = coming.pop(0)
        for name in _IMPORTED.findall(near.read_text(encoding="utf-8")):
            # ours name each other by their addresses, in which the distribution stands
            path = (near.parent / name.replace(f"{assets.DISTRIBUTION}.", "")).resolve()
            if path not in found and path.is_file():
                found[path] = None
                coming.append(path)
    return list(found)


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    plain = "content-encoding" not in headers
    return plain and start["status"] == 200 and headers.get("content-type", "").startswith("text/html")


def _is_embedded(query: bytes) -> bool:
    return parse_qs(query.decode("latin-1")).get("embed", [""])[-1].lower() == "true"


def _name(path: str) -> str:
    """`cost` of ``/cost`` and of ``/below/cost``; any other has the first page's links."""
    last = path.rstrip("/").rpartition("/")[2]
    return last if last in COMPONENTS else ""
