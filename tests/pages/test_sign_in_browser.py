"""Signing in for real: OIDC, a trusted proxy and signed links in Chromium, with both roles; and what somebody
tries who is not let in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.access import sign_link
from tests.browser import reused
from tests.pages.signed_in import (
    ANSWER,
    BILLINGS,
    BILLINGS_TRACE,
    LINK_SECRET,
    PROMPT,
    SAID,
    SPAN,
    TRACE,
    behind_links,
    behind_oidc,
    behind_proxy,
    proxied,
    two_projects,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # of the provider
]

READ_IT = f"trace?trace={TRACE}&span={SPAN}&project=Support"
TITLE = ".ao-title, .ao-panel h1"
LONG_MS = 30_000


class Told:
    """Everything that reaches a page over websockets."""

    def __init__(self, page: Page) -> None:
        self.pieces: list[bytes] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))

    def _frame(self, payload: bytes | str) -> None:
        self.pieces.append(payload if isinstance(payload, bytes) else payload.encode())

    def holds(self, *texts: str) -> list[str]:
        everything = b"\n".join(self.pieces)
        return [text for text in texts if text.encode() in everything]


@contextmanager
def reader(chromium: Browser) -> Iterator[tuple[Page, Told]]:
    """Somebody who has not been here before: without cookies, without anything stored."""
    options = {"viewport": {"width": 1280, "height": 720}, "locale": "en-US", "timezone_id": "UTC"}
    with reused(chromium, **options) as page:
        yield page, Told(page)


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    with two_projects() as found:
        yield found


@pytest.fixture(scope="module")
def oidc(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with behind_oidc(settings, tmp_path_factory.mktemp("oidc")) as address:
        yield address


@pytest.fixture(scope="module")
def proxy(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with behind_proxy(settings, tmp_path_factory.mktemp("proxy")) as address:
        yield address


@pytest.fixture(scope="module")
def links(settings: dict[str, str]) -> Iterator[str]:
    with behind_links(settings) as address:
        yield address


def sign_in(page: Page, name: str) -> None:
    """At the provider, as one of those it knows."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()


def title(page: Page, text: str) -> None:
    expect(page.locator(TITLE)).to_have_text(text, timeout=LONG_MS)


def drawn(page: Page) -> None:
    """A trace's page has all that it is going to have."""
    title(page, "Trace")
    expect(page.get_by_role("button", name="Trace as JSON", exact=True)).to_be_visible(timeout=LONG_MS)


def downloaded(page: Page, name: str, folder: Path) -> str:
    with page.expect_download(timeout=LONG_MS) as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    waiting.value.save_as(folder / name)
    return (folder / name).read_text("utf-8")


def may_not_read(page: Page, told: Told, address: str, folder: Path, *views: str) -> None:
    """A viewer of one project, who tries what an address and a click can say."""
    for view in views:
        page.goto(f"{address}/{READ_IT}&view={view}")
        drawn(page)
        expect(page.get_by_text("operators only").first).to_be_visible(timeout=LONG_MS)
    for name in ("Trace as JSON", "Trace as OTLP JSON"):
        text = downloaded(page, name, folder)
        assert "gen_ai" in text
        assert not [said for said in SAID if said in text]
    page.goto(f"{address}/trace?trace={BILLINGS_TRACE}&project=Billing")
    expect(page.get_by_text("project=Billing")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("Expected: Support.")).to_be_visible()
    assert told.pieces
    assert told.holds(*SAID, *BILLINGS, "Billing\n") == []


def reads_all(page: Page, told: Told, address: str, folder: Path) -> None:
    """An operator of all projects."""
    page.goto(f"{address}/{READ_IT}")
    drawn(page)
    expect(page.get_by_text(ANSWER).first).to_be_visible(timeout=LONG_MS)
    assert told.holds(*SAID) == list(SAID)
    assert PROMPT in downloaded(page, "Trace as JSON", folder)
    page.goto(f"{address}/trace?trace={BILLINGS_TRACE}&project=Billing")
    drawn(page)
    assert told.holds(*BILLINGS) == list(BILLINGS)


def test_oidc_lets_in_whom_the_access_file_names(chromium: Browser, oidc: str, tmp_path: Path) -> None:
    with reader(chromium) as (page, told):
        page.goto(f"{oidc}/cost")
        title(page, "Sign in")
        assert told.holds("Support", "Billing") == []
        sign_in(page, "alice")
        expect(page.get_by_text("alice@example.com · Operator")).to_be_visible(timeout=LONG_MS)
        reads_all(page, told, oidc, tmp_path)
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("http://localhost:*/**", timeout=LONG_MS)  # to end that one, too
        page.goto(oidc)
        title(page, "Sign in")


def test_oidc_viewers_see_no_texts_and_their_project_only(
    chromium: Browser, oidc: str, tmp_path: Path
) -> None:
    with reader(chromium) as (page, told):
        page.goto(oidc)
        sign_in(page, "bob")
        expect(page.get_by_text("bob@example.com · Viewer")).to_be_visible(timeout=LONG_MS)
        may_not_read(page, told, oidc, tmp_path, "replay", "log", "spans")


def test_oidc_refuses_an_address_that_nobody_has_checked(chromium: Browser, oidc: str) -> None:
    with reader(chromium) as (page, told):
        page.goto(oidc)
        sign_in(page, "mallory")
        title(page, "You may not see this dashboard")
        expect(page.get_by_text("You are signed in as mallory")).to_be_visible()
        page.goto(f"{oidc}/{READ_IT}")
        title(page, "You may not see this dashboard")
        assert told.holds("Support", "Billing", *SAID) == []


def test_a_cookie_that_we_did_not_sign_is_nobodys(chromium: Browser, oidc: str) -> None:
    with reader(chromium) as (page, _):
        forged = {
            "name": "_streamlit_user",
            "value": "2|1:0|10:1795348800|15:_streamlit_user|4:e30=|00",
            "url": oidc,
        }
        page.context.add_cookies([forged])  # type: ignore[list-item]
        page.goto(oidc)
        title(page, "Sign in")


def test_a_proxys_readers(chromium: Browser, proxy: str, tmp_path: Path) -> None:
    operator, viewer = (
        ("X-Forwarded-User: alice@example.com",),
        ("X-Forwarded-User: bob", "X-Forwarded-Groups: finance"),
    )
    with proxied(proxy, *operator) as address, reader(chromium) as (page, told):
        reads_all(page, told, address, tmp_path)
    with proxied(proxy, *viewer) as address, reader(chromium) as (page, told):
        may_not_read(page, told, address, tmp_path, "spans")
    with proxied(proxy, "X-Forwarded-User: mallory") as address, reader(chromium) as (page, told):
        page.goto(address)
        title(page, "You may not see this dashboard")


def test_nobody_gets_around_the_proxy(proxy: str) -> None:
    claimed = {"X-Forwarded-User": "alice@example.com"}
    for path in ("/", "/_stcore/host-config", "/static/index.html", f"/{READ_IT}"):
        refused = httpx.get(f"{proxy}{path}", headers=claimed, trust_env=False)
        assert refused.status_code == 403
        assert "frame-ancestors" in refused.headers["content-security-policy"]
    forwarded = claimed | {
        "X-Forwarded-For": "127.0.0.2",
        "Forwarded": "for=127.0.0.2",
        "X-Real-IP": "127.0.0.2",
    }
    assert httpx.get(proxy, headers=forwarded, trust_env=False).status_code == 403
    upgrade = claimed | {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    assert httpx.get(f"{proxy}/_stcore/stream", headers=upgrade, trust_env=False).status_code == 403
    with proxied(proxy) as nameless:
        assert httpx.get(nameless, headers=claimed, trust_env=False).status_code == 401
    with proxied(proxy, "X-Forwarded-User: bob", strip=False) as careless:
        assert httpx.get(careless, headers=claimed, trust_env=False).status_code == 401
    assert httpx.get(f"{proxy}/healthz", trust_env=False).status_code == 200


def link(**claims: object) -> str:
    return sign_link(LINK_SECRET, datetime.now(UTC), name="kim", **claims)  # type: ignore[arg-type]


def test_a_link_opens_one_session_and_leaves_the_address(
    chromium: Browser, links: str, tmp_path: Path
) -> None:
    token = link(role="operator", range="7d", project="Billing")
    with reader(chromium) as (page, told):
        page.goto(f"{links}/?token={token}")
        expect(page.get_by_text("kim · Operator")).to_be_visible(timeout=LONG_MS)
        expect(page).not_to_have_url(f"{links}/?token={token}")
        assert "token" not in page.url
        assert "project=Billing" in page.url
        page.get_by_role("link", name="Cost").click()
        title(page, "Cost & tokens")  # the session goes on from page to page
        assert told.holds(token) == []
        stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert token not in stored
    with reader(chromium) as (page, told):
        page.goto(f"{links}/?token={token}")
        title(page, "This link was used already")
        page.goto(f"{links}/{READ_IT}")
        title(page, "Open the dashboard from the portal")
        assert told.holds("Support", "Billing", *SAID) == []


def test_a_links_viewer(chromium: Browser, links: str, tmp_path: Path) -> None:
    """Each address is a new session here, so each needs a link of its own; the pages are the proxy's."""
    with reader(chromium) as (page, told):
        for more in (READ_IT, f"{READ_IT}&view=log"):
            page.goto(f"{links}/{more}&token={link(role='viewer', projects=['Support'])}")
            drawn(page)
            expect(page.get_by_text("operators only").first).to_be_visible(timeout=LONG_MS)
        text = downloaded(page, "Trace as OTLP JSON", tmp_path)
        page.goto(f"{links}/?project=Billing&token={link(role='viewer', projects=['Support'])}")
        expect(page.get_by_text("Expected: Support.")).to_be_visible(timeout=LONG_MS)
        assert [said for said in SAID if said in text] == []
        assert told.holds(*SAID, *BILLINGS) == []
