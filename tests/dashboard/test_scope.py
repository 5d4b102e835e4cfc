"""Scope: a frozen value that turns into a URL and back, and says what of a URL it cannot use."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.scope import Scope, check_bounds
from dashboard.windows import ROLLING, allowed_buckets

DEFAULT = Scope(range="24h", zone="Asia/Seoul", language="ko", refresh_s=30)
NOW = datetime(2026, 11, 22, 5, 7, 3, tzinfo=UTC)


def test_a_bare_address_is_the_default_and_the_default_a_bare_address() -> None:
    assert Scope.from_query({}, DEFAULT, NOW) == (DEFAULT, ())
    assert DEFAULT.to_query(DEFAULT) == {}


@pytest.mark.parametrize("name", ROLLING)
def test_every_range_and_bucket_survives_the_address(name: str) -> None:
    for bucket in (None, *allowed_buckets(ROLLING[name], rolling=True)):
        scope = Scope(range=name, zone="UTC", language="en", refresh_s=0, bucket=bucket)
        assert Scope.from_query(scope.to_query(DEFAULT), DEFAULT, NOW) == (scope, ())


def test_a_custom_range_survives_the_address_in_utc() -> None:
    scope = Scope(
        range="custom", zone="Asia/Seoul", language="ko", refresh_s=30,
        start=datetime(2026, 11, 20, 6, tzinfo=UTC), end=datetime(2026, 11, 20, 18, tzinfo=UTC),
    )  # fmt: skip
    query = scope.to_query(DEFAULT)
    assert query == {"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T18:00:00Z"}
    assert Scope.from_query(query, DEFAULT, NOW) == (scope, ())


def test_bounds_with_an_offset_mean_the_same_moments() -> None:
    query = {"from": "2026-11-20T15:00:00+09:00", "to": "2026-11-20T18:00:00Z"}
    scope, problems = Scope.from_query(query, DEFAULT, NOW)
    assert scope.start == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert problems == ()


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"range": "1y"}, "range"),
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"tz": "../../etc/passwd"}, "tz"),
        ({"lang": "fr"}, "lang"),
        ({"refresh": "1"}, "refresh"),
        ({"bucket": "1s"}, "bucket"),
        ({"from": "yesterday", "to": "2026-11-20T18:00:00Z"}, "from"),
        ({"from": "2026-11-20T06:00:00", "to": "2026-11-20T18:00:00Z"}, "from"),  # no zone: ambiguous
        ({"from": "2026-11-20T06:00:00Z"}, "to"),
        ({"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T05:00:00Z"}, "from … to"),
        ({"from": "2027-11-20T06:00:00Z", "to": "2027-11-21T05:00:00Z"}, "from … to"),
        ({"from": "0001-01-01T00:00:00+14:00", "to": "2026-11-20T05:00:00Z"}, "from"),
        ({"from": "2001-01-01T00:00:00Z", "to": "2026-11-20T05:00:00Z"}, "from … to"),
    ],
)
def test_what_cannot_be_used_is_named_and_replaced_by_the_default(
    query: dict[str, str], parameter: str
) -> None:
    scope, problems = Scope.from_query(query, DEFAULT, NOW)
    assert scope == DEFAULT
    assert [p.parameter for p in problems] == [parameter]
    assert problems[0].expected


def test_bounds_are_checked_with_a_reason() -> None:
    later = NOW.replace(hour=6)
    assert check_bounds(NOW, NOW, later) == "scope.order"
    assert check_bounds(later, later.replace(hour=7), NOW) == "scope.outside"
    assert check_bounds(datetime(2020, 1, 1, tzinfo=UTC), NOW, later) == "scope.too_long"
    assert check_bounds(NOW.replace(hour=1), NOW, later) is None


def test_the_grid_of_a_scope_uses_its_zone() -> None:
    scope = Scope(range="30d", zone="Asia/Seoul", language="ko", refresh_s=30)
    assert {w.start.astimezone(ZoneInfo("Asia/Seoul")).hour for w in scope.grid(NOW).windows} == {0}
