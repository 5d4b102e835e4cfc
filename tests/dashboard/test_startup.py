"""What the server refuses to serve: everybody, unasked; and sign-in that could not tell people apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from dashboard.access.peers import REWRITES
from dashboard.settings import DashboardSettings, SettingsProblem, dashboard_settings
from dashboard.startup import check_start, serves_beyond_loopback

SECRET = "0123456789abcdef" * 2


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> object:
    """Serves an address, as Streamlit's option says."""

    def serve(address: str | None) -> None:
        monkeypatch.setattr(st, "get_option", {"server.address": address}.get)

    return serve


def settings(**values: object) -> DashboardSettings:
    return DashboardSettings(_env_file=None, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "beyond"),
    [
        ("127.0.0.1", False), ("127.1.2.3", False), ("::1", False), ("localhost", False),
        ("0.0.0.0", True), ("::", True), ("10.0.0.1", True), ("dashboard.example", True), (None, True),
        ("", True),
    ],
)  # fmt: skip
def test_it_does_not_serve_everybody_unasked(at: object, address: str | None, beyond: bool) -> None:
    at(address)  # type: ignore[operator]
    assert serves_beyond_loopback() is beyond
    if beyond:
        with pytest.raises(SettingsProblem, match="say DASHBOARD_ALLOW_ANONYMOUS=true, or serve"):
            check_start(settings())
    else:
        check_start(settings())
    check_start(settings(allow_anonymous=True))
    check_start(settings(auth="link", link_secret=SECRET))


def test_a_proxy_needs_true_addresses(at: object, monkeypatch: pytest.MonkeyPatch) -> None:
    at("0.0.0.0")  # type: ignore[operator]
    for value in ("127.0.0.1", "*", None):
        monkeypatch.delenv(REWRITES, raising=False)
        if value is not None:
            monkeypatch.setenv(REWRITES, value)
        with pytest.raises(SettingsProblem, match="python -m dashboard"):
            check_start(settings(auth="proxy"))
    monkeypatch.setenv(REWRITES, "")
    check_start(settings(auth="proxy"))


def test_oidc_needs_all_that_a_login_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        "redirect_uri": "http://a/oauth2callback",
        "client_id": "c",
        "client_secret": "s",
        "cookie_secret": "",
    }
    monkeypatch.setattr(st, "secrets", {"auth": known})
    with pytest.raises(SettingsProblem) as caught:
        check_start(settings(auth="oidc", access=Path("access.toml")))
    assert "needs cookie_secret, server_metadata_url under [auth]" in str(caught.value)
    known |= {"cookie_secret": "x", "server_metadata_url": "http://id/.well-known/openid-configuration"}
    check_start(settings(auth="oidc", access=Path("access.toml")))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AUTH": "link"}, "DASHBOARD_AUTH=link needs DASHBOARD_LINK_SECRET"),
        ({"AUTH": "oidc"}, "DASHBOARD_AUTH=oidc needs DASHBOARD_ACCESS"),
        ({"AUTH": "proxy", "TRUSTED_PROXIES": ""}, "DASHBOARD_AUTH=proxy needs DASHBOARD_TRUSTED_PROXIES"),
        ({"AUTH": "ldap"}, "DASHBOARD_AUTH: "),
        ({"LINK_SECRET": "short"}, "DASHBOARD_LINK_SECRET: expected at least 32 random bytes"),
        ({"TRUSTED_PROXIES": "portal"}, "DASHBOARD_TRUSTED_PROXIES: expected addresses or networks"),
        ({"METRICS_FROM": "10.0.0.1/8"}, "DASHBOARD_METRICS_FROM: expected addresses or networks"),
        ({"SIGN_IN_URL": "javascript:alert(1)"}, "DASHBOARD_SIGN_IN_URL: expected an address"),
        ({"PROXY_USER_HEADER": "X User"}, "DASHBOARD_PROXY_USER_HEADER: "),
        ({"SESSION_HOURS": "0"}, "DASHBOARD_SESSION_HOURS: "),
        ({"ANONYMOUS_ROLE": "admin"}, "DASHBOARD_ANONYMOUS_ROLE: "),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"DASHBOARD_{name}", value)
    dashboard_settings.cache_clear()
    with pytest.raises(SettingsProblem) as caught:
        dashboard_settings()
    assert said in str(caught.value)
    assert "short" not in str(caught.value)
    assert "javascript" not in str(caught.value)
