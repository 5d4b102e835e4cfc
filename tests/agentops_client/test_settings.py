from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from agentops_client import AgentOpsSettings, ApiKeyMalformed, NotConfigured, SettingsError, load_settings


def test_defaults_are_the_portals() -> None:
    settings = load_settings(env_file=None)
    assert settings.api_endpoint == "http://localhost:8003"
    assert settings.app_url == "http://localhost:3006"
    assert (settings.connect_timeout_s, settings.token_timeout_s, settings.read_timeout_s) == (2.0, 5.0, 30.0)
    assert settings.api_dialect == "auto"
    assert settings.api_key is None
    assert not settings.has_session


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.env"
    file.write_text("AGENTOPS_API_ENDPOINT=http://from-file:8000/\nAGENTOPS_API_DIALECT=PATH\nOTHER=1\n")
    assert load_settings(file).api_endpoint == "http://from-file:8000"
    assert load_settings(file).api_dialect == "path"
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", "https://from-environment/agentops//")
    monkeypatch.setenv("AGENTOPS_PROJECT_ID", "")
    assert load_settings(file).api_endpoint == "https://from-environment/agentops"
    assert load_settings(file).project_id is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("API_ENDPOINT", "localhost:8003", "an address such as http://localhost:8003"),
        ("API_ENDPOINT", "http://user:s3cret-pw@host:8003", "without user, password"),
        ("API_ENDPOINT", "http://host:99999", "an address"),
        ("API_ENDPOINT", "http://host:port", "an address"),
        ("API_ENDPOINT", "http://host:8003/?token=1", "an address"),
        ("API_ENDPOINT", "http://", "an address"),
        ("API_ENDPOINT", "http://exa mple", "an address"),
        ("PROJECT_ID", "my-project", "a UUID"),
        ("API_DIALECT", "graphql", "one of auto, query, path"),
        ("READ_TIMEOUT_S", "soon", "a number of seconds"),
        ("READ_TIMEOUT_S", "0", "a number of seconds"),
        ("CONNECT_TIMEOUT_S", "nan", "a number of seconds"),
        ("TOKEN_TIMEOUT_S", "-1", "a number of seconds"),
        ("MAX_BODY_MB", "1e9", "a number of megabytes"),
        ("CA_BUNDLE", "/no/such/file.pem", "PEM certificates"),
    ],
)
def test_a_wrong_value_is_one_sentence(
    variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"AGENTOPS_{variable}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    text = str(caught.value)
    assert text.startswith(f"AGENTOPS_{variable} must be ")
    assert expected in text
    assert text.endswith("; correct it in the environment or .env and restart.")
    assert "s3cret-pw" not in text
    assert caught.value.__context__ is None


def test_two_problems_are_two_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTOPS_PROJECT_ID", "x")
    monkeypatch.setenv("AGENTOPS_READ_TIMEOUT_S", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    assert str(caught.value).count("must be") == 2


def test_half_a_session_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTOPS_SESSION_PASSWORD", "only-the-password")
    with pytest.raises(SettingsError, match="AGENTOPS_SESSION_EMAIL and AGENTOPS_SESSION_PASSWORD") as caught:
        load_settings(env_file=None)
    assert "only-the-password" not in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"AGENTOPS_API_ENDPOINT=http://\xff\xfe\n")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(file)


def test_a_malformed_key_lets_the_rest_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTOPS_API_KEY", "sk-not-a-uuid-secret")
    monkeypatch.setenv("AGENTOPS_API_ENDPOINT", "http://host:8003")
    settings = load_settings(env_file=None)
    assert settings.api_endpoint == "http://host:8003"
    with pytest.raises(ApiKeyMalformed) as caught:
        settings.require_api_key()
    assert "sk-not-a-uuid-secret" not in str(caught.value) + repr(settings)
    assert caught.value.portal_status == 400
    assert "12345678-1234-1234-1234-123456789abc" in caught.value.remedy


@pytest.mark.parametrize(
    "written",
    [
        "c0ffee00-0000-4000-8000-000000000001",
        " C0FFEE00-0000-4000-8000-000000000001 ",
        "C0FFEE00000040008000000000000001",
    ],
)
def test_a_key_in_any_writing_that_upstream_takes(written: str) -> None:
    key = AgentOpsSettings(_env_file=None, api_key=SecretStr(written)).require_api_key()
    assert key == "c0ffee00-0000-4000-8000-000000000001"


@pytest.mark.parametrize("key", [None, "", "   "])
def test_no_key(key: str | None) -> None:
    with pytest.raises(NotConfigured) as caught:
        AgentOpsSettings(_env_file=None, api_key=key).require_api_key()
    assert caught.value.portal_message == (
        "AgentOps API 키가 설정되지 않았습니다. AGENTOPS_API_KEY 환경 변수를 설정하세요."
    )


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "inside.test")

    def proxy(endpoint: str) -> str | None:
        return AgentOpsSettings(_env_file=None, api_endpoint=endpoint).proxy_url

    assert proxy("http://agentops.test:8003") == "http://proxy.test:3128"
    assert proxy("http://inside.test:8003") is None
    for local in ("http://localhost:8003", "http://127.0.0.1:8003", "http://127.9.9.9", "http://[::1]:8003"):
        assert proxy(local) is None
