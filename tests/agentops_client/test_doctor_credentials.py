"""The doctor on keys, tokens, clocks, and on servers that say our secrets back."""

from __future__ import annotations

import time

import pytest

from agentops_client.doctor import examination
from agentops_client.doctor.findings import Outcome
from agentops_client.doctor.subject import Subject
from tests.agentops_client.upstreams import KEYS, SESSION, V4, Upstream, code, examined, jwt, project_id


@pytest.mark.parametrize(
    ("key", "looks"),
    [
        ("sk-proj-0123456789abcdef", "model_key"),
        (jwt(api_key="x"), "jwt"),
        ('"c0ffee00-0000-4000-8000-00000000a9e1"', "quoted"),
        ("c0ffee00-0000-4000-8000", "other"),
    ],
)
def test_a_malformed_key(agentops: Upstream, key: str, looks: str) -> None:
    found = examined(agentops.url, agentops, api_key=key)
    assert code(found, "key") == ("failed", "key_malformed")
    assert found["key"].values == {"length": len(key), "looks": looks}
    assert found["health"].state == "ok"
    assert found["token"].because == "key"
    assert agentops.asked == ["GET /health"]  # and the key was sent to nobody


def test_no_key(agentops: Upstream) -> None:
    found = examined(agentops.url, agentops, api_key=None)
    assert code(found, "key") == ("failed", "not_configured")


def test_a_key_that_agentops_does_not_know(agentops: Upstream) -> None:
    found = examined(agentops.url, agentops, api_key="c0ffee00-0000-4000-8000-0000000000ff")
    assert code(found, "token") == ("failed", "key_refused")
    assert found["token"].values["status"] == 403


@pytest.mark.parametrize(
    ("off_s", "state", "side", "skew_s"),
    [(-40, "warning", "ahead", 40), (40, "warning", "behind", 40), (-3600, "failed", "ahead", 3600)],
)
def test_clocks_that_differ(agentops: Upstream, off_s: int, state: str, side: str, skew_s: int) -> None:
    agentops.date_off_s = off_s
    found = examined(agentops.url, agentops)
    assert code(found, "jwt") == (state, "clock_skew")
    assert found["jwt"].values["side"] == side
    assert found["jwt"].values["skew_s"] in range(skew_s - 10, skew_s + 10)
    assert found["list"].state == "ok"  # nothing depends on it


def given_out(agentops: Upstream, token: str) -> None:
    """The server gives out this token, and says that it holds; its v4 goes on to take it or not."""
    project = project_id("healthy")
    agentops.broken["POST /v3/auth/token"] = (200, {"token": token, "project_id": project})
    agentops.broken["GET /v3/auth/token"] = (200, {"message": "ok", "payload": {"project_id": project}})


@pytest.mark.parametrize(
    ("claims", "date_off_s", "state", "expected"),
    [
        ({"exp": -60}, 0, "failed", "jwt_expired"),
        ({"exp": -60}, None, "failed", "jwt_expired"),
        # by its own clock it is good for another hour
        ({"exp": -60}, -3660, "failed", "clock_skew"),
        ({"exp": 60}, 0, "warning", "jwt_short"),
        ({}, 0, "warning", "jwt_unreadable"),
        ({"exp": 3600}, None, "ok", "jwt_ok_no_clock"),
        ({"exp": 3600, "iat": 120}, None, "warning", "clock_skew"),
        ({"exp": 3600, "iat": -120}, 0, "ok", "jwt_ok"),
        ({"exp": 3600, "iat": -120}, None, "ok", "jwt_ok_no_clock"),
    ],
)
def test_tokens_and_their_times(
    agentops: Upstream, claims: dict[str, int], date_off_s: float | None, state: str, expected: str
) -> None:
    now_s = int(time.time())
    given_out(agentops, jwt(**{name: now_s + seconds for name, seconds in claims.items()}))
    agentops.date_off_s = date_off_s
    found = examined(agentops.url, agentops)
    assert code(found, "jwt") == (state, expected)


def test_a_server_that_says_our_secrets_back(agentops: Upstream) -> None:
    """`examined` looks for each of them in all that is said."""
    agentops.broken[V4] = (500, {"detail": "failed for {asked}"})
    found = examined(agentops.url, agentops, session_email="a@b.example", session_password="hunter2-hunter2")
    assert "***" in str(found["list"].values["words"])
    agentops.broken.update({"POST /v3/auth/token": (400, {"detail": "failed for {asked}"})})
    found = examined(agentops.url, agentops)
    assert "***" in str(found["token"].values["words"])


def test_a_login_that_says_our_password_back(stock: Upstream) -> None:
    stock.broken["POST /auth/login"] = (500, {"detail": "failed for {asked}"})
    found = examined(stock.url, stock, session_email="a@b.example", session_password="hunter2-hunter2")
    assert code(found, "dialect") == ("warning", "dialect_unknown")
    assert "***" in str(found["dialect"].values["words"])


def test_what_a_check_answers_is_masked_whatever_it_is(
    stock: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`examined` looks for each secret in all that is said."""

    def telling(subject: Subject) -> Outcome:
        held = {*stock.secrets, KEYS["healthy"], SESSION["session_password"]}
        assert len(held) >= 4  # key, password, token, cookie
        words = {f"secret_{i}": f"x {secret} y" for i, secret in enumerate(sorted(held))}
        return Outcome("ok", "no_trace", words)

    stock.secrets.clear()
    monkeypatch.setitem(examination._CHECKS, "log", telling)
    found = examined(stock.url, stock, **SESSION)
    assert set(found["log"].values.values()) == {"x *** y"}


def test_a_token_that_is_no_jwt_is_masked_too(agentops: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "opaque.0123456789"
    given_out(agentops, token)
    monkeypatch.setitem(
        examination._CHECKS, "jwt", lambda _: Outcome("ok", "jwt_ok", {"life_s": 1, "skew_s": 1, "x": token})
    )
    found = examined(agentops.url, agentops)
    assert found["jwt"].values["x"] == "***"
