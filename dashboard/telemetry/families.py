"""The families that are read when Prometheus asks: name, labels, meaning. docs/METRICS.md tells them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Metric

PREFIX = "agentops_dashboard_"


@dataclass(frozen=True)
class Family:
    """Attributes: `type` and `labels` as Prometheus has them; `help`: one sentence."""

    type: Literal["gauge", "counter", "info"]
    labels: tuple[str, ...]
    help: str


_PROJECT = ("project",)

#: By name, without :data:`PREFIX` and without the suffix that a counter or info gets.
FAMILIES: dict[str, Family] = {
    "build": Family("info", ("version", "python", "streamlit"), "Versions of what runs."),
    "settings_valid": Family(
        "gauge", (), "1 where the settings can be used, 0 where they cannot and nothing is read."
    ),
    "viewers": Family("gauge", (), "Browser tabs that have a page open."),
    "upstream_outage": Family("gauge", _PROJECT, "1 while AgentOps is out of reach for pages, else 0."),
    "upstream_outage_start_timestamp_seconds": Family(
        "gauge", ("project", "cause"), "Since when AgentOps has been out of reach; absent while it is not."
    ),
    "upstream_last_success_age_seconds": Family(
        "gauge", _PROJECT, "Time since AgentOps last answered a read well; absent before the first answer."
    ),
    "questions_under_way": Family(
        "gauge", _PROJECT, "Questions of pages that are being asked or wait for their turn."
    ),
    "archive_traces": Family("gauge", _PROJECT, "Traces kept in the archive."),
    "archive_spans": Family("gauge", _PROJECT, "Spans kept in the archive."),
    "archive_size_bytes": Family("gauge", _PROJECT, "What the archive takes, on disk or in memory."),
    "archive_followed_traces": Family(
        "gauge",
        ("project", "state"),
        "Traces of the hours that are followed: read, ready to be read, too_new, failed. A trace that grew"
        " after it was read counts as read and as ready.",
    ),
    "archive_coverage_ratio": Family(
        "gauge",
        _PROJECT,
        "Share of the known traces of the hours that are followed that has been read, of those that are not"
        " too new; absent without any.",
    ),
    "archive_listed_ratio": Family(
        "gauge",
        _PROJECT,
        "Share of the hours that are followed whose traces have been listed: of the rest none is known.",
    ),
    "archive_follower_state": Family(
        "gauge", ("project", "state"), "1 for what reading in the background does now, 0 for the others."
    ),
    "alert_rule_state": Family(
        "gauge",
        ("project", "rule", "severity"),
        "0 ok, 1 pending, 2 firing (an open alert whose data is missing stays 2); absent while unknown.",
    ),
    "alert_rules_unknown": Family("gauge", _PROJECT, "Rules without a known state."),
    "alert_last_look_timestamp_seconds": Family(
        "gauge", _PROJECT, "When the alert rules were last looked at, by any process on the same data."
    ),
    "alert_messages_waiting": Family(
        "gauge", ("project", "webhook"), "Alert messages that a webhook has not taken yet."
    ),
    "alert_messages_given_up": Family(
        "counter", ("project", "webhook"), "Alert messages that a webhook never took."
    ),
}

_SUFFIX = {"gauge": "", "counter": "_total", "info": "_info"}


class Sheet:
    """Samples as they are found; the families among them in the order of :data:`FAMILIES`."""

    def __init__(self) -> None:
        self._found: dict[str, Metric] = {}

    def put(self, name: str, value: float | None, *labels: str) -> None:
        """A sample of the family `name`; None is none. Labels in the family's order."""
        if value is None:
            return
        family = FAMILIES[name]
        if name not in self._found:
            self._found[name] = Metric(PREFIX + name, family.help, family.type)
        named = dict(zip(family.labels, labels, strict=True))
        self._found[name].add_sample(PREFIX + name + _SUFFIX[family.type], named, value)

    def __iter__(self) -> Iterator[Metric]:
        return (self._found[name] for name in FAMILIES if name in self._found)
