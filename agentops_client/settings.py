"""Where AgentOps is and who we are there: ``AGENTOPS_*`` from the environment and ``.env``."""

from __future__ import annotations

import ipaddress
import math
import re
import ssl
import urllib.request
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as _SourceError

from .errors import ApiKeyMalformed, NotConfigured, SettingsError

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
#: A name is shown and stands in addresses.
_PROJECT_NAME = re.compile(r"[^\W_](?:[\w .:()&+-]{0,38}[\w)+])?")

#: What each variable expects, as the end of "must be …".
_EXPECTED = {
    "api_key": "a text",
    "projects": (
        "pairs such as Support=12345678-1234-1234-1234-123456789abc,Billing=…: names of at most 40 "
        "characters, none twice, and keys that are UUIDs"
    ),
    "api_endpoint": "an address such as http://localhost:8003, without user, password, query or fragment",
    "app_url": "an address such as http://localhost:3006, without user, password, query or fragment",
    "exporter_endpoint": "an address such as http://otel-collector:4318/v1/traces",
    "project_id": "a UUID such as 12345678-1234-1234-1234-123456789abc",
    "api_dialect": "one of auto, query, path",
    "session_email": "an e-mail address",
    "session_password": "a text",
    "connect_timeout_s": "a number of seconds above 0 and at most 600",
    "token_timeout_s": "a number of seconds above 0 and at most 600",
    "read_timeout_s": "a number of seconds above 0 and at most 600",
    "max_body_mb": "a number of megabytes above 0 and at most 1024",
    "ca_bundle": "the path of a readable file with PEM certificates",
}


class AgentOpsSettings(BaseSettings):
    """The client's settings; environment before ``.env``, an empty value means *not set*.

    A missing or malformed API key is no error here: everything else can still be read, and
    :meth:`require_api_key` raises before the first call. Where several projects are read, ``projects`` holds
    their names and keys, and ``api_key`` is the one of the project at hand. Any other wrong value raises
    :class:`~agentops_client.errors.SettingsError`, one sentence a problem, without the value.
    """

    model_config = SettingsConfigDict(
        env_prefix="AGENTOPS_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    api_key: SecretStr | None = None
    projects: SecretStr | None = None
    api_endpoint: str = "http://localhost:8003"
    app_url: str = "http://localhost:3006"
    exporter_endpoint: str | None = None
    project_id: str | None = None
    api_dialect: Literal["auto", "query", "path"] = "auto"
    session_email: str | None = None
    session_password: SecretStr | None = None
    connect_timeout_s: float = 2.0
    token_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    max_body_mb: float = 64.0
    ca_bundle: Path | None = None

    def __init__(self, **values: Any) -> None:
        problem: str | None = None
        try:
            super().__init__(**values)
        except ValidationError as error:
            problem = " ".join(_sentences(error))
        except UnicodeDecodeError:
            problem = "The .env file must be UTF-8 text; save it as UTF-8 and restart."
        except OSError as error:
            problem = f"The .env file cannot be read ({error.strerror}); make it readable and restart."
        except _SourceError:
            problem = "The .env file must hold lines such as AGENTOPS_API_KEY=…; correct it and restart."
        # raised here, outside the handlers: a chained exception would carry the values along
        if problem is not None:
            raise SettingsError(problem)

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: Any) -> Any:
        if isinstance(value, SecretStr):
            value = SecretStr(value.get_secret_value().strip())
            return value if value.get_secret_value() else None
        return value.strip() if isinstance(value, str) else value

    @field_validator(
        "api_key", "projects", "exporter_endpoint", "project_id", "session_email", "session_password",
        "ca_bundle", mode="before",
    )  # fmt: skip
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("projects")
    @classmethod
    def _pairs(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _keys_by_name(value.get_secret_value())
        return value

    @field_validator("api_endpoint", "app_url", "exporter_endpoint")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        plain = not (parts.username or parts.password or "@" in parts.netloc or parts.query or parts.fragment)
        if (
            parts.scheme.lower() not in ("http", "https")
            or not parts.hostname
            or not plain
            or parts.port == 0
        ):
            raise ValueError("address")
        if re.search(r"[\s\x00-\x1f\\?#]", value) or not re.fullmatch(r"[\w.\-:%]+", parts.hostname):
            raise ValueError("address")
        address = f"{parts.scheme.lower()}://{parts.netloc}{parts.path}".rstrip("/")
        try:
            httpx.URL(address)
        except httpx.InvalidURL:
            raise ValueError("address") from None
        return address

    @field_validator("project_id")
    @classmethod
    def _project(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not _UUID.fullmatch(value):
            raise ValueError("uuid")
        return str(UUID(value))

    @field_validator("api_dialect", mode="before")
    @classmethod
    def _dialect(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("connect_timeout_s", "token_timeout_s", "read_timeout_s")
    @classmethod
    def _seconds(cls, value: float) -> float:
        if not (math.isfinite(value) and 0 < value <= 600):
            raise ValueError("seconds")
        return value

    @field_validator("max_body_mb")
    @classmethod
    def _megabytes(cls, value: float) -> float:
        if not (math.isfinite(value) and 0 < value <= 1024):
            raise ValueError("megabytes")
        return value

    @field_validator("ca_bundle")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                ssl.create_default_context(cafile=str(value))
            except (OSError, ValueError):
                raise ValueError("certificates") from None
        return value

    @model_validator(mode="after")
    def _both_session_values(self) -> AgentOpsSettings:
        if (self.session_email is None) != (self.session_password is None):
            raise ValueError("session")
        return self

    def require_api_key(self) -> str:
        """The key in its canonical writing. Raises NotConfigured or ApiKeyMalformed, before any call."""
        key = self.api_key.get_secret_value() if self.api_key else ""
        if not key:
            raise NotConfigured(endpoint=self.api_endpoint)
        if not _UUID.fullmatch(key):
            raise ApiKeyMalformed(endpoint=self.api_endpoint)
        return str(UUID(key))

    @property
    def project_names(self) -> tuple[str, ...]:
        """The names in ``AGENTOPS_PROJECTS``, in its order; none where one key is all there is."""
        return tuple(_keys_by_name(self.projects.get_secret_value())) if self.projects else ()

    def of_project(self, name: str) -> AgentOpsSettings:
        """These settings with the key of that project. Raises KeyError for a name that is not there."""
        keys = _keys_by_name(self.projects.get_secret_value()) if self.projects else {}
        # A project's id belongs to one key; the token tells it for each.
        return self.model_copy(update={"api_key": SecretStr(keys[name]), "project_id": None})

    @property
    def has_session(self) -> bool:
        """Whether credentials for a stock build's login are configured."""
        return self.session_email is not None and self.session_password is not None

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint is this machine itself; no proxy could know what that means."""
        host = urlsplit(self.api_endpoint).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def proxy_url(self) -> str | None:
        """The proxy towards the endpoint by the usual variables (HTTP_PROXY, NO_PROXY …), or None."""
        parts = urlsplit(self.api_endpoint)
        if self.is_loopback or urllib.request.proxy_bypass(parts.hostname or ""):
            return None
        proxies = urllib.request.getproxies()
        proxy = proxies.get(parts.scheme) or proxies.get("all")
        return (proxy if "://" in proxy else f"http://{proxy}") if proxy else None


def _keys_by_name(pairs: str) -> dict[str, str]:
    """``Name=key,Name=key`` taken apart."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in re.split(r"[,\n]", pairs))):
        name, _, key = (part.strip() for part in pair.rpartition("="))
        if not (_PROJECT_NAME.fullmatch(name) and _UUID.fullmatch(key)) or name in found:
            raise ValueError("pairs")
        found[name] = key
    if not found:
        raise ValueError("pairs")
    return found


def load_settings(env_file: str | Path | None = ".env") -> AgentOpsSettings:
    """Settings from the environment and ``env_file`` (None: environment only).

    Raises SettingsError, one sentence a problem.
    """
    return AgentOpsSettings(_env_file=env_file)


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if not name:
            sentences.append(
                "AGENTOPS_SESSION_EMAIL and AGENTOPS_SESSION_PASSWORD belong together; set both, or remove "
                "both, and restart."
            )
            continue
        variable = f"AGENTOPS_{name.upper()}"
        expected = _EXPECTED.get(name, "valid")
        sentences.append(f"{variable} must be {expected}; correct it in the environment or .env and restart.")
    return sentences
