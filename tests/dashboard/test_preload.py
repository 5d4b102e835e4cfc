"""The head of a page names the scripts that the page will need, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.components import assets, fetch
from dashboard.web import Preloaded
from dashboard.web.inline import KEEPS_EMBEDDED, SERVER_IS_ABOVE
from dashboard.web.preload import COMPONENTS, component_scripts, links

ROOT = Path(__file__).resolve().parents[2]
OURS = "./_stcore/bidi-components/agentops-dashboard."


#: As a browser asks for a page.
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, br, zstd"}


def client(*inner: Middleware) -> TestClient:
    async def page(_: Request) -> Response:
        return HTMLResponse("<html><head></head><body>시간</body></html>", headers={"ETag": '"a"'})

    async def other(request: Request) -> Response:
        gone = "gone" in request.url.path
        return HTMLResponse("</head>", 404) if gone else PlainTextResponse("</head>", headers={"ETag": '"b"'})

    routes = [Route("/gone", other), Route("/text", other), Route("/{path:path}", page)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Preloaded), *inner]))


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
    assert {f"{OURS}{name}/{name}.js" for name in ("frame", *COMPONENTS[page])} <= set(named)
    for address in named:
        assert address.startswith(OURS)
        path = Path(assets.__file__).parent / address.removeprefix(OURS)
        assert path.is_file() or path.parent.name == "vendor"


@pytest.mark.parametrize("page", COMPONENTS)
def test_every_page_keeps_its_links_embedded(page: str) -> None:
    assert f"<script>{KEEPS_EMBEDDED}</script>".encode() in links(page)


@pytest.mark.parametrize("page", COMPONENTS)
def test_only_a_page_with_a_name_is_told_where_the_server_is(page: str) -> None:
    assert (f"<script>{SERVER_IS_ABOVE}</script>".encode() in links(page)) is bool(page)


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
    answer = client().get("/below/traces", headers={"Accept-Encoding": "identity"})
    assert answer.text == f"<html><head>{links('traces').decode()}</head><body>시간</body></html>"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert client().get("/").text.count("chart.js") == 1


def test_a_page_that_would_be_compressed_further_in_gets_its_links_too() -> None:
    """So Streamlit does it: no browser got any."""
    answer = client(Middleware(GZipMiddleware, minimum_size=1)).get("/traces", headers=BROWSER)
    assert links("traces").decode() in answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]


def test_other_answers_are_left_alone() -> None:
    assert client().get("/gone").text == "</head>"
    assert client().get("/text").headers["etag"] == '"b"'
    assert client().head("/traces").headers["etag"] == '"a"'
