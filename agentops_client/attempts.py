"""What each try of a request came to, for whoever keeps a record of AgentOps' health."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["token", "list", "metrics", "detail", "log", "health", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Addresses of both dialects.
_PATHS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r".*/v3/auth/token"), "token"),
    (re.compile(r".*/v4/traces(?:/list/[^/]+)?"), "list"),
    (re.compile(r".*/v4/traces/(?:detail/)?[^/]+"), "detail"),
    (re.compile(r".*/v4/meterics/project(?:/[^/]+)?"), "metrics"),
    (re.compile(r".*/v4/logs/[^/]+"), "log"),
    (re.compile(r".*/health"), "health"),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a request.

    Attributes:
        kind: what was asked for.
        at: when it was sent, Unix time in seconds.
        duration_s: until its last byte, or until it failed.
        status: of the answer; None where there was none.
        cause: of the failure (``connection_refused``, ``timed_out`` …); None where a whole answer came,
            whatever its status says.
    """

    kind: Kind
    at: float
    duration_s: float
    status: int | None
    cause: str | None

    @property
    def failed(self) -> bool:
        """AgentOps could not answer: no whole answer, a redirect, or one that speaks of its own failure. A
        refusal (4xx) is an answer, but for 429: too many requests."""
        status = self.status
        return (
            self.cause is not None or status is None or 300 <= status < 400 or status >= 500 or status == 429
        )


Observer = Callable[[Attempt], None]


def kind_of(path: str) -> Kind:
    """What a path of AgentOps' API is about."""
    return next((kind for pattern, kind in _PATHS if pattern.fullmatch(path)), "other")
