"""New estimates for stored spans when the prices have changed. What AgentOps reports is never touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import duckdb
import pandas as pd

from dashboard.archive import tables

#: Some providers charge less at night, by the half hour: spans of one half hour share a question.
AT = "time_bucket(INTERVAL 30 MINUTE, started_at)"
KEY = (
    "price_model",
    "provider",
    "prompt_tokens",
    "completion_tokens",
    "cache_read_tokens",
    "reasoning_tokens",
)
PRICED = "cost_source IN ('estimated', 'own', 'unpriced')"
DAY = timedelta(days=1)
#: An amount that its column cannot hold is junk: the tokens stay without a price.
USD_MAX = 1e6


class Estimate(Protocol):
    @property
    def usd(self) -> float: ...
    @property
    def source(self) -> str: ...


class Prices(Protocol):
    """What the archive needs of ``dashboard.pricing.PriceBook``."""

    @property
    def version(self) -> str: ...

    def estimate(
        self,
        names: Sequence[str],
        provider: str,
        at: datetime,
        *,
        prompt_tokens: int | None,
        completion_tokens: int | None,
        cache_read_tokens: int | None,
        reasoning_tokens: int | None,
    ) -> Estimate | None: ...


def days_to_reprice(db: duckdb.DuckDBPyConnection, book: Prices) -> list[date]:
    """Days with estimates (or none yet) by another version of the prices; none when it is this one."""
    if tables.meta(db).get("book") == book.version:
        return []
    rows = db.execute(
        f"SELECT DISTINCT CAST(started_at AS DATE) AS day FROM spans WHERE {PRICED} ORDER BY day DESC"  # noqa: S608 - constants of ours
    ).fetchall()
    return [day for (day,) in rows]


def estimates(db: duckdb.DuckDBPyConnection, day: date, book: Prices) -> pd.DataFrame:
    """One row for each distinct question of a day: ``at``, the columns of ``KEY``, ``usd``, ``source``."""
    rows = db.execute(
        f"SELECT DISTINCT {AT} AS at, {', '.join(KEY)} FROM spans WHERE {PRICED} AND {_of_day(day)}"  # noqa: S608 - constants of ours, and a date
    ).fetchall()
    made: list[tuple[Any, ...]] = []
    for at, names, provider, prompt, completion, cache_read, reasoning in rows:
        estimate = book.estimate(
            [name for name in (names or "").split("\n") if name],
            provider or "",
            at.replace(tzinfo=UTC),
            prompt_tokens=prompt,
            completion_tokens=completion,
            cache_read_tokens=cache_read,
            reasoning_tokens=reasoning,
        )
        usd, source = None, "unpriced"
        if estimate is not None and estimate.usd < USD_MAX:
            usd, source = estimate.usd, estimate.source
        made.append((at, names, provider, prompt, completion, cache_read, reasoning, usd, source))
    frame = pd.DataFrame(made, columns=["at", *KEY, "usd", "source"])
    tokens = dict.fromkeys(KEY[2:], "Int64")
    return frame.astype(
        {"at": "datetime64[us]", "price_model": "str", "provider": "str", "usd": "float64", "source": "str"}
        | tokens
    )


def store(db: duckdb.DuckDBPyConnection, *, day: date, priced: pd.DataFrame) -> int:
    """Write :func:`estimates` to the spans of that day and to the sums of their traces; changed spans."""
    same = " AND ".join(f"s.{column} IS NOT DISTINCT FROM p.{column}" for column in KEY)
    with tables.frames(db, priced=priced):
        db.execute(
            f"""CREATE OR REPLACE TEMP TABLE repriced AS
            SELECT s.rowid AS row, s.trace_id, CAST(round(p.usd, 12) AS DECIMAL(18, 12)) AS usd, p.source
            FROM spans s JOIN priced p ON {AT.replace("started_at", "s.started_at")} = p.at AND {same}
            WHERE s.{PRICED} AND {_of_day(day)} AND (s.cost_source <> p.source OR
              s.estimated_usd IS DISTINCT FROM CAST(round(p.usd, 12) AS DECIMAL(18, 12)))"""  # noqa: S608 - constants of ours, and a date
        )
    changed = db.execute(
        """UPDATE spans SET estimated_usd = r.usd, cost_source = r.source
        FROM repriced r WHERE spans.rowid = r.row"""
    ).fetchall()[0][0]
    if changed:
        db.execute(
            """UPDATE traces SET estimated_usd = x.usd, unpriced_tokens = x.tokens FROM (
                SELECT trace_id, if(sum(estimated_usd) < 1e6, sum(estimated_usd), NULL) AS usd,
                  coalesce(sum(coalesce(nullif(total_tokens, 0), coalesce(prompt_tokens, 0)
                    + coalesce(completion_tokens, 0))) FILTER (cost_source = 'unpriced'), 0) AS tokens
                FROM spans WHERE NOT duplicate AND trace_id IN (SELECT trace_id FROM repriced)
                GROUP BY trace_id) x
            WHERE traces.trace_id = x.trace_id"""
        )
    db.execute("DROP TABLE repriced")
    return int(changed)


def done(db: duckdb.DuckDBPyConnection, book: Prices) -> None:
    tables.set_meta(db, book=book.version)


def _of_day(day: date) -> str:
    return f"started_at >= DATE '{day}' AND started_at < DATE '{day + DAY}'"
