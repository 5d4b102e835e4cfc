"""What one embedded AgentOps is: its projects, its credentials, which dialects it serves, and its clock.

The defaults are constants on purpose: whoever starts `python -m agentops_lite` twice gets the same project
and the same key, so a dashboard's configuration survives a restart. They are no secrets; the server binds
to loopback by default.
"""

from __future__ import annotations

import platform
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEFAULT_PROJECT_ID = "b0000000-0000-4000-8000-00000000a9e1"
DEFAULT_API_KEY = "c0ffee00-0000-4000-8000-00000000a9e1"
DEFAULT_EMAIL = "observer@example.test"
DEFAULT_PASSWORD = "observer-password"  # noqa: S105 - a constant of a demonstration server, printed at start-up
DEFAULT_PORT = 8003

Plan = Literal["pro", "free"]
Auth = Literal["jwt", "session", "both"]
Dialect = Literal["query", "path", "both"]


@dataclass(frozen=True, kw_only=True)
class Project:
    """One project and the plan of its organisation. `member`: whether the session's user may see it."""

    id: str = DEFAULT_PROJECT_ID
    api_key: str = DEFAULT_API_KEY
    name: str = "agentops-lite"
    plan: Plan = "pro"
    environment: str = "production"
    member: bool = True


@dataclass(frozen=True, kw_only=True)
class LiteConfig:
    """Settings of one server. `now` answers Unix seconds; caches, plans, tokens and demo traffic all
    read it.
    """

    projects: tuple[Project, ...] = (Project(),)
    auth: Auth = "both"
    dialect: Dialect = "both"
    email: str = DEFAULT_EMAIL
    password: str = DEFAULT_PASSWORD
    data: Path | None = None
    """Folder for the database and the signing secrets; None keeps everything in memory."""
    caches: bool = True
    """Upstream's own caches: lists 30 s, metrics 5 min per exact query."""
    demo: bool = False
    demo_days: float = 30
    """How many days of history a demonstration has; fewer start faster."""
    seed: int = 1
    live: bool = True
    """With `demo`: go on producing traces while the server runs."""
    live_every_s: float | None = None
    """Seconds between live traces; None goes on at the rate of the demonstration month."""
    now: Callable[[], float] = time.time
    max_body_bytes: int = 64 * 1024 * 1024
    api_domain: str = "localhost:8003"
    """Anything without `localhost` imitates production settings: secure cookie, forwarded headers
    demanded at login.
    """
    app_url: str = "http://localhost:3000"
    host_name: str = field(default_factory=platform.node)
    """What the collector's resource detection writes into `host.name`."""
    os_type: str = sys.platform

    def __post_init__(self) -> None:
        if not self.serves_query and not self.serves_path:
            raise ValueError(f"auth={self.auth!r} and dialect={self.dialect!r} leave nothing to serve")
        if not self.projects:
            raise ValueError("at least one project is needed")
        for text in (text for project in self.projects for text in (project.id, project.api_key)):
            if str(uuid.UUID(text)) != text:
                raise ValueError(f"project ids and keys are lower-case UUIDs with dashes, not {text!r}")

    @property
    def serves_query(self) -> bool:
        """The project-query dialect takes bearers only, so it goes with `auth` jwt or both."""
        return self.auth in ("jwt", "both") and self.dialect in ("query", "both")

    @property
    def serves_path(self) -> bool:
        """The path dialect is the stock build's, with a session cookie."""
        return self.auth in ("session", "both") and self.dialect in ("path", "both")

    @property
    def bearer_on_path(self) -> bool:
        return self.auth == "both"
