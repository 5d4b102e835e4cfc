"""Who the sign-in in front of us says that somebody is: headers of a proxy, claims of an OIDC provider."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True)
class Identity:
    """A name, and the groups that the one who vouches for it lists."""

    name: str
    groups: frozenset[str] = frozenset()


def from_headers(
    headers: Sequence[tuple[str, str]], *, user_header: str, groups_header: str
) -> Identity | None:
    """The identity in a proxy's headers; None without one, and where the name comes twice: a proxy that adds
    its own to the client's lets clients choose who they are.

    Groups are separated by commas.
    """
    names = [value.strip() for name, value in headers if name.lower() == user_header.lower()]
    listed = [value for name, value in headers if name.lower() == groups_header.lower()]
    if len(names) != 1 or not _NAME.fullmatch(names[0]) or len(listed) > 1:
        return None
    return Identity(names[0], _split(listed[0]) if listed else frozenset())


def from_claims(claims: Mapping[str, Any], *, now: datetime, lasts: timedelta) -> Identity | None:
    """The identity in an ID token's claims (OpenID Connect Core 1.0, 2 and 5.1); None where it names nobody
    or is older than `lasts`.

    The name is the e-mail address, unless the provider says that nobody checked it; else ``sub``. Groups are
    ``groups`` and ``roles``, a list or a text with commas.
    """
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return None
    if not now - lasts < datetime.fromtimestamp(issued, UTC) <= now + timedelta(minutes=5):
        return None
    email = claims.get("email") if claims.get("email_verified", True) in (True, "true") else None
    name = email or claims.get("sub")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    groups: set[str] = set()
    for claim in ("groups", "roles"):
        value = claims.get(claim)
        if isinstance(value, str):
            groups |= _split(value)
        elif isinstance(value, Sequence):
            groups |= {each for each in value if isinstance(each, str)}
    return Identity(name, frozenset(groups))


def _split(text: str) -> frozenset[str]:
    return frozenset(filter(None, (part.strip() for part in text.split(","))))
