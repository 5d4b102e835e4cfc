"""The server around the pages: health, readiness, headers, compression."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import projects
from dashboard.components.versions import version_of
from dashboard.figures import palette
from dashboard.settings import SettingsProblem, dashboard_settings
from dashboard.upstream import Upstream
from dashboard.web import Compressed, SecurityHeaders, routes
from dashboard.web.headers import policy
from dashboard.web.inline import inline
from tests.otlp import send, ten_traces

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "console.log('a long enough script');" * 200
Ask = Callable[..., Upstream]


@pytest.fixture
def client() -> TestClient:
    async def script(_: Request) -> Response:
        return Response(SCRIPT, media_type="text/javascript")

    async def picture(_: Request) -> Response:
        return Response(b"\x89PNG" * 1000, media_type="image/png")

    async def other(_: Request) -> Response:
        return PlainTextResponse(SCRIPT)

    app = Starlette(
        routes=[
            *routes,
            Route("/static/js/a.js", script),
            Route("/static/a.png", picture),
            Route("/page", other),
        ],
        middleware=[
            Middleware(SecurityHeaders, frame_ancestors="https://portal.example"),
            Middleware(Compressed),
        ],
    )
    return TestClient(app, client=("127.0.0.1", 50_000))


def test_healthz_says_that_the_process_serves(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_gives_the_cause_of_an_outage(client: TestClient, ask: Ask) -> None:
    projects.share(ask("http://127.0.0.1:9"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["cause"] == "connection_refused"
    assert "127.0.0.1:9" in answer.json()["message"]


def test_readyz_tells_an_address_only_to_whoever_may_read_figures(
    client: TestClient, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_METRICS_FROM", "10.0.0.0/8")
    dashboard_settings.cache_clear()
    projects.share(ask("http://127.0.0.1:9"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "unavailable", "cause": "connection_refused"},
    )


def test_readyz_is_ready_when_agentops_answers(client: TestClient, ask: Ask, lite: str) -> None:
    from datetime import UTC, datetime

    send(lite, ten_traces(datetime.now(UTC)))
    projects.share(ask(lite))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_readyz_without_usable_settings_names_the_variable(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", "localhost:8003")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "AGENTOPS_API_ENDPOINT" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/healthz", "/static/js/a.js", "/page", "/no-such-page"])
def test_every_answer_carries_the_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "frame-ancestors https://portal.example" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "x-frame-options" not in headers  # it could not name the portal


def test_the_policy_allows_streamlits_inline_script_and_ours_by_their_hashes() -> None:
    script_sources = re.search(r"script-src ([^;]*)", policy("'self'"))
    assert script_sources is not None
    assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/=]{44}'){4}", script_sources[1])
    for script in inline():
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in script_sources[1]


def test_scripts_are_compressed_once_and_whole(client: TestClient) -> None:
    for _ in range(2):
        answer = client.get("/static/js/a.js", headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 5
        assert answer.text == SCRIPT
        assert answer.headers["vary"] == "Accept-Encoding"


def test_browsers_without_gzip_get_the_plain_file(client: TestClient) -> None:
    answer = client.get("/static/js/a.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.text == SCRIPT


def test_pictures_and_pages_are_left_alone(client: TestClient) -> None:
    for path in ("/static/a.png", "/page"):
        assert "content-encoding" not in client.get(path, headers={"accept-encoding": "gzip"}).headers


def test_only_the_version_of_what_is_sent_makes_an_address_lasting(client: TestClient) -> None:
    """After an upgrade, a page from before may ask for the former version: it gets the new one, for once."""
    version = version_of(SCRIPT.encode())
    assert "immutable" in client.get(f"/static/js/a.js?v={version}&more=1").headers["cache-control"]
    assert "cache-control" not in client.get("/static/js/a.js?v=0123456789ab").headers
    assert "cache-control" not in client.get("/static/js/a.js").headers
    assert client.get("/static/js/a.js?v=%FF&=&v").text == SCRIPT


def test_what_would_be_compressed_each_time_further_in_is_compressed_here() -> None:
    """So Streamlit does it with our components, a megabyte of plotly.js among them."""

    async def script(_: Request) -> Response:
        return Response(SCRIPT, media_type="text/javascript")

    inner = [Middleware(Compressed), Middleware(GZipMiddleware, compresslevel=1)]
    app = Starlette(routes=[Route("/_stcore/bidi-components/a.js", script)], middleware=inner)
    answer = TestClient(app).get("/_stcore/bidi-components/a.js", headers={"accept-encoding": "gzip"})
    assert answer.text == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 6))


def test_what_is_kept_compressed_is_bounded() -> None:
    kept = Compressed(PlainTextResponse("x"))
    for n in range(40):
        kept._keep(str(n), gzip.compress(b"", 0) + b"x" * 1_000_000)
    assert sum(map(len, kept._kept.values())) <= 32_000_000


def test_streamlits_palette_is_ours() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert tuple(theme["chartCategoricalColors"]) == palette.SERIES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DASHBOARD_TIMEZONE", "Berlin"), ("DASHBOARD_LANGUAGE", "fr"), ("DASHBOARD_RANGE", "1y"),
        ("DASHBOARD_REFRESH_S", "7"), ("DASHBOARD_FRAME_ANCESTORS", "'self'; script-src *"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsProblem, match=rf"{name}: .*; correct it") as problem:
        dashboard_settings()
    assert value not in str(problem.value)


def test_blank_settings_are_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_TIMEZONE", "")
    monkeypatch.setenv("DASHBOARD_LANGUAGE", "")
    assert (dashboard_settings().timezone, dashboard_settings().language) == (None, None)
