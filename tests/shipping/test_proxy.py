"""deploy/nginx/nginx.conf in a real nginx: what gets through to the dashboard, and what does not."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from websockets.exceptions import InvalidStatus

sys.path.insert(0, str(Path(__file__).parents[2]))

from agentops_lite import LiteConfig, serve
from agentops_lite.config import DEFAULT_API_KEY
from tests.browser import free_port
from tests.shipping.compose import services
from tests.shipping.dockerfile import ROOT
from tests.shipping.image import end
from tests.shipping.nginx import NAME, PASSWORD, USER, Proxy, echoing_server, running_nginx
from tests.shipping.page import basic, run_page, stream

#: The dashboard's side as compose.yaml has it, but for addresses and the folder.
ENVIRONMENT = services()["dashboard-proxied"]["environment"] | {
    "DASHBOARD_TRUSTED_PROXIES": "127.0.0.1/32",
    "DASHBOARD_DATA_DIR": "memory",
}


@pytest.fixture(scope="module")
def dashboard() -> Iterator[int]:
    """The port of a dashboard below /monitoring, with an AgentOps that has no trace."""
    port = free_port()
    with serve(LiteConfig(caches=False)) as endpoint:
        variables = {
            "AGENTOPS_API_ENDPOINT": endpoint,
            "AGENTOPS_API_KEY": DEFAULT_API_KEY,
            "STREAMLIT_SERVER_PORT": str(port),
        }
        running = subprocess.Popen(
            [sys.executable, "-m", "dashboard"],
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT, **variables},
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            deadline = time.monotonic() + 120
            while not _healthy(port):
                assert running.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
            yield port
        finally:
            end(running, within_s=15)


@pytest.fixture(scope="module")
def proxy(dashboard: int) -> Iterator[Proxy]:
    with running_nginx(dashboard) as running:
        yield running


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def client(proxy: Proxy, *, signed_in: bool = True) -> httpx.Client:
    auth = (USER, PASSWORD) if signed_in else None
    return httpx.Client(base_url=proxy.address, auth=auth, verify=trusting(proxy.authority), trust_env=False)


def test_a_page_comes_through_with_each_header_once(proxy: Proxy) -> None:
    with client(proxy) as browser:
        answer = browser.get("/monitoring/")
    assert (answer.status_code, "<title>" in answer.text) == (200, True)
    counts = Counter(name.lower() for name, _ in answer.headers.multi_items())
    assert {name for name, count in counts.items() if count > 1} == set()
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert {"x-content-type-options", "referrer-policy", "permissions-policy"} <= set(counts)
    assert answer.headers["server"] == "nginx"


def test_nobody_enters_without_the_password(proxy: Proxy) -> None:
    with client(proxy, signed_in=False) as browser:
        assert browser.get("/monitoring/").status_code == 401
        assert browser.get("/monitoring/", auth=(USER, "guess")).status_code == 401
        assert browser.get("/monitoring/_stcore/health").status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        stream(f"{proxy.address}/monitoring", tls=trusting(proxy.authority))
    assert refused.value.response.status_code == 401


def test_the_websocket_opens_below_the_sub_path_and_brings_the_page(proxy: Proxy) -> None:
    address = f"https://{NAME}:{proxy.port}"
    headers = {"Origin": address, **basic(USER, PASSWORD)}
    with stream(f"{address}/monitoring", tls=trusting(proxy.authority), **headers) as connection:
        assert connection.response is not None
        assert connection.response.status_code == 101
        assert 'class="ao-' in run_page(connection)


def test_without_the_proxy_nobody_is_let_in(dashboard: int) -> None:
    address = f"http://127.0.0.1:{dashboard}/monitoring"
    assert httpx.get(f"{address}/", trust_env=False).status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        stream(address)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/monitoring/metrics",
        "/monitoring/metrics/",
        "/monitoring//metrics",
        "/monitoring/%6detrics",
        "/monitoring/x/../metrics",
        "/monitoring/_stcore/metrics",
        "/healthz",
        "/readyz",
        "/",
    ],
)
def test_what_is_not_for_viewers_is_not_found(proxy: Proxy, path: str) -> None:
    with client(proxy) as browser:
        url = httpx.URL(proxy.address).copy_with(raw_path=path.encode())
        answer = browser.get(url)
    assert (answer.status_code, "nginx" in answer.text) == (404, True)


def test_other_addresses_lead_to_the_right_one(proxy: Proxy) -> None:
    with client(proxy) as browser:
        answer = browser.get("/monitoring?lang=ko")
        assert (answer.status_code, answer.headers["location"]) == (
            308,
            f"{proxy.address}/monitoring/?lang=ko",
        )
        plain = browser.get(f"http://127.0.0.1:{proxy.port}/monitoring/?lang=ko")
        assert (plain.status_code, plain.headers["location"]) == (
            308,
            f"{proxy.address}/monitoring/?lang=ko",
        )


def test_who_a_viewer_is_says_nginx_and_not_the_viewer() -> None:
    spoofed = [
        ("X-Forwarded-User", "root"),
        ("x-forwarded-user", "admin"),
        ("X_Forwarded_User", "admin"),
        ("X-Forwarded-Groups", "operators"),
        ("X-Forwarded-For", "172.31.85.2"),
        ("X-Forwarded-Proto", "http"),
        ("Forwarded", "for=172.31.85.2"),
    ]
    with echoing_server() as port, running_nginx(port) as proxy, client(proxy) as browser:
        answer = browser.get("/monitoring/?token=hush", headers=[*spoofed, ("Accept-Language", "ko")])
        arrived = [(name.lower(), value) for name, value in answer.json()]
        log = proxy.log.read_text("utf-8")
    assert [value for name, value in arrived if "user" in name and name != "user-agent"] == [USER]
    assert [value for name, value in arrived if name == "x-forwarded-for"] == ["127.0.0.1"]
    assert [value for name, value in arrived if name == "x-forwarded-proto"] == ["https"]
    assert [value for name, value in arrived if name == "host"] == [f"127.0.0.1:{proxy.port}"]
    assert ("accept-language", "ko") in arrived
    assert not {"authorization", "forwarded", "x-forwarded-groups", "upgrade"} & dict(arrived).keys()
    assert f"{USER} [" in log
    assert "hush" not in log
