"""What is watched and who is told, as frozen values.

Addresses of webhooks are secrets (Slack's hold a token): no message, log or page shows more of one than its
scheme and host.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Comparison = Literal[">", ">=", "<", "<="]
Severity = Literal["info", "warning", "critical"]
Format = Literal["slack", "json"]
Unit = Literal["share", "count", "s", "per_minute", "usd_per_hour", "flag"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
COMPARISONS: tuple[Comparison, ...] = (">", ">=", "<", "<=")
FORMATS: tuple[Format, ...] = ("slack", "json")


@dataclass(frozen=True)
class Metric:
    """What a rule can watch: `windowed` ones are of a window, the others of the present."""

    name: str
    unit: Unit
    windowed: bool = True
    highest: float = math.inf


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("error_rate", "share", highest=1.0),
        Metric("failed_traces", "count"),
        Metric("p95_s", "s"),
        Metric("traces_per_minute", "per_minute"),
        Metric("cost_per_hour_usd", "usd_per_hour"),
        Metric("tokens_per_minute", "per_minute"),
        Metric("newest_trace_age_s", "s", windowed=False),
        Metric("upstream_down", "flag", windowed=False, highest=1.0),
    )
}


class RulesProblem(ValueError):
    """The rules file cannot be used: which file, table and key, which value, what is expected, what to do."""

    def __init__(self, path: Path, place: str, expected: str, value: object = None) -> None:
        self.path, self.place, self.expected = path, place, expected
        at = f" at {place}" if place else ""
        found = "" if value is None else f", which is {_shown(value)}"
        super().__init__(
            f"The alert rules in {path} cannot be used{at}{found}: {expected} is expected. "
            "Correct the file (docs/ALERTS.md), or remove DASHBOARD_ALERTS, and start again."
        )


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        name: what readers call it; unique.
        metric: what it watches.
        comparison, threshold: it is *breached* when ``value comparison threshold``; the metric's unit.
        window: of a windowed metric; else zero.
        hold: so long it must be breached without a break before it fires ("for").
        clear: a firing rule clears on the good side of this; None: as soon as it is not breached.
        severity: for readers and webhooks.
        min_traces: an error rate of fewer traces with an outcome is unknown.
        projects: names of ``AGENTOPS_PROJECTS`` that it is for; none: all.
    """

    name: str
    metric: Metric
    comparison: Comparison
    threshold: float
    window: timedelta = timedelta()
    hold: timedelta = timedelta()
    clear: float | None = None
    severity: Severity = "warning"
    min_traces: int = 1
    projects: tuple[str, ...] = ()

    @property
    def upper(self) -> bool:
        """Whether high values are bad."""
        return self.comparison in (">", ">=")

    def breached(self, value: float) -> bool:
        limit = self.threshold
        return {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}[
            self.comparison
        ]

    def clears(self, value: float) -> bool:
        if self.clear is None:
            return not self.breached(value)
        return value < self.clear if self.upper else value > self.clear


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Who is told. `secret` signs each message, where there is one; neither it nor `url` is shown."""

    name: str
    url: str = field(repr=False)
    format: Format
    secret: str | None = field(default=None, repr=False)
    severities: tuple[Severity, ...] = SEVERITIES

    @property
    def shown(self) -> str:
        """Scheme and host."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}{port}"


@dataclass(frozen=True)
class AlertRules:
    """All of the file. `dashboard_url`: where readers of a message find the dashboard, or ""."""

    rules: tuple[Rule, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    dashboard_url: str = ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
