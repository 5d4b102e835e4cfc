"""One exchange however many threads wait; renewed once, ahead of time or on a 401; never in a loop."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from agentops_client import (
    AgentOpsClient,
    AgentOpsError,
    AnswerUnreadable,
    ApiKeyMalformed,
    ApiKeyRefused,
    ConnectionRefused,
    NotConfigured,
    TokenRefused,
    UpstreamFailed,
)
from agentops_client.auth import expiry_of
from tests.recorded import load, transport

from .conftest import PROJECT

Make = Callable[..., AgentOpsClient]
THREADS = 16


def jwt(exp: Any, serial: int = 0) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, {"exp": exp, "serial": serial})]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + ".c2ln"


class Upstream:
    """Gives out numbered tokens and accepts those of ``good``; counts exchanges."""

    def __init__(self, exp: Any = 2e9) -> None:
        self.exp = exp
        self.exchanges = 0
        self.reads = 0
        self.refused: set[str] = set()
        self.exchanging = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            assert self.exchanging.acquire(blocking=False), "two exchanges at once"
            with_token = jwt(self.exp, self.exchanges)
            self.exchanges += 1
            self.exchanging.release()
            return httpx.Response(200, json={"token": with_token, "project_id": PROJECT})
        self.reads += 1
        bearer = request.headers["authorization"].removeprefix("Bearer ")
        if bearer in self.refused or "*" in self.refused:
            return httpx.Response(401, json={"detail": "Token has expired"})
        return load("meterics/day").answer()


def in_threads(call: Callable[[], Any]) -> list[Any]:
    """What sixteen threads get that start together: results, or the errors raised."""
    start = threading.Barrier(THREADS)

    def one(_: int) -> Any:
        start.wait(5)
        try:
            return call()
        except AgentOpsError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_sixteen_threads_exchange_the_key_once(client: Make) -> None:
    upstream = Upstream()
    asked = client(upstream, project_id=PROJECT)
    answers = in_threads(lambda: asked.project_metrics(None, None))
    assert {answer.trace_count for answer in answers} == {44}
    assert (upstream.exchanges, upstream.reads) == (1, THREADS)


def test_sixteen_threads_with_one_stale_token_renew_it_once(client: Make) -> None:
    upstream = Upstream()
    asked = client(upstream, project_id=PROJECT)
    asked.token()
    upstream.refused.add(jwt(2e9, 0))
    answers = in_threads(lambda: asked.project_metrics(None, None))
    assert {answer.trace_count for answer in answers} == {44}
    assert upstream.exchanges == 2


def test_threads_that_wait_for_an_exchange_share_its_failure(client: Make) -> None:
    exchanges = 0
    arrived = threading.Event()

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal exchanges
        exchanges += 1
        arrived.wait(0.05)  # time for the others to queue up
        raise httpx.ConnectError("[Errno 111] Connection refused")

    asked = client(handler)
    errors = in_threads(asked.token)
    assert {type(error) for error in errors} == {ConnectionRefused}
    assert len({id(error) for error in errors}) == THREADS  # each its own, with its own traceback
    assert exchanges < 3 * THREADS / 2
    arrived.set()


def test_a_token_is_renewed_ahead_of_its_end(client: Make, clock: Any) -> None:
    upstream = Upstream(exp=clock.now + 3600)
    asked = client(upstream, project_id=PROJECT)
    asked.project_metrics(None, None)
    clock.now += 3600 - 61
    asked.project_metrics(None, None)
    assert upstream.exchanges == 1
    clock.now += 2
    asked.project_metrics(None, None)
    assert upstream.exchanges == 2


@pytest.mark.parametrize("exp", [None, "soon", True, 1e400, 10**30, -1, 0, 1795300030])
def test_a_token_whose_end_helps_nothing_is_used_until_refused(client: Make, exp: Any) -> None:
    upstream = Upstream(exp=exp)
    asked = client(upstream, project_id=PROJECT)
    for _ in range(3):
        asked.project_metrics(None, None)
    assert upstream.exchanges == 1


def test_expiry_of_what_is_no_jwt() -> None:
    for text in ("", "x", "a.b.c", "a.!!.c", "..", "a." + base64.urlsafe_b64encode(b"[1]").decode()):
        assert expiry_of(text) is None


def test_a_token_refused_for_ever_ends(client: Make) -> None:
    upstream = Upstream()
    upstream.refused.add("*")
    asked = client(upstream, project_id=PROJECT)
    with pytest.raises(TokenRefused) as caught:
        asked.project_metrics(None, None)
    assert caught.value.upstream_words == "Token has expired"
    assert (upstream.exchanges, upstream.reads) == (2, 2)


def test_a_changed_plan_is_met_with_a_new_token(client: Make) -> None:
    answers = [load("auth/v3_token_get_plan_changed"), load("auth/v3_token_get_ok")]

    def handler(request: httpx.Request) -> httpx.Response:
        return (load("auth/v3_token_post_ok_pro") if request.method == "POST" else answers.pop(0)).answer()

    assert client(handler).check_token().plan == "pro"


@pytest.mark.parametrize(
    ("recorded", "leaf", "portal"),
    [
        ("auth/v3_token_post_unknown_key", ApiKeyRefused, 403),
        ("auth/v3_token_post_malformed_key", ApiKeyMalformed, 400),
        ("outage/postgres_down_token", UpstreamFailed, None),
        ("outage/api_down_token", ConnectionRefused, 503),
    ],
)
def test_recorded_refusals_of_the_key(
    client: Make, recorded: str, leaf: type[AgentOpsError], portal: int | None
) -> None:
    with pytest.raises(leaf) as caught:
        client(lambda request: load(recorded).answer()).project_metrics(None, None)
    assert caught.value.portal_status == portal
    assert (caught.value.method, caught.value.path) == ("POST", "/v3/auth/token")


def test_an_outage_is_not_called_a_bad_key(client: Make) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        client(transport(load("outage/postgres_down_token"))).token()
    assert str(caught.value) == (
        'AgentOps failed (http://agentops.test:8003, POST /v3/auth/token, HTTP 500): "Authentication failed".'
    )
    assert "PostgreSQL" in caught.value.remedy


@pytest.mark.parametrize(("key", "leaf"), [(None, NotConfigured), ("not-a-uuid", ApiKeyMalformed)])
def test_without_a_usable_key_nothing_is_sent(
    client: Make, key: str | None, leaf: type[AgentOpsError]
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            return load("health/health").answer()
        raise AssertionError(request)

    asked = client(handler, api_key=key, project_id=PROJECT)
    for ask in (
        asked.token,
        asked.check_token,
        lambda: asked.traces(None, None),
        lambda: asked.trace("a" * 32),
        lambda: asked.project_metrics(None, None),
        lambda: asked.logs("a" * 32),
        lambda: list(asked.iter_traces(None, None)),
    ):
        with pytest.raises(leaf):
            ask()
    assert asked.health().message == "Server Up"


@pytest.mark.parametrize(
    "answer",
    [
        {"token": "", "project_id": PROJECT},
        {"token": "a b"},
        {"token": "x", "project_id": "../x"},
        {"token": "x"},
    ],
)
def test_a_token_that_cannot_be_used_names_the_field(client: Make, answer: dict[str, str]) -> None:
    with pytest.raises(AnswerUnreadable, match=r"token|project_id"):
        client(lambda request: httpx.Response(200, json=answer)).token()


def test_a_login_without_a_cookie(client: Make) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/login":
            return httpx.Response(
                200, json={}, headers=[("set-cookie", "other=1"), ("set-cookie", "session_id=; x")]
            )
        if request.method == "POST":
            return load("auth/v3_token_post_ok_pro").answer()
        return load("traces_list/auth_bearer_only").answer()

    with pytest.raises(AnswerUnreadable, match="set-cookie: no session_id"):
        client(handler, session_email="a@b.c", session_password="password").traces(None, None)
