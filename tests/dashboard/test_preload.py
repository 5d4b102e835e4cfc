"""The head of a page names the scripts that the page will need, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.components import assets, fetch
from dashboard.web import Preloaded
from dashboard.web.preload import COMPONENTS, EVERYWHERE, component_scripts, links, streamlit_scripts

ROOT = Path(__file__).resolve().parents[2]
STATIC = Path(streamlit.__file__).parent / "static"
OURS = "./_stcore/bidi-components/agentops-dashboard."


def client() -> TestClient:
    async def page(_: Request) -> Response:
        return HTMLResponse("<html><head></head><body>시간</body></html>", headers={"ETag": '"a"'})

    async def other(request: Request) -> Response:
        gone = "gone" in request.url.path
        return HTMLResponse("</head>", 404) if gone else PlainTextResponse("</head>", headers={"ETag": '"b"'})

    routes = [Route("/gone", other), Route("/text", other), Route("/{path:path}", page)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Preloaded)]))


@pytest.fixture(autouse=True)
def _as_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "VENDOR", tmp_path)
    for name in (fetch.BASIC, fetch.FULL):
        (tmp_path / name).write_text("plotly")
    links.cache_clear()


def test_each_page_is_known() -> None:
    assert {page.stem for page in (ROOT / "pages").glob("*.py")} == {"overview", *COMPONENTS} - {""}


@pytest.mark.parametrize("page", COMPONENTS)
def test_every_script_named_exists(page: str) -> None:
    named = re.findall(r'href="([^"?]+)', links(page).decode())
    assert len(named) > 20
    for address in named:
        if address.startswith(OURS):
            path = Path(assets.__file__).parent / address.removeprefix(OURS)
            assert path.is_file() or path.parent.name == "vendor"
        else:
            assert (STATIC / address).is_file()


def test_streamlit_has_what_it_is_said_to_have() -> None:
    for name in EVERYWHERE:
        assert any(script.startswith(f"{name}.") for script in streamlit_scripts([name])), name


def test_what_a_script_imports_is_named_with_it() -> None:
    assert component_scripts(["pulse"]) == [
        "agentops-dashboard.pulse/pulse.js",
        "agentops-dashboard.parts/clipboard.js",
        "agentops-dashboard.parts/dom.js",
    ]


def test_pages_with_charts_start_plotly_early_and_others_do_not() -> None:
    early = re.findall(r'<script type="module" src="([^"]+)"', links("").decode())
    assert len(early) == 1
    assert re.fullmatch(OURS + r"chart/early\.js\?bundle=vendor/plotly-basic\.min\.js%3Fv%3D\w{12}", early[0])
    assert b"plotly" not in links("traces") + links("health")


def test_a_page_gets_its_links_and_says_no_age() -> None:
    answer = client().get("/below/traces")
    assert answer.text == f"<html><head>{links('traces').decode()}</head><body>시간</body></html>"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert client().get("/").text.count("chart.js") == 1


def test_other_answers_are_left_alone() -> None:
    assert client().get("/gone").text == "</head>"
    assert client().get("/text").headers["etag"] == '"b"'
    assert client().head("/traces").headers["etag"] == '"a"'
