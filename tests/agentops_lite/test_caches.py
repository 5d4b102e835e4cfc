"""Upstream's caches, told by the recordings cache/1..9 and an injected clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentops_lite.spans import Span
from tests.agentops_lite.replay import SECOND, Clock, World, recording

Make = Callable[..., Span]
Start = Callable[..., World]


def traces(world: World, name: str) -> int:
    body: dict[str, Any] = world.ask(f"cache/{name}").json()
    return body["total"] if "total" in body else body["trace_count"]


def test_the_recorded_sequence(start: Start, clock: Clock) -> None:
    """A trace arrives between 3 and 4: what is kept stays one short, as it did on the real server."""
    real = {
        name: recording(f"cache/{name}")["response"]["body"]
        for name in ("1_meterics_before", "4_meterics_after_same_range", "6_meterics_after_other_end")
    }
    assert [b["trace_count"] - 13 for b in real.values()] == [0, 0, 1]

    world = start(auth="session")
    for run in ("0018_sdk_research_run", "0031_sdk_second_run_0"):
        world.feed(f"otlp/{run}")
    before = [traces(world, n) for n in ("1_meterics_before", "2_list_before", "3_list_unfiltered_before")]
    world.feed("otlp/0049_sdk_cache_run_0")
    assert before == [2, 2, 2]
    assert traces(world, "4_meterics_after_same_range") == 2
    assert traces(world, "5_list_after_same_range") == 2
    assert traces(world, "6_meterics_after_other_end") == 3
    assert traces(world, "7_list_after_other_limit") == 3
    assert traces(world, "8_list_unfiltered_after") == 3
    clock.now += 31
    assert traces(world, "9_list_after_31_seconds") == 3
    assert traces(world, "4_meterics_after_same_range") == 2  # metrics are kept for five minutes
    clock.now += 300
    assert traces(world, "4_meterics_after_same_range") == 3


def test_lists_are_kept_for_thirty_seconds_and_not_longer(start: Start, clock: Clock) -> None:
    world = start(auth="session")
    assert traces(world, "2_list_before") == 0
    world.feed("otlp/0049_sdk_cache_run_0")
    clock.now += 29.9
    assert traces(world, "2_list_before") == 0
    clock.now += 0.1
    assert traces(world, "2_list_before") == 1


def test_caches_can_be_switched_off(start: Start) -> None:
    world = start(auth="session", caches=False)
    assert traces(world, "1_meterics_before") == 0
    world.feed("otlp/0049_sdk_cache_run_0")
    assert traces(world, "1_meterics_before") == 1


def test_both_dialects_share_what_is_kept(start: Start, clock: Clock) -> None:
    world = start()
    query = {"start_time": "2026-11-21T00:00:00Z", "end_time": "2026-11-23T00:00:00Z", "limit": "2"}

    def total() -> int:
        answer = world.client.get(
            "/v4/traces", params={"project_id": SECOND, **query}, headers=world.bearer(SECOND)
        )
        number: int = answer.json()["total"]
        return number

    assert total() == 0
    world.feed("otlp/0049_sdk_cache_run_0")
    assert (total(), traces(world, "2_list_before")) == (0, 0)
