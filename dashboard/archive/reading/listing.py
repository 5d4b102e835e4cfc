"""The list of traces: filtered, sorted and cut into pages by the archive, over all of a range.

A trace is in a range when it *began* in it, as for every figure of traces. AgentOps counts a trace in each
range in which one of its spans started, so its number may be larger by those that had begun before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import duckdb
import pandas as pd

from dashboard.filters import Filters

from .frames import ask, between, utc
from .narrowing import COST_USD, condition, order

#: Columns of the list. Tokens are doubles, because NaN is *not reported*.
_COLUMNS: Final = f"""trace_id, name, service, agents, started_at, duration_s, outcome, outcome_by, spans,
    errors, CAST(prompt_tokens AS DOUBLE) AS prompt_tokens,
    CAST(completion_tokens AS DOUBLE) AS completion_tokens, CAST(total_tokens AS DOUBLE) AS total_tokens,
    {COST_USD} AS cost_usd, CAST(reported_usd AS DOUBLE) AS reported_usd,
    CAST(estimated_usd AS DOUBLE) AS estimated_usd, unpriced_tokens, tags, models, tools"""

_COUNT = "SELECT count(*) FROM traces WHERE {which}"
_PAGE = f"SELECT {_COLUMNS} FROM traces WHERE {{which}} ORDER BY {{order}} LIMIT $size OFFSET $before"  # noqa: S608 - our own columns
_IDS = "SELECT trace_id FROM traces WHERE {which} ORDER BY {order}"
_ROWS = f"""
    SELECT {_COLUMNS} FROM traces JOIN (
        SELECT unnest($ids::VARCHAR[]) AS trace_id, generate_subscripts($ids::VARCHAR[], 1) AS place
    ) USING (trace_id) ORDER BY place
"""  # noqa: S608 - our own columns
_NEIGHBOURS = """
    SELECT before, after, position, total FROM (
        SELECT trace_id, lag(trace_id) OVER listed AS before, lead(trace_id) OVER listed AS after,
            row_number() OVER listed AS position, count(*) OVER () AS total
        FROM traces WHERE {which} WINDOW listed AS (ORDER BY {order})
    ) WHERE trace_id = $trace_id
"""
_NEWER = "SELECT trace_id FROM traces WHERE {which} AND read_at > $since"
_FACET = """
    SELECT value, count(*) AS traces, count(*) OVER () AS rows_in_all
    FROM (SELECT unnest({values}) AS value FROM traces WHERE {in_range})
    GROUP BY 1 ORDER BY traces DESC, value LIMIT $limit
"""
_FACETS: Final = {
    **{
        name: f"CASE WHEN coalesce(len({name}), 0) = 0 THEN [''] ELSE list_distinct({name}) END"
        for name in ("models", "agents", "tags")
    },
    "services": "[coalesce(service, '')]",
}

#: What was asked for this long before a moment may have been stored after it.
_UNDER_WAY = timedelta(minutes=5)
_PREFIX = re.compile(r"[0-9a-f]{8,}")


class Page(NamedTuple):
    """A page of the list: rows `first` to `last` of `total`, from 1; all are 0 in an empty list.

    `page` is the one that is shown, of `pages`: the last one where a later one was asked for.
    """

    rows: pd.DataFrame
    total: int
    page: int
    pages: int
    first: int
    last: int


class Neighbours(NamedTuple):
    """The traces above and below one in the list, its place from 1 (None: it is not in the list), of how
    many."""

    previous: str | None
    next: str | None
    position: int | None
    total: int


class Facet(NamedTuple):
    """Values to choose from with the traces that have them, most first; and how many values there are."""

    values: tuple[tuple[str, int], ...]
    total: int


class Choices(NamedTuple):
    """What the traces of a range can be filtered by; "" counts those that have none."""

    models: Facet
    agents: Facet
    tags: Facet
    services: Facet


def listing(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, filters: Filters) -> Page:
    """The page that `filters` ask for, of all traces of a range that meet them.

    Returns:
        Rows of ``trace_id``, ``name`` (of the root), ``service``, ``agents`` (list), ``started_at``,
        ``duration_s``, ``outcome``, ``outcome_by``, ``spans``, ``errors``, ``prompt_tokens``,
        ``completion_tokens``, ``total_tokens``, ``cost_usd`` (NaN: none known), its shares
        ``reported_usd`` and ``estimated_usd`` (library or own table), ``unpriced_tokens`` (in no cost),
        ``tags``, ``models``, ``tools`` (lists): each of the whole trace.
    """
    which, values = condition(start, end, filters)
    with _moment(db) as now:
        total = _count(now, which, values)
        pages = -(-total // filters.size)
        page = max(1, min(filters.page, pages))
        before = (page - 1) * filters.size
        wanted = values | {"size": filters.size, "before": before}
        rows = ask(now, _PAGE, wanted, which=which, order=order(filters))
    return Page(rows, total, page, pages, before + 1 if total else 0, before + len(rows))


def matching(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, filters: Filters) -> list[str]:
    """Ids of all traces that meet the filters, in the list's order."""
    which, values = condition(start, end, filters)
    ids: list[str] = ask(db, _IDS, values, which=which, order=order(filters))["trace_id"].tolist()
    return ids


def rows(db: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> pd.DataFrame:
    """The traces of these ids that are archived, in this order; columns of `listing`."""
    return ask(db, _ROWS, {"ids": list(ids)})


def neighbours(
    db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, filters: Filters, trace_id: str
) -> Neighbours:
    """What stands above and below a trace in the list, over all its pages."""
    which, values = condition(start, end, filters)
    with _moment(db) as now:
        found = ask(now, _NEIGHBOURS, values | {"trace_id": trace_id}, which=which, order=order(filters))
        if found.empty:
            return Neighbours(None, None, None, _count(now, which, values))
    before, after, position, total = found.iloc[0]
    return Neighbours(_known(before), _known(after), int(position), int(total))


def newer(
    db: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    filters: Filters,
    *,
    since: datetime,
    known: Collection[str],
) -> int:
    """How many traces that meet the filters have arrived since a moment.

    Args:
        since: when the list was asked for.
        known: `matching` of that moment. A trace that grows is read again, and only this tells it from a
            new one.
    """
    which, values = condition(start, end, filters)
    ids = ask(db, _NEWER, values | {"since": utc(since - _UNDER_WAY)}, which=which)["trace_id"]
    held = known if isinstance(known, set | frozenset) else frozenset(known)
    return sum(trace_id not in held for trace_id in ids)


def find(db: duckdb.DuckDBPyConnection, text: str) -> str | None:
    """The archived trace of this id, of whatever time; also by the first eight or more hex digits of an id
    where only one begins so. Dashes, letter case and space around it do not matter."""
    wanted = text.strip()
    if ask(db, "SELECT 1 AS found FROM traces WHERE trace_id = $id", {"id": wanted}).size:
        return wanted
    prefix = wanted.lower().replace("-", "")
    if _PREFIX.fullmatch(prefix) is None:
        return None
    question = """SELECT trace_id FROM traces
        WHERE starts_with(replace(lower(trace_id), '-', ''), $prefix) LIMIT 2"""
    found = ask(db, question, {"prefix": prefix})["trace_id"]
    return str(found.iloc[0]) if len(found) == 1 else None


def choices(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, *, limit: int = 200) -> Choices:
    """What the traces of a range can be filtered by, at most `limit` values of a kind."""
    return Choices(**{name: _facet(db, start, end, values, limit) for name, values in _FACETS.items()})


def _facet(db: duckdb.DuckDBPyConnection, start: datetime, end: datetime, values: str, limit: int) -> Facet:
    found = ask(db, _FACET, between(start, end) | {"limit": limit}, values=values)
    pairs = zip(found["value"].tolist(), found["traces"].tolist(), strict=True)
    return Facet(tuple(pairs), int(found["rows_in_all"].iloc[0]) if len(found) else 0)


@contextmanager
def _moment(db: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """One state of the archive for several questions, whatever is written meanwhile."""
    cursor = db.cursor()
    try:
        cursor.begin()
        yield cursor
        cursor.rollback()
    finally:
        cursor.close()


def _count(db: duckdb.DuckDBPyConnection, which: str, values: dict[str, object]) -> int:
    return int(ask(db, _COUNT, values, which=which).iloc[0, 0])  # type: ignore[arg-type]  # count(*)


def _known(value: object) -> str | None:
    return value if isinstance(value, str) else None
