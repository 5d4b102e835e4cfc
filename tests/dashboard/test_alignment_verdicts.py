"""When a step counts as changed, and what differences add up to."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dashboard.alignment import compare
from dashboard.alignment.verdicts import in_cost, in_failing, in_time
from tests.dashboard.made_traces import llm, span, tidied, trace


@pytest.mark.parametrize(
    ("this_s", "other_s", "change"),
    [
        (1.0, 1.2, "slower"), (1.2, 1.0, "faster"), (1.0, 1.19, None),  # 20 % of the shorter one
        (0.2, 0.25, "slower"), (0.25, 0.2, "faster"), (0.2, 0.249, None),  # 50 ms
        (0.0, 0.05, "slower"), (0.0, 0.049, None), (10.0, 11.9, None), (None, 5.0, None),
    ],
)  # fmt: skip
def test_slower_and_faster_are_more_than_noise(
    this_s: float | None, other_s: float | None, change: str | None
) -> None:
    assert in_time(this_s, other_s) == change


@pytest.mark.parametrize(
    ("this_usd", "other_usd", "change"),
    [
        (1.0, 1.01, "dearer"), (1.01, 1.0, "cheaper"), (1.0, 1.009, None),  # 1 % of the smaller one
        (0.0, 0.01, "dearer"), (0.01, 0.0, "cheaper"), (0.1, 0.1, None),
        (1e-6, 1.1e-6, None), (1e-6, 1.2e-6, "dearer"),  # rounding: up to 1e-7
        (None, 1.0, None),
    ],
)  # fmt: skip
def test_dearer_and_cheaper_are_more_than_rounding(
    this_usd: float | None, other_usd: float | None, change: str | None
) -> None:
    assert in_cost(this_usd, other_usd) == change


def test_only_a_change_of_failing_is_told() -> None:
    assert in_failing(False, True) == "newly_failed"
    assert in_failing(True, False) == "no_longer_failed"
    assert in_failing(True, True) is None


def one(**said: Any) -> Any:
    return tidied(trace(llm("a", **said))).spans


def test_changes_of_a_step() -> None:
    this = one(lasts=1.0, tokens=(10, 5), cost="0.010")
    other = one(lasts=2.5, tokens=(10, 25), cost="0.016", status="ERROR")
    step = compare(this, other).steps[0]
    assert step.changes == ("newly_failed", "slower", "dearer")
    assert (step.duration_change_s, step.tokens_change) == (1.5, 20)
    assert step.cost_change_usd == pytest.approx(0.006)
    assert compare(other, this).steps[0].changes == ("no_longer_failed", "faster", "cheaper")


def test_without_usage_a_call_costs_nothing_and_without_a_price_nobody_knows() -> None:
    paid, unused = one(tokens=(10, 5), cost="0.01"), one()
    step = compare(unused, paid).steps[0]
    assert step.changes == ("dearer",)
    assert (step.this and step.this.cost_usd, step.cost_change_usd) == (None, 0.01)
    unpriced = one(model="my-own-model", tokens=(10, 5))
    step = compare(unpriced, one(model="my-own-model", tokens=(10, 5), cost="0.01")).steps[0]
    assert step.this is not None
    assert step.this.unpriced
    assert step.changes == ()


def test_a_step_of_one_trace_alone_has_no_change_of_time() -> None:
    this, other = tidied(trace(span("r"))).spans, tidied(trace(span("r"), llm("a", parent="r"))).spans
    added = compare(this, other).steps[1]
    assert (added.state, added.duration_change_s, added.self_change_s, added.changes) == (
        "added",
        None,
        None,
        (),
    )


def test_self_time_leaves_out_what_ran_below() -> None:
    def agent(lasts: float) -> Any:
        return tidied(trace(span("r", lasts=lasts + 1), span("a", parent="r", lasts=lasts))).spans

    root, step = compare(agent(2), agent(5)).steps
    assert (root.duration_change_s, root.self_change_s) == (3, 0)
    assert (step.duration_change_s, step.self_change_s) == (3, 3)


@pytest.mark.parametrize("seed", range(20))
def test_differences_add_up_to_those_of_the_traces(seed: int) -> None:
    chance = random.Random(seed)

    def some() -> Any:
        spans = [span("s0", "root", lasts=100)]
        for i in range(1, chance.randrange(2, 60)):
            parent = f"s{chance.randrange(i)}"
            if chance.random() < 0.6:
                cost = f"{chance.random():.6f}" if chance.random() < 0.8 else None
                tokens = (chance.randrange(1000), chance.randrange(1000))
                model = "gpt-4o" if chance.random() < 0.5 else "my-own-model"
                spans.append(llm(f"s{i}", model, parent=parent, at=i, tokens=tokens, cost=cost))
            else:
                spans.append(span(f"s{i}", chance.choice("abc"), parent=parent, at=i))
        return tidied(trace(*spans))

    a, b = some(), some()
    found = compare(a.spans, b.spans)
    counted = [step.tokens_change or 0 for step in found.steps]
    costs = [step.cost_change_usd or 0.0 for step in found.steps]

    def total(column: str) -> float:
        return float(b.traces[column].fillna(0).sum() - a.traces[column].fillna(0).sum())

    assert sum(counted) == total("total_tokens")
    assert sum(costs) == pytest.approx(total("reported_usd") + total("estimated_usd"), abs=1e-9)
    counts = found.counts()
    assert counts["both"] + counts["lost"] == len(a.spans)
    assert counts["both"] + counts["added"] == len(b.spans)
