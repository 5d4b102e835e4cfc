"""What the dashboard itself can be told: ``DASHBOARD_*`` from the environment and ``.env``.

The upstream's settings (``AGENTOPS_*``) belong to ``agentops_client.settings``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .access.link import SECRET_LEAST
from .access.peers import Networks, networks
from .access.viewer import Role
from .heartbeat.lamps import places
from .windows import ROLLING

#: Seconds between automatic refreshes that a reader may choose; 0 is off.
REFRESH_CHOICES = (0, 10, 30, 60, 300)


def _levels(value: object) -> object:
    """``"0.05,0.2"`` as two numbers, warning and critical."""
    if not isinstance(value, str):
        return value
    try:
        warning, critical = (float(part) for part in value.split(","))
    except ValueError:
        raise ValueError("expected two numbers, warning,critical, such as 0.05,0.2") from None
    if not 0 < warning <= critical < inf:
        raise ValueError("expected two numbers above 0, the first (warning) not above the second (critical)")
    return warning, critical


#: From where on something is a warning, and from where on critical.
Levels = Annotated[tuple[float, float], NoDecode, BeforeValidator(_levels)]


Addresses = Annotated[Networks, NoDecode, BeforeValidator(lambda v: networks(v) if isinstance(v, str) else v)]
LOOPBACK = "127.0.0.0/8,::1"
_HEADER = r"^[A-Za-z][A-Za-z0-9-]{0,63}$"


class SettingsProblem(ValueError):
    """A ``DASHBOARD_*`` variable has a value that cannot be used; the message is for the operator."""


class DashboardSettings(BaseSettings):
    """``DASHBOARD_*``; every value has a working default.

    Attributes:
        timezone: IANA name of the reporting time zone; None takes the browser's.
        language: of the interface; None takes the browser's (Korean if it says so, else English).
        range: the range of a bare address, by its name in the URL.
        refresh_s: seconds between automatic refreshes; 0 turns them off.
        frame_ancestors: the CSP source list of pages that may embed the dashboard.
        log_format: of the process's log: lines for people, or JSON for machines.
        data_dir: folder of the span archive; it may be deleted at any time. ``memory`` keeps nothing.
        archive_days: traces older than this leave the archive.
        archive_mb: above this size the oldest traces leave it. MB (10^6 bytes).
        archive_follow_hours: so far back traces are read without being asked for; 0 only on request.
        prices: TOML file with prices of models that the price library does not know.
        budget_usd: what may be spent in a calendar month, USD; None for no budget.
        stack_urls: parts of the stack with a lamp, ``Name=http://…`` separated by commas; None for none.
        alerts: TOML file with alert rules and webhooks; None for none.
        oncall_error_rate: shares of failed traces from which the on-call page warns and is critical.
        oncall_p95_s: the same for the 95th percentile of the traces' durations, seconds; None for no limits.
        oncall_traces_per_min: fewer traces are a warning, none at all is critical; None leaves it to history.
        oncall_cost_factor: the same for cost, as multiples of the usual.
        auth: how viewers sign in: ``none``, ``oidc``, ``proxy`` or ``link``; docs/SIGN_IN.md.
        allow_anonymous: lets ``none`` serve beyond loopback.
        anonymous_role: what everybody is then; on loopback alone everybody is an operator.
        access: TOML file of who is viewer and who operator, for ``oidc`` and ``proxy``.
        trusted_proxies: networks from which a proxy's headers are believed.
        proxy_user_header, proxy_groups_header: these headers.
        link_secret: what the portal signs links with.
        sign_in_url: where the portal makes links, for readers without one; None for none.
        session_hours: after so long a viewer must sign in again (``oidc``, ``link``).
        metrics_from: networks from which ``/metrics`` answers.
    """

    model_config = SettingsConfigDict(env_prefix="DASHBOARD_", env_file=".env", extra="ignore", frozen=True)

    timezone: str | None = None
    language: Literal["ko", "en"] | None = None
    range: str = "24h"
    refresh_s: int = Field(default=30)
    frame_ancestors: str = "'self'"
    log_format: Literal["text", "json"] = "text"
    data_dir: Path = Path("~/.local/share/agentops-dashboard")
    archive_days: Annotated[int, Field(ge=1, le=3650)] = 90
    archive_mb: Annotated[float, Field(ge=16, le=100_000)] = 1024
    archive_follow_hours: Annotated[int, Field(ge=0, le=24 * 31)] = 24
    prices: Path | None = None
    budget_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    stack_urls: str | None = None
    alerts: Path | None = None
    oncall_error_rate: Levels = Field(default="0.05,0.2", validate_default=True)
    oncall_p95_s: Levels | None = Field(default="30,60", validate_default=True)
    oncall_traces_per_min: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    oncall_cost_factor: Levels = Field(default="2,5", validate_default=True)
    auth: Literal["none", "oidc", "proxy", "link"] = "none"
    allow_anonymous: bool = False
    anonymous_role: Role = "viewer"
    access: Path | None = None
    trusted_proxies: Addresses = Field(default=LOOPBACK, validate_default=True)
    proxy_user_header: Annotated[str, Field(pattern=_HEADER)] = "X-Forwarded-User"
    proxy_groups_header: Annotated[str, Field(pattern=_HEADER)] = "X-Forwarded-Groups"
    link_secret: SecretStr | None = None
    sign_in_url: str | None = None
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12
    metrics_from: Addresses = Field(default=LOOPBACK, validate_default=True)

    @property
    def archive_folder(self) -> Path | None:
        """Where the archive's files lie; None for memory."""
        return None if str(self.data_dir) == "memory" else self.data_dir.expanduser()

    @property
    def archive_age(self) -> timedelta:
        return timedelta(days=self.archive_days)

    @property
    def archive_follow(self) -> timedelta:
        return timedelta(hours=self.archive_follow_hours)

    @field_validator(
        "timezone",
        "language",
        "prices",
        "budget_usd",
        "stack_urls",
        "alerts",
        "oncall_p95_s",
        "oncall_traces_per_min",
        "access",
        "link_secret",
        "sign_in_url",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return value or None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and not is_zone(value):
            raise ValueError("expected an IANA time zone such as Asia/Seoul; or leave it empty")
        return value

    @field_validator("range")
    @classmethod
    def _known_range(cls, value: str) -> str:
        if value not in ROLLING:
            raise ValueError(f"expected one of {', '.join(ROLLING)}")
        return value

    @field_validator("refresh_s")
    @classmethod
    def _known_refresh(cls, value: int) -> int:
        if value not in REFRESH_CHOICES:
            raise ValueError(f"expected one of {', '.join(map(str, REFRESH_CHOICES))} (seconds, 0 is off)")
        return value

    @field_validator("oncall_error_rate")
    @classmethod
    def _a_share(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[1] > 1:
            raise ValueError("expected shares of at most 1, such as 0.05,0.2")
        return value

    @field_validator("oncall_cost_factor")
    @classmethod
    def _above_the_usual(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] <= 1:
            raise ValueError("expected multiples above 1, such as 2,5")
        return value

    @field_validator("stack_urls")
    @classmethod
    def _known_places(cls, value: str | None) -> str | None:
        places(value or "")
        return value

    @field_validator("link_secret")
    @classmethod
    def _long_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SECRET_LEAST:
            raise ValueError(f"expected at least {SECRET_LEAST} random bytes (openssl rand -hex 32)")
        return value

    @field_validator("sign_in_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://none")
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"]", value or ""):
            raise ValueError("expected an address such as https://portal.example/admin/monitoring")
        return value

    @model_validator(mode="after")
    def _complete_sign_in(self) -> DashboardSettings:
        if self.auth == "link" and self.link_secret is None:
            raise ValueError("DASHBOARD_AUTH=link needs DASHBOARD_LINK_SECRET")
        if self.auth == "oidc" and self.access is None:
            raise ValueError("DASHBOARD_AUTH=oidc needs DASHBOARD_ACCESS: who of those it knows may look")
        if self.auth == "proxy" and not self.trusted_proxies:
            raise ValueError("DASHBOARD_AUTH=proxy needs DASHBOARD_TRUSTED_PROXIES")
        return self

    @field_validator("frame_ancestors")
    @classmethod
    def _one_directive(cls, value: str) -> str:
        if any(c in value for c in ";,\r\n") or not value.strip():
            raise ValueError(
                "expected CSP sources separated by spaces, such as 'self' https://portal.example"
            )
        return value.strip()


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone that this machine knows."""
    return name in zone_names()


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def variable(name: str) -> str | None:
    """The value of a variable that a file of the operator's names, from the environment or ``.env``; None
    where it is not set or empty. It may be a secret."""

    class Named(BaseSettings):
        model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)
        value: SecretStr = Field(default=SecretStr(""), validation_alias=name)

    return Named().value.get_secret_value() or None


@lru_cache(maxsize=1)
def dashboard_settings() -> DashboardSettings:
    """The settings of this process, read once.

    Raises:
        SettingsProblem: names each variable, what was expected and what to do.
    """
    try:
        return DashboardSettings()
    except ValidationError as error:
        raise SettingsProblem(describe(error)) from None


def describe(error: ValidationError) -> str:
    """One sentence a problem, with the variable's name and without its value."""
    return " ".join(
        (f"DASHBOARD_{str(problem['loc'][0]).upper()}: " if problem["loc"] else "")
        + f"{problem['msg'].removeprefix('Value error, ')};"
        " correct it in the environment or .env and start again."
        for problem in error.errors(include_input=False)
    )
