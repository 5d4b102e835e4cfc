"""Alert rules: how they stand and what fired; and when something fired or AgentOps was away, for charts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from .. import figures, panels
from ..alerts.records import Alert, Kept
from ..alerts.rules import Rule
from ..alerts.shared import alert_rules, alert_watch, running_watch
from ..alerts.view import View
from ..alerts.wording import (
    SEVERITY_NAMES,
    condition_in_words,
    metric_in_words,
    value_in_words,
)
from ..components.plain import plain
from ..panels import Cell, Column, Mood, Page
from ..queries import Overview
from ..reading import failed_bands
from . import alert_webhooks
from .tables import Row

#: Alerts of the range that are listed; the digest counts all.
MOST_SHOWN = 20
#: A band narrower than this share of the chart has no room for words.
ROOM_FOR_WORDS = 0.04

_STATES: dict[str, tuple[str, Mood]] = {
    "ok": ("alerts.state_ok", "good"),
    "pending": ("alerts.state_pending", "fair"),
    "firing": ("alerts.state_firing", "bad"),
    "unknown": ("alerts.state_unknown", ""),
}
_WHY = {
    "outage": "alerts.why_outage",
    "waiting": "alerts.why_waiting",
    "no_outcome": "alerts.why_no_outcome",
    "few": "alerts.why_few",
    "not_read": "alerts.why_not_read",
    "no_trace": "alerts.why_no_trace",
    "not_told": "alerts.why_not_told",
}
_NOTICES = {
    "unreadable": "alerts.unreadable",
    "other_version": "alerts.other_version",
    "not_writable": "alerts.not_writable",
}


class Period(NamedTuple):
    """A stretch of time to mark in charts; `severity` is a rule's, or ``outage``."""

    start: datetime
    end: datetime
    label: str
    severity: str


def alerts(page: Page) -> None:
    """Draws rules, what fired in the page's range, and webhooks; or how to make a rules file."""
    words = page.words
    panels.section(words("alerts.title"), (words("alerts.help"),))
    if not alert_rules().rules:
        panels.hint(words("alerts.none"))
        return
    try:
        watch = alert_watch(page.source)
        view = watch.look()
        grid = page.scope.grid(page.now)
        found = watch.alerts(grid.whole.start, grid.whole.end)
        newest = watch.newest()
    except sqlite3.OperationalError:
        panels.hint(words("alerts.busy"))
        return
    _notices(view, page)
    _rules(view, page)
    _fired(found, newest, grid.whole.start, page)
    alert_webhooks.webhooks(watch, view, page)


def bands(start: datetime, end: datetime, page: Page) -> list[Period]:
    """Stretches of ``[start, end)`` in which a rule had fired and not cleared, oldest first."""
    watch = running_watch(page.scope.project)
    if watch is None:
        return []
    try:
        found = watch.alerts(start, end)
    except sqlite3.OperationalError:
        return []  # busy: the next refresh has them
    now = watch.upstream.now()
    periods = [
        Period(max(a.fired_at, start), min(a.cleared_at or now, end), a.rule, a.severity) for a in found
    ]
    return [period for period in reversed(periods) if period.start < period.end]


def outages(start: datetime, end: datetime, page: Page) -> list[Period]:
    """Stretches of ``[start, end)`` in which AgentOps was out of reach, as far as this dashboard saw."""
    watch = running_watch(page.scope.project)
    if watch is None:
        return []
    try:
        found = watch.outages(start, end)
    except sqlite3.OperationalError:
        return []
    now, label = watch.upstream.now(), page.words("alerts.band_outage")
    periods = [Period(max(o.since, start), min(o.until or now, end), label, "outage") for o in found]
    return [period for period in periods if period.start < period.end]


def chart_bands(start: datetime, end: datetime, page: Page) -> list[figures.Band]:
    """Both, as figures over ``[start, end)`` draw them; a narrow one has no words."""
    room = (end - start) * ROOM_FOR_WORDS
    found = (*outages(start, end, page), *bands(start, end, page))
    return [figures.Band(a, b, plain(label) if b - a >= room else "") for a, b, label, _ in found]


def all_bands(view: Overview, page: Page) -> list[figures.Band]:
    """What lies behind the lines of a view: windows without an answer, outages, alerts."""
    whole = view.grid.whole
    return [*failed_bands(view, page), *chart_bands(whole.start, whole.end, page)]


def _notices(view: View, page: Page) -> None:
    words = page.words
    for notice in view.notices:
        panels.note(words(_NOTICES[notice.kind], detail=notice.detail))
    if view.role == "other_process":
        panels.hint(words("alerts.other_process", pid=view.pid))
    if view.late and view.looked_at is not None:
        panels.note(words("alerts.late", age=page.formats.age(view.looked_at, page.now)))


def _rules(view: View, page: Page) -> None:
    words = page.words
    columns = [
        Column("rule", words("alerts.rule")),
        Column("state", words("alerts.state")),
        Column("value", words("alerts.value"), align="right"),
        Column("limit", words("alerts.limit"), align="right"),
        Column("window", words("alerts.window"), align="right"),
        Column("since", words("alerts.since")),
        Column("for", words("alerts.for"), align="right"),
        Column("severity", words("alerts.severity")),
    ]
    order = {"firing": 0, "unknown": 1, "pending": 2, "ok": 3}
    rules = sorted(view.rules, key=lambda pair: order[pair[1].state.name] if pair[1] else 4)
    panels.table(columns, [_rule(rule, kept, page) for rule, kept in rules], label=words("alerts.title"))


def _rule(rule: Rule, kept: Kept | None, page: Page) -> Row:
    words, formats = page.words, page.formats
    limit = Cell(condition_in_words(rule, words, formats), note=_clears(rule, page))
    known: dict[str, str | Cell] = {
        "rule": Cell(rule.name, note=metric_in_words(rule.metric.name, words)),
        "limit": limit,
        "window": formats.duration(rule.window.total_seconds()) if rule.window else words("alerts.present"),
        "for": formats.duration(rule.hold.total_seconds()) if rule.hold else words("alerts.at_once"),
        "severity": words(SEVERITY_NAMES[rule.severity]),
    }
    if kept is None:
        return known | {"state": f"○ {words('alerts.not_looked')}", "value": "–", "since": "–"}
    state = kept.state
    key, mood = _STATES[state.name]
    told = words(key) if mood else f"○ {words(key)}"
    if state.name == "unknown" and state.fired_at is not None:
        fired = formats.short_moment(state.fired_at, page.now)
        told = "○ " + words("alerts.state_unknown_open", fired=fired)
    value = value_in_words(rule.metric.name, state.value, words, formats)
    why = words(_WHY[kept.why]) if kept.why in _WHY else ""
    since = words(
        "alerts.ago", time=formats.short_moment(state.since, page.now), age=formats.age(state.since, page.now)
    )
    return known | {
        "state": Cell(told, mood=mood),
        "value": Cell(value, note=why),
        "since": Cell(since, exact=formats.moment(state.since)),
    }


def _clears(rule: Rule, page: Page) -> str:
    if rule.clear is None:
        return ""
    value = value_in_words(rule.metric.name, rule.clear, page.words, page.formats)
    return page.words("alerts.clears", limit=f"{'<' if rule.upper else '>'} {value}")


def _fired(found: Sequence[Alert], newest: Alert | None, start: datetime, page: Page) -> None:
    words, formats = page.words, page.formats
    panels.section(words("alerts.fired_title"), (words("alerts.fired_help"),))
    if not found:
        if newest is None:
            panels.hint(words("alerts.nothing_fired"))
        else:
            fired = formats.moment(newest.fired_at)
            panels.hint(words("alerts.nothing_fired_last", rule=newest.rule, fired=fired))
        return
    still_open = sum(alert.cleared_at is None for alert in found)
    lasted = formats.duration(_time_open(found, start, page.now).total_seconds())
    panels.hint(words("alerts.digest", n=len(found), open=still_open, lasted=lasted))
    columns = [
        Column("rule", words("alerts.rule")),
        Column("severity", words("alerts.severity")),
        Column("fired", words("alerts.fired_at")),
        Column("value", words("alerts.fired_value"), align="right"),
        Column("cleared", words("alerts.cleared_at")),
        Column("lasted", words("alerts.lasted"), align="right"),
    ]
    hidden = len(found) - MOST_SHOWN
    panels.table(
        columns,
        [_alert(alert, page) for alert in found[:MOST_SHOWN]],
        label=words("alerts.fired_title"),
        caption=words("alerts.more", n=hidden) if hidden > 0 else "",
    )


def _alert(alert: Alert, page: Page) -> Row:
    words, formats = page.words, page.formats
    cleared = Cell(words("alerts.still_open"), mood="bad")
    if alert.cleared_at is not None:
        note = words("alerts.ended_removed") if alert.ended == "removed" else ""
        cleared = Cell(
            formats.short_moment(alert.cleared_at, page.now),
            exact=formats.moment(alert.cleared_at),
            note=note,
        )
    severity = words(SEVERITY_NAMES[alert.severity]) if alert.severity in SEVERITY_NAMES else alert.severity
    until = alert.cleared_at or max(page.now, alert.fired_at)
    return {
        "rule": Cell(alert.rule, note=metric_in_words(alert.metric, words)),
        "severity": severity,
        "fired": Cell(formats.short_moment(alert.fired_at, page.now), exact=formats.moment(alert.fired_at)),
        "value": value_in_words(alert.metric, alert.fired_value, words, formats),
        "cleared": cleared,
        "lasted": formats.duration((until - alert.fired_at).total_seconds()),
    }


def _time_open(found: Sequence[Alert], start: datetime, now: datetime) -> timedelta:
    """How much of the time since `start` at least one alert was open."""
    total, reached = timedelta(), start
    for alert in reversed(found):  # oldest first
        until = alert.cleared_at or now
        begin = max(alert.fired_at, reached)
        total += max(until - begin, timedelta())
        reached = max(reached, until)
    return total
