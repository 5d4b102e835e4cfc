"""When rules fire and clear: by hand, and against a slow simulation that looks at the whole past."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.alerts import Change, Rule, State, evaluate
from dashboard.alerts.rules import METRICS

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GAP = timedelta(minutes=2)


def rule(**more: Any) -> Rule:
    values: dict[str, Any] = {
        "name": "errors", "metric": METRICS["error_rate"], "comparison": ">", "threshold": 0.1,
        "window": timedelta(minutes=15), "hold": timedelta(minutes=2), "clear": 0.05,
    }  # fmt: skip
    return Rule(**values | more)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def run(what: Rule, *seen: tuple[float, float | None]) -> tuple[list[State], list[Change]]:
    """States and changes after values at these minutes."""
    state: State | None = None
    states, changes = [], []
    for minutes, value in seen:
        state, change = evaluate(what, state, value, at(minutes), longest_gap=GAP)
        states.append(state)
        changes += [change] if change else []
    return states, changes


def names(states: list[State]) -> str:
    return " ".join(state.name for state in states)


def test_it_fires_after_the_time_and_clears_on_the_good_side() -> None:
    states, changes = run(rule(), (0, 0.02), (1, 0.2), (2, 0.3), (3, 0.11), (4, 0.07), (5, 0.05), (6, 0.04))
    # 0.07 and 0.05 are no longer above the threshold, but not below 0.05 either
    assert names(states) == "ok pending pending firing firing firing ok"
    assert changes == [
        Change("fired", at(3), 0.11, held_since=at(1), fired_at=at(3)),
        Change("cleared", at(6), 0.04, held_since=at(1), fired_at=at(3)),
    ]
    assert [state.since for state in states] == [at(0), at(1), at(1), at(3), at(3), at(3), at(6)]
    assert (states[4].value, states[4].fired_at, states[4].held_since) == (0.07, at(3), at(1))
    assert states[6].fired_at is None


def test_a_value_on_the_threshold_is_told_by_the_comparison() -> None:
    for comparison, breached in ((">", False), (">=", True), ("<", False), ("<=", True)):
        states, _ = run(rule(comparison=comparison, clear=None, hold=timedelta()), (0, 0.1))
        assert names(states) == ("firing" if breached else "ok"), comparison


def test_low_values_can_be_bad_and_clear_above() -> None:
    silence = rule(metric=METRICS["traces_per_minute"], comparison="<", threshold=1.0, clear=2.0)
    states, changes = run(silence, (0, 0.0), (1, 0.0), (2, 0.5), (3, 1.5), (4, 2.0), (5, 2.1))
    assert names(states) == "pending pending firing firing firing ok"
    assert [change.kind for change in changes] == ["fired", "cleared"]


def test_a_good_value_ends_what_was_pending() -> None:
    states, changes = run(rule(), (0, 0.2), (1, 0.1), (2, 0.2), (3, 0.2), (4, 0.2))
    assert names(states) == "pending ok pending pending firing"
    assert changes[0].held_since == at(2)


def test_unknown_in_between_begins_the_time_anew() -> None:
    states, changes = run(rule(), (0, 0.2), (1, None), (2, 0.2), (3, 0.2), (4, 0.2))
    assert names(states) == "pending unknown pending pending firing"
    assert changes[0].held_since == at(2)


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf")])
def test_missing_data_neither_fires_nor_clears(missing: float | None) -> None:
    states, changes = run(
        rule(hold=timedelta()), (0, missing), (1, 0.2), (2, missing), (3, missing), (4, 0.07), (5, 0.01)
    )
    assert names(states) == "unknown firing unknown unknown firing ok"
    assert [change.kind for change in changes] == ["fired", "cleared"]
    assert states[3].fired_at == at(1)  # still open
    assert (states[3].since, states[3].value) == (at(2), None)
    assert states[4].since == at(1)


def test_nobody_saw_what_happened_in_a_long_sleep() -> None:
    states, changes = run(rule(), (0, 0.2), (1, 0.2), (61, 0.2), (62, 0.2), (63, 0.2))
    assert names(states) == "pending pending pending pending firing"
    assert changes[0].held_since == at(61)
    states, _ = run(rule(), (0, 0.2), (2, 0.2))  # exactly the longest gap is none
    assert names(states) == "pending firing"


def test_an_open_alert_outlasts_a_sleep_and_clears_after_it() -> None:
    states, changes = run(rule(hold=timedelta()), (0, 0.2), (600, 0.2), (1200, 0.0))
    assert names(states) == "firing firing ok"
    assert changes[1] == Change("cleared", at(1200), 0.0, held_since=at(0), fired_at=at(0))


def test_a_clock_that_goes_backwards_begins_the_time_anew() -> None:
    states, changes = run(rule(), (10, 0.2), (11, 0.2), (5, 0.2), (6, 0.2), (7, 0.2))
    assert names(states) == "pending pending pending pending firing"
    assert changes[0].held_since == at(5)
    states, changes = run(rule(hold=timedelta()), (10, 0.2), (5, None), (4, 0.0))
    assert changes[1] == Change("cleared", at(10), 0.0, held_since=at(10), fired_at=at(10))
    assert [state.since for state in states] == [at(10), at(5), at(4)]


def slow(what: Rule, seen: list[tuple[datetime, float | None]]) -> list[tuple[int, str]]:
    """Looks when it fires and clears, at each moment from the whole past alone."""
    found: list[tuple[int, str]] = []
    for i, (now, value) in enumerate(seen):
        is_open = bool(found) and found[-1][1] == "fired"
        if value is None:
            continue
        if is_open:
            good = value < what.clear if what.clear is not None else value <= what.threshold
            found += [(i, "cleared")] if good else []
            continue
        first = found[-1][0] + 1 if found else 0  # what an earlier alert was made of is used up
        begins = [
            j
            for j in range(first, i + 1)
            if all(v is not None and v > what.threshold for _, v in seen[j : i + 1])
            and all(timedelta() <= seen[k + 1][0] - seen[k][0] <= GAP for k in range(j, i))
        ]
        if any(now - seen[j][0] >= what.hold for j in begins):
            found.append((i, "fired"))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_it_does_what_a_slow_simulation_does(seed: int) -> None:
    dice = random.Random(seed)
    what = rule(hold=timedelta(seconds=dice.choice([0, 30, 60, 120])), clear=dice.choice([None, 0.05, 0.1]))
    now, seen = NOON, []
    for _ in range(400):
        steps = dice.choices([30, 31, 1, 120, 121, 4000, 0, -1, -500], [40, 20, 5, 5, 3, 2, 3, 2, 1])
        now += timedelta(seconds=steps[0])
        seen.append((now, dice.choices([None, 0.0, 0.05, 0.07, 0.1, 0.2], [1, 1, 1, 2, 1, 14])[0]))
    state: State | None = None
    changes: list[tuple[int, str]] = []
    for i, (moment, value) in enumerate(seen):
        state, change = evaluate(what, state, value, moment, longest_gap=GAP)
        changes += [(i, change.kind)] if change else []
        assert (state.name == "unknown") == (value is None)
        assert state.name != "ok" or state.fired_at is None
        assert state.name != "firing" or state.fired_at is not None
    assert changes == slow(what, seen)
    assert len(changes) >= 2
