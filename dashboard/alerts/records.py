"""What is kept of rules, alerts and outages, and how it stands in the rows of the file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .engine import State


@dataclass(frozen=True)
class Kept:
    """A rule's state as kept; `why`: why the value is unknown, or ""."""

    metric: str
    state: State
    why: str = ""


@dataclass(frozen=True)
class Alert:
    """An alert that fired, in the metric's unit. `cleared_at` and `cleared_value` are None while it is open;
    `ended`: "" then, ``good``, or ``removed`` (its rule is gone from the file)."""

    id: str
    rule: str
    metric: str
    severity: str
    held_since: datetime
    fired_at: datetime
    fired_value: float
    cleared_at: datetime | None
    cleared_value: float | None
    ended: str


@dataclass(frozen=True)
class Downtime:
    """AgentOps was out of reach, as far as this dashboard saw; `until` is None while it lasts."""

    since: datetime
    until: datetime | None
    cause: str


def alert_id(rule: str, fired_at: datetime) -> str:
    """The same for everybody who sees this alert."""
    return hashlib.sha256(f"{rule}\n{fired_at.isoformat()}".encode()).hexdigest()[:24]


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as the file holds them."""
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def kept_of(row: Any) -> Kept:
    state = State(
        row["name"], moment(row["since_s"]), moment(row["at_s"]), row["value"], _maybe(row["held_since_s"]),
        _maybe(row["fired_at_s"]),
    )  # fmt: skip
    return Kept(row["metric"], state, row["why"])


def row_of(rule: str, kept: Kept) -> tuple[object, ...]:
    state = kept.state
    held, fired = (None if at is None else at.timestamp() for at in (state.held_since, state.fired_at))
    return (
        rule, kept.metric, state.name, state.since.timestamp(), state.at.timestamp(), state.value, held,
        fired, kept.why,
    )  # fmt: skip


def alert_of(row: Any) -> Alert:
    return Alert(
        row["id"], row["rule"], row["metric"], row["severity"], moment(row["held_since_s"]),
        moment(row["fired_at_s"]), row["fired_value"], _maybe(row["cleared_at_s"]), row["cleared_value"],
        row["ended"],
    )  # fmt: skip


def downtime_of(row: Any) -> Downtime:
    until = moment(row["seen_s"]) if row["over"] else None
    return Downtime(moment(row["since_s"]), until, row["cause"])
