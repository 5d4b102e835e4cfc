"""Embedded pages run as scripts, and who may embed them, said in headers."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket
from streamlit.testing.v1 import AppTest

from dashboard.panels.frame import origins
from dashboard.web import SecurityHeaders
from tests.pages.opened import MAIN, markup, text


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ("'self'", ["self"]),
        ("'none'", []),
        ("'self' https://Portal.example", ["self", "https://portal.example"]),
        ("http://10.0.0.5:3001/", ["http://10.0.0.5:3001"]),
        ("https: https://*.example.com http://localhost:* portal.example", []),
    ],
)
def test_origins_are_those_of_the_list_that_name_one(sources: str, found: list[str]) -> None:
    assert origins(sources) == found


def opened(*, embedded: bool, **query: str) -> AppTest:
    """The health page, which needs no AgentOps to be drawn."""
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.context["is_embedded"] = embedded
    at.switch_page("../pages/health.py")
    for name, value in ({"lang": "en", "tz": "UTC"} | query).items():
        at.query_params[name] = value
    return at.run()


def linked(at: AppTest) -> list[str]:
    return [link.proto.label for link in at.get("page_link")]


def test_links_stand_above_an_embedded_page_only() -> None:
    assert linked(opened(embedded=False)) == []
    assert linked(opened(embedded=True)) == [
        "Overview", "On call", "Traces", "Cost & tokens", "Performance & errors", "Agents & models", "Health",
    ]  # fmt: skip
    assert "보기 설정" in text(opened(embedded=True, lang="ko"))


def test_links_carry_the_view() -> None:
    at = opened(embedded=True, range="7d", lang="ko")
    queries = {link.proto.query_string for link in at.get("page_link")}
    assert queries == {"range=7d&tz=UTC&lang=ko"} or queries == {"range=7d&lang=ko"}


def test_no_navigation_is_kept_in_the_address_when_a_link_left_it_out() -> None:
    at = opened(embedded=True, nav="none")
    assert linked(at) == []
    del at.query_params["nav"]
    at.run()
    assert linked(at) == []
    assert at.query_params["nav"] == "none"


def test_a_wrong_wish_is_named() -> None:
    at = opened(embedded=True, nav="<b>left</b>")
    assert "&lt;b&gt;left&lt;/b&gt;" in markup(at)
    assert "top, none" in text(at)
    assert len(linked(at)) == 7


def client(frame_ancestors: str) -> TestClient:
    async def page(_: Request) -> Response:
        return PlainTextResponse("page")

    async def broken(_: Request) -> Response:
        raise RuntimeError("our own mistake")

    async def refusing(socket: WebSocket) -> None:
        await socket.send_denial_response(PlainTextResponse("no", 403))

    app = Starlette(
        routes=[Route("/page", page), Route("/broken", broken), WebSocketRoute("/socket", refusing)],
        middleware=[Middleware(SecurityHeaders, frame_ancestors=frame_ancestors)],
    )
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("sources", "option"),
    [
        ("'self'", "SAMEORIGIN"),
        ("'none'", "DENY"),
        ("https://portal.example", None),
        ("'self' https://a.example", None),
    ],
)
def test_the_older_header_says_the_same_or_nothing(sources: str, option: str | None) -> None:
    headers = client(sources).get("/page").headers
    assert headers.get("x-frame-options") == option
    assert headers["content-security-policy"].endswith(f"; frame-ancestors {sources}")


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/no-such-page", 404)])
def test_failures_may_not_be_framed_by_others_either(path: str, status: int) -> None:
    answer = client("https://portal.example").get(path)
    assert answer.status_code == status
    assert "frame-ancestors https://portal.example" in answer.headers["content-security-policy"]
    assert "mistake" not in answer.text


def test_a_refused_websocket_carries_the_policy_too() -> None:
    with pytest.raises(WebSocketDenialResponse) as refused, client("'none'").websocket_connect("/socket"):
        pass
    assert refused.value.status_code == 403
    assert "frame-ancestors 'none'" in refused.value.headers["content-security-policy"]
