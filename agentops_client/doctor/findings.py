"""What a step of the doctor found, as frozen values without wording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ..errors import AgentOpsError, ConnectionRefused

StepName = Literal[
    "settings",
    "dns",
    "tcp",
    "tls",
    "health",
    "key",
    "token",
    "jwt",
    "project",
    "dialect",
    "list",
    "metrics",
    "detail",
    "log",
    "freshness",
    "litellm",
]
State = Literal["ok", "warning", "failed", "skipped"]
#: Times are ISO 8601 in UTC; a name that ends in ``_s`` is a number of seconds.
Value = str | int | float | None

STEPS: tuple[StepName, ...] = get_args(StepName)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One step's result. ``code`` is stable and says what was found; ``values`` fill its wording.

    Secrets are masked in ``values`` already. ``because`` names the failed step for which this one was
    skipped; it is None in every other state, and where a step had nothing to look at.
    """

    step: StepName
    state: State
    code: str
    duration_ms: int
    values: Mapping[str, Value]
    because: StepName | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long the doctor may take: one step, and all together (time between the steps not counted)."""

    step_s: float = 10.0
    total_s: float = 60.0

    def __post_init__(self) -> None:
        if not (0 < self.step_s <= 600 and 0 < self.total_s <= 3600):
            raise ValueError("a step may take up to 600 seconds, all together 3600, and neither nothing")


@dataclass(frozen=True)
class Outcome:
    """What a check answers: its result, and under ``learnt`` what later checks may use."""

    state: State
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    learnt: Mapping[str, Any] = field(default_factory=dict)


def of_error(error: AgentOpsError, place: Mapping[str, Value]) -> Outcome:
    """A failure by the client's own error; its code is the error's ``cause``. ``place``: where we asked."""
    values: dict[str, Value] = {
        **place,
        "reason": error.upstream_words,
        "request": f"{error.method} {error.path}" if error.method else None,
        "status": error.status,
        "phase": error.phase,
        "words": error.upstream_words,
        "fields": "; ".join(error.fields) or None,
        "retry_after_s": error.retry_after_s,
        "problem": str(error),
    }
    # the client sees only that the connection was refused, not by whom
    by_proxy = place.get("of") == "proxy" and isinstance(error, ConnectionRefused)
    return Outcome("failed", "proxy_failed" if by_proxy else error.cause, values)


def verdict(findings: Iterable[Finding]) -> State:
    """The worst of the states: failed, else warning, else ok. Steps that were skipped do not count."""
    states = {finding.state for finding in findings}
    worst: tuple[State, ...] = ("failed", "warning")
    return next((state for state in worst if state in states), "ok")


def exit_status(findings: Iterable[Finding]) -> int:
    """0: nothing failed (warnings may be there). 1: something failed. 2: the settings cannot be used."""
    failed = {finding.step for finding in findings if finding.state == "failed"}
    return 2 if "settings" in failed else 1 if failed else 0
