"""Agents, tools and models as tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .. import metrics, panels
from ..archive import reading
from ..panels import Cell, Column, Page
from ..panels.cells import level_cell
from ..queries.spans import SpanRange
from .tables import MOST, Row, more, name, number, records, usd


def agents_table(span: SpanRange, page: Page) -> None:
    words = page.words
    frame = span.ask(reading.agents)
    rows: list[Row] = [
        {
            "agent": Cell(row["agent"]),
            "traces": number(page, row["traces"]),
            "success": _success(row["success"], row["failed"], page),
            "errors": number(page, row["errors"]),
            "p95": _p95(row, page),
            "calls": number(page, row["calls"]),
            "tokens": number(page, row["total_tokens"]),
            "cost": usd(page, row["cost_usd"]),
        }
        for row in records(frame.head(MOST))
    ]
    columns = [
        Column("agent", words("agents.agent")),
        Column("traces", words("column.traces"), align="right"),
        Column("success", words("column.success")),
        Column("errors", words("column.errors"), align="right"),
        Column("p95", words("column.p95"), align="right"),
        Column("calls", words("column.calls"), align="right"),
        Column("tokens", words("column.tokens"), align="right"),
        Column("cost", words("column.cost"), align="right"),
    ]
    _table("agents", columns, rows, frame, page)


def tools_table(span: SpanRange, page: Page) -> None:
    words, formats = page.words, page.formats
    frame = span.ask(reading.tools)
    rows: list[Row] = [
        {
            "tool": Cell(name(row["tool"], page)),
            "calls": number(page, row["calls"]),
            "failures": _failures(row, page),
            "repeated": number(page, row["repeated"]),
            "p50": formats.duration(row["p50_s"]),
            "p95": _p95(row, page),
            "traces": number(page, row["traces"]),
            "cost": usd(page, row["cost_usd"]),
        }
        for row in records(frame.head(MOST))
    ]
    columns = [
        Column("tool", words("agents.tool")),
        Column("calls", words("column.calls"), align="right"),
        Column("failures", words("column.failures"), align="right", bar=True),
        Column("repeated", words("column.repeated"), align="right"),
        Column("p50", words("column.p50"), align="right"),
        Column("p95", words("column.p95"), align="right"),
        Column("traces", words("column.traces"), align="right"),
        Column("cost", words("column.cost"), align="right"),
    ]
    _table("tools", columns, rows, frame, page)


def models_table(span: SpanRange, page: Page) -> None:
    words, formats = page.words, page.formats
    frame = span.ask(reading.models)
    rows: list[Row] = [
        {
            "model": Cell(name(row["model"], page), note=", ".join(row["providers"])),
            "calls": number(page, row["calls"]),
            "failures": _failures(row, page),
            "p50": formats.duration(row["p50_s"]),
            "p95": _p95(row, page),
            "prompt": number(page, row["prompt_tokens"]),
            "completion": number(page, row["completion_tokens"]),
            "tokens": number(page, row["total_tokens"]),
            "cost": usd(page, row["cost_usd"]),
            "per_call": formats.usd(row["cost_per_call_usd"]),
        }
        for row in records(frame.head(MOST))
    ]
    columns = [
        Column("model", words("agents.model")),
        Column("calls", words("column.calls"), align="right"),
        Column("failures", words("column.failures"), align="right", bar=True),
        Column("p50", words("column.p50"), align="right"),
        Column("p95", words("column.p95"), align="right"),
        Column("prompt", words("column.prompt"), align="right"),
        Column("completion", words("column.completion"), align="right"),
        Column("tokens", words("column.tokens"), align="right"),
        Column("cost", words("column.cost"), align="right"),
        Column("per_call", words("column.per_call"), align="right"),
    ]
    _table("models", columns, rows, frame, page)


def _table(subject: str, columns: list[Column], rows: list[Row], frame: pd.DataFrame, page: Page) -> None:
    words = page.words
    title = words(f"agents.table_{subject}")
    panels.section(title, (words(f"agents.table_{subject}_help"),))
    caption = more(frame.head(MOST), len(frame), page)
    panels.table(columns, rows, label=title, caption=caption, empty=words(f"agents.no_{subject}"))


def _success(success: int, failed: int, page: Page) -> Cell:
    """The rate with its level in words, and Wilson's interval under it."""
    words, formats = page.words, page.formats
    rate = metrics.success_rate(success, failed)
    if rate is None:
        return Cell("–", note=words("agents.unknown"))
    level = metrics.success_level(success, failed)
    low, high = metrics.wilson(success, success + failed) or (None, None)
    note = words(
        "agents.interval",
        low=formats.percent(low), high=formats.percent(high), n=formats.count(success + failed),
    )  # fmt: skip
    moods: dict[str, panels.Mood] = {"good": "good", "fair": "fair", "poor": "bad", "unknown": ""}
    return level_cell(formats.percent(rate), words(f"agents.{level}"), mood=moods[level], note=note)


def _failures(row: dict[str, Any], page: Page) -> Cell:
    share = row["failures"] / row["calls"] if row["calls"] else None
    note = page.formats.percent(share) if row["failures"] else ""
    return Cell(page.formats.count(row["failures"]), share=share, note=note)


def _p95(row: dict[str, Any], page: Page) -> Cell:
    """p95 with n; withheld, with the reason, where too few were measured."""
    formats, n = page.formats, int(row["n"])
    if n < metrics.ENOUGH:
        reason = page.words("gate.too_few", n=formats.count(n), least=formats.count(metrics.ENOUGH))
        return Cell("–", exact=reason, note=page.words("performance.n", n=formats.count(n)))
    return Cell(formats.duration(row["p95_s"]), note=page.words("performance.n", n=formats.count(n)))
