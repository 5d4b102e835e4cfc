"""Signed links: a portal vouches for somebody for a few minutes, once.

A link carries a JSON Web Token (RFC 7519), signed with HMAC-SHA-256 under a secret that portal and dashboard
share. Claims: ``aud`` = ``agentops-dashboard``, ``sub`` (who), ``role``, ``exp`` and ``iat`` (at most
:data:`LINK_LONGEST` apart), ``jti`` (a name of its own, for one use), and if wanted ``projects`` (a list of
names; left out: all), ``project`` (the one shown first) and ``range``.
"""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import jwt

from .viewer import ROLES, Role, Viewer

AUDIENCE = "agentops-dashboard"
ALGORITHM = "HS256"
#: A link lives at most so long; clocks of portal and dashboard may differ by so much.
LINK_LONGEST, CLOCK_SKEW = timedelta(minutes=10), timedelta(seconds=30)
#: So many used links are remembered although they have expired.
KEPT = 5_000
#: RFC 7518, 3.2: a key of at least the hash's size.
SECRET_LEAST = 32

Why = Literal["missing", "invalid", "expired", "used", "claims"]


class LinkProblem(ValueError):
    """A link lets nobody in.

    Attributes:
        why: ``invalid`` (not signed with our secret, or not for us), ``expired``, ``used``, or ``claims``
            (signed, but a claim is missing or wrong: `claim`).
    """

    def __init__(self, why: Why, claim: str = "") -> None:
        super().__init__(f"{why} {claim}".strip())
        self.why, self.claim = why, claim


@dataclass(frozen=True)
class SignedLink:
    """What a link says.

    Attributes:
        viewer: whom it lets in.
        id, expires_at: for the ledger.
        project, range: what is shown first; "" for the defaults.
    """

    viewer: Viewer
    id: str
    expires_at: datetime
    project: str = ""
    range: str = ""


class Ledger:
    """Which links were used: all that could still be, and the last :data:`KEPT` at least, since the clock may
    be set back. Thread-safe."""

    def __init__(self) -> None:
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def use(self, link: SignedLink, now: datetime) -> None:
        """Notes a use. Raises LinkProblem (``used``) for a second one."""
        with self._lock:
            if link.id in self._used:
                raise LinkProblem("used")
            if len(self._used) >= 2 * KEPT:
                old = list(self._used.items())[:-KEPT]
                for id_ in [id_ for id_, end in old if end + 2 * CLOCK_SKEW <= now]:
                    del self._used[id_]
            self._used[link.id] = link.expires_at


def read_link(token: str, secret: str, now: datetime) -> SignedLink:
    """What a token says that is signed, for us, and of now.

    Raises:
        LinkProblem: see there. It never quotes the token.
    """
    try:
        claims = jwt.decode(
            token, secret, algorithms=[ALGORITHM], audience=AUDIENCE,
            options={"require": ["exp", "iat", "jti", "sub", "aud"], "verify_exp": False, "verify_iat": False,
                     "verify_nbf": False},
        )  # fmt: skip
    except jwt.MissingRequiredClaimError as error:
        raise LinkProblem("claims", str(error.claim)) from None
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise LinkProblem("invalid") from None
    issued, expires = _moment(claims, "iat", now), _moment(claims, "exp", now)
    if not timedelta() < expires - issued <= LINK_LONGEST:
        raise LinkProblem("claims", "exp")
    if issued > now + CLOCK_SKEW:
        raise LinkProblem("claims", "iat")
    if expires + CLOCK_SKEW <= now:
        raise LinkProblem("expired")
    role = claims.get("role")
    if role not in ROLES:
        raise LinkProblem("claims", "role")
    projects = claims.get("projects")
    if projects is not None and not (isinstance(projects, list) and all(map(_is_name, projects))):
        raise LinkProblem("claims", "projects")
    viewer = Viewer(_text(claims, "sub"), role, None if projects is None else frozenset(projects))
    project, span = claims.get("project", ""), claims.get("range", "")
    if not isinstance(project, str) or (project and not viewer.may_see(project)):
        raise LinkProblem("claims", "project")
    if not isinstance(span, str):
        raise LinkProblem("claims", "range")
    return SignedLink(viewer, _text(claims, "jti"), expires, project, span)


def sign_link(
    secret: str,
    now: datetime,
    *,
    name: str,
    role: Role,
    lasts: timedelta = timedelta(minutes=2),
    projects: list[str] | None = None,
    project: str = "",
    range: str = "",
) -> str:
    """A token as a portal makes it; for trying it out, and for tests."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "aud": AUDIENCE, "sub": name, "role": role, "iat": issued,
        "exp": issued + int(lasts.total_seconds()), "jti": secrets.token_urlsafe(16),
    }  # fmt: skip
    claims |= {} if projects is None else {"projects": projects}
    claims |= {key: value for key, value in (("project", project), ("range", range)) if value}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def _moment(claims: dict[str, Any], claim: str, now: datetime) -> datetime:
    value = claims[claim]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LinkProblem("claims", claim)
    try:
        return datetime.fromtimestamp(value, now.tzinfo)
    except (ValueError, OverflowError, OSError):
        raise LinkProblem("claims", claim) from None


def _text(claims: dict[str, Any], claim: str) -> str:
    value = claims[claim]
    if not isinstance(value, str) or not re.fullmatch(r"[^\x00-\x1f\x7f]{1,200}", value):
        raise LinkProblem("claims", claim)
    return value


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 40
