"""The on-call verdict by values: levels, since when, what most failures share, silence, the unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import nan

import pandas as pd
import pytest

from dashboard.metrics.arrivals import PastStretch, arrivals, at_most
from dashboard.metrics.judgement import Judgement, Limits
from dashboard.metrics.runs import Run, Stretch, joined, run_of
from dashboard.metrics.verdict import cost, error_rate, latency, mostly, outage, rate_level, verdict

START = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
RATE = Limits(0.05, 0.2)
NONE = pd.DataFrame(columns=["started_at", "error_type", "model"])


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def windows(**columns: Sequence[float]) -> pd.DataFrame:
    """Windows of two minutes from 13:00 on."""
    count = len(next(iter(columns.values())))
    bounds = {"start": [at(2 * n) for n in range(count)], "end": [at(2 * n + 2) for n in range(count)]}
    return pd.DataFrame({**bounds, **columns})


def failures(*said: tuple[str, str], minutes: float = 10) -> pd.DataFrame:
    rows = [(at(minutes), kind, model) for kind, model in said]
    return pd.DataFrame(rows, columns=["started_at", "error_type", "model"])


# ---- runs ------------------------------------------------------------------------------------------


def test_a_run_goes_back_to_the_last_good_stretch_and_skips_what_cannot_be_judged() -> None:
    marks = [False, True, None, True]
    stretches = [Stretch(at(10 * n), at(10 * n + 10), bad) for n, bad in enumerate(marks)]
    assert run_of(stretches) == Run(since=at(10))
    assert run_of(stretches[1:]) == Run(since=at(10), at_least=True)
    assert run_of([*stretches, Stretch(at(40), at(50), bad=False)]) == Run(better_since=at(40))
    assert run_of([Stretch(at(0), at(10), None)]) == Run()


def test_places_are_joined_backwards_until_they_weigh_enough() -> None:
    assert joined([5, 6, 4, 9, 1], 10) == [slice(0, 1), slice(1, 3), slice(3, 5)]
    assert joined([0, 0], 10) == [slice(0, 2)]


# ---- error rate ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failed", "decided", "level"),
    [
        (0, 0, "unknown"),
        (0, 100, "ok"),
        (12, 100, "warning"),  # 7.0 % at least
        (7, 100, "ok"),  # 3.4 % at least: chance explains it
        (30, 100, "critical"),  # 21.9 % at least
        (25, 100, "warning"),  # 17.5 % at least
        (9, 9, "warning"),  # all failed, but fewer than ten
        (10, 10, "critical"),
        (1, 5, "ok"),
    ],
)
def test_a_limit_is_exceeded_when_the_whole_interval_is_above_it(
    failed: int, decided: int, level: str
) -> None:
    assert rate_level(failed, decided, RATE) == level


def test_an_error_rate_is_that_of_the_run_and_says_since_when() -> None:
    frame = windows(success=[10.0] * 27 + [0, 0, 0], failed=[0.0] * 27 + [10, 10, 10])
    found = error_rate(frame, 270, 30, RATE, NONE)
    assert (found.level, found.value, found.n, found.since) == ("critical", 1.0, 30, at(54))
    assert not found.at_least
    assert found.threshold == 0.2


def test_an_hour_that_is_bad_throughout_has_begun_at_least_at_its_start() -> None:
    found = error_rate(windows(success=[7.0] * 30, failed=[3.0] * 30), 210, 90, RATE, NONE)
    assert (found.level, found.since, found.at_least) == ("critical", at(0), True)
    assert found.value == pytest.approx(0.3)


def test_windows_of_few_traces_are_joined_so_that_one_success_ends_no_run() -> None:
    # from 13:20 on each second trace fails: ten windows with one trace each
    success = [2.0] * 10 + [0, 1] * 10
    failed = [0.0] * 10 + [1, 0] * 10
    found = error_rate(windows(success=success, failed=failed), 30, 10, RATE, NONE)
    assert (found.since, found.n, found.value) == (at(20), 20, 0.5)


def test_one_failure_after_many_successes_is_no_rate_of_100_percent() -> None:
    success, failed = [3.0] * 29 + [0], [0.0] * 29 + [1]
    found = error_rate(windows(success=success, failed=failed), 87, 1, RATE, NONE)
    assert (found.level, found.since) == ("ok", None)
    assert found.value == pytest.approx(1 / 88)


def test_what_has_ended_is_a_warning_that_says_since_when_it_is_better() -> None:
    frame = windows(success=[0.0] * 10 + [10] * 20, failed=[10.0] * 10 + [0] * 20)
    found = error_rate(frame, 200, 100, RATE, NONE)
    assert (found.level, found.since, found.better_since) == ("warning", None, at(20))
    assert found.value == pytest.approx(1 / 3)


def test_nothing_decided_and_nothing_known_are_unknown_and_not_zero() -> None:
    nothing = windows(success=[0.0] * 30, failed=[0.0] * 30)
    for success, failed in ((0, 0), (None, None)):
        found = error_rate(nothing, success, failed, RATE, NONE)
        assert (found.level, found.value) == ("unknown", None)
    assert error_rate(nothing, 0, 0, RATE, NONE).why == "none_decided"


def test_windows_that_are_not_known_neither_make_nor_end_a_run() -> None:
    success, failed = [10.0] * 30, [0.0] * 30
    success[25:], failed[25:] = [0, nan, 0, nan, 0], [10, nan, 10, nan, 10]
    found = error_rate(windows(success=success, failed=failed), 250, 30, RATE, NONE)
    assert (found.since, found.n) == (at(50), 30)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([("RateLimitError", "gpt-4o")] * 4, ("", "")),  # fewer than five
        ([("RateLimitError", "gpt-4o")] * 5, ("RateLimitError", "gpt-4o")),
        ([("RateLimitError", "gpt-4o")] * 3 + [("ValueError", "")] * 3, ("", "")),  # half is no majority
        (
            [("RateLimitError", "a")] * 2 + [("RateLimitError", "b")] * 2 + [("X", "c")],
            ("RateLimitError", ""),
        ),
        ([("A", "gpt-4o"), ("B", "gpt-4o"), ("C", "gpt-4o"), ("D", ""), ("E", "")], ("", "gpt-4o")),
        ([("", "")] * 6, ("", "")),
    ],
)
def test_what_failures_share_is_told_of_a_majority_of_five_or_more(
    said: list[tuple[str, str]], told: tuple[str, str]
) -> None:
    assert mostly(failures(*said), None) == told


def test_only_failures_of_the_run_count_for_its_cause() -> None:
    old, new = failures(*[("Old", "")] * 9, minutes=5), failures(*[("New", "m")] * 5, minutes=56)
    assert mostly(pd.concat([old, new]), None) == ("Old", "")
    assert mostly(pd.concat([old, new]), at(54)) == ("New", "m")


# ---- p95 -------------------------------------------------------------------------------------------


def bins(*p95_s: float, n: int = 20) -> pd.DataFrame:
    """Six stretches of ten minutes; NaN has no trace."""
    rows = [(at(10 * i), at(10 * i + 10), 0 if p != p else n, p) for i, p in enumerate(p95_s)]
    return pd.DataFrame(rows, columns=["start", "end", "n", "p95_s"])


SLOW = Limits(30.0, 60.0)


def test_p95_is_judged_by_the_newest_stretch_that_says_something() -> None:
    found = latency(bins(5, 5, 5, 40, 70, nan), 20.0, 100, SLOW, at(60))
    assert (found.level, found.value, found.since, found.n) == ("critical", 70.0, at(30), 20)
    good = latency(bins(5, 5, 5, 5, 5, 5), 5.0, 120, SLOW, at(61))
    assert (good.level, good.since) == ("ok", None)


def test_a_stretch_whose_slow_traces_still_run_is_not_called_good() -> None:
    # at 14:00 a stretch that ended at 14:00 cannot have shown traces of 65 s
    found = latency(bins(70, 70, 70, 70, 70, 5), 65.0, 120, SLOW, at(60))
    assert (found.level, found.since, found.at_least) == ("critical", at(0), True)
    settled = latency(bins(70, 70, 70, 70, 70, 5), 65.0, 120, SLOW, at(62))
    assert (settled.level, settled.better_since) == ("warning", at(50))


def test_p95_of_few_traces_or_without_limits_is_unknown() -> None:
    assert latency(bins(90), 90.0, 9, SLOW, at(60)).why == "too_few"
    unlimited = latency(bins(90), 90.0, 90, None, at(60))
    assert (unlimited.level, unlimited.value, unlimited.why) == ("unknown", 90.0, "no_limit")
    assert latency(bins(), None, 0, SLOW, at(60)).level == "unknown"


# ---- cost ------------------------------------------------------------------------------------------

FACTOR = Limits(2.0, 5.0)


def test_cost_is_a_multiple_of_the_median_of_past_weeks() -> None:
    frame = windows(cost_usd=[0.02] * 15 + [0.2] * 15)
    found = cost(frame, 3.3, [1.0, 1.2, 0.8, 1.0], 500, FACTOR)
    assert found.value == pytest.approx(3.3)
    assert (found.level, found.threshold, found.since) == ("warning", 2.0, at(30))


def test_cost_is_no_alarm_below_the_costliest_past_week_or_for_few_traces() -> None:
    frame = windows(cost_usd=[0.1] * 30)
    assert cost(frame, 3.0, [1.0, 1.0, 3.5, 1.0], 500, FACTOR).level == "ok"
    assert cost(frame, 3.0, [1.0, 1.0, 1.0], 9, FACTOR).level == "ok"
    assert cost(frame, 3.0, [1.0, 1.0, 1.0], 10, FACTOR).level == "warning"


def test_cost_without_history_is_unknown() -> None:
    frame = windows(cost_usd=[0.1] * 30)
    for past in ([], [1.0], [0.0, 0.0]):
        assert cost(frame, 3.0, past, 500, FACTOR).why == "no_history"
    assert cost(frame, None, [1.0, 1.0], 500, FACTOR).level == "unknown"


# ---- silence ---------------------------------------------------------------------------------------

NOW = at(62)


def past(*weeks: tuple[float, float, float]) -> list[PastStretch]:
    """Stretches of 15, 30 and 45 minutes up to 14:00, by week."""
    return [
        PastStretch(at(60 - long), at(60), tuple(week[i] for week in weeks))
        for i, long in enumerate((15, 30, 45))
    ]


def test_silence_is_critical_and_begins_after_the_last_trace() -> None:
    frame = windows(traces=[4.0] * 20 + [0] * 11)
    found = arrivals(frame, NOW, past((20, 40, 60), (7, 30, 50)))
    assert (found.level, found.why, found.value, found.threshold) == ("critical", "silence", 0, 7)
    assert (found.since, found.at_least) == (at(40), False)


def test_an_hour_without_any_trace_is_silent_at_least_since_its_start() -> None:
    found = arrivals(windows(traces=[0.0] * 31), NOW, past((20, 40, 60), (20, 40, 60)))
    assert (found.level, found.since, found.at_least) == ("critical", at(0), True)


def test_the_quietest_week_decides_and_the_stretch_grows_until_it_had_seven() -> None:
    frame = windows(traces=[4.0] * 20 + [0] * 11)  # nothing since 13:40
    longest = arrivals(frame, NOW, past((20, 40, 60), (2, 6, 30)))
    assert (longest.level, longest.value, longest.threshold) == ("ok", 52, 30)  # 13 windows since 13:14
    found = arrivals(windows(traces=[4.0] * 15 + [0] * 16), NOW, past((20, 40, 60), (2, 8, 30)))
    assert (found.level, found.threshold) == ("critical", 8)  # nothing since 13:30


def test_a_usual_that_is_too_small_raises_no_alarm() -> None:
    busy, empty = windows(traces=[1.0] + [0.0] * 30), windows(traces=[0.0] * 31)
    weeks = past((2, 4, 6), (1, 2, 3))
    assert (arrivals(busy, NOW, weeks).level, arrivals(busy, NOW, weeks).why) == ("ok", "too_small")
    assert arrivals(empty, NOW, weeks).level == "unknown"


def test_without_history_or_with_one_week_nothing_is_told() -> None:
    for weeks in (past(), past((20, 40, 60))):
        found = arrivals(windows(traces=[0.0] * 31), NOW, weeks)
        assert (found.level, found.why) == ("unknown", "no_history")


def test_windows_that_are_not_read_are_no_silence() -> None:
    found = arrivals(windows(traces=[4.0] * 20 + [0] * 10 + [nan]), NOW, past((20, 40, 60), (20, 40, 60)))
    assert (found.level, found.why) == ("unknown", "waiting")


def test_a_drop_is_a_warning_only_where_chance_does_not_explain_it() -> None:
    frame = windows(traces=[4.0] * 20 + [1] * 11)  # 9 in the windows that touch the last 15 minutes
    found = arrivals(frame, NOW, past((50, 80, 99), (40, 80, 99)))
    assert (found.level, found.why, found.value, found.since) == ("warning", "drop", 9, at(45))
    assert arrivals(frame, NOW, past((20, 80, 99), (20, 80, 99))).level == "ok"  # 9 of 20: P = 0.5 %
    assert at_most(9, 20) == pytest.approx(0.00500, abs=1e-5)


def test_a_stretch_that_begins_before_the_windows_is_left_out() -> None:
    early = [PastStretch(at(-5), at(40), (60.0, 60.0))]
    assert arrivals(windows(traces=[0.0] * 31), NOW, early).level == "unknown"


def test_a_minimum_needs_no_history() -> None:
    silent = arrivals(windows(traces=[4.0] * 20 + [0] * 11), NOW, past(), minimum_per_min=1)
    assert (silent.level, silent.why, silent.since) == ("critical", "silence_minimum", at(40))
    few = arrivals(windows(traces=[1.0] * 31), NOW, past(), minimum_per_min=1)
    assert (few.level, few.why, few.value, few.threshold) == ("warning", "minimum", 9, 17)
    assert arrivals(windows(traces=[3.0] * 31), NOW, past(), minimum_per_min=1).level == "ok"


# ---- verdict ---------------------------------------------------------------------------------------


def test_the_worst_comes_first_and_of_equals_the_one_that_explains_the_others() -> None:
    rate, slow = Judgement("error_rate", "warning"), Judgement("p95", "critical")
    dear, quiet = Judgement("cost", "critical"), Judgement("arrivals", "unknown")
    found = verdict([rate, slow, dear, quiet])
    assert found.level == "critical"
    assert [reason.metric for reason in found.reasons] == ["p95", "cost", "error_rate"]
    assert found.judgements["arrivals"] is quiet


def test_normal_is_only_said_where_the_error_rate_is_known() -> None:
    known, unknown = Judgement("error_rate", "ok"), Judgement("error_rate", "unknown")
    assert verdict([known, Judgement("p95", "unknown")]).level == "ok"
    assert verdict([unknown, Judgement("p95", "ok")]).level == "unknown"


def test_an_outage_is_a_verdict_of_its_own() -> None:
    found = outage(at(58))
    assert found.level == "critical"
    assert [(r.metric, r.since) for r in found.reasons] == [("outage", at(58))]
