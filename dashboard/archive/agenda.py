"""What has been swept, what is to be read, and how far a range is covered.

Functions on a connection; times in and out are aware UTC. *Listed* is what AgentOps' list says of one
trace in one window; it is compared with the stored spans, and where the numbers differ the trace is
*pending*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd

from dashboard.archive.tables import frames, naive


@dataclass(frozen=True)
class Listed:
    """A row of AgentOps' list: `spans` started in the window, the first and the last at these times."""

    trace_id: str
    started_at: datetime
    active_at: datetime
    spans: int


@dataclass(frozen=True)
class Sweep:
    """The last listing of ``[start, end)``: how many traces it showed, or why it failed."""

    start: datetime
    end: datetime
    asked_at: datetime
    traces: int
    failed: str = ""


@dataclass(frozen=True)
class Pending:
    """A trace to be read: last active at, failed attempts so far and the cause of the last."""

    trace_id: str
    active_at: datetime
    tries: int
    cause: str


@dataclass(frozen=True)
class Held:
    """How far a range is covered.

    Attributes:
        read: distinct traces with a stored span that started in the range.
        ready: pending ones that can be read now.
        too_new: pending ones that are not quiet yet.
        failed: pending ones whose last reading failed.
        cause: of the newest failure, of a trace or else of a sweep; "" without one.
        swept_s: seconds of the range that a sweep without failure saw after they were over.
        known: distinct traces that are read, pending or both (a changed trace is both).
    """

    read: int
    ready: int
    too_new: int
    failed: int
    cause: str
    swept_s: float
    known: int


def note_sweep(
    db: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    asked_at: datetime,
    listed: Sequence[Listed],
    *,
    failed: str,
    kept_from: datetime | None,
) -> int:
    """Store the sweep; make pending what it lists in other numbers than stored. How many those are.

    A failed sweep's list may lack traces; only a whole one withdraws what was listed before. A trace
    whose last span is older than `kept_from` would be trimmed again, so it is not read. Activity ahead
    of `asked_at` (another machine's clock) counts as activity at `asked_at`.
    """
    window = [naive(start), naive(end)]
    rows = {row.trace_id: row for row in listed}.values()
    frame = pd.DataFrame(
        {
            "trace_id": pd.Series([row.trace_id for row in rows], dtype="str"),
            "started_at": _moments([row.started_at for row in rows]),
            "active_at": _moments([min(row.active_at, asked_at) for row in rows]),
            "spans": pd.Series([row.spans for row in rows], dtype="int64"),
        }
    )
    db.execute("DELETE FROM sweeps WHERE start_at = ? AND end_at = ?", window)
    db.execute("INSERT INTO sweeps VALUES (?, ?, ?, ?, ?)", [*window, naive(asked_at), len(rows), failed])
    with frames(db, new_listed=frame):
        db.execute(
            """DELETE FROM listed WHERE start_at = ? AND end_at = ?
            AND (? OR trace_id IN (SELECT trace_id FROM new_listed))""",
            [*window, not failed],
        )
        made = db.execute(
            """INSERT INTO listed
            SELECT n.trace_id, $start, $end, n.started_at, n.active_at, n.spans, $asked_at
            FROM new_listed n
            LEFT JOIN (SELECT trace_id, count(*) AS spans FROM spans
                       WHERE started_at >= $start AND started_at < $end GROUP BY trace_id) s
              ON s.trace_id = n.trace_id
            LEFT JOIN (SELECT trace_id, spans FROM unmatched
                       WHERE start_at = $start AND end_at = $end) u
              ON u.trace_id = n.trace_id
            WHERE coalesce(s.spans, 0) <> n.spans AND u.spans IS DISTINCT FROM n.spans
              AND n.active_at >= $kept_from""",
            {
                "start": window[0],
                "end": window[1],
                "asked_at": naive(asked_at),
                "kept_from": naive(kept_from) if kept_from else datetime.min,  # noqa: DTZ901
            },
        )
        return int(made.fetchall()[0][0])


def sweeps(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> list[Sweep]:
    """The last sweep of each window that overlaps ``[start, end)``, oldest window first."""
    rows = db.execute(
        "SELECT start_at, end_at, asked_at, traces, failed FROM sweeps"
        " WHERE start_at < ? AND end_at > ? ORDER BY start_at, end_at",
        [naive(end), naive(start)],
    ).fetchall()
    return [Sweep(_aware(a), _aware(b), _aware(at), n, failed) for a, b, at, n, failed in rows]


#: Pending traces of a range with their times; parameters: start, end. Listed first and last activity
#: must overlap it, so a trace that pauses over a short range can count although it has no span there.
_PENDING = """
    SELECT l.trace_id, max(l.active_at) AS active_at, coalesce(any_value(f.tries), 0) AS tries,
           coalesce(any_value(f.cause), '') AS cause, any_value(f.failed_at) AS failed_at,
           any_value(f.retry_at) AS retry_at
    FROM listed l LEFT JOIN failures f USING (trace_id)
    WHERE l.trace_id IN (SELECT trace_id FROM listed
                         WHERE started_at < $end AND greatest(active_at, started_at) >= $start)
    GROUP BY l.trace_id
"""


def pending(
    db: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    quiet: timedelta,
    limit: int,
) -> list[Pending]:
    """Pending traces of the range that are quiet and whose retry time has come; newest first."""
    rows = db.execute(
        f"""SELECT trace_id, active_at, tries, cause FROM ({_PENDING})
        WHERE active_at <= $quiet_since AND (retry_at IS NULL OR retry_at <= $now)
        ORDER BY active_at DESC, trace_id LIMIT $limit""",  # noqa: S608 - a constant of ours; values are bound
        {
            "start": naive(start),
            "end": naive(end),
            "now": naive(now),
            "quiet_since": naive(now - quiet),
            "limit": limit,
        },
    ).fetchall()
    return [Pending(trace_id, _aware(at), tries, cause) for trace_id, at, tries, cause in rows]


def note_failure(
    db: duckdb.DuckDBPyConnection, trace_id: str, cause: str, retry_at: datetime, *, now: datetime
) -> None:
    tries = db.execute("SELECT coalesce(max(tries), 0) FROM failures WHERE trace_id = ?", [trace_id])
    count = tries.fetchall()[0][0] + 1
    db.execute("DELETE FROM failures WHERE trace_id = ?", [trace_id])
    db.execute(
        "INSERT INTO failures VALUES (?, ?, ?, ?, ?)", [trace_id, count, cause, naive(now), naive(retry_at)]
    )


def drop(db: duckdb.DuckDBPyConnection, trace_id: str) -> None:
    """No longer pending, until another number is listed. What is stored of the trace stays."""
    db.execute(
        """DELETE FROM unmatched m USING listed l WHERE l.trace_id = ? AND m.trace_id = l.trace_id
        AND m.start_at = l.start_at AND m.end_at = l.end_at""",
        [trace_id],
    )
    db.execute(
        "INSERT INTO unmatched SELECT trace_id, start_at, end_at, spans FROM listed WHERE trace_id = ?",
        [trace_id],
    )
    for table in ("listed", "failures"):
        db.execute(f"DELETE FROM {table} WHERE trace_id = ?", [trace_id])  # noqa: S608 - our own tables


def coverage(
    db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, *, now: datetime, quiet: timedelta
) -> Held:
    bounds = {"start": naive(start), "end": naive(end)}
    read, ready, too_new, failed, cause, both = db.execute(
        f"""WITH pending AS ({_PENDING}),
        held AS (SELECT DISTINCT trace_id FROM spans WHERE started_at >= $start AND started_at < $end)
        SELECT (SELECT count(*) FROM held),
               count(*) FILTER (tries = 0 AND active_at <= $quiet_since),
               count(*) FILTER (tries = 0 AND active_at > $quiet_since),
               count(*) FILTER (tries > 0),
               coalesce(arg_max(cause, failed_at), ''),
               count(*) FILTER (trace_id IN (SELECT trace_id FROM held))
        FROM pending""",  # noqa: S608 - a constant of ours; values are bound
        bounds | {"quiet_since": naive(now - quiet)},
    ).fetchall()[0]
    swept = sweeps(db, start, end)
    if not cause:
        failures = [s for s in swept if s.failed and not any(_made_good(s, later) for later in swept)]
        cause = max(failures, key=lambda s: s.asked_at).failed if failures else ""
    return Held(
        read=read,
        ready=ready,
        too_new=too_new,
        failed=failed,
        cause=cause,
        swept_s=swept_s(swept, start, end),
        known=read + ready + too_new + failed - both,
    )


def swept_s(swept: Sequence[Sweep], start: datetime, end: datetime) -> float:
    """Seconds of ``[start, end)`` in the union of what sweeps without failure saw when it was over.

    Of a window that was still open when asked, that is the part before the question.
    """
    seen = sorted((max(s.start, start), min(s.end, s.asked_at, end)) for s in swept if not s.failed)
    total, reached = timedelta(), start
    for begin, finish in seen:
        total += max(timedelta(), finish - max(begin, reached))
        reached = max(reached, finish)
    return total.total_seconds()


def _made_good(sweep: Sweep, later: Sweep) -> bool:
    whole = later.start <= sweep.start and later.end >= sweep.end
    return whole and not later.failed and later.asked_at >= sweep.asked_at


def _moments(moments: list[datetime]) -> pd.Series:
    return pd.Series([naive(m) for m in moments], dtype="datetime64[us]")


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
