"""What several tables share: how a name, a rate and a list of traces read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .. import panels
from ..links import trace_hrefs
from ..panels import Cell, Column, Page
from ..panels.cells import trace_cell
from ..text import isolated

Row = Mapping[str, str | Cell]

#: Rows of a table before the rest is only counted.
MOST = 50


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of `frame`, each by column."""
    names = [str(column) for column in frame.columns]
    columns = [frame[column].tolist() for column in frame.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def name(text: str, page: Page) -> str:
    """A recorded name, or the word for none."""
    return text or page.words("by.none")


def error_said(kind: str, group: str, page: Page) -> str:
    """An error's type and masked message; for readers who may see no texts its type alone, where that is the
    name of one."""
    if not page.shows_content:
        return f"{kind if kind.isidentifier() else '–'} {page.words('access.withheld_message')}"
    return group if kind == group else f"{kind}: {group}".strip(": ") or "–"


def several(values: Sequence[str] | None, *, most: int = 3) -> Cell:
    """A list of names in one field, the whole of it on hover."""
    names = [isolated(v) for v in (values if values is not None else ()) if v]
    text = ", ".join(names[:most]) + (f" +{len(names) - most}" if len(names) > most else "")
    return Cell(text or "–", exact=", ".join(names))


def number(page: Page, value: float | None, *, share: float | None = None, note: str = "") -> Cell:
    """A count in short form, exact on hover."""
    return Cell(page.formats.compact(value), exact=page.formats.count(value), share=share, note=note)


def usd(page: Page, value: float | None, *, share: float | None = None, note: str = "") -> Cell:
    return Cell(page.formats.usd(value), exact=page.formats.usd_exact(value), share=share, note=note)


def more(frame: pd.DataFrame, total: int, page: Page) -> str:
    """A sentence about rows that are not shown, or ""."""
    hidden = total - len(frame)
    return page.words("table.more", n=page.formats.count(hidden)) if hidden > 0 else ""


def traces(frame: pd.DataFrame, page: Page, *, label: str, caption: str = "") -> None:
    """A table of traces: outcome, root span, id, start, duration with bar, spans, errors, tokens, cost."""
    words, formats, href = page.words, page.formats, trace_hrefs()
    longest = frame["duration_s"].max() if len(frame) else 0.0
    moods: dict[str, panels.Mood] = {"success": "good", "failed": "bad"}
    rows: list[Row] = [
        {
            "name": Cell(name(row["name"], page), href=href(row["trace_id"])),
            "trace": trace_cell(row["trace_id"], href=href(row["trace_id"])),
            "status": Cell(
                words(f"outcome.{row['outcome']}").split(" ", 1)[1], mood=moods.get(row["outcome"], "")
            ),
            "start": formats.moment(row["started_at"]),
            "duration": Cell(
                formats.duration(row["duration_s"]), share=row["duration_s"] / longest if longest else None
            ),
            "spans": formats.count(row["spans"]),
            "errors": formats.count(row["errors"]),
            "tokens": number(page, row["total_tokens"]),
            "cost": usd(page, row["cost_usd"]),
        }
        for row in records(frame)
    ]
    columns = [
        Column("name", words("column.name")),
        Column("trace", words("column.trace"), mono=True),
        Column("status", words("column.status")),
        Column("start", words("column.start")),
        Column("duration", words("column.duration"), align="right", bar=True),
        Column("spans", words("column.spans"), align="right"),
        Column("errors", words("column.errors"), align="right"),
        Column("tokens", words("column.tokens"), align="right"),
        Column("cost", words("column.cost"), align="right"),
    ]
    panels.table(columns, rows, label=label, caption=caption, empty=words("table.none"))
