"""What alerts leave behind: states of rules, alerts that fired, outages, and who may evaluate.

One file an upstream and project. Times are aware UTC outside and seconds since 1970 inside.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from . import outbox
from .database import Database, Notice
from .engine import Change
from .outbox import Message
from .records import Alert, Downtime, Kept, alert_id, alert_of, downtime_of, kept_of, moment, row_of
from .rules import Rule

#: Alerts and outages are kept so long, and so many.
KEPT_FOR, KEPT_MOST = timedelta(days=90), 1_000
#: An outage that was seen again after so long is the same one.
SAME_OUTAGE = timedelta(minutes=2)


def file_name(endpoint: str, project: str) -> str:
    """The file's name; two upstreams or projects never share one."""
    digest = hashlib.sha256(f"{endpoint}\n{project}".encode()).hexdigest()
    return f"alerts-{digest[:12]}.sqlite3"


class LeaseLost(Exception):
    """Another process evaluates now: nothing was written."""


@dataclass(frozen=True)
class Lease:
    """Who evaluates and sends, until when if it is not heard of."""

    owner: str
    pid: int
    expires_at: datetime


class Memory:
    """See the module. Thread-safe; every method may raise sqlite3.OperationalError (the file is busy)."""

    def __init__(self, path: Path | None) -> None:
        self.database = Database(path)

    @property
    def notices(self) -> tuple[Notice, ...]:
        return self.database.notices

    def close(self) -> None:
        self.database.close()

    # ---- who evaluates

    def take_lease(self, owner: str, pid: int, now: datetime, length: timedelta) -> bool:
        """Takes or renews the lease; False while another process has it. One that ends later than it could
        have been given (the clock went backwards) has expired."""

        def take(db: sqlite3.Connection) -> bool:
            held = db.execute("SELECT owner, expires_s FROM lease").fetchone()
            latest = (now + length).timestamp()
            if held and held["owner"] != owner and now.timestamp() < held["expires_s"] <= latest:
                return False
            db.execute("INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?)", (owner, pid, latest))
            return True

        return self.database.run(take)

    def release_lease(self, owner: str) -> None:
        self.database.run(lambda db: db.execute("DELETE FROM lease WHERE owner = ?", (owner,)))

    def lease(self) -> Lease | None:
        row = self._one("SELECT owner, pid, expires_s FROM lease")
        return Lease(row["owner"], row["pid"], moment(row["expires_s"])) if row else None

    # ---- rules

    def states(self) -> dict[str, Kept]:
        """The kept states by rule."""
        return {row["rule"]: kept_of(row) for row in self._all("SELECT * FROM states")}

    def commit(
        self,
        owner: str,
        states: Mapping[str, Kept],
        changes: Sequence[tuple[Rule, Change]],
        messages: Sequence[Message],
    ) -> None:
        """Writes a round, all or nothing: `states` replace those kept, each change begins or ends an alert.

        Raises:
            LeaseLost: `owner` does not hold the lease.
        """

        def write(db: sqlite3.Connection) -> None:
            _hold(db, owner)
            db.execute("DELETE FROM states")
            db.executemany(
                "INSERT INTO states VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [row_of(rule, kept) for rule, kept in states.items()],
            )
            for rule, change in changes:
                key = alert_id(rule.name, change.fired_at)
                if change.kind == "fired":
                    db.execute(
                        "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, '')",
                        (key, rule.name, rule.metric.name, rule.severity, change.held_since.timestamp(),
                         change.fired_at.timestamp(), change.value),
                    )  # fmt: skip
                else:
                    db.execute(
                        "UPDATE alerts SET cleared_at_s = ?, cleared_value = ?, ended = 'good' WHERE id = ?",
                        (change.at.timestamp(), change.value, key),
                    )
            outbox.put(db, messages)

        self.database.run(write)

    def end_removed(
        self, owner: str, alerts: Sequence[Alert], at: datetime, messages: Sequence[Message]
    ) -> None:
        """Ends open alerts whose rule is no longer in the file. Raises LeaseLost."""

        def write(db: sqlite3.Connection) -> None:
            _hold(db, owner)
            for alert in alerts:
                db.execute(
                    "UPDATE alerts SET cleared_at_s = ?, ended = 'removed' WHERE id = ? AND ended = ''",
                    (max(at, alert.fired_at).timestamp(), alert.id),
                )
                db.execute("DELETE FROM states WHERE rule = ?", (alert.rule,))
            outbox.put(db, messages)

        self.database.run(write)

    def open_alerts(self) -> list[Alert]:
        return [
            alert_of(row) for row in self._all("SELECT * FROM alerts WHERE ended = '' ORDER BY fired_at_s")
        ]

    def alerts(self, start: datetime, end: datetime) -> list[Alert]:
        """Alerts that were open at some time in ``[start, end)``, newest first."""
        rows = self._all(
            "SELECT * FROM alerts WHERE fired_at_s < ? AND (ended = '' OR cleared_at_s > ?)"
            " ORDER BY fired_at_s DESC, rule",
            (end.timestamp(), start.timestamp()),
        )
        return [alert_of(row) for row in rows]

    def newest(self) -> Alert | None:
        row = self._one("SELECT * FROM alerts ORDER BY fired_at_s DESC LIMIT 1")
        return alert_of(row) if row else None

    # ---- outages

    def note_upstream(self, now: datetime, since: datetime | None, cause: str = "") -> None:
        """AgentOps has been out of reach since `since`; None: it is not. What a process that ended left open
        lasted until it was last seen."""

        def write(db: sqlite3.Connection) -> None:
            row = db.execute(
                "SELECT id, seen_s FROM outages WHERE NOT over ORDER BY id DESC LIMIT 1"
            ).fetchone()
            at = now.timestamp()
            watched = row is not None and (
                0 <= at - row["seen_s"] <= SAME_OUTAGE.total_seconds()
                or (since is not None and since.timestamp() <= row["seen_s"] <= at)
            )
            if watched:
                db.execute(
                    "UPDATE outages SET seen_s = ?, over = ? WHERE id = ?", (at, since is None, row["id"])
                )
            else:
                db.execute("UPDATE outages SET over = 1 WHERE NOT over")
            if since is not None and not watched:
                db.execute(
                    "INSERT INTO outages (since_s, seen_s, cause, over) VALUES (?, ?, ?, 0)",
                    (min(since, now).timestamp(), at, cause),
                )

        self.database.run(write)

    def outages(self, start: datetime, end: datetime) -> list[Downtime]:
        """Outages that touch ``[start, end)``, oldest first."""
        rows = self._all(
            "SELECT * FROM outages WHERE since_s < ? AND (seen_s > ? OR NOT over) ORDER BY since_s",
            (end.timestamp(), start.timestamp()),
        )
        return [downtime_of(row) for row in rows]

    # ---- bounds

    def trim(self, now: datetime) -> None:
        """Drops what is too old or too much; open alerts and messages under way stay."""

        def write(db: sqlite3.Connection) -> None:
            floor = (now - KEPT_FOR).timestamp()
            db.execute("DELETE FROM alerts WHERE ended <> '' AND cleared_at_s < ?", (floor,))
            db.execute(
                "DELETE FROM alerts WHERE ended <> '' AND id NOT IN"
                " (SELECT id FROM alerts ORDER BY fired_at_s DESC LIMIT ?)",
                (KEPT_MOST,),
            )
            db.execute("DELETE FROM outages WHERE over AND seen_s < ?", (floor,))
            db.execute(
                "DELETE FROM outages WHERE over AND id NOT IN"
                " (SELECT id FROM outages ORDER BY id DESC LIMIT ?)",
                (KEPT_MOST,),
            )
            outbox.trim(db, now)

        self.database.run(write)

    def _all(self, question: str, values: tuple[object, ...] = ()) -> list[Any]:
        return self.database.run(lambda db: db.execute(question, values).fetchall(), writes=False)

    def _one(self, question: str) -> Any:
        rows = self._all(question)
        return rows[0] if rows else None


def _hold(db: sqlite3.Connection, owner: str) -> None:
    held = db.execute("SELECT owner FROM lease").fetchone()
    if held is None or held["owner"] != owner:
        raise LeaseLost
