"""Who reaches the server at all: a trusted proxy's readers, Prometheus, nobody at closed doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.access import networks
from dashboard.access.peers import REWRITES
from dashboard.web import Guard

PATHS = ("/", "/cost", "/static/js/a.js", "/media/abc.json", "/_stcore/bidi-components/x.js", "/component/a")
KIM = {"X-Forwarded-User": "kim"}


async def answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("in")


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("in")
    await socket.close()


@pytest.fixture(autouse=True)
def _as_the_launcher_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REWRITES, "")


@pytest.fixture
def client() -> Callable[..., TestClient]:
    """A client at an address, of a server with these options."""

    def make(peer: str, **options: Any) -> TestClient:
        routes = [
            WebSocketRoute("/{path:path}", stream),
            Route("/{path:path}", answer, methods=["GET", "PUT", "DELETE", "POST"]),
        ]
        app = Starlette(routes=routes, middleware=[Middleware(Guard, **options)])
        return TestClient(app, client=(peer, 50_000))

    return make


def proxy(**more: Any) -> dict[str, Any]:
    return {
        "proxies": networks("10.0.0.0/24"),
        "user_header": "X-Forwarded-User",
        "groups_header": "X-Forwarded-Groups",
    } | more


def socket_opens(client: TestClient, **headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with client.websocket_connect("/_stcore/stream", headers=named) as socket:
            return socket.receive_text() == "in"
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize("path", PATHS)
def test_only_a_trusted_proxy_with_one_name_gets_in(client: Callable[..., TestClient], path: str) -> None:
    inside, outside = client("10.0.0.7", **proxy()), client("10.0.1.7", **proxy())
    assert inside.get(path, headers=KIM).text == "in"
    assert outside.get(path, headers=KIM).status_code == 403
    assert inside.get(path).status_code == 401
    assert inside.get(path, headers={"X-Forwarded-User": " "}).status_code == 401
    twice = [("X-Forwarded-User", "kim"), ("x-forwarded-user", "root")]
    assert inside.get(path, headers=twice).status_code == 401  # type: ignore[arg-type]


def test_the_websocket_is_no_side_door(client: Callable[..., TestClient]) -> None:
    assert socket_opens(client("10.0.0.7", **proxy()), X_Forwarded_User="kim")
    assert not socket_opens(client("10.0.0.7", **proxy()))
    assert not socket_opens(client("10.0.1.7", **proxy()), X_Forwarded_User="kim")


def test_an_address_that_a_header_may_have_named_is_not_trusted(
    client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    forwarded = KIM | {"X-Forwarded-For": "10.0.0.7"}
    assert client("10.0.0.7", **proxy()).get("/", headers=forwarded).text == "in"
    monkeypatch.delenv(REWRITES)  # now the server may have taken 10.0.0.7 from the header
    assert client("10.0.0.7", **proxy()).get("/", headers=forwarded).status_code == 403


def test_other_ways_to_sign_in_leave_the_door_to_the_pages(client: Callable[..., TestClient]) -> None:
    anybody = client("203.0.113.9")
    assert [anybody.get(path).text for path in PATHS] == ["in"] * len(PATHS)
    assert socket_opens(anybody)


@pytest.mark.parametrize(
    "path", ["/metrics", "/sub/metrics", "/_stcore/metrics", "/_stcore/script-health-check"]
)
def test_figures_about_the_process_are_for_those_who_may_read_them(
    client: Callable[..., TestClient], path: str
) -> None:
    allowed = networks("10.9.0.0/16")
    assert client("10.9.1.1", metrics_from=allowed).get(path).text == "in"
    assert client("10.9.1.1", **proxy(metrics_from=allowed)).get(path).text == "in"  # Prometheus has no name
    assert client("10.0.0.7", **proxy(metrics_from=allowed)).get(path, headers=KIM).status_code == 403
    assert client("10.9.1.1").get(path).status_code == 403
    assert client("10.9.1.1", metrics_from=allowed).get(f"{path}/").text == "in"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/_stcore/health", "/sub/healthz"])
def test_probes_get_in_from_anywhere(client: Callable[..., TestClient], path: str) -> None:
    assert client("203.0.113.9", **proxy()).get(path).text == "in"


@pytest.mark.parametrize(
    "path", ["/_stcore/upload_file", "/_stcore/upload_file/session/1", "/sub/_stcore/upload_file/a/b"]
)
def test_nothing_is_uploaded(client: Callable[..., TestClient], path: str) -> None:
    for peer, options in (("127.0.0.1", {}), ("10.0.0.7", proxy())):
        for method in ("PUT", "DELETE", "POST", "GET"):
            assert client(peer, **options).request(method, path, headers=KIM).status_code == 404
