"""The demonstration's calendar: how many traces start at a moment, and how many of them fail.

One smooth function of time says how many traces start in an hour, for the month that is loaded and for the
traffic that follows, so no chart has a step at "now". It is Korean: office hours with two peaks and a lunch
between them, quiet nights, thin weekends, a month that grows a little, and days that differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from random import Random

import numpy as np
from numpy.typing import NDArray

DAYS = 30
HOUR_S = 3600
DAY_S = 86_400
SEOUL_S = 9 * HOUR_S
Moments = NDArray[np.float64]

# Traces an hour at the middle of each hour in Seoul, at the end of the month.
_WORKING_DAY = (
    50,
    50,
    50,
    50,
    50,
    50,
    54,
    62,
    85,
    140,
    215,
    200,
    112,
    165,
    265,
    285,
    215,
    135,
    90,
    72,
    64,
    58,
    54,
    51,
)
_NIGHT = min(_WORKING_DAY)
_WEEKEND = 0.4  # of what a working day has above the night
_WEEK = np.array(
    [*_WORKING_DAY * 5, *(round(_NIGHT * 0.9 + _WEEKEND * (n - _NIGHT)) for n in _WORKING_DAY * 2)],
    dtype=np.float64,
)
_GROWTH = 0.2
# Slow waves that make days and hours differ: period in hours and height.
_WAVES = ((0.6, 0.05), (2.9, 0.06), (9.7, 0.05), (29.0, 0.05), (127.0, 0.04))
_STEP_S = 60
_GAPS = (0.2, 1.8)  # between two traces, as a share of the middle gap
_BURSTS = 6
_BURST_S = 20 * 60
_BAD_HOUR_RETRIES = 1.6


@dataclass(frozen=True)
class Weather:
    """How the providers are: `pace` of their answers (1 is ordinary), how many traces fail, and whether
    it is nearly always the rate limit.
    """

    pace: float
    failures: float
    burst: bool


FAIR = Weather(pace=1.0, failures=0.03, burst=False)
LIMITED = Weather(pace=1.0, failures=0.4, burst=True)
BAD = Weather(pace=2.5, failures=0.6, burst=True)


@dataclass(frozen=True)
class Calendar:
    """The month's shape. `now` in Unix seconds."""

    now: float
    bad_hour: float
    bursts: tuple[float, ...]
    phases: tuple[float, ...]

    @classmethod
    def of(cls, seed: int, now: float) -> Calendar:
        rng = Random(f"calendar {seed} {int(now)}")  # noqa: S311 - made-up data
        # Two in the afternoon in Seoul, nine days ago or the working day before that.
        day = (now + SEOUL_S) // DAY_S - 9
        while not _is_working_day(day):
            day -= 1
        return cls(
            now=now,
            bad_hour=day * DAY_S + 14 * HOUR_S - SEOUL_S,
            bursts=tuple(sorted(now - rng.uniform(0.3, DAYS - 1) * DAY_S for _ in range(_BURSTS))),
            phases=tuple(rng.uniform(0, 2 * pi) for _ in _WAVES),
        )

    def per_hour(self, at: float) -> float:
        """How many traces start in an hour around this moment."""
        return float(self.rates(np.array([at]))[0])

    def rates(self, at: Moments) -> Moments:
        """The same for many moments."""
        hour = (at + SEOUL_S) / HOUR_S - 0.5
        whole = np.floor(hour)
        here = whole.astype(np.int64) + _HOURS_INTO_WEEK
        share = hour - whole
        usual = _WEEK[here % len(_WEEK)] * (1 - share) + _WEEK[(here + 1) % len(_WEEK)] * share
        growth = 1 - _GROWTH * np.clip((self.now - at) / (DAYS * DAY_S), 0, 1)
        waves = sum(
            height * np.sin(2 * pi * at / (period * HOUR_S) + phase)
            for (period, height), phase in zip(_WAVES, self.phases, strict=True)
        )
        return np.asarray(usual * growth * (1 + waves), dtype=np.float64)

    def starts(self, rng: np.random.Generator, begin: float, end: float) -> Moments:
        """When traces start between two moments. In the bad hour, callers that fail try again."""
        if end <= begin:
            return np.empty(0)
        edges = np.append(np.arange(begin, end, _STEP_S), end)
        middles = (edges[1:] + edges[:-1]) / 2
        retries = np.where(self._within(middles, (self.bad_hour,), HOUR_S), _BAD_HOUR_RETRIES, 1.0)
        expected = np.append(0, np.cumsum(self.rates(middles) * retries * np.diff(edges) / HOUR_S))
        due = np.cumsum(rng.uniform(*_GAPS, int(expected[-1] * 1.1) + 100))  # (more than enough)
        return np.asarray(np.interp(due[due < expected[-1]], expected, edges), dtype=np.float64)

    def gap_s(self, rng: Random, at: float) -> float:
        """Seconds until the next trace, drawn as `starts` draws them."""
        return rng.uniform(*_GAPS) * HOUR_S / self.per_hour(at)

    def weather(self, at: float) -> Weather:
        if self.bad_hour <= at < self.bad_hour + HOUR_S:
            return BAD
        return LIMITED if any(begin <= at < begin + _BURST_S for begin in self.bursts) else FAIR

    def weathers(self, at: Moments) -> list[tuple[Weather, NDArray[np.bool_]]]:
        """Each weather and which of the moments have it."""
        bad = self._within(at, (self.bad_hour,), HOUR_S)
        limited = self._within(at, self.bursts, _BURST_S) & ~bad
        return [(FAIR, ~bad & ~limited), (LIMITED, limited), (BAD, bad)]

    @staticmethod
    def _within(at: Moments, begins: tuple[float, ...], length: float) -> NDArray[np.bool_]:
        inside = np.zeros(len(at), dtype=np.bool_)
        for begin in begins:
            inside |= (begin <= at) & (at < begin + length)
        return inside


_HOURS_INTO_WEEK = 3 * 24  # day 0 was a Thursday


def _is_working_day(day: float) -> bool:
    return (int(day) + 3) % 7 < 5
