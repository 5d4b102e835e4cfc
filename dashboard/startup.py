"""Whether the server may start as it is configured: who would reach it, and can they be told apart."""

from __future__ import annotations

import ipaddress

import streamlit as st

from .access.peers import REWRITES, server_rewrites
from .settings import DashboardSettings, SettingsProblem

#: What Streamlit's login needs of one provider (its documentation, "st.login").
OIDC_NEEDS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def serves_beyond_loopback() -> bool:
    """Whether the server listens where other machines reach it."""
    address: str = st.get_option("server.address") or "0.0.0.0"  # noqa: S104 - Streamlit's default
    if address == "localhost":
        return False
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True


def check_start(settings: DashboardSettings) -> None:
    """Whether viewers can be told apart as the settings want it, on the address that is served.

    Raises:
        SettingsProblem: not, and what to do.
    """
    if settings.auth == "none" and serves_beyond_loopback() and not settings.allow_anonymous:
        raise SettingsProblem(
            "It would be open to everybody who reaches this machine: let viewers sign in (DASHBOARD_AUTH, "
            "docs/SIGN_IN.md), say DASHBOARD_ALLOW_ANONYMOUS=true, or serve 127.0.0.1 only."
        )
    if settings.auth == "proxy" and server_rewrites():
        raise SettingsProblem(
            "DASHBOARD_AUTH=proxy must know where a connection really comes from. Start it with "
            f"python -m dashboard, or with {REWRITES} set and empty."
        )
    if settings.auth == "oidc":
        missing = [name for name in OIDC_NEEDS if not _auth_secret(name)]
        if missing:
            raise SettingsProblem(
                f"DASHBOARD_AUTH=oidc needs {', '.join(missing)} under [auth] in .streamlit/secrets.toml "
                "(docs/SIGN_IN.md)."
            )


def _auth_secret(name: str) -> object:
    try:
        return st.secrets["auth"][name]
    except (KeyError, FileNotFoundError, AttributeError, TypeError):
        return None
