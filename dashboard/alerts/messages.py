"""What webhooks are told: our own JSON, and JSON that Slack and its like understand.

``docs/ALERTS.md`` describes both. Nothing in them is markup or a mention, whoever wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

from dashboard.text import Formats, Words

from .engine import Change
from .outbox import Message
from .records import Alert, alert_id
from .rules import METRICS, Rule, Webhook
from .wording import SEVERITY_NAMES, condition_in_words, metric_in_words, value_in_words

#: Of our own JSON. It rises when a field changes its meaning or goes; new fields may come without.
SCHEMA_VERSION = 1
#: Slack cuts off or refuses longer texts.
_LONGEST_TEXT = 2_500


@dataclass(frozen=True)
class Sayer:
    """How messages are worded, and whom they come from.

    Attributes:
        words, formats: of the operator's language and zone.
        endpoint: AgentOps' address; only its scheme and host are told.
        dashboard_url: where the dashboard is, or "".
        project: its name among several; empty for the only one.
    """

    words: Words
    formats: Formats
    endpoint: str
    dashboard_url: str = ""
    project: str = ""

    @property
    def about_project(self) -> str:
        """What a text begins with, so that readers of several projects know whose it is."""
        return f"[{self.project}] " if self.project else ""


def of_change(
    rule: Rule, change: Change, webhooks: Sequence[Webhook], sayer: Sayer, *, detail: str = ""
) -> list[Message]:
    """Messages to those who want this severity; `detail`: more about the value, in words."""
    words, formats = sayer.words, sayer.formats
    value = value_in_words(rule.metric.name, change.value, words, formats)
    told: dict[str, str] = {
        "rule": rule.name,
        "metric": metric_in_words(rule.metric.name, words),
        "value": f"{value} ({detail})" if detail else value,
        "severity": words(SEVERITY_NAMES[rule.severity]),
    }
    down = rule.metric.unit == "flag"
    if change.kind == "fired":
        condition, since = condition_in_words(rule, words, formats), formats.moment(change.held_since)
        key = "alerts.said_down" if down else "alerts.said_fired"
        text = words(key, **told, condition=condition, since=since)
    else:
        fired, lasted = formats.moment(change.fired_at), (change.at - change.fired_at).total_seconds()
        key = "alerts.said_up" if down else "alerts.said_cleared"
        text = words(key, **told, fired=fired, lasted=formats.duration(lasted))
    about = _about(rule) | {
        "value": change.value,
        "held_since": _iso(change.held_since),
        "fired_at": _iso(change.fired_at),
        "cleared_at": _iso(change.at) if change.kind == "cleared" else None,
        "reason": "good" if change.kind == "cleared" else None,
    }
    alert = alert_id(rule.name, change.fired_at)
    said = _Said(change.kind, f"{alert}-{change.kind}", text, rule.severity, change.at, {"id": alert} | about)
    return said.to(webhooks, sayer)


def of_removed(alert: Alert, at: datetime, webhooks: Sequence[Webhook], sayer: Sayer) -> list[Message]:
    """Messages that an open alert ended because its rule is gone."""
    words, formats = sayer.words, sayer.formats
    text = words("alerts.said_removed", rule=alert.rule, fired=formats.moment(alert.fired_at))
    about = {
        "id": alert.id, "rule": alert.rule, "metric": alert.metric, "unit": _unit(alert.metric),
        "value": None, "held_since": _iso(alert.held_since), "fired_at": _iso(alert.fired_at),
        "cleared_at": _iso(at), "reason": "rule_removed",
    }  # fmt: skip
    return _Said("cleared", f"{alert.id}-cleared", text, alert.severity, at, about).to(webhooks, sayer)


def of_test(webhook: Webhook, at: datetime, sayer: Sayer) -> Message:
    """A message that only tries out the way."""
    text = sayer.words("alerts.said_test", webhook=webhook.name)
    return _Said("test", f"test-{uuid4().hex[:20]}", text, "info", at, None).for_(webhook, sayer)


@dataclass(frozen=True)
class _Said:
    """What is told, whatever the form."""

    kind: Literal["fired", "cleared", "test"]
    id: str
    text: str
    severity: str
    at: datetime
    alert: dict[str, Any] | None

    def to(self, webhooks: Sequence[Webhook], sayer: Sayer) -> list[Message]:
        """In the form of each webhook that wants it."""
        return [self.for_(webhook, sayer) for webhook in webhooks if self.severity in webhook.severities]

    def for_(self, webhook: Webhook, sayer: Sayer) -> Message:
        body = (
            _slack(self.kind, sayer.about_project + self.text, sayer)
            if webhook.format == "slack"
            else self._own(sayer)
        )
        return Message(self.id, webhook.name, self.kind, json.dumps(body, ensure_ascii=False), self.at)

    def _own(self, sayer: Sayer) -> dict[str, Any]:
        return {
            "schema": SCHEMA_VERSION,
            "id": self.id,
            "event": self.kind,
            "severity": self.severity,
            "text": sayer.about_project + self.text,
            "at": _iso(self.at),
            "alert": self.alert,
            "source": {"endpoint": _origin(sayer.endpoint)}
            | ({"project": sayer.project} if sayer.project else {}),
            "dashboard_url": sayer.dashboard_url or None,
        }


_MARKS = {"fired": "🔴", "cleared": "🟢", "test": "⚪"}


def _slack(kind: str, text: str, sayer: Sayer) -> dict[str, Any]:
    """`text` for clients that show no blocks; both say the same."""
    said = f"{_MARKS[kind]} {text}"[:_LONGEST_TEXT]
    blocks: list[dict[str, Any]] = [
        # plain text: no mark-up, no mentions, no links
        {"type": "section", "text": {"type": "plain_text", "text": _unmentioning(said), "emoji": False}}
    ]
    if sayer.dashboard_url:
        link = f"<{_entities(sayer.dashboard_url)}|{escaped(sayer.words('alerts.said_link'))}>"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": link, "verbatim": True}]})
    return {"text": escaped(said), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def escaped(text: str) -> str:
    """`text` so that Slack and its like show it as it is: ``<!channel>``, ``@here`` and links do nothing
    (https://docs.slack.dev/messaging/formatting-message-text#escaping)."""
    return _unmentioning(_entities(text))


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unmentioning(text: str) -> str:
    """An at sign that names nobody: Mattermost and others look for names in plain text too."""
    return text.replace("@", "@\u200b")


def _about(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "metric": rule.metric.name,
        "unit": rule.metric.unit,
        "comparison": rule.comparison,
        "threshold": rule.threshold,
        "clear": rule.clear,
        "window_s": rule.window.total_seconds() or None,
        "for_s": rule.hold.total_seconds(),
    }


def _unit(metric: str) -> str | None:
    return METRICS[metric].unit if metric in METRICS else None


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
