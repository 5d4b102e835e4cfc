"""Money that bought nothing, and tokens that nobody can price."""

from __future__ import annotations

import streamlit as st

from .. import panels
from ..archive import reading
from ..panels import Cell, Column, Page
from ..queries.spans import SpanRange
from .tables import Row, name, number, records, usd


def waste(span: SpanRange, page: Page) -> None:
    """Cost of failed traces, of failed attempts, of repeated tool calls; never a dollar twice."""
    words, formats = page.words, page.formats
    frame = span.ask(reading.waste)
    rows: list[Row] = [
        {
            "what": words(f"waste.{row['category']}"),
            "n": number(page, row["count"]),
            "time": formats.duration(row["seconds"]),
            "cost": usd(page, row["cost_usd"]),
            "share": Cell(formats.percent(row["share"]), share=row["share"]),
        }
        for row in records(frame)
    ]
    together = frame["share"].sum(min_count=1)
    rows.append(
        {
            "what": words("waste.sum"),
            "n": "",
            "time": "",
            "cost": usd(page, frame["cost_usd"].sum()),
            "share": Cell(formats.percent(together), share=together),
        }
    )
    columns = [
        Column("what", words("waste.category")),
        Column("n", words("waste.n"), align="right"),
        Column("time", words("waste.time"), align="right"),
        Column("cost", words("column.cost"), align="right"),
        Column("share", words("waste.share"), align="right", bar=True),
    ]
    panels.section(words("waste.title"), (words("waste.help"),))
    panels.table(columns, rows, label=words("waste.title"))


def unpriced(span: SpanRange, page: Page) -> None:
    """Models without a price, with their tokens and how to give them one; nothing where all have one."""
    words, formats = page.words, page.formats
    frame = span.ask(reading.unpriced_models)
    if frame.empty:
        return
    rows: list[Row] = [
        {
            "model": Cell(name(row["model"], page), note=row["provider"]),
            "calls": number(page, row["calls"]),
            "tokens": number(page, row["total_tokens"]),
            "why": words("unpriced.no_split") if row["only_total"] else "",
            "last": formats.moment(row["last_seen"]),
        }
        for row in records(frame)
    ]
    columns = [
        Column("model", words("by.model")),
        Column("calls", words("column.calls"), align="right"),
        Column("tokens", words("column.tokens"), align="right"),
        Column("why", ""),
        Column("last", words("column.last_seen")),
    ]
    panels.section(words("unpriced.title"), (words("unpriced.help"),))
    panels.table(columns, rows, label=words("unpriced.title"))
    priceable = [row["model"] for row in records(frame) if row["model"] and not row["only_total"]]
    if priceable:
        panels.hint(words("unpriced.how"))
        st.code(price_table(priceable), language="toml")


def price_table(models: list[str]) -> str:
    """A price table to fill in, with the names of `models` as TOML keys."""
    lines = ['currency = "USD"', ""]
    for model in dict.fromkeys(models):
        lines += [f"[models.{_quoted(model)}]", "prompt = 0.00", "completion = 0.00", ""]
    return "\n".join(lines).rstrip()


def _quoted(text: str) -> str:
    """A TOML basic string; what it may not hold is written as an escape."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'
