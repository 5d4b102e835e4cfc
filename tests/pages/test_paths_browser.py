"""What a crooked path, host or query gets of the real server: no file that is not meant for browsers, and no
redirect to another host."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from agentops_lite import LiteConfig, serve
from tests.browser import ROOT
from tests.pages.test_overview_browser import dashboard

pytestmark = pytest.mark.browser

#: Up and out of where files are served from, in the writings that servers have been fooled with.
UP = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "....//", "%252e%252e%252f", "..;/")
SERVED = (
    "/static/", "/media/", "/app/static/", "/component/", "/_stcore/bidi-components/",
    "/_stcore/bidi-components/agentops-dashboard.chart/",
)  # fmt: skip
FILES = {
    "etc/passwd": b"root:",
    "pyproject.toml": b"[project]",
    "app.py": b"import",
    "proc/self/environ": b"PATH=",
}
ELSEWHERE = (
    "//evil.example", "//evil.example/", "//evil.example/%2e%2e", "/\\evil.example/", "/%5cevil.example/",
    "//evil.example/overview/", "/overview/", "/trace//evil.example/", "/?next=//evil.example",
    "/?token=//evil.example", "/login?next=https://evil.example", "/auth/login?origin=https://evil.example",
    "/auth/logout?redirect=https://evil.example", "/oauth2callback?state=x&code=y&next=https://evil.example",
    "/https://evil.example/", "/.//evil.example/",
)  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve(LiteConfig(caches=False)) as upstream, dashboard(upstream) as found:
        yield found


def asked(address: str, path: str, host: str | None = None) -> tuple[int, str, bytes]:
    """Status, Location and body; the path goes out as it is written here."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host or parts.netloc)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("Location", ""), answer.read()
    connection.close()
    return found


@pytest.mark.parametrize("base", SERVED)
def test_no_path_leads_out_of_what_is_served(address: str, base: str) -> None:
    inside = asked(address, "/pyproject.toml")[2]  # an unknown path is the page itself
    assert b"<html" in inside
    for up in UP:
        for file, begins in FILES.items():
            for levels in (1, 4, 12):
                status, _, body = asked(address, base + up * levels + file)
                assert begins not in body[:4_000] or body == inside, (base, up, levels, file, status)
    own = ROOT.as_posix().encode()
    assert own not in asked(address, base + "none")[2], "no path of the server's own disk is told"


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_path_and_no_query_leads_elsewhere(address: str, path: str) -> None:
    _, location, _ = asked(address, path)
    assert leads(location) in ("", urlsplit(address).netloc), location


def test_a_forged_host_is_no_place_to_go_to(address: str) -> None:
    for path in ("/", "/overview/", "//", "/static/", "/_stcore/health/"):
        status, location, body = asked(address, path, "evil.example")
        assert leads(location) == "", (path, status, location)
        assert b"evil.example" not in body


def leads(location: str) -> str:
    """The host that a browser goes to; it reads a backslash as a slash."""
    return urlsplit(location.replace("\\", "/")).netloc


def test_an_address_that_names_another_place_stays_here(chromium: Browser, address: str) -> None:
    with chromium.new_context(locale="en-US") as context:
        page = context.new_page()
        asked_for: list[str] = []
        page.on("request", lambda request: asked_for.append(request.url))
        page.goto(f"{address}/?next=//evil.example&tz=https://evil.example/now&range=www.evil.example")
        expect(page.get_by_text("/evil.example/now").first).to_be_visible(timeout=30_000)
        expect(page.get_by_text("range=www").first).to_be_visible()
        assert [url for url in asked_for if not url.startswith((address, "data:", "blob:"))] == []
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        assert [href for href in hrefs if not href.startswith((address, "http://localhost:3006"))] == []
