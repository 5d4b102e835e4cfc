"""No secret leaves: whole dashboards, with every credential that there is, used by an operator and a viewer
while AgentOps answers well, refuses, talks rubbish, fails and is gone, and repeats whatever it is asked with.

All that the process writes, and the browser gets, asks, shows and stores, is searched for each secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from agentops_lite import LiteConfig, serve
from dashboard.access import sign_link
from tests.browser import free_port
from tests.dashboard.alert_receiver import receiving
from tests.otlp import llm, send
from tests.pages.overheard import Mode, Overheard, Relay, forms, launched, relaying
from tests.pages.signed_in import (
    CLIENT_SECRET,
    CONVERSATION,
    COOKIE_SECRET,
    LINK_SECRET,
    ONE,
    PROMPT,
    SAID,
    TRACE,
    TWO,
    oidc_provider,
)
from tests.pages.test_sign_in_browser import READ_IT, drawn, sign_in, title

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # of the provider
]

EMAIL, PASSWORD = "reader+1@dashboard.example", 'p"ss wörd/+%=<&>'
WEBHOOK_SECRET = "what signs our messages to the channel"
LONG_MS = 40_000
PAGES = ("Overview", "On call", "Cost", "Performance", "Agents", "Traces", "Health")
RULES = """
[[rules]]
name = "Failures"
metric = "failed_traces"
comparison = ">="
threshold = 1
window = "15m"

[[webhooks]]
name = "channel"
url_env = "HOOK_URL"
secret_env = "HOOK_SECRET"
format = "json"
"""


@contextmanager
def stack(
    folder: Path, config: LiteConfig, **env: str
) -> Iterator[tuple[Relay, dict[str, str], dict[str, str]]]:
    """AgentOps behind a relay, and a webhook that refuses; the dashboard's variables, and its secrets."""
    (folder / "alerts.toml").write_text(RULES, "utf-8")
    now = datetime.now(UTC)
    with serve(config) as upstream, relaying(upstream) as relay, receiving(*[500] * 99) as receiver:
        failed = llm(1, 1, now - timedelta(minutes=5), 40, 2, status="ERROR", **CONVERSATION)
        send(upstream, [failed])
        secrets = {
            "API key": ONE.api_key, "other API key": TWO.api_key, "e-mail": EMAIL, "password": PASSWORD,
            "link secret": LINK_SECRET, "webhook": receiver.url.partition("/hooks/")[2],
            "webhook's secret": WEBHOOK_SECRET,
        }  # fmt: skip
        yield relay, secrets, {
            "AGENTOPS_API_ENDPOINT": relay.url,
            "AGENTOPS_SESSION_EMAIL": EMAIL, "AGENTOPS_SESSION_PASSWORD": PASSWORD,
            "DASHBOARD_LINK_SECRET": LINK_SECRET, "DASHBOARD_DATA_DIR": str(folder / "data"),
            "DASHBOARD_ALERTS": str(folder / "alerts.toml"),
            "HOOK_URL": receiver.url, "HOOK_SECRET": WEBHOOK_SECRET,
        } | env  # fmt: skip


@contextmanager
def reading(chromium: Browser, heard: Overheard) -> Iterator[Page]:
    with chromium.new_context(locale="en-US", timezone_id="UTC", accept_downloads=True) as context:
        heard.listen(context)
        page = context.new_page()
        page.set_default_timeout(LONG_MS)
        yield page


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.locator(".ao-title")).to_contain_text(name, timeout=LONG_MS)


def visit_all(page: Page, heard: Overheard) -> None:
    """Every page of the menu, as it stands once it is drawn."""
    for name in PAGES:
        go(page, name)
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=LONG_MS)
        heard.look(page)


def examine(page: Page, heard: Overheard) -> None:
    """The doctor, on the page Health."""
    page.get_by_role("button", name="Examine now").click()
    expect(page.get_by_text("Examined at")).to_be_visible(timeout=LONG_MS)
    heard.look(page)


def download(page: Page, heard: Overheard, *names: str) -> None:
    for name in names:
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        heard.save(waiting.value)


def ask(address: str, heard: Overheard) -> None:
    """What answers without a page, and what refuses."""
    for path in (
        "/healthz",
        "/readyz",
        "/metrics",
        "/_stcore/metrics",
        "/media/none",
        "/_stcore/upload_file/x",
    ):
        answer = httpx.get(address + path, trust_env=False, timeout=20)
        heard.add("answers", answer.content, str(answer.headers))


def fail(relay: Relay, page: Page, address: str, heard: Overheard, *modes: Mode) -> None:
    """In each of these ways, one after the other."""
    for mode in modes:
        relay.mode = mode
        go(page, "Overview")
        page.get_by_role("button", name="Refresh now").click()
        expect(page.get_by_text("No data available").first).to_be_visible(timeout=LONG_MS)
        page.get_by_role("button", name="Try again").click()
        heard.look(page)
        go(page, "Health")
        examine(page, heard)
        ask(address, heard)
    relay.mode = "well"


def test_the_search_finds_what_is_there() -> None:
    heard = Overheard()
    for form, text in forms(PASSWORD).items():
        heard.add(form, b"before " + text + b" behind")
    told = heard.holds({"it": PASSWORD, "another": EMAIL})
    assert {one.partition(" in ")[2] for one in told} == set(forms(PASSWORD))
    assert not [one for one in told if "another" in one]


def test_with_oidc_two_projects_and_a_log_for_people(chromium: Browser, tmp_path: Path) -> None:
    everything, viewers, port = Overheard(), Overheard(), free_port()
    config = LiteConfig(caches=False, projects=(ONE, TWO), email=EMAIL, password=PASSWORD)
    projects = f"Support={ONE.api_key},Billing={TWO.api_key}"
    with stack(tmp_path, config, AGENTOPS_PROJECTS=projects) as (relay, secrets, env):
        with (
            oidc_provider(tmp_path, port) as (signing, option),
            launched(everything, env | signing, option, port=port) as address,
        ):
            with reading(chromium, viewers) as page:
                page.goto(address)
                sign_in(page, "bob")
                visit_all(page, viewers)
                for view in ("spans", "log"):
                    page.goto(f"{address}/{READ_IT}&view={view}")
                    drawn(page)
                    viewers.look(page)
                download(page, viewers, "Trace as JSON", "Trace as OTLP JSON")
            with reading(chromium, everything) as page:
                page.goto(address)
                sign_in(page, "alice")
                expect(page.get_by_text("alice@example.com · Operator")).to_be_visible(timeout=LONG_MS)
                page.goto(f"{address}/?range=1h")
                expect(page.get_by_text("All 1 trace read")).to_be_visible(timeout=LONG_MS)
                page.get_by_role("button", name="Handover report").click()
                download(page, everything, "HTML, self-contained", "Markdown")
                page.keyboard.press("Escape")
                go(page, "Health")
                examine(page, everything)
                go(page, "On call")
                page.get_by_role("button", name="Send a test to channel").click()
                expect(page.get_by_text("channel did not take the test message")).to_be_visible(
                    timeout=LONG_MS
                )
                everything.look(page)
                page.goto(f"{address}/{READ_IT}")
                drawn(page)
                everything.look(page)
                download(page, everything, "Trace as JSON", "Trace as OTLP JSON")
                ask(address, everything)
                fail(relay, page, address, everything, "refused")
        secrets |= {f"JWT {n}": token for n, token in enumerate(sorted(relay.given))}
        secrets |= {"cookie secret": COOKIE_SECRET, "client secret": CLIENT_SECRET}
        assert len(relay.given) >= 2, "a token for each project"

    assert everything.holds(secrets) == []
    assert viewers.holds(secrets | {text: text for text in SAID}) == []
    # and each place was searched where something is to be found
    told = {one.partition(" in ")[2] for one in everything.holds({"prompt": PROMPT, "trace": TRACE})}
    assert told >= {"frames", "page", "downloads", "addresses"}
    assert {one.partition(" in ")[2] for one in viewers.holds({"trace": TRACE})} >= {
        "frames",
        "page",
        "downloads",
    }
    said = b"".join(everything.heard["log"])
    assert b"cause=key_refused" in said
    assert b"Webhook 'channel' at http://127.0.0.1" in said
    assert b"agentops_dashboard" in b"".join(everything.heard["answers"])
    assert b"_streamlit_user" in b"".join(everything.heard["stored"])


def test_with_a_session_a_link_and_a_log_for_machines(chromium: Browser, tmp_path: Path) -> None:
    heard = Overheard()
    config = LiteConfig(
        caches=False, projects=(ONE,), email=EMAIL, password=PASSWORD, auth="session", dialect="path"
    )
    more = {"AGENTOPS_API_KEY": ONE.api_key, "DASHBOARD_AUTH": "link", "DASHBOARD_LOG_FORMAT": "json"}
    with stack(tmp_path, config, **more) as (relay, secrets, env):
        with launched(heard, env) as address, reading(chromium, heard) as page:
            token = sign_link(LINK_SECRET, datetime.now(UTC), name="kim", role="operator")
            page.goto(f"{address}/traces?range=1h&token={token}")
            title(page, "Traces")
            page.get_by_role("button", name="Export").click()
            page.get_by_role("button", name="Prepare 1 trace").click()
            download(page, heard, "Download traces.csv")
            page.keyboard.press("Escape")
            visit_all(page, heard)
            page.goto(f"{address}/traces?token=forged.{token}")
            ask(address, heard)
            page.goto(
                f"{address}/?token={sign_link(LINK_SECRET, datetime.now(UTC), name='kim', role='operator')}"
            )
            fail(relay, page, address, heard, "refused", "malformed", "failing", "gone")
        assert len(relay.given) >= 2, "a token and a session"
        secrets |= {f"credential {n}": given for n, given in enumerate(sorted(relay.given))}

    assert heard.holds(secrets) == []
    # the browser alone says it
    assert {one.partition(" in ")[2] for one in heard.holds({"token": token})} <= {"addresses", "frames sent"}
    assert [one for one in heard.holds({"trace": TRACE}) if " in downloads" in one]
    assert b'"cause": "key_refused"' in b"".join(heard.heard["log"])
