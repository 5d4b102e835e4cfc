"""Traces of any size: the best way to match two rows of siblings, and what it costs."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

import pandas as pd
import pytest

from dashboard.alignment import compare
from dashboard.alignment.matching import REACH, matched
from dashboard.archive import schema
from tests.dashboard.archive_frames import NOON, SECOND, frame


def many(called: Sequence[str], parents: Sequence[int]) -> pd.DataFrame:
    """A root, 0, and below it spans 1, 2 … each under one of the spans before it."""
    rows = [{"trace_id": "t", "span_id": "0", "name": "root", "kind": "session", "duration_s": 1.0}]
    rows += [
        {"trace_id": "t", "span_id": str(i), "parent_id": str(parent), "name": name, "kind": "other"}
        for i, (name, parent) in enumerate(zip(called, parents, strict=True), start=1)
    ]
    started_at = [NOON.replace(tzinfo=None) + i * SECOND for i in range(len(rows))]
    return frame(schema.SPANS, [row | {"started_at": at} for row, at in zip(rows, started_at, strict=True)])


def wide(called: Sequence[str]) -> pd.DataFrame:
    return many(called, [0] * len(called))


@pytest.mark.parametrize("seed", range(30))
def test_no_other_way_to_match_keeps_more(seed: int) -> None:
    chance = random.Random(seed)
    first, second = ([chance.randrange(4) for _ in range(chance.randrange(9))] for _ in range(2))
    worth = {(i, j): chance.randrange(1, 4) for i in range(9) for j in range(9)}

    @lru_cache
    def most(i: int, j: int) -> int:
        if i == len(first) or j == len(second):
            return 0
        skipped = max(most(i + 1, j), most(i, j + 1))
        return max(skipped, worth[i, j] + most(i + 1, j + 1)) if first[i] == second[j] else skipped

    pairs = matched(
        range(len(first)), range(len(second)), called=(first, second),
        same=lambda i, j: False, weight=lambda i, j: worth[i, j],
    )  # fmt: skip
    assert sum(worth[pair] for pair in pairs) == most(0, 0)
    assert all(first[i] == second[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


def test_calls_added_to_a_long_row_are_added() -> None:
    calls = ["ask", "search", "read"] * 1000
    extra = [*calls[:500], "look", *calls[500:2500], "look", "look", *calls[2500:]]
    counts = compare(wide(calls), wide(extra)).counts()
    assert (counts["both"], counts["added"], counts["lost"]) == (3001, 3, 0)


def test_in_a_long_row_what_moved_too_far_is_lost_and_added() -> None:
    calls = ["".join(letters) for letters in product("abcdefghij", repeat=3)]
    moved = ["new"] * (3 * REACH) + calls + ["newer"]  # 192 places at the start, none at the end
    counts = compare(wide(calls), wide(moved)).counts()
    # within 64 of the proportional place from call 664 on: 192 - 0.193 * 664 = 64
    assert counts["both"] - 1 == pytest.approx(1000 - 664, abs=2)
    assert counts["lost"] + counts["both"] == 1001


def generated(seed: int, *, flat: bool) -> pd.DataFrame:
    """10,000 spans with names of one letter: all below the root, or each below one of the last twenty."""
    chance = random.Random(seed)
    called = [chance.choice("abcdef") for _ in range(9_999)]
    return many(called, [0 if flat else chance.randrange(max(0, i - 20), i) for i in range(1, 10_000)])


@pytest.mark.parametrize("flat", [True, False])
def test_ten_thousand_by_ten_thousand_end_soon(flat: bool) -> None:
    this, other = (generated(seed, flat=flat) for seed in (1, 2))
    began = time.thread_time()
    counts = compare(this, other).counts()
    assert time.thread_time() - began < 20  # one second; each with each would take minutes
    assert counts["both"] + counts["lost"] == counts["both"] + counts["added"] == 10_000
    assert compare(this, this).identical


def test_1304_spans_against_themselves() -> None:
    spans = generated(3, flat=False).head(1304)
    assert len(compare(spans, spans).steps) == 1304
    assert compare(spans, spans).identical


def test_a_chain_of_five_thousand_needs_no_recursion() -> None:
    spans = many(["next"] * 4999, range(4999))
    found = compare(spans, spans)
    assert found.identical
    assert found.steps[-1].depth == 4999
