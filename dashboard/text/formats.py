"""Numbers, money, durations and times as a reader expects them (Babel), unknown as an en dash.

Rules of the house: USD from $1 on with two decimals, below with three significant digits; tokens and
counts compact from 10,000 on; durations in the two largest units; times in the reporting zone.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from babel.numbers import format_compact_decimal, format_decimal

UNKNOWN = "–"


class Formats:
    """Formats for one language and one reporting time zone."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.locale = language
        self.zone = zone
        self._units = _UNITS[language]
        self._group = _GROUPS[language]

    def usd(self, value: float | Decimal | None) -> str:
        """``$12.40``, ``$0.00432``, ``$0.00`` for a true zero, – for unknown."""
        if _unknown(value):
            return UNKNOWN
        amount = Decimal(str(value))
        if amount and abs(amount) < Decimal("0.9995"):
            digits = 2 - amount.adjusted()
            text = f"{amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
            return f"{'-' if amount < 0 else ''}${text.lstrip('-')}"
        text = _decimal(abs(amount), "#,##0.00", self.locale)
        return f"{'-' if amount < 0 else ''}${text}"

    def usd_exact(self, value: float | Decimal | None) -> str:
        """All digits that are known (five decimals from AgentOps, twelve from spans): ``$12.40317``."""
        if _unknown(value):
            return UNKNOWN
        return "$" + _decimal(Decimal(str(value)), "#,##0.00##########", self.locale)

    def compact(self, value: float | None) -> str:
        """Counts and tokens: ``9,876``, ``12.4K`` / ``1.2만``, ``3.1M`` / ``310만``."""
        if value is None or math.isnan(value):
            return UNKNOWN
        if abs(value) < 10_000:
            return self.count(value)
        return _compact(value, self._group, self.locale)

    def count(self, value: float | None) -> str:
        """With every digit: ``1,188``."""
        if _unknown(value):
            return UNKNOWN
        return _decimal(round(value), None, self.locale)  # type: ignore[arg-type]

    def percent(self, share: float | None) -> str:
        """A share from 0 to 1 as ``97.5 %``, one decimal."""
        if _unknown(share):
            return UNKNOWN
        percent = Decimal(str(float(100 * share)))  # type: ignore[operator]
        return _decimal(percent, "#,##0.0", self.locale) + " %"

    def signed(self, value: float, decimals: int = 1) -> str:
        """With its sign, which is never a hyphen: ``+8.0``, ``−3.2``."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = _decimal(Decimal(str(abs(value))), pattern, self.locale)
        return ("−" if value < 0 else "+") + text

    def duration(self, seconds: float | None) -> str:
        """``195 µs``, ``840 ms``, ``1.2 s``, ``2 min 5 s``, ``3 h 4 min``, ``2 d 3 h``."""
        if _unknown(seconds):
            return UNKNOWN
        value = abs(float(seconds))  # type: ignore[arg-type]
        if 0 < value < 0.0009995:
            return self._unit(_decimal(round(value * 1_000_000), None, self.locale), "µs")
        if value < 0.9995:
            return self._unit(_decimal(round(value * 1000), None, self.locale), "ms")
        if value < 59.95:
            tenths = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
            return self._unit(_decimal(tenths, "0.#", self.locale), "s")
        whole = round(value)
        for big, small, size, part in (("min", "s", 60, 1), ("h", "min", 3600, 60), ("d", "h", 86400, 3600)):
            if whole < size * (60 if big != "h" else 24) or big == "d":
                first, rest = divmod(whole, size)
                second = rest // part
                text = self._unit(_decimal(first, None, self.locale), big)
                return f"{text} {self._unit(str(second), small)}" if second else text
        raise AssertionError("unreachable")

    def age(self, since: datetime, now: datetime) -> str:
        """How long ago, coarse: ``4 s``, ``12 min``, ``3 h``, ``5 d``."""
        seconds = max(0, int((now - since).total_seconds()))
        for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
            if seconds >= size:
                return self._unit(str(seconds // size), unit)
        return self._unit(str(seconds), "s")

    def clock(self, moment: datetime, *, seconds: bool = False) -> str:
        """``14:05`` or ``14:05:09`` in the reporting zone."""
        local = moment.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"

    def moment(self, moment: datetime) -> str:
        """Date and time in the reporting zone: ``22 Nov 2026 14:05:09`` / ``2026년 11월 22일 14:05:09``."""
        local = moment.astimezone(self.zone)
        return f"{_date(local.date(), self.locale)} {local:%H:%M:%S}"

    def short_moment(self, moment: datetime, now: datetime) -> str:
        """The time alone on the day of `now`, else with its date, and the year where it is another one:
        ``14:05:09``, ``21 Nov 14:05:09``."""
        local, today = moment.astimezone(self.zone), now.astimezone(self.zone)
        if local.date() == today.date():
            return f"{local:%H:%M:%S}"
        day = (_DAY if local.year == today.year else _DAY_AND_YEAR)[self.locale]
        return f"{_short_date(local.date(), day, self.locale)} {local:%H:%M:%S}"

    def day(self, day: date) -> str:
        """A date: ``22 Nov 2026`` / ``2026년 11월 22일``."""
        return _date(day, self.locale)

    def weekdays(self) -> list[str]:
        """Short names of the days of the week, Monday first."""
        names = get_day_names("abbreviated", locale=self.locale)
        return [names[day] for day in range(7)]

    def span(self, start: datetime, end: datetime) -> str:
        """A stretch of time, the date said once where one is enough: ``22 Nov 14:00 – 14:30``."""
        a, b = start.astimezone(self.zone), end.astimezone(self.zone)
        exact = a.second or b.second
        clock = "%H:%M:%S" if exact else "%H:%M"
        pattern = (_DAY if a.year == b.year else _DAY_AND_YEAR)[self.locale]
        day = partial(_short_date, pattern=pattern, locale=self.locale)
        whole_days = not exact and (a.hour, a.minute, b.hour, b.minute) == (0, 0, 0, 0)
        if whole_days:
            first, last = day(a.date()), day((b - timedelta(days=1)).date())
            return first if first == last else f"{first} – {last}"
        first, last = f"{day(a.date())} {a:{clock}}", f"{b:{clock}}"
        return f"{first} – {last}" if a.date() == b.date() else f"{first} – {day(b.date())} {last}"

    def zone_name(self, at: datetime, until: datetime | None = None) -> str:
        """``Asia/Seoul (UTC+9)``: the zone as readers know it and its offset at that moment; both offsets,
        ``America/New_York (UTC−4 → UTC−5)``, where another one holds at the end of `until`."""
        if self.zone.key == "UTC":
            return "UTC"
        last = at if until is None else max(at, until - timedelta(seconds=1))
        offsets = dict.fromkeys(_offset_name(moment.astimezone(self.zone)) for moment in (at, last))
        return f"{self.zone.key} ({' → '.join(offsets)})"

    def _unit(self, number: str, unit: str) -> str:
        return f"{number}{self._units[unit]}"


#: Short units; English ones stand apart from the number by a no-break space, Korean ones do not.
_UNITS = {
    "en": {
        "µs": "\u00a0µs",
        "ms": "\u00a0ms",
        "s": "\u00a0s",
        "min": "\u00a0min",
        "h": "\u00a0h",
        "d": "\u00a0d",
    },
    "ko": {"µs": "µs", "ms": "ms", "s": "초", "min": "분", "h": "시간", "d": "일"},
}
#: Words for large numbers come every so many: thousand, million; 만, 억.
_GROUPS = {"en": 1_000, "ko": 10_000}
_DAY = {"en": "d MMM", "ko": "M월 d일"}
_DAY_AND_YEAR = {"en": "d MMM y", "ko": "y년 M월 d일"}


def _offset_name(local: datetime) -> str:
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"


# A chart of two thousand points needs as many dates and durations, nearly all of them alike.
@lru_cache(maxsize=4096)
def _decimal(value: int | Decimal, pattern: str | None, locale: str) -> str:
    return format_decimal(value or 0, format=pattern, locale=locale)  # equal keys, one text: no "-0"


@lru_cache(maxsize=4096)
def _compact(value: float, group: int, locale: str) -> str:
    # Babel chooses the unit before it rounds, and says 1000K for 999,960.
    size = Decimal(group) ** (Decimal(str(abs(value))).adjusted() // (len(str(group)) - 1))
    tenths = (Decimal(str(value)) / size).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return format_compact_decimal(tenths * size, locale=locale, fraction_digits=1)


@lru_cache(maxsize=4096)
def _date(day: date, locale: str) -> str:
    return format_date(day, _DAY_AND_YEAR[locale], locale=locale)


@lru_cache(maxsize=4096)
def _short_date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def _unknown(value: float | Decimal | None) -> bool:
    return value is None or math.isnan(value)
