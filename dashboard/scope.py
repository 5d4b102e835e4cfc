"""Scope: everything a reader chose about a view, as one frozen value that is also a URL.

URL parameters: ``range`` (``15m`` … ``30d``) or ``from`` and ``to`` (ISO 8601 with zone), ``bucket``,
``tz`` (IANA name), ``lang`` (``ko``, ``en``), ``refresh`` (seconds, 0 is off), and where several projects
are read, ``project``. What equals the default is left out of the URL, but for the project: another reader's
default may be another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .settings import REFRESH_CHOICES, is_zone
from .windows import LONGEST, ROLLING, Grid, absolute_grid, allowed_buckets, automatic_bucket, rolling_grid

LANGUAGES = ("ko", "en")
CUSTOM = "custom"
#: Nothing was traced before; and dates far from it overflow the calendar.
EARLIEST_YEAR = 2000
#: The query parameters that belong to a scope.
PARAMETERS = ("range", "from", "to", "bucket", "tz", "lang", "refresh", "project")

#: What is said to be expected of ``project`` where there is nothing to choose from.
EXPECTED_NO_PROJECT = "–"


@dataclass(frozen=True)
class Problem:
    """A URL parameter that cannot be used: its name, what it said, and what was expected."""

    parameter: str
    value: str
    expected: str


@dataclass(frozen=True)
class Scope:
    """What is looked at, and how it is told.

    Attributes:
        range: a name in ``windows.ROLLING``, or ``"custom"``.
        start, end: bounds of a custom range, aware, UTC, whole seconds; None otherwise.
        bucket: a name in ``windows.BUCKETS``, or None for the automatic one.
        zone: IANA name of the reporting time zone.
        language: ``"ko"`` or ``"en"``.
        refresh_s: seconds between refreshes; 0 is off. Custom ranges never refresh by themselves.
        project: its name; empty where there is only one.
    """

    range: str
    zone: str
    language: str
    refresh_s: int
    start: datetime | None = None
    end: datetime | None = None
    bucket: str | None = None
    project: str = ""

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def span(self) -> timedelta:
        """Length of the range, without the bucket that is still open."""
        if self.start is not None and self.end is not None:
            return self.end - self.start
        return ROLLING[self.range]

    @property
    def buckets(self) -> tuple[str, ...]:
        """Names of the buckets that the range may be cut into."""
        return allowed_buckets(self.span, rolling=self.start is None)

    @property
    def bucket_in_use(self) -> str:
        return self.bucket or automatic_bucket(self.span)

    def grid(self, now: datetime) -> Grid:
        """The windows of this scope at `now`."""
        if self.start is not None and self.end is not None:
            return absolute_grid(self.start, self.end, self.bucket_in_use, self.tz, now)
        return rolling_grid(self.span, self.bucket_in_use, self.tz, now)

    def to_query(self, default: Scope) -> dict[str, str]:
        """URL parameters that :meth:`from_query` turns back into this scope."""
        query: dict[str, str] = {}
        if self.start is not None and self.end is not None:
            query |= {"from": _iso(self.start), "to": _iso(self.end)}
        elif self.range != default.range:
            query["range"] = self.range
        if self.bucket:
            query["bucket"] = self.bucket
        if self.zone != default.zone:
            query["tz"] = self.zone
        if self.language != default.language:
            query["lang"] = self.language
        if self.refresh_s != default.refresh_s:
            query["refresh"] = str(self.refresh_s)
        if self.project:
            query["project"] = self.project
        return query

    @classmethod
    def from_query(
        cls, query: Mapping[str, str], default: Scope, now: datetime, projects: Sequence[str] = ("",)
    ) -> tuple[Scope, tuple[Problem, ...]]:
        """The scope that a URL asks for, and what of it cannot be used.

        `projects` are those that the reader may look at: of the others nothing is told, not even that there
        are any.

        A parameter that cannot be used is replaced by its default and reported; nothing is dropped
        in silence.
        """
        problems: list[Problem] = []

        def choice(name: str, fallback: str, good: bool, expected: str) -> str:
            value = query.get(name, "")
            if not value or good:
                return value or fallback
            problems.append(Problem(name, value, expected))
            return fallback

        wanted = query.get("range", "")
        name = choice("range", default.range, wanted in ROLLING, ", ".join(ROLLING))
        start = end = None
        if "from" in query or "to" in query:
            start, end = _bounds(query, now, problems)
        zone = choice("tz", default.zone, is_zone(query.get("tz", "")), "Asia/Seoul, UTC, …")
        language = choice("lang", default.language, query.get("lang") in LANGUAGES, ", ".join(LANGUAGES))
        steps = tuple(map(str, REFRESH_CHOICES))
        refresh = choice("refresh", str(default.refresh_s), query.get("refresh") in steps, ", ".join(steps))
        named = tuple(filter(None, projects)) or (EXPECTED_NO_PROJECT,)
        project = choice("project", default.project, query.get("project") in projects, ", ".join(named))
        scope = cls(CUSTOM if start else name, zone, language, int(refresh), start, end, project=project)
        allowed = scope.buckets
        bucket = choice("bucket", "", query.get("bucket") in allowed, ", ".join(allowed))
        return replace(scope, bucket=bucket or None), tuple(problems)


def check_bounds(start: datetime, end: datetime, now: datetime) -> str | None:
    """Why ``[start, end)`` cannot be a range, as the key of a sentence; None when it can."""
    if end <= start:
        return "scope.order"
    if start >= now or start.year < EARLIEST_YEAR:
        return "scope.outside"
    if end - start > LONGEST:
        return "scope.too_long"
    return None


def _bounds(
    query: Mapping[str, str], now: datetime, problems: list[Problem]
) -> tuple[datetime | None, datetime | None]:
    moments: list[datetime] = []
    for name in ("from", "to"):
        try:
            moment = datetime.fromisoformat(query.get(name, ""))
            if moment.tzinfo is None:
                raise ValueError("a time without a zone is ambiguous")
            moments.append(moment.astimezone(UTC).replace(microsecond=0))
        except (ValueError, OverflowError):
            problems.append(Problem(name, query.get(name, ""), "2026-11-20T06:00:00Z"))
    if len(moments) == 2 and check_bounds(moments[0], moments[1], now) is not None:
        value = f"{query['from']} … {query['to']}"
        problems.append(Problem("from … to", value, "from < to, from < now, to - from ≤ 840 d"))
        moments.clear()
    return (moments[0], moments[1]) if len(moments) == 2 else (None, None)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
