"""Messages on their way to webhooks: kept until they are delivered or given up, in order, bounded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from .database import Database

Kind = Literal["fired", "cleared", "test"]
MessageState = Literal["waiting", "delivered", "given_up"]

#: A message that cannot be delivered is given up after this; of more than these the oldest go.
GIVEN_UP_AFTER, MOST_WAITING = timedelta(hours=24), 200
#: What was delivered or given up is kept for whoever asks how it went, so long after it was made.
SETTLED_KEPT = timedelta(hours=25)
#: No message waits longer for its next attempt; a time further ahead is of a clock that went backwards.
LONGEST_PAUSE_S = 3_600.0
#: A webhook can be tested so often.
TEST_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Message:
    """What is sent. `id` is the same at each attempt, so that a receiver can drop repeats."""

    id: str
    webhook: str
    kind: Kind
    body: str
    created_at: datetime
    attempts: int = 0
    state: MessageState = "waiting"
    cause: str = ""


@dataclass(frozen=True)
class Delivery:
    """How a webhook is doing.

    Attributes:
        success_at, failure_at: the last attempt that was taken, and that failed; None: none yet.
        cause: of the failure (see ``webhook.cause_of``), when it is newer than the success; else "".
        waiting: messages not delivered yet.
        dropped: messages given up, ever.
        tested_at: when a test was last asked for.
    """

    webhook: str
    success_at: datetime | None = None
    failure_at: datetime | None = None
    cause: str = ""
    waiting: int = 0
    dropped: int = 0
    tested_at: datetime | None = None


def put(db: sqlite3.Connection, messages: Iterable[Message]) -> None:
    """Adds messages, in a transaction of the caller's; one that is there already is not added again."""
    for message in messages:
        db.execute(
            "INSERT OR IGNORE INTO messages"
            " (id, webhook, kind, body, created_s, attempts, next_s, state, cause)"
            " VALUES (?, ?, ?, ?, ?, 0, ?, 'waiting', '')",
            (message.id, message.webhook, message.kind, message.body, *[message.created_at.timestamp()] * 2),
        )


def trim(db: sqlite3.Connection, now: datetime) -> None:
    """Gives up what is too old or too much, and forgets what was settled long ago."""
    too_old = (now - GIVEN_UP_AFTER).timestamp()
    waiting = db.execute(
        "SELECT number, webhook, created_s,"
        " row_number() OVER (PARTITION BY webhook ORDER BY number DESC) AS place"
        " FROM messages WHERE state = 'waiting'"
    ).fetchall()
    for row in waiting:
        if row["created_s"] < too_old or row["place"] > MOST_WAITING:
            _give_up(db, row["number"], row["webhook"])
    db.execute(
        "DELETE FROM messages WHERE state <> 'waiting' AND created_s < ?", ((now - SETTLED_KEPT).timestamp(),)
    )


class Outbox:
    """The messages of one file. Thread-safe; every method may raise sqlite3.OperationalError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next(self, webhook: str, now: datetime) -> Message | None:
        """The oldest message of this webhook, if its time has come: none overtakes it, but for tests."""

        def find(db: sqlite3.Connection) -> sqlite3.Row | None:
            rows = db.execute(
                "SELECT *, min(number) FROM messages WHERE webhook = ? AND state = 'waiting'"
                " GROUP BY kind = 'test' ORDER BY kind = 'test' DESC",
                (webhook,),
            ).fetchall()
            at = now.timestamp()
            return next((row for row in rows if not at < row["next_s"] <= at + LONGEST_PAUSE_S), None)

        row = self._database.run(find, writes=False)
        return None if row is None else _message(row)

    def delivered(self, message: Message, now: datetime) -> None:
        def write(db: sqlite3.Connection) -> None:
            _settle(db, message, "delivered", "")
            _note(db, message.webhook, now, "")
            # whoever takes one may take the rest
            db.execute(
                "UPDATE messages SET next_s = ? WHERE webhook = ? AND state = 'waiting'",
                (now.timestamp(), message.webhook),
            )

        self._database.run(write)

    def failed(self, message: Message, now: datetime, cause: str, *, again_at: datetime | None) -> None:
        """An attempt failed; the next one is at `again_at`, None gives it up."""

        def write(db: sqlite3.Connection) -> None:
            _note(db, message.webhook, now, cause)
            if again_at is None:
                _settle(db, message, "given_up", cause)
                if message.kind != "test":
                    db.execute(
                        "UPDATE deliveries SET dropped = dropped + 1 WHERE webhook = ?", (message.webhook,)
                    )
                return
            db.execute(
                "UPDATE messages SET attempts = attempts + 1, next_s = ?, cause = ?"
                " WHERE id = ? AND webhook = ?",
                (again_at.timestamp(), cause, message.id, message.webhook),
            )

        self._database.run(write)

    def test(self, message: Message) -> datetime | None:
        """Adds a test message, or returns since when there is one that is too young for another."""

        def write(db: sqlite3.Connection) -> datetime | None:
            at = message.created_at
            row = db.execute(
                "SELECT tested_s FROM deliveries WHERE webhook = ?", (message.webhook,)
            ).fetchone()
            if row and row["tested_s"] and 0 <= at.timestamp() - row["tested_s"] < TEST_EVERY.total_seconds():
                return datetime.fromtimestamp(row["tested_s"], UTC)
            db.execute("INSERT OR IGNORE INTO deliveries (webhook) VALUES (?)", (message.webhook,))
            db.execute(
                "UPDATE deliveries SET tested_s = ? WHERE webhook = ?", (at.timestamp(), message.webhook)
            )
            put(db, [message])
            return None

        return self._database.run(write)

    def look(self, message_id: str, webhook: str) -> Message | None:
        """What became of a message; None when it is forgotten."""
        rows = self._database.run(
            lambda db: db.execute(
                "SELECT * FROM messages WHERE id = ? AND webhook = ?", (message_id, webhook)
            ).fetchall(),
            writes=False,
        )
        return _message(rows[0]) if rows else None

    def keep_only(self, webhooks: Sequence[str]) -> None:
        """Forgets messages to webhooks that are no longer in the file."""
        names = (json.dumps(list(webhooks)),)

        def write(db: sqlite3.Connection) -> None:
            for table in ("messages", "deliveries"):
                kept = "SELECT value FROM json_each(?)"
                db.execute(f"DELETE FROM {table} WHERE webhook NOT IN ({kept})", names)  # noqa: S608 - our own tables

        self._database.run(write)

    def deliveries(self, webhooks: Sequence[str]) -> list[Delivery]:
        """How each of these webhooks is doing, in their order."""

        def read(db: sqlite3.Connection) -> list[Delivery]:
            waiting = dict(
                db.execute(
                    "SELECT webhook, count(*) FROM messages WHERE state = 'waiting' GROUP BY webhook"
                ).fetchall()
            )
            rows = {row["webhook"]: row for row in db.execute("SELECT * FROM deliveries").fetchall()}
            return [_delivery(name, rows.get(name), waiting.get(name, 0)) for name in webhooks]

        return self._database.run(read, writes=False)


def _give_up(db: sqlite3.Connection, number: int, webhook: str) -> None:
    db.execute("UPDATE messages SET state = 'given_up' WHERE number = ?", (number,))
    db.execute("INSERT OR IGNORE INTO deliveries (webhook) VALUES (?)", (webhook,))
    db.execute("UPDATE deliveries SET dropped = dropped + 1 WHERE webhook = ?", (webhook,))


def _settle(db: sqlite3.Connection, message: Message, state: MessageState, cause: str) -> None:
    db.execute(
        "UPDATE messages SET attempts = attempts + 1, state = ?, cause = ? WHERE id = ? AND webhook = ?",
        (state, cause, message.id, message.webhook),
    )


def _note(db: sqlite3.Connection, webhook: str, now: datetime, cause: str) -> None:
    """An attempt ended at `now`, well when `cause` is ""."""
    db.execute("INSERT OR IGNORE INTO deliveries (webhook) VALUES (?)", (webhook,))
    column = "failure_s" if cause else "success_s"
    db.execute(
        f"UPDATE deliveries SET {column} = ?, cause = ? WHERE webhook = ?",  # noqa: S608 - our own columns
        (now.timestamp(), cause, webhook),
    )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        row["id"], row["webhook"], row["kind"], row["body"], datetime.fromtimestamp(row["created_s"], UTC),
        row["attempts"], row["state"], row["cause"],
    )  # fmt: skip


def _delivery(webhook: str, row: sqlite3.Row | None, waiting: int) -> Delivery:
    if row is None:
        return Delivery(webhook, waiting=waiting)
    times = [
        None if row[name] is None else datetime.fromtimestamp(row[name], UTC)
        for name in ("success_s", "failure_s", "tested_s")
    ]
    return Delivery(webhook, times[0], times[1], row["cause"], waiting, row["dropped"], times[2])
