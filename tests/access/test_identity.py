"""Who a proxy or an OIDC provider says that somebody is, and from whom that is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.access import networks, peer_of
from dashboard.access.identity import Identity, from_claims, from_headers
from dashboard.access.peers import REWRITES, is_within

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
HOURS = timedelta(hours=12)


def headers(*pairs: tuple[str, str]) -> Identity | None:
    return from_headers(pairs, user_header="X-Forwarded-User", groups_header="X-Forwarded-Groups")


def claims(**more: Any) -> Identity | None:
    return from_claims({"iat": AT, "sub": "42", "email": "kim@example.com"} | more, now=NOW, lasts=HOURS)


def test_a_proxys_headers() -> None:
    assert headers(("x-forwarded-user", " kim ")) == Identity("kim")
    assert headers(("X-Forwarded-User", "kim"), ("x-forwarded-groups", "sre, dev,,")) == Identity(
        "kim", frozenset({"sre", "dev"})
    )
    assert headers(("x-user", "kim")) is None
    assert headers(("x-forwarded-user", "")) is None
    assert headers(("x-forwarded-user", "a\tb")) is None
    assert headers(("x-forwarded-user", "x" * 201)) is None


def test_what_comes_twice_was_added_by_somebody_else() -> None:
    assert headers(("x-forwarded-user", "kim"), ("X-Forwarded-User", "root")) is None
    twice = (("x-forwarded-groups", "dev"), ("X-Forwarded-Groups", "sre"))
    assert headers(("x-forwarded-user", "kim"), *twice) is None


def test_claims_name_somebody() -> None:
    assert claims() == Identity("kim@example.com")
    assert claims(email_verified=True) == Identity("kim@example.com")
    assert claims(email_verified=False) == Identity("42")  # the provider let anybody write it
    assert claims(email=None) == Identity("42")
    assert claims(groups=["sre"], roles="dev, ops") == Identity("kim@example.com", {"sre", "dev", "ops"})  # type: ignore[arg-type]
    assert claims(email=None, sub=None) is None
    assert claims(groups=[1, None]) == Identity("kim@example.com")


def test_a_sign_in_ends() -> None:
    assert claims(iat=AT - 12 * 3600 + 1) == Identity("kim@example.com")
    assert claims(iat=AT - 12 * 3600) is None
    assert claims(iat=AT + 301) is None
    assert claims(iat=None) is None
    assert claims(iat=True) is None


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("11.1.2.3", False), ("::2", False),
        ("fe80::1%eth0", False), ("testclient", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_addresses_lie_in_networks_or_not(address: str | None, inside: bool) -> None:
    assert is_within(address, networks("127.0.0.0/8, ::1,10.0.0.0/8")) is inside


def test_nothing_lies_in_no_network() -> None:
    assert not is_within("127.0.0.1", networks(""))
    with pytest.raises(ValueError, match="separated by commas"):
        networks("localhost")
    with pytest.raises(ValueError, match="separated by commas"):
        networks("10.0.0.1/8")  # has host bits set: which of the two is meant?


def test_a_peer_that_a_header_may_have_named_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: dict[str, Any] = {"client": ("10.0.0.1", 5), "headers": []}
    forwarded = plain | {"headers": [(b"x-forwarded-for", b"10.0.0.1")]}
    monkeypatch.delenv(REWRITES, raising=False)
    assert peer_of(plain) == "10.0.0.1"
    assert peer_of(forwarded) is None
    monkeypatch.setenv(REWRITES, "")
    assert peer_of(forwarded) == "10.0.0.1"
    assert peer_of({"client": None, "headers": []}) is None
