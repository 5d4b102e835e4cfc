"""Which waits are shortened, where they stand in the film, and what speed 1 is."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from dashboard.replay import Gap, Replay, replay
from dashboard.replay.pacing import ShownTime, bound_ns, pace
from tests.dashboard.made_traces import llm, made, span

S = 1_000_000_000


def played(*spans: dict[str, Any]) -> Replay:
    return replay(made(*spans).reset_index())


def bound_s(*lasts_s: float) -> float | None:
    bound = bound_ns([round(s * S) for s in lasts_s])
    return None if bound is None else bound / S


# ---- the bound ---------------------------------------------------------------------------------------


def test_a_trace_of_up_to_ten_seconds_is_shown_in_full() -> None:
    assert bound_s(10) is None
    assert bound_s() is None
    assert bound_s(10.000001) == 3


def test_three_seconds_at_least() -> None:
    assert bound_s(40, 1, 1) == 3
    assert bound_s(150, 2, 150, 2, 150) == 3


def test_one_long_wait_takes_a_twentieth_of_what_is_shown() -> None:
    # 285 + 15 = 300, and 15 is a twentieth of it
    assert bound_s(*[1] * 285, 7200) == 15
    # two take a tenth together: 270 + 15 + 15
    assert bound_s(*[1] * 270, 7200, 50) == 15
    # whole seconds: 284 / 19 = 14.9…
    assert bound_s(*[1] * 284, 7200) == 15


def test_where_all_waits_are_alike_none_is_shortened() -> None:
    assert bound_s(*[30] * 100) == 150


def test_the_bound_is_the_greatest_twentieth_by_bisection() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        lasts = [round(chance.paretovariate(0.7) * S) for _ in range(chance.randrange(5, 300))]
        if sum(lasts) <= 10 * S:
            continue
        low, high = 0.0, float(sum(lasts))
        for _ in range(200):
            middle = (low + high) / 2
            shown = sum(min(each, middle) for each in lasts)
            # min(each, B) is concave in B: above the greatest B its twentieth is less than B
            low, high = (middle, high) if shown / 20 >= middle * (1 - 1e-12) else (low, middle)
        found = bound_ns(lasts)
        assert found is not None
        assert found % S == 0
        expected = max(low, 2 * S + 1)
        assert expected - 2 <= found <= expected + S


# ---- the film ----------------------------------------------------------------------------------------


def waiting() -> Replay:
    """A call waits 40 s (5–45), then nothing runs for 10 s (50–60)."""
    return played(
        span("root", lasts=62),
        span("agent", parent="root", at=0, lasts=50),
        span("tool", parent="agent", at=3, lasts=2),
        llm("call", parent="agent", at=5, lasts=40),
        span("check", parent="agent", at=47, lasts=3),
        span("late", parent="root", at=60, lasts=2),
    )


def test_a_long_call_and_idle_time_are_shortened_and_told_apart() -> None:
    film = waiting()
    assert film.bound_s == 3
    assert film.gaps == (
        Gap(5, 45, shown_s=5, idle=False),
        Gap(50, 60, shown_s=13, idle=True),  # 5 + 3 + 2 + 3
    )
    assert (film.duration_s, film.shown_s, film.pace) == (62, 18, 1)


def test_a_wait_as_long_as_the_bound_is_not_shortened() -> None:
    exact = played(span("a", lasts=3), span("b", at=3, lasts=3), span("c", at=6, lasts=5))
    assert exact.gaps == (Gap(6, 11, shown_s=6, idle=False),)
    more = played(span("a", lasts=3.000001), span("b", at=3.000001, lasts=3), span("c", at=6.000001, lasts=5))
    assert [gap.start_s for gap in more.gaps] == [0, 6.000001]


def test_a_lone_span_works_and_a_root_with_others_waits() -> None:
    assert [gap.idle for gap in played(span("alone", lasts=60)).gaps] == [False]
    assert [gap.idle for gap in played(span("root", lasts=60), span("a", parent="root", at=30)).gaps] == [
        True,
        True,
    ]
    apart = played(span("a", lasts=1), span("b", at=60, lasts=1))
    assert [(gap.start_s, gap.end_s, gap.idle) for gap in apart.gaps] == [(1, 60, True)]


def test_times_of_the_trace_become_times_of_the_film() -> None:
    shown = ShownTime(100, [(105, 145), (150, 160)], 3)
    times = {100: 0, 104: 4, 105: 5, 125: 6, 145: 8, 149: 12, 150: 13, 160: 16, 162: 18}
    assert {at: shown(at) for at in times} == times


def test_the_film_never_runs_backwards() -> None:
    for seed in range(20):
        chance = random.Random(seed)
        film = played(
            *(span(f"s{i}", at=chance.randrange(5000), lasts=chance.randrange(60)) for i in range(40))
        )
        assert film.gaps
        ends = [gap.shown_s + (film.bound_s or 0) for gap in film.gaps]
        assert all(end <= gap.shown_s for end, (_, gap) in zip(ends, pairwise(film.gaps), strict=False))
        saved = sum(gap.end_s - gap.start_s - (film.bound_s or 0) for gap in film.gaps)
        assert film.shown_s == pytest.approx(film.duration_s - saved)
        assert film.strip[0].start_s == 0
        assert film.strip[-1].end_s == film.shown_s
        assert all(a.end_s == b.start_s for a, b in pairwise(film.strip))


# ---- speed 1 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown_s", "times"),
    [
        (0, 1), (3, 1), (10, 1), (60, 1), (2.999, 1 / 2), (1.5, 1 / 2), (1.4, 1 / 5), (0.24, 1 / 20),
        (0.003, 1 / 1000), (60.001, 2), (120, 2), (121, 5), (600, 10), (3600, 100), (86400, 2000),
    ],
)  # fmt: skip
def test_speed_1_takes_three_to_sixty_seconds(shown_s: float, times: float) -> None:
    assert pace(round(shown_s * S)) == times
