"""The head of a page names the scripts that the page will need, and they exist."""

from __future__ import annotations

import asyncio
import json
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
from starlette.types import Message

from dashboard.components import assets, fetch
from dashboard.components.versions import version_of
from dashboard.web import Preloaded
from dashboard.web.inline import KEEPS_EMBEDDED, SERVER_IS_ABOVE, elements, import_map
from dashboard.web.preload import COMPONENTS, component_scripts, links

ROOT = Path(__file__).resolve().parents[2]
OURS = "./_stcore/bidi-components/agentops-dashboard."


#: As a browser asks for a page.
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, br, zstd"}


def client(*inner: Middleware) -> TestClient:
    async def page(_: Request) -> Response:
        return HTMLResponse(
            "<html><head><title>a</title></head><body>시간</body></html>", headers={"ETag": '"a"'}
        )

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


def served(address: str) -> Path:
    """The file behind an address as a page names it."""
    assert address.startswith(OURS)
    return Path(assets.__file__).parent / address.removeprefix(OURS).partition("?")[0]


@pytest.mark.parametrize("page", COMPONENTS)
def test_every_script_named_exists(page: str) -> None:
    named = re.findall(r'href="([^"]+)', links(page).decode())
    assert {f"{OURS}{name}/{name}.js" for name in COMPONENTS[page]} <= set(named)
    assert all(served(each).is_file() or served(each).parent.name == "vendor" for each in named)


def test_the_frame_is_for_embedded_pages() -> None:
    frame = f"{OURS}frame/frame.js".encode()
    assert frame in links("cost", embedded=True)
    assert frame not in links("cost")
    assert frame in client().get("/cost?embed=true").content
    assert frame not in client().get("/cost?embed=false").content


@pytest.mark.parametrize("query", [b"\xff\xfe=\xff&embed", b"embed=%FF", b"=&;&&"])
def test_any_query_gets_the_page(query: bytes) -> None:
    """As a server hands it over: bytes, of which nobody said that they are text."""
    sent: list[Message] = []
    headers = [(b"host", b"a"), (b"accept", b"text/html")]
    scope = {"type": "http", "method": "GET", "path": "/cost", "query_string": query, "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(client().app(scope, receive, send))
    assert sent[0]["status"] == 200
    assert b"modulepreload" in sent[1]["body"]


@pytest.mark.parametrize("page", COMPONENTS)
def test_every_page_keeps_its_links_embedded(page: str) -> None:
    assert f"<script>{KEEPS_EMBEDDED}</script>".encode() in elements(page)


@pytest.mark.parametrize("page", COMPONENTS)
def test_only_a_page_with_a_name_is_told_where_the_server_is(page: str) -> None:
    assert (f"<script>{SERVER_IS_ABOVE}</script>".encode() in elements(page)) is bool(page)


def test_what_a_script_imports_is_named_with_it() -> None:
    root = Path(assets.__file__).parent
    names = ("pulse/pulse.js", "parts/clipboard.js", "parts/dom.js")
    assert component_scripts(["pulse"]) == [root / name for name in names]


@pytest.mark.parametrize("page", COMPONENTS)
def test_what_is_fetched_early_is_what_will_be_imported(page: str) -> None:
    """Under another address it would be fetched, and run, twice."""
    imports = json.loads(import_map())["imports"]
    named = re.findall(r'rel="modulepreload" href="([^"]+)', links(page).decode())
    for each in named:
        plain = each.partition("?")[0]
        assert each == imports.get(plain, plain)


def test_scripts_that_are_imported_have_a_version_and_those_that_streamlit_starts_have_none() -> None:
    imports = json.loads(import_map())["imports"]
    for plain, lasting in imports.items():
        assert lasting == f"{plain}?v={version_of(served(plain).read_bytes())}"
    scripts = set(Path(assets.__file__).parent.glob("*/*.js"))
    started = scripts - {served(plain) for plain in imports}
    assert {path.stem for path in started} == {path.parent.name for path in started}
    assert {path.stem for path in started} == set(assets.FOLDERS) - {"parts"}


def test_pages_with_charts_start_plotly_early_and_others_do_not() -> None:
    early = re.findall(r'<script type="module" src="([^"]+)"', links("").decode())
    assert len(early) == 1
    bundle = r"vendor/plotly-basic\.min\.js%3Fv%3D\w{12}"
    assert re.fullmatch(OURS + r"chart/early\.js\?v=\w{12}&amp;bundle=" + bundle, early[0])
    assert b"plotly" not in links("traces") + links("health")


def test_a_page_gets_its_links_and_says_no_age() -> None:
    answer = client().get("/below/traces", headers={"Accept-Encoding": "identity"})
    inline, early = elements("traces").decode(), links("traces").decode()
    assert answer.text == f"<html><head>{inline}<title>a</title>{early}</head><body>시간</body></html>"
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
