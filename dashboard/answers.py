"""What AgentOps' answers mean: answers in, a frame of windows and totals out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from agentops_client import AgentOpsError, ProjectMetrics, TracePage

from .questions import Answer, Kind, Question, Reading
from .windows import Grid, Window


@dataclass(frozen=True)
class Totals:
    """Figures of one stretch of time, as AgentOps counts them; None is *unknown*, never zero.

    Attributes:
        window: the stretch; its end is the one that was asked for.
        asked_at: when the oldest answer in it was asked.
        cost_usd: stored prompt + completion cost. USD.
        prompt_tokens, completion_tokens, total_tokens: tokens; `total` may exceed the sum of the two.
        spans: stored spans that started in the window.
        traces: distinct traces with a span in the window.
        success, failed, indeterminate: of these, by the status of their last-started span.
        without: windows inside that failed and are therefore not in the figures.
        plan_limited: AgentOps cut the answer down to what the free plan may see.
        error: what a question about the whole stretch failed with; what it would have told is unknown, or
            put together from its windows.
    """

    window: Window
    asked_at: datetime | None = None
    cost_usd: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    spans: int | None = None
    traces: int | None = None
    success: int | None = None
    failed: int | None = None
    indeterminate: int | None = None
    without: tuple[Window, ...] = ()
    plan_limited: bool = False
    error: AgentOpsError | None = None


def window_frame(grid: Grid, reading: Reading) -> pd.DataFrame:
    """One row a window, oldest first.

    Columns: ``start``, ``end`` (UTC); ``open`` (has not ended yet); ``usage``, ``outcome`` (state of
    the two answers: ``known``, ``empty`` (known, and nothing was recorded), ``waiting``, ``failed``);
    ``cause`` (of a failure, else None); ``cost_usd``, ``prompt_tokens``, ``completion_tokens``,
    ``total_tokens``, ``spans`` from the metrics; ``traces``, ``success``, ``failed``,
    ``indeterminate``, ``cache_read_tokens``, ``reasoning_tokens`` from the list. NaN is unknown.
    """
    rows = []
    for window in grid.windows:
        usage = reading.answers.get(Question(Kind.USAGE, window))
        outcome = reading.answers.get(Question(Kind.TRACES, window))
        failed = next((a.error.cause for a in (usage, outcome) if a and a.value is None and a.error), None)
        row: dict[str, object] = {
            "start": window.start,
            "end": window.end,
            "open": window.end > grid.now,
            "usage": _state(usage),
            "outcome": _state(outcome),
            "cause": failed,
        }
        rows.append(row | _usage_columns(usage) | _outcome_columns(outcome))
    return pd.DataFrame(rows)


_USAGE = ("cost_usd", "prompt_tokens", "completion_tokens", "total_tokens")
_OUTCOME = ("success", "failed", "indeterminate", "cache_read_tokens", "reasoning_tokens")


def _state(answer: Answer | None) -> str:
    if answer is None:
        return "waiting"
    if isinstance(answer.value, ProjectMetrics):
        return "known" if answer.value.spans_total else "empty"
    if isinstance(answer.value, TracePage):
        return "known" if answer.value.total else "empty"
    return "failed"


def _usage_columns(answer: Answer | None) -> dict[str, object]:
    value = answer.value if answer else None
    if not isinstance(value, ProjectMetrics):
        return dict.fromkeys((*_USAGE, "spans"), float("nan"))
    return {
        "cost_usd": _number(value.cost_usd),
        "prompt_tokens": _number(value.prompt_tokens),
        "completion_tokens": _number(value.completion_tokens),
        "total_tokens": _number(value.total_tokens),
        "spans": float(value.spans_total),
    }


def _outcome_columns(answer: Answer | None) -> dict[str, object]:
    value = answer.value if answer else None
    if not isinstance(value, TracePage):
        return dict.fromkeys((*_OUTCOME, "traces"), float("nan"))
    metrics = value.metrics
    return {
        "traces": float(value.total),
        "success": _number(metrics.success_count),
        "failed": _number(metrics.fail_count),
        "indeterminate": _number(metrics.indeterminate_count),
        "cache_read_tokens": _number(metrics.cache_read_input_tokens),
        "reasoning_tokens": _number(metrics.reasoning_tokens),
    }


def _number(value: object) -> float:
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]


def totals_of(window: Window, usage: Answer | None, traces: Answer | None) -> Totals:
    metrics = usage.value if usage else None
    page = traces.value if traces else None
    asked = [a.asked_at for a in (usage, traces) if a and a.value is not None]
    totals = Totals(window, min(asked, default=None))
    known: dict[str, object] = {}
    if usage is not None and isinstance(metrics, ProjectMetrics):
        known |= {
            "window": _so_far(window, usage),
            "cost_usd": None if metrics.cost_usd is None else float(metrics.cost_usd),
            "prompt_tokens": metrics.prompt_tokens,
            "completion_tokens": metrics.completion_tokens,
            "total_tokens": metrics.total_tokens,
            "spans": metrics.spans_total,
            "plan_limited": metrics.freeplan_truncated,
        }
    if isinstance(page, TracePage):
        known |= {
            "traces": page.total,
            "success": page.metrics.success_count,
            "failed": page.metrics.fail_count,
            "indeterminate": page.metrics.indeterminate_count,
            "plan_limited": page.freeplan_truncated or bool(known.get("plan_limited")),
        }
    return replace(totals, **known)  # type: ignore[arg-type]


def _so_far(window: Window, answer: Answer) -> Window:
    """What the answer can hold: nothing of an open window had begun after it was asked."""
    asked_at = answer.asked_at.replace(microsecond=0) + timedelta(seconds=1)
    return Window(window.start, max(window.start + timedelta(seconds=1), min(window.end, asked_at)))


def summed(parts: Sequence[Totals], window: Window, without: tuple[Window, ...]) -> Totals:
    """The sum of `parts`, which are the stretches of `window` outside `without`.

    A figure that is unknown in any part is unknown: a sum of some is not the sum.
    """
    return Totals(
        window,
        min((p.asked_at for p in parts if p.asked_at), default=None),
        **{name: _sum([getattr(p, name) for p in parts]) for name in _SUMMED},  # type: ignore[arg-type]
        without=without,
        plan_limited=any(p.plan_limited for p in parts),
    )


_SUMMED = (
    "cost_usd",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "spans",
    "traces",
    "success",
    "failed",
    "indeterminate",
)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if known and len(known) == len(values) else None
