"""A portal that holds the dashboard in a frame, on sites of their own whose names only this Chromium knows.

The portal's page is the one of docs/EMBEDDING.md, so that what we advise is what is tested.
"""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import BrowserContext, Frame, Page, Playwright

from tests.browser import FLAGS, ROOT, find_chromium

#: Three sites: none is a part of another, and no cookie of one is first-party on another.
PORTAL, DASHBOARD, STRANGER = "portal.test", "dash.test", "evil.test"
_NAMES = ", ".join(f"MAP {name} 127.0.0.1" for name in (PORTAL, DASHBOARD, STRANGER))

#: No picture is asked for: a missing one would be an error in the console.
_HEAD = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'

#: Sets a cookie that only "third-party cookies are blocked" can refuse, then says what came back.
_CONTROL = "control=1; SameSite=None; Secure; Path=/"


def advised() -> str:
    """The portal's part, from the first HTML example of the documentation."""
    text = (ROOT / "docs" / "EMBEDDING.md").read_text(encoding="utf-8")
    example = re.search(r"```html\n(.*?)```", text, flags=re.DOTALL)
    assert example
    return example[1]


def portal_page(src: str) -> str:
    """The advised page for the dashboard at `src`; it also writes down what it is told."""
    parts = urlsplit(src)
    origin = f'const DASHBOARD = "{parts.scheme}://{parts.netloc}"'
    body = re.sub(r'const DASHBOARD = ".*?"', origin, advised())
    body, n = re.subn(r"frame\.src = .*?;", lambda _: f"frame.src = {json.dumps(src)};", body)
    assert n == 1
    return f"""{_HEAD}<style>body {{ margin: 0 }} iframe {{ display: block }}</style>
        <script>window.told = []; addEventListener("message", (event) => {{
          if (event.data?.type === "agentops-dashboard:height") told.push([event.origin, event.data.height]);
        }});</script>{body}"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host = (self.headers["Host"] or "").split(":")[0]
        address = urlsplit(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if host != DASHBOARD:
            body = portal_page(parse_qs(address.query)["src"][0])
        elif address.path == "/set":
            self.send_header("Set-Cookie", _CONTROL)
            body = f'{_HEAD}<script>location = "/read"</script>'
        else:
            body = f'{_HEAD}<p id="came">{escape(self.headers["Cookie"] or "nothing")}</p>'
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def portals() -> Iterator[int]:
    """Serves the portal's page under every name but the dashboard's, there the control; yields the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def reader(playwright: Playwright, port: int, *, third_party_cookies: bool) -> Iterator[BrowserContext]:
    """A Chromium with a profile of its own, in which third-party cookies are allowed or blocked.

    A cookie for other sites must be ``Secure``, so the control's origin is treated as a secure one.
    """
    flags = [flag for flag in FLAGS if not flag.startswith("--host-resolver-rules")]
    with tempfile.TemporaryDirectory() as profile:
        preferences = Path(profile) / "Default" / "Preferences"
        preferences.parent.mkdir()
        mode = {"cookie_controls_mode": 0 if third_party_cookies else 1}
        preferences.write_text(json.dumps({"profile": mode}))
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(whole=True),
            args=[
                *flags,
                f"--host-resolver-rules={_NAMES}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                f"--unsafely-treat-insecure-origin-as-secure=http://{DASHBOARD}:{port}",
            ],
            ignore_default_args=["--hide-scrollbars"],  # their width is part of what is tested
            locale="en-US",
            timezone_id="Asia/Seoul",
            viewport={"width": 1400, "height": 900},
        )
        try:
            yield context
        finally:
            context.close()


@contextmanager
def portal(context: BrowserContext, host: str, port: int, src: str) -> Iterator[tuple[Page, Frame]]:
    """The portal of `host` with `src` in its frame."""
    page = context.new_page()
    page.goto(f"http://{host}:{port}/?src={quote(src, safe='')}")
    try:
        yield page, page.frames[1]
    finally:
        page.close()
