"""What must be looked up for one upstream: its archive, how far that is, its alerts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import get_args

from dashboard.alerts.shared import running_watch
from dashboard.alerts.view import View
from dashboard.archive import Held, Stats
from dashboard.archive.follower import State
from dashboard.archive.shared import Shelf, span_archive
from dashboard.archive.stretch import QUIET
from dashboard.upstream import Upstream

from .families import Sheet
from .lately import Lately

#: What reading in the background may be doing.
FOLLOWER_STATES: tuple[str, ...] = ("opening", *get_args(State))
_RULE_STATES = {"ok": 0, "pending": 1, "firing": 2}


class Looks:
    """Looks into the files of `upstream`; begins nothing that pages would not begin.

    Args:
        follow: so far back traces are read without being asked for; zero: nothing is.
    """

    def __init__(self, upstream: Upstream, *, follow: timedelta) -> None:
        self.upstream = upstream
        self._follow = follow
        self._store = Lately(self._stats)
        self._reading = Lately(self._followed)
        self._alerts = Lately(self._view)

    def begin(self) -> None:
        for look in (self._store, self._reading, self._alerts):
            look.begin()

    def tell(self, sheet: Sheet, deadline: float) -> None:
        """Puts what is known by `deadline` (``time.monotonic()``)."""
        project = self.upstream.project
        stats = self._store.value(deadline - time.monotonic())
        if stats is not None:
            sheet.put("archive_traces", stats.traces, project)
            sheet.put("archive_spans", stats.spans, project)
            sheet.put("archive_size_bytes", round(stats.mb * 1e6), project)
        followed = self._reading.value(deadline - time.monotonic())
        if followed is not None:
            _tell_followed(sheet, project, *followed, self._follow)
        view = self._alerts.value(deadline - time.monotonic())
        if view is not None:
            _tell_alerts(sheet, project, view)

    def _shelf(self) -> Shelf | None:
        return span_archive(self.upstream)

    def _stats(self) -> Stats | None:
        shelf = self._shelf()
        archive = shelf.archive if shelf is not None else None
        return None if archive is None else archive.stats()

    def _followed(self) -> tuple[str, Held | None] | None:
        """The follower's state, and how far the hours that it follows are; None: nothing was ever opened."""
        shelf = self._shelf()
        if shelf is None:
            return None
        archive, follower = shelf.archive, shelf.follower
        if archive is None or follower is None:
            return ("off" if shelf.state == "off" else "opening"), None
        now = self.upstream.now()
        start = now - (self._follow or timedelta(hours=1))
        held = archive.coverage(start, now, now=now, quiet=QUIET)
        return follower.progress(start, now, held=held).state, held

    def _view(self) -> View | None:
        watch = running_watch(self.upstream.project)
        return None if watch is None or watch.upstream is not self.upstream else watch.look()


def _tell_followed(sheet: Sheet, project: str, state: str, held: Held | None, follow: timedelta) -> None:
    for name in FOLLOWER_STATES:
        sheet.put("archive_follower_state", int(name == state), project, name)
    if held is None or not follow:
        return
    for name in ("read", "ready", "too_new", "failed"):
        sheet.put("archive_followed_traces", getattr(held, name), project, name)
    able = held.known - held.too_new
    sheet.put("archive_coverage_ratio", min(1.0, held.read / able) if able > 0 else None, project)
    sheet.put("archive_listed_ratio", min(1.0, held.swept_s / follow.total_seconds()), project)


def _tell_alerts(sheet: Sheet, project: str, view: View) -> None:
    unknown = 0
    for rule, kept in view.rules:
        state: float | None = None if kept is None else _RULE_STATES.get(kept.state.name)
        if kept is not None and kept.state.fired_at is not None:
            state = _RULE_STATES["firing"]
        unknown += state is None
        sheet.put("alert_rule_state", state, project, rule.name, rule.severity)
    sheet.put("alert_rules_unknown", unknown, project)
    looked_at = view.looked_at.timestamp() if view.looked_at is not None else None
    sheet.put("alert_last_look_timestamp_seconds", looked_at, project)
    for webhook, delivery in view.deliveries:
        sheet.put("alert_messages_waiting", delivery.waiting, project, webhook.name)
        sheet.put("alert_messages_given_up", delivery.dropped, project, webhook.name)
