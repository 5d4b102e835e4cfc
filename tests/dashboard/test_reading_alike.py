"""Which traces suggest themselves to be compared with one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.archive.reading.alike import alike
from tests.dashboard.archived import START, archive, at, trace


def chat(trace_id: str, hour: float, outcome: str = "success", lasts: float | None = 5.0) -> dict[str, Any]:
    return trace(trace_id, outcome, name="chat.session", started_at=at(hour), duration_s=lasts)


def suggested(*traces: dict[str, Any], name: str = "chat.session") -> list[tuple[str, list[str]]]:
    """Suggestions for trace "me", which began five hours after the start."""
    found = alike(archive(traces=[chat("me", 5), *traces]), "me", name, START + timedelta(hours=5))
    return list(zip(found["trace_id"].tolist(), found["why"].tolist(), strict=True))


def test_each_reason_has_its_trace() -> None:
    failures = chat("before", 4, "failed"), chat("last", 7, "failed", 0.1)
    assert suggested(chat("quick", 1, lasts=1), chat("good", 6), *failures) == [
        ("before", ["before"]), ("good", ["successful"]), ("quick", ["fastest"]), ("last", ["newest"])
    ]  # fmt: skip


def test_a_trace_that_stands_out_twice_is_one_row() -> None:
    assert suggested(chat("only", 4)) == [("only", ["before", "successful", "fastest", "newest"])]
    assert suggested(chat("only", 6, "failed")) == [("only", ["newest"])]


def test_other_names_and_the_trace_itself_are_no_suggestion() -> None:
    other = trace("other", name="other.session", started_at=at(4), duration_s=1.0)
    assert suggested(other) == []
    assert suggested(other, name="other.session") == [
        ("other", ["before", "successful", "fastest", "newest"])
    ]


def test_equals_are_told_by_id_and_what_has_no_duration_is_not_the_fastest() -> None:
    assert suggested(chat("b", 4), chat("a", 4), chat("none", 3, lasts=None)) == [
        ("a", ["before", "successful", "fastest", "newest"])
    ]
