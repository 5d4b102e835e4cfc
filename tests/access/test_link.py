"""Signed links: who is let in, and each way in which one lets nobody in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from dashboard.access import Ledger, LinkProblem, Viewer, read_link, sign_link

SECRET = "0123456789abcdef" * 4
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def signed(secret: str = SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    """A good token but for what is `changed`; None leaves a claim out."""
    claims = {
        "aud": "agentops-dashboard", "sub": "kim", "role": "viewer", "jti": "a", "iat": 1_795_348_800,
        "exp": 1_795_348_920,
    } | changed  # fmt: skip
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, secret, algorithm=algorithm)


def why(token: str, at: datetime = NOW) -> tuple[str, str]:
    with pytest.raises(LinkProblem) as caught:
        read_link(token, SECRET, at)
    assert not token or token not in repr(caught.value)
    return caught.value.why, caught.value.claim


def test_what_a_portal_signs_is_read() -> None:
    assert int(NOW.timestamp()) == 1_795_348_800
    token = sign_link(SECRET, NOW, name="kim", role="operator", projects=["A", "B"], project="B", range="7d")
    link = read_link(token, SECRET, NOW)
    assert link.viewer == Viewer("kim", "operator", frozenset({"A", "B"}))
    assert (link.project, link.range, link.expires_at) == ("B", "7d", NOW + timedelta(minutes=2))
    assert read_link(signed(), SECRET, NOW).viewer == Viewer("kim", "viewer", None)


def test_only_our_secret_and_our_algorithm_count() -> None:
    assert why(signed(secret=SECRET[::-1])) == ("invalid", "")
    assert why(signed(algorithm="HS512")) == ("invalid", "")
    assert why(jwt.encode({"sub": "kim"}, "", algorithm="none")) == ("invalid", "")
    head, body, signature = signed().split(".")
    other = signed(role="operator").split(".")[1]
    assert why(f"{head}.{other}.{signature}") == ("invalid", "")
    for junk in ("", "a.b", "a.b.c", f"{head}.{body}.", "\x00", "é" * 40, "[" * 5_000):
        assert why(junk) == ("invalid", "")


def test_a_token_for_somebody_else_is_none_for_us() -> None:
    assert why(signed(aud="another-app")) == ("invalid", "")
    assert why(signed(aud=None)) == ("claims", "aud")


def test_it_ends_and_does_not_begin_early() -> None:
    assert read_link(signed(), SECRET, NOW + timedelta(seconds=149)).id == "a"  # 120 s and 30 s of skew
    assert why(signed(), NOW + timedelta(seconds=150)) == ("expired", "")
    assert why(signed(), NOW - timedelta(seconds=31)) == ("claims", "iat")
    assert why(signed(exp=1_795_348_800 + 601)) == ("claims", "exp")  # ten minutes are the most
    assert why(signed(exp=1_795_348_800)) == ("claims", "exp")


@pytest.mark.parametrize(
    ("changed", "claim"),
    [
        ({"jti": None}, "jti"), ({"sub": None}, "sub"), ({"exp": None}, "exp"), ({"iat": None}, "iat"),
        ({"role": None}, "role"), ({"role": "admin"}, "role"), ({"role": ["operator"]}, "role"),
        ({"sub": "a\nb"}, "sub"), ({"jti": ""}, "jti"), ({"jti": "x" * 201}, "jti"),
        ({"projects": "A"}, "projects"), ({"projects": [1]}, "projects"), ({"projects": [""]}, "projects"),
        ({"projects": ["A"], "project": "B"}, "project"), ({"project": 1}, "project"),
        ({"range": 7}, "range"),
        ({"exp": "soon"}, "exp"), ({"exp": 1e300}, "exp"), ({"iat": True}, "iat"),
    ],
)  # fmt: skip
def test_a_claim_that_is_missing_or_wrong_is_named(changed: dict[str, Any], claim: str) -> None:
    found = why(signed(**changed))
    assert found in {("claims", claim), ("invalid", "")}
    assert found[0] == "claims" or claim in ("sub", "jti")  # the library itself refuses these


def test_a_link_is_good_for_one_reader() -> None:
    ledger, link = Ledger(), read_link(signed(), SECRET, NOW)
    ledger.use(link, NOW)
    with pytest.raises(LinkProblem) as caught:
        ledger.use(link, NOW + timedelta(seconds=100))
    assert caught.value.why == "used"
    ledger.use(read_link(signed(jti="b"), SECRET, NOW), NOW)


def test_a_used_link_is_remembered_also_when_the_clock_is_set_back() -> None:
    ledger, link = Ledger(), read_link(signed(), SECRET, NOW)
    ledger.use(link, NOW)
    late = NOW + timedelta(seconds=149)
    with pytest.raises(LinkProblem):
        ledger.use(read_link(signed(), SECRET, late), late)
    ledger.use(read_link(signed(jti="b"), SECRET, NOW), NOW + timedelta(days=1))
    with pytest.raises(LinkProblem, match="used"):
        ledger.use(read_link(signed(), SECRET, NOW), NOW)


def test_the_links_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.access.link.KEPT", 3)
    ledger = Ledger()
    for number in range(50):
        ledger.use(read_link(signed(jti=f"{number}"), SECRET, NOW), NOW + timedelta(minutes=number))
    assert 3 <= len(ledger._used) <= 6
    fresh = Ledger()
    for number in range(50):
        fresh.use(read_link(signed(jti=f"{number}"), SECRET, NOW), NOW)
    assert len(fresh._used) == 50, "one that could be used still is never forgotten"
