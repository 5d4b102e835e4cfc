"""One background watcher a process: looks at the rules every half minute, and has changes delivered.

Of all processes on one file, one holds the lease: it alone asks, evaluates and sends; the others show what it
wrote, and one of them takes over when it is not heard of any more.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

from dashboard.archive.shared import Shelf
from dashboard.upstream import Upstream
from dashboard.windows import HOUR

from . import messages, webhook
from .engine import Change, evaluate
from .measures import Measures
from .memory import LeaseLost, Memory, file_name
from .outbox import Message, Outbox
from .records import Alert, Downtime, Kept
from .rules import Rule
from .view import Role, View, WatchOptions

log = logging.getLogger("dashboard.alerts")

#: Looks so often whether AgentOps went or came back, and whether it is time for the rules.
TICK_S = 1.0
#: The lease lasts so many rounds, and at least so long: measuring may take its time.
LEASE_ROUNDS, LEASE_LEAST = 4, timedelta(seconds=2)
TRIM_EVERY = HOUR
#: ``close`` waits so long for what is under way; then it is abandoned.
CLOSE_WAIT_S = 0.8


class Watch:
    """See the module. :meth:`start` it once; all methods may be called from any thread.

    Args:
        shelf: the span archive.
    """

    def __init__(self, upstream: Upstream, shelf: Callable[[], Shelf], options: WatchOptions) -> None:
        self.upstream, self.options = upstream, options
        self.owner = f"{os.getpid()}-{uuid4().hex}"
        self._now = upstream.now
        self._rules = {rule.name: rule for rule in options.rules.rules}
        self._webhooks = options.rules.webhooks
        path = options.folder / file_name(upstream.endpoint, _project(upstream)) if options.folder else None
        self.memory = Memory(path)
        self._outbox = Outbox(self.memory.database)
        self._stopping = threading.Event()
        self._measures = Measures(upstream, shelf, options.rules.rules, wait=self._stopping.wait)
        self._sayer = messages.Sayer(
            options.words,
            options.formats,
            upstream.endpoint,
            options.rules.dashboard_url,
            upstream.project,
        )
        self._lease = max(LEASE_ROUNDS * options.every, LEASE_LEAST)
        self._leased_until: datetime | None = None
        self._role: Role = "starting"
        self._down = False
        self._trim_at: datetime | None = None
        self._said_bug = ""
        self._thread = threading.Thread(target=self._run, name="alerts-watch", daemon=True)
        self._senders = {
            hook.name: webhook.Sender(
                hook, self._outbox, may_send=self._may_send, now=self._now, pause=options.pause
            )
            for hook in self._webhooks
        }

    # ---- for its owner

    def start(self) -> None:
        self._thread.start()
        for sender in self._senders.values():
            sender.start()

    def close(self) -> None:
        """Ends the threads within about a second and gives the lease back. May be called twice."""
        self._stopping.set()
        for sender in self._senders.values():
            sender.stop()
        deadline = time.monotonic() + CLOSE_WAIT_S
        if self._thread.is_alive():
            self._thread.join(max(0.0, deadline - time.monotonic()))
        for sender in self._senders.values():
            sender.join(max(0.0, deadline - time.monotonic()))
        self._role, self._leased_until = "closed", None
        with suppress(sqlite3.Error):  # then it runs out by itself
            self.memory.release_lease(self.owner)
        self.memory.close()

    # ---- for pages

    def look(self) -> View:
        """The state of everything, asked of the file alone. May raise sqlite3.OperationalError: busy."""
        kept = self.memory.states()
        lease = self.memory.lease()
        names = [hook.name for hook in self._webhooks]
        looked_at = max((one.state.at for one in kept.values()), default=None)
        age = None if looked_at is None else self._now() - looked_at
        return View(
            self._role,
            lease.pid if lease is not None else 0,
            tuple((rule, self._kept(kept, rule)) for rule in self._rules.values()),
            tuple(zip(self._webhooks, self._outbox.deliveries(names), strict=True)),
            self.memory.notices,
            looked_at,
            age is not None and age > self._lease + 2 * self.options.every,
        )

    def alerts(self, start: datetime, end: datetime) -> list[Alert]:
        """Alerts that were open at some time in ``[start, end)``, newest first."""
        return self.memory.alerts(start, end)

    def newest(self) -> Alert | None:
        return self.memory.newest()

    def outages(self, start: datetime, end: datetime) -> list[Downtime]:
        """Stretches of ``[start, end)`` and beyond in which AgentOps was out of reach, oldest first."""
        return self.memory.outages(start, end)

    def test(self, name: str) -> Message | datetime:
        """Has a test message sent to this webhook; or since when there is one that is too young."""
        hook = next(hook for hook in self._webhooks if hook.name == name)
        message = messages.of_test(hook, self._now(), self._sayer)
        since = self._outbox.test(message)
        if since is not None:
            return since
        self._senders[name].wake()
        return message

    def tested(self, message: Message) -> Message | None:
        """What became of it."""
        return self._outbox.look(message.id, message.webhook)

    # ---- the thread

    def round(self) -> None:
        """Looks at all rules once, if this process is to."""
        now = self._now()
        if not self.memory.take_lease(self.owner, os.getpid(), now, self._lease):
            self._role, self._leased_until = "other_process", None
            return
        if self._role != "watching":
            self._take_over(now)
        self._role, self._leased_until = "watching", now + self._lease
        measured = self._measures.take()
        now = self._now()
        kept = self.memory.states()
        states: dict[str, Kept] = {}
        changes: list[tuple[Rule, Change]] = []
        told: list[Message] = []
        for rule in self._rules.values():
            value = measured[rule.name]
            before = self._kept(kept, rule)
            gap = max(timedelta(minutes=2), self._lease)
            state, change = evaluate(
                rule, before.state if before else None, value.value, now, longest_gap=gap
            )
            states[rule.name] = Kept(rule.metric.name, state, value.why)
            if change is not None:
                changes.append((rule, change))
                told += messages.of_change(
                    rule, change, self._webhooks, self._sayer, detail=self._detail(rule, change)
                )
        self.memory.commit(self.owner, states, changes, told)
        self._note_upstream()
        self._wake(told)
        if self._trim_at is None or not timedelta() <= now - self._trim_at < TRIM_EVERY:
            self._trim_at = now
            self.memory.trim(now)

    def _take_over(self, now: datetime) -> None:
        """Ends what belongs to rules and webhooks that are no longer in the file."""
        self._outbox.keep_only([hook.name for hook in self._webhooks])
        gone = [
            alert
            for alert in self.memory.open_alerts()
            if alert.rule not in self._rules or self._rules[alert.rule].metric.name != alert.metric
        ]
        told = [
            message
            for alert in gone
            for message in messages.of_removed(alert, max(now, alert.fired_at), self._webhooks, self._sayer)
        ]
        if gone:
            self.memory.end_removed(self.owner, gone, now, told)
        self._wake(told)

    def _kept(self, kept: dict[str, Kept], rule: Rule) -> Kept | None:
        """What is kept of `rule`; a rule of that name about something else is another one."""
        found = kept.get(rule.name)
        return found if found is not None and found.metric == rule.metric.name else None

    def _detail(self, rule: Rule, change: Change) -> str:
        """What AgentOps' outage is, in words."""
        outage = self.upstream.outage
        if rule.metric.unit != "flag" or change.kind != "fired" or outage is None:
            return ""
        key = f"cause.{outage.error.cause}.title"
        words = self.options.words
        return words(key) if words.has(key) else ""

    def _wake(self, told: list[Message]) -> None:
        for name in {message.webhook for message in told}:
            self._senders[name].wake()

    def _may_send(self) -> bool:
        return self._leased_until is not None and self._now() < self._leased_until

    def _note_upstream(self) -> None:
        outage = self.upstream.outage
        self._down = outage is not None
        self.memory.note_upstream(
            self._now(), outage.since if outage else None, outage.error.cause if outage else ""
        )

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            try:
                if time.monotonic() >= due:
                    due = time.monotonic() + self.options.every.total_seconds()
                    self.round()
                elif self._may_send() and self._down != (self.upstream.outage is not None):
                    self._note_upstream()
            except LeaseLost:
                self._role, self._leased_until = "other_process", None
            except sqlite3.OperationalError:
                pass  # another process holds the file, or it was closed: the next round is soon
            except Exception as bug:  # noqa: BLE001 - rules are looked at again, and the log says why they were not
                self._say_bug(bug)
            self._stopping.wait(min(TICK_S, self.options.every.total_seconds()))

    def _say_bug(self, bug: Exception) -> None:
        """Our own mistake, once: its type and place. Never its words, which may hold what others sent."""
        place = "".join(traceback.format_tb(bug.__traceback__))
        if self._stopping.is_set() or place == self._said_bug:
            return
        self._said_bug = place
        extra = {"bug": type(bug).__name__, "project": self.upstream.project}
        log.error("Looking at the alert rules failed: %s\n%s", type(bug).__name__, place, extra=extra)


def _project(upstream: Upstream) -> str:
    """What tells this project from others without asking AgentOps, which may be down: the configured project,
    or a fingerprint of the project's key."""
    settings = upstream.client.settings
    if settings.project_id:
        return settings.project_id.lower()
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    return "key " + hashlib.sha256(key.strip().lower().encode()).hexdigest()
