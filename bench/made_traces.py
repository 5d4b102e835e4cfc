"""Traces as the archive stores them, made by the batch: agents that call models and tools, and may fail."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.archive import schema

DAYS = 30
#: A trace's spans, over and over: a session with one agent that calls models and tools.
KINDS = ("session", "agent", "llm", "tool", "llm")
AGENTS, MODELS, TOOLS, SERVICES, TAGS = 12, 9, 20, 2, 7
ERRORS = 40


def made_traces(first: int, count: int, spans: int, total: int, *, now: datetime) -> Any:
    """Traces number `first` and on of `total` that lie evenly in the `DAYS` before `now`, newest first.

    Returns:
        ``spans`` and ``traces`` with the columns of ``schema``, as ``spans.tidy`` gives them.
    """
    rng = np.random.default_rng(first)
    stamp = np.datetime64(now.replace(tzinfo=None), "us")
    step_us = DAYS * 86_400_000_000 // total
    starts = stamp - ((np.arange(first, first + count) + 1) * step_us).astype("timedelta64[us]")
    ids = [f"{first + i:08x}{number:024x}"[::-1] for i, number in enumerate(rng.integers(0, 2**63, count))]
    n = count * spans
    place = np.tile(np.arange(spans), count)
    kinds = np.array(KINDS)[place % len(KINDS)]
    llm, tool = kinds == "llm", kinds == "tool"
    agents = np.repeat(rng.choice([f"agent-{i}" for i in range(AGENTS)], count), spans)
    agents = np.where(kinds == "session", "", agents)
    models = np.where(llm, rng.choice([f"model-{i}" for i in range(MODELS)], n), "")
    tools = np.where(tool, rng.choice([f"tool-{i}" for i in range(TOOLS)], n), "")
    status = rng.choice(["OK", "UNSET", "ERROR"], n, p=[0.7, 0.26, 0.04])
    failed = status == "ERROR"
    tokens = np.where(llm, rng.integers(20, 9000, n), np.nan)
    numbers = [f"{first * spans + i:016x}" for i in range(n)]
    above = np.where(place == 0, -1, np.where(place == 1, 0, 1)) + np.repeat(np.arange(count) * spans, spans)
    node_kind = np.select([llm, tool, kinds == "agent"], ["model", "tool", "agent"], "service")
    node = np.select([llm, tool, kinds == "agent"], [models, tools, agents], "api")
    caller_kind = np.select([kinds == "session", kinds == "agent"], ["", "service"], "agent")
    errors = [f"The service answered # after # ms (case {i})" for i in rng.integers(0, ERRORS, n)]
    given: dict[str, Any] = {
        "trace_id": np.repeat(ids, spans),
        "span_id": numbers,
        "parent_id": [numbers[i] if at else "" for i, at in zip(above, place, strict=True)],
        "started_at": np.repeat(starts, spans) + rng.integers(0, 60_000_000, n).astype("timedelta64[us]"),
        "duration_s": rng.lognormal(0, 1, n),
        "self_s": rng.lognormal(0, 1, n),
        "name": [f"step-{i % 40}.{kind}" for i, kind in enumerate(kinds)],
        "kind": kinds,
        "service": rng.choice([f"service-{i}" for i in range(SERVICES)], n),
        "agent": agents,
        "tool": tools,
        "model": models,
        "provider": np.where(llm, "openai", ""),
        "status": status,
        "error_type": np.where(failed, "RateLimitError", ""),
        "error_group": np.where(failed, errors, ""),
        "prompt_tokens": tokens,
        "completion_tokens": tokens // 5,
        "cache_read_tokens": tokens // 3,
        "total_tokens": tokens + tokens // 5,
        "estimated_usd": tokens * 1e-6,
        "cost_source": np.where(llm, "estimated", "none"),
        "price_model": np.where(llm, "model\nmodel-2026", ""),
        "node_kind": node_kind,
        "node": node,
        "caller_kind": caller_kind,
        "caller": np.select([kinds == "session", kinds == "agent"], ["", "api"], agents),
        "retried": failed & (llm | tool) & (rng.random(n) < 0.5),
        "repeated": tool & (rng.random(n) < 0.05),
    }
    sums = {c: np.nansum(given[c].reshape(count, spans), axis=1) for c in _SUMMED}
    whole: dict[str, Any] = {
        "trace_id": ids, "name": "run", "service": "service-0", "started_at": starts,
        "ended_at": starts + np.timedelta64(60, "s"), "duration_s": rng.lognormal(1, 1, count),
        "outcome": rng.choice(["success", "failed", "indeterminate"], count, p=[0.85, 0.1, 0.05]),
        "spans": spans, "errors": failed.reshape(count, spans).sum(axis=1),
        "tags": [["prod", f"team-{i % TAGS}"] for i in range(count)],
        "agents": [[agents[i * spans + 1 - (spans == 1)]] for i in range(count)],
        "models": [sorted(set(models[i * spans : (i + 1) * spans]) - {""}) for i in range(count)],
        "tools": [sorted(set(tools[i * spans : (i + 1) * spans]) - {""}) for i in range(count)],
        "has_root": True, "read_at": stamp, "unpriced_tokens": 0, **sums,
    }  # fmt: skip
    return SimpleNamespace(spans=_frame(schema.SPANS, given, n), traces=_frame(schema.TRACES, whole, count))


_SUMMED = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "total_tokens", "estimated_usd")


def _frame(columns: dict[str, str], given: dict[str, Any], rows: int) -> pd.DataFrame:
    blank = {"VARCHAR": "", "BOOLEAN": False, "INTEGER": 0}
    frame = pd.DataFrame(
        {c: given.get(c, blank.get(t, np.nan)) for c, t in columns.items()}, index=range(rows)
    )
    for column, kind in columns.items():
        if kind == "TIMESTAMP":
            frame[column] = frame[column].astype("datetime64[us]")
    return frame
