"""Catalogues in step, and numbers, money, durations and times as the house writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

import agentops_client
from agentops_client import AgentOpsError
from dashboard.cards import NAMES
from dashboard.text import Formats, Words
from dashboard.text.words import catalogue

SEOUL = ZoneInfo("Asia/Seoul")
EN, KO = Formats("en", SEOUL), Formats("ko", SEOUL)
NOW = datetime(2026, 11, 22, 5, 7, 3, tzinfo=UTC)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_catalogues_have_the_same_keys_and_placeholders() -> None:
    english, korean = catalogue("en"), catalogue("ko")
    assert english.keys() == korean.keys()
    for key, text in english.items():
        assert placeholders(text) == placeholders(korean[key]), key
        assert bool(text) == bool(korean[key]), key


def test_one_is_singular_in_english() -> None:
    words = Words("en")
    assert words("coverage.complete", total="1") == "All 1 trace read"
    assert words("coverage.complete", total="0") == "All 0 traces read"
    assert words("coverage.complete", total="1,707") == "All 1,707 traces read"
    assert words("traces.active", n=1) == "1 filter"
    assert words("traces.active", n=21) == "21 filters"
    assert "{n!p}" not in words("agents.errors", n="1", share="3 %")


def test_a_plural_is_asked_for_by_what_fills_a_placeholder() -> None:
    for key, text in catalogue("en").items():
        asked = {name for _, name, _, conversion in Formatter().parse(text) if conversion == "p"}
        told = {name for _, name, _, conversion in Formatter().parse(text) if name and conversion != "p"}
        assert asked <= told, key


def test_the_korean_catalogue_is_korean() -> None:
    units = re.compile(r"\{\w+\}|\bp\d\d\b|\bn\b|%?p+\b|USD|\bID\b")
    for key, text in catalogue("ko").items():
        if re.search(r"[^\W\d_]", units.sub("", text)) and not key.endswith(".command"):
            assert re.search("[가-힣]", text), key


def test_every_cause_of_the_client_is_worded() -> None:
    leaves = {
        cls.cause
        for name in agentops_client.__all__
        if isinstance(cls := getattr(agentops_client, name), type) and issubclass(cls, AgentOpsError)
        if not cls.__subclasses__()
    }
    for cause in leaves:
        for part in ("title", "sentence", "remedy", "command"):
            assert Words("en").has(f"cause.{cause}.{part}"), (cause, part)


def test_every_key_figure_has_a_definition() -> None:
    for name in NAMES:
        assert f"kpi.{name}.help" in catalogue("en")


def test_an_unknown_key_or_language_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        Words("en")("no.such.key")
    with pytest.raises(KeyError, match="no catalogue"):
        Words("fr")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.4, "$12.40"), (1234.5, "$1,234.50"), (0.004321, "$0.00432"), (0.5, "$0.500"), (0.99996, "$1.00"),
        (0, "$0.00"), (-0.05, "-$0.0500"), (None, "–"), (float("nan"), "–"), (1e-7, "$0.000000100"),
    ],
)  # fmt: skip
def test_money(value: float | None, text: str) -> None:
    assert EN.usd(value) == text
    assert KO.usd(value) == text


def test_exact_money_keeps_all_digits_that_agentops_gives() -> None:
    assert EN.usd_exact(12.40317) == "$12.40317"
    assert EN.usd_exact(12.4) == "$12.40"


def test_counts_are_compact_from_ten_thousand_on() -> None:
    assert [EN.compact(v) for v in (0, 9_876, 12_345, 3_123_456, None)] == [
        "0",
        "9,876",
        "12.3K",
        "3.1M",
        "–",
    ]
    assert [KO.compact(v) for v in (9_876, 12_345, 3_123_456)] == ["9,876", "1.2만", "312.3만"]
    assert [EN.compact(999_949), EN.compact(999_950), KO.compact(99_999_600)] == ["999.9K", "1M", "1억"]
    assert EN.count(1188.0) == "1,188"


def test_percent_and_signs() -> None:
    assert EN.percent(0.975) == "97.5 %"
    assert EN.percent(None) == "–"
    assert EN.signed(-3.24) == "−3.2"
    assert EN.signed(8, 0) == "+8"


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0, "0 ms", "0ms"), (0.000195, "195 µs", "195µs"), (0.84, "840 ms", "840ms"),
        (1.23, "1.2 s", "1.2초"), (59.97, "1 min", "1분"),
        (125, "2 min 5 s", "2분 5초"),
        (3_600, "1 h", "1시간"), (11_045, "3 h 4 min", "3시간 4분"),
        (183_600, "2 d 3 h", "2일 3시간"), (None, "–", "–"),
    ],
)  # fmt: skip
def test_durations(seconds: float | None, english: str, korean: str) -> None:
    assert EN.duration(seconds).replace("\u00a0", " ") == english
    assert KO.duration(seconds) == korean


def test_times_stand_in_the_reporting_zone() -> None:
    assert EN.clock(NOW) == "14:07"
    assert EN.moment(NOW) == "22 Nov 2026 14:07:03"
    assert KO.moment(NOW) == "2026년 11월 22일 14:07:03"
    assert EN.day(NOW.date()) == "22 Nov 2026"
    assert EN.zone_name(NOW) == "Asia/Seoul (UTC+9)"
    assert Formats("en", ZoneInfo("UTC")).zone_name(NOW) == "UTC"
    assert Formats("en", ZoneInfo("America/St_Johns")).zone_name(NOW) == "America/St_Johns (UTC−3:30)"


def test_a_short_moment_says_only_what_is_not_today() -> None:
    assert EN.short_moment(NOW, NOW) == "14:07:03"
    assert EN.short_moment(NOW - timedelta(hours=15), NOW) == "21 Nov 23:07:03"  # yesterday in Seoul
    assert KO.short_moment(NOW - timedelta(hours=15), NOW) == "11월 21일 23:07:03"
    assert EN.short_moment(NOW - timedelta(days=365), NOW) == "22 Nov 2025 14:07:03"


def test_spans_say_the_date_once_and_days_without_clock() -> None:
    half_past = NOW.replace(minute=0, second=0)
    assert EN.span(half_past, half_past + timedelta(minutes=30)) == "22 Nov 14:00 – 14:30"
    assert EN.span(NOW, NOW + timedelta(seconds=5)) == "22 Nov 14:07:03 – 14:07:08"
    midnight = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert EN.span(midnight, midnight + timedelta(days=1)) == "21 Nov"
    assert KO.span(midnight, midnight + timedelta(days=3)) == "11월 21일 – 11월 23일"
    assert EN.span(half_past - timedelta(days=340), half_past).startswith("17 Dec 2025 14:00 – 22 Nov 2026")


def test_ages_are_coarse() -> None:
    ages = [EN.age(NOW - timedelta(seconds=s), NOW) for s in (0, 59, 60, 7_200, 200_000)]
    assert [a.replace("\u00a0", " ") for a in ages] == ["0 s", "59 s", "1 min", "2 h", "2 d"]
