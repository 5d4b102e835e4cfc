"""Three sums side by side, and the parts of what lies between them."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.metrics import Reason, Reconciliation, reconcile

AGREED: dict[str, Any] = {
    "windowed_usd": 10.0, "windows": 24, "upstream_usd": 10.0, "upstream_tokens": 100,
    "reported_usd": 10.0, "tool_reported_usd": None, "estimated_usd": None, "own_usd": None,
    "spans_tokens": 100, "traces_read": 5, "traces_in_all": 5,
}  # fmt: skip


def parts(found: Reconciliation) -> dict[str, float]:
    return {reason.name: pytest.approx(reason.usd) for reason in found.spans_against_upstream}


def test_sums_that_agree_need_no_reason() -> None:
    found = reconcile(**AGREED)
    assert (found.windowed_usd, found.upstream_usd, found.spans_usd) == (10.0, 10.0, 10.0)
    assert found.spans_against_upstream == found.windows_against_upstream == ()


def test_each_part_has_its_amount_and_they_add_up() -> None:
    found = reconcile(
        **AGREED
        | {
            "reported_usd": 14.0,
            "tool_reported_usd": 1.0,
            "estimated_usd": 2.0,
            "own_usd": 0.5,
            "spans_tokens": 160,
        }
    )
    assert found.spans_usd == 16.5
    assert parts(found) == {"tool_costs": 1.0, "estimates": 2.0, "own_prices": 0.5, "unread_usage": 3.0}
    assert sum(reason.usd for reason in found.spans_against_upstream) == pytest.approx(16.5 - 10)
    assert found.spans_against_upstream[-1] == Reason("unread_usage", 3.0, 60)


def test_less_in_the_spans_is_what_was_not_read_yet_or_not_explained() -> None:
    less = AGREED | {"reported_usd": 8.0, "spans_tokens": 80}
    assert reconcile(**less | {"traces_read": 4}).spans_against_upstream == (
        Reason("unread_traces", -2.0, -20),
    )
    assert reconcile(**less).spans_against_upstream == (Reason("unexplained", -2.0, -20),)


def test_only_estimates_where_upstream_read_nothing() -> None:
    found = reconcile(**AGREED | {"reported_usd": None, "estimated_usd": 3.0, "upstream_usd": 0.0})
    assert (found.spans_usd, parts(found)) == (3.0, {"estimates": 3.0})


def test_what_five_decimals_cannot_show_is_rounding() -> None:
    found = reconcile(**AGREED | {"reported_usd": 10.000004, "windowed_usd": 10.0001})
    assert [reason.name for reason in found.spans_against_upstream] == ["rounding"]
    assert [reason.name for reason in found.windows_against_upstream] == ["rounding"]  # 25 answers × 0.000005
    late = reconcile(**AGREED | {"windowed_usd": 9.5})
    assert late.windows_against_upstream == (Reason("late", -0.5),)


def test_what_is_not_known_is_not_compared() -> None:
    found = reconcile(**AGREED | {"upstream_usd": None, "windowed_usd": None})
    assert (found.spans_usd, found.spans_against_upstream, found.windows_against_upstream) == (10.0, (), ())
    assert reconcile(**AGREED | {"reported_usd": None}).spans_usd is None


def test_what_binary_fractions_leave_over_is_no_reason() -> None:
    sums = {"windowed_usd": 0.1 + 0.2, "reported_usd": 0.1 + 0.2, "upstream_usd": 0.3}
    assert sums["windowed_usd"] != sums["upstream_usd"]
    found = reconcile(**AGREED | sums)
    assert found.spans_against_upstream == found.windows_against_upstream == ()
