"""The two forms of the v4 API: addresses and parameters as pure values, and which one answers here."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

DialectName = Literal["query", "path"]

#: These two go unescaped into upstream's SQL, so nothing else is ever sent.
ORDER_BY = frozenset(
    {
        "start_time",
        "duration",
        "span_count",
        "error_count",
        "total_cost",
        "trace_id",
        "span_name",
        "service_name",
        "tags",
    }
)
SORT_ORDER = frozenset({"ASC", "DESC"})
LIMIT_MAX = 100

_TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Question:
    """One GET: its path and its parameters, None left out."""

    path: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ListQuestion:
    """A page of the trace list, checked when it is made. Raises ValueError."""

    start: datetime | None
    end: datetime | None
    limit: int
    offset: int
    query: str | None
    order_by: str
    sort_order: str

    def __post_init__(self) -> None:
        if type(self.limit) is not int or not 1 <= self.limit <= LIMIT_MAX:
            raise ValueError(f"limit must be 1 to {LIMIT_MAX}")
        if type(self.offset) is not int or self.offset < 0:
            raise ValueError("offset must be 0 or more")
        if self.order_by not in ORDER_BY:
            raise ValueError(f"order_by must be one of {', '.join(sorted(ORDER_BY))}")
        if self.sort_order not in SORT_ORDER:
            raise ValueError("sort_order must be ASC or DESC")
        wire_time(self.start)
        wire_time(self.end)

    def params(self) -> tuple[tuple[str, str], ...]:
        pairs = (
            *_range(self.start, self.end),
            ("limit", str(self.limit)),
            ("offset", str(self.offset)),
            ("query", self.query),
            ("order_by", self.order_by),
            ("sort_order", self.sort_order),
        )
        return tuple((name, value) for name, value in pairs if value)


def wire_time(moment: datetime | None) -> str | None:
    """``2026-11-20T06:00:00Z``. Raises ValueError for a naive time and for a fraction of a second:
    upstream ignores offsets and cuts fractions without a word."""
    if moment is None:
        return None
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a time without a zone cannot be sent")
    if moment.microsecond:
        raise ValueError("a time with a fraction of a second cannot be sent")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_trace_id(text: str) -> bool:
    return _TRACE_ID.fullmatch(text) is not None


def _range(start: datetime | None, end: datetime | None) -> tuple[tuple[str, str], ...]:
    pairs = (("start_time", wire_time(start)), ("end_time", wire_time(end)))
    return tuple((name, value) for name, value in pairs if value)


class QueryDialect:
    """The project as a parameter: ``/v4/traces?project_id=…``."""

    name: DialectName = "query"

    def traces(self, project_id: str, page: ListQuestion) -> Question:
        # older builds page by limit and offset, the portal's by page and size; each ignores the other
        # pair. An offset between two pages can be said in the first way only.
        paging: tuple[tuple[str, str], ...] = ()
        if page.offset % page.limit == 0:
            paging = (("page", str(page.offset // page.limit + 1)), ("size", str(page.limit)))
        return Question("/v4/traces", (("project_id", project_id), *paging, *page.params()))

    def trace(self, project_id: str, trace_id: str) -> Question:
        return Question(f"/v4/traces/{trace_id}", (("project_id", project_id),))

    def metrics(self, project_id: str, start: datetime | None, end: datetime | None) -> Question:
        return Question("/v4/meterics/project", (("project_id", project_id), *_range(start, end)))


class PathDialect:
    """The project as a part of the path: ``/v4/traces/list/…`` (stock builds)."""

    name: DialectName = "path"

    def traces(self, project_id: str, page: ListQuestion) -> Question:
        return Question(f"/v4/traces/list/{quote(project_id, safe='')}", page.params())

    def trace(self, project_id: str, trace_id: str) -> Question:
        return Question(f"/v4/traces/detail/{trace_id}")

    def metrics(self, project_id: str, start: datetime | None, end: datetime | None) -> Question:
        return Question(f"/v4/meterics/project/{quote(project_id, safe='')}", _range(start, end))


Dialect = QueryDialect | PathDialect
DIALECTS: dict[DialectName, Dialect] = {"query": QueryDialect(), "path": PathDialect()}


class DialectMemory:
    """Which dialect answers here. Shared by threads; asking is the client's business.

    With a configured dialect there is nothing to find out, and no other to try.
    """

    def __init__(self, configured: Literal["auto", "query", "path"]) -> None:
        self._lock = threading.Lock()
        self._fixed = configured != "auto"
        self._found: DialectName | None = configured if configured != "auto" else None

    @property
    def found(self) -> DialectName | None:
        with self._lock:
            return self._found

    def to_try(self) -> tuple[Dialect, ...]:
        """The dialects in the order to try them: the one that last answered first."""
        first = self.found or "query"
        if self._fixed:
            return (DIALECTS[first],)
        return (DIALECTS[first], DIALECTS["path" if first == "query" else "query"])

    def remember(self, dialect: Dialect) -> None:
        with self._lock:
            self._found = dialect.name

    def forget(self) -> None:
        with self._lock:
            if not self._fixed:
                self._found = None
