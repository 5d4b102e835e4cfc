"""A real Chromium and a real Streamlit server for tests marked ``browser``.

Plain functions and context managers; nothing here skips: a missing browser is a failure that says
what to install.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.forked import Copy, Template

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-lcd-text",
    "--js-flags=--expose-gc",
    # Whatever asks an outside host hears "not found" at once, and the request is still seen.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost , EXCLUDE [::1]",
)
START_TIMEOUT_S = 60.0
#: Chromium without its windows: a third less work a page, where the distribution has it.
LIGHT = "chromium-headless-shell"


def find_chromium(*, whole: bool = False) -> str:
    """The distribution's Chromium or Chrome; fails the test when there is none.

    Args:
        whole: with all that concerns a profile, such as cookie settings.
    """
    light = () if whole else (LIGHT,)
    for name in (*light, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        path = shutil.which(name)
        if path is not None:
            return path
    pytest.fail("Chromium is not installed; browser tests need it, e.g.: sudo apt-get install chromium")


@contextmanager
def launch(*extra_flags: str) -> Iterator[Browser]:
    """A headless Chromium with an empty profile."""
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *extra_flags])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def reused(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page that earlier tests with the same options may have used, left as if fresh: a new one reads and
    compiles Streamlit's scripts anew, which takes longer than most tests. One that breaks is not used again.

    For tests that change nothing of a page or its context but size, place, media, routes and storage.
    """
    pages: dict[str, Page] = browser.__dict__.setdefault("_reused_pages", {})
    key = repr(sorted(options.items()))
    page = pages.pop(key, None) or browser.new_context(**options).new_page()
    try:
        yield page
    except BaseException:
        page.context.close()
        raise
    page.unroute_all()
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.goto("about:blank")
    page.emulate_media(color_scheme=options.get("color_scheme", "light"), reduced_motion="no-preference")
    page.context.clear_cookies()
    page.context.clear_permissions()
    page.set_viewport_size(options["viewport"])
    page.mouse.move(0, 0)
    pages[key] = page


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_streamlit(
    script: Path, port: int | None = None, env: Mapping[str, str] | None = None, *options: str
) -> Iterator[str]:
    """``streamlit run script`` on loopback; yields the address once it is healthy, then ends it.

    `options` are more command-line options, e.g. ``--theme.base=dark``.
    """
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    arguments = [
        *("-m", "streamlit", "run", str(script), f"--server.port={port}", "--server.address=127.0.0.1"),
        *("--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"),
        *options,
    ]
    with tempfile.TemporaryFile("r+", errors="replace") as said, Path(os.devnull).open() as nothing:
        streams = (nothing.fileno(), said.fileno(), said.fileno())
        server = _template().copy(arguments, env={**os.environ, **(env or {})}, cwd=ROOT, streams=streams)
        try:
            _wait_until_healthy(server, address, said)
            yield address
        finally:
            server.end(signal.SIGTERM, signal.SIGKILL)


@cache
def _template() -> Template:
    """What servers are copies of. The tests of the launcher and of the image start servers from nothing."""
    return Template(sys.executable, "tests.served", cwd=ROOT, env=os.environ)


class Watch:
    """What a page says and asks: console errors, uncaught errors, and requests to other hosts."""

    def __init__(self, page: Page, address: str) -> None:
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.requests: list[str] = []
        self._own = address
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith((self._own, "data:", "blob:")):
            self.foreign.append(url)


def _wait_until_healthy(server: Copy, address: str, said: IO[str]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.ended():
            said.seek(0)
            pytest.fail(f"streamlit ended:\n{said.read()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    said.seek(0)
    pytest.fail(f"streamlit was not healthy within {START_TIMEOUT_S:.0f} s:\n{said.read()}")
