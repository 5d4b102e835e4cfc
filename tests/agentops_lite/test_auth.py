"""Tokens, sessions and their ends. The recorded refusals are in test_contract.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import jwt

from agentops_lite import DEFAULT_API_KEY, DEFAULT_PROJECT_ID, LiteConfig, serve
from tests.agentops_lite.replay import MAIN, Clock, World, recording

Start = Callable[..., World]
DAY = 86_400


def test_defaults_are_the_documented_constants() -> None:
    with serve(LiteConfig()) as url:
        answer = httpx.post(f"{url}/v3/auth/token", json={"api_key": DEFAULT_API_KEY})
    assert answer.json()["project_id"] == DEFAULT_PROJECT_ID


def test_token_has_the_recorded_payload(start: Start) -> None:
    world = start()
    recorded = recording("auth/v3_token_post_ok_pro")["response"]["body"]["token"]
    unverified = {"verify_signature": False}
    assert jwt.decode(world.token(MAIN), options=unverified) == jwt.decode(recorded, options=unverified)


def test_token_ends_after_thirty_days_of_the_servers_clock(start: Start, clock: Clock) -> None:
    world = start()
    headers = world.bearer()
    clock.now += 30 * DAY - 1
    assert world.client.get("/v3/auth/token", headers=headers).status_code == 200
    clock.now += 1
    answer = world.client.get("/v3/auth/token", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Token has expired"})
    assert world.client.get("/public/v1/project", headers=headers).status_code == 400


def test_bearer_of_a_project_that_is_gone_is_refused(start: Start, tmp_path: Path) -> None:
    world = start(data=tmp_path)
    payload = jwt.decode(world.token(MAIN), options={"verify_signature": False}) | {"project_id": "gone"}
    answer = world.client.get("/v3/auth/token", headers={"authorization": f"Bearer {world.signed(payload)}"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token"})


def test_authorization_header_of_another_form(start: Start) -> None:
    world = start()

    def detail(header: str) -> str:
        answer = world.client.get("/v3/auth/token", headers={"authorization": header})
        assert answer.status_code == 401
        text: str = answer.json()["detail"]
        return text

    assert detail("Basic abc") == "Invalid authentication scheme"
    assert detail("Bearer") == "Invalid token format"
    assert detail("Bearer a b") == "Invalid token format"


def test_each_use_extends_a_session_by_seven_days(start: Start, clock: Clock) -> None:
    world = start()
    cookie = world.login()

    def ask() -> tuple[int, object]:
        answer = world.client.get(f"/v4/traces/list/{MAIN}", headers=cookie)
        return answer.status_code, answer.json().get("detail")

    for _ in range(5):
        clock.now += 6 * DAY
        assert ask() == (200, None)
    clock.now += 7 * DAY
    assert ask() == (401, "User's session has expired.")


def test_tokens_survive_a_restart_where_data_are_kept(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    headers = start(data=folder).bearer()
    (folder / "agentops-lite.duckdb").rename(folder / "moved.duckdb")  # the first server still holds its file
    assert start(data=folder).client.get("/v3/auth/token", headers=headers).status_code == 200
    assert start().client.get("/v3/auth/token", headers=headers).status_code == 401
    assert (folder / "secrets.json").stat().st_mode & 0o077 == 0


def test_production_settings_want_the_proxys_headers(start: Start) -> None:
    world = start(api_domain="api.example.test")
    body = {"email": world.config.email, "password": world.config.password}
    direct = world.client.post("/auth/login", json=body)
    real = recording("production_settings/login_direct")["response"]
    assert (direct.status_code, direct.json()) == (real["status"], real["body"])
    forwarded = recording("production_settings/login_forwarded")
    proxy = {k: v for k, v in forwarded["request"]["headers"].items() if k.startswith("x-forwarded")}
    answer = world.client.post("/auth/login", json=body, headers=proxy)
    expected = dict(forwarded["response"]["headers"])["set-cookie"]
    assert answer.headers["set-cookie"].split("; ")[1:] == expected.split("; ")[1:]


def test_bodies_that_are_no_objects_are_422(start: Start) -> None:
    world = start()

    def kind(content: str, content_type: str = "application/json") -> str:
        answer = world.client.post("/v3/auth/token", content=content, headers={"content-type": content_type})
        assert answer.status_code == 422
        text: str = answer.json()["detail"][0]["type"]
        return text

    assert kind("{") == "json_invalid"
    assert kind("[]") == "model_attributes_type"
    assert kind(json.dumps({"api_key": 1})) == "string_type"
    assert kind('{"api_key": "x"}', "text/plain") == "model_attributes_type"


def test_bodies_that_break_parsers_are_refused_not_crashed_on(start: Start) -> None:
    world = start()
    as_json = {"content-type": "application/json"}
    deep = world.client.post("/v3/auth/token", content="[" * 50_000, headers=as_json)
    assert deep.status_code == 400
    half = world.client.post("/auth/login", content='{"email": "\\ud800", "password": "x"}', headers=as_json)
    assert half.status_code == 401
    large = world.client.post("/v3/auth/token", content="x" * 100_000, headers=as_json)
    assert large.status_code == 413
