"""Errors by group: what failed, how often, since when, where, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import panels
from ..archive import reading
from ..links import trace_hrefs
from ..panels import Cell, Column, Page
from ..panels.cells import trace_cell
from .tables import Row, error_said, more, records, several, usd


def table(groups: reading.Limited, page: Page, *, brief: bool = False) -> None:
    """Error groups, most frequent first.

    Args:
        groups: answer of ``reading.error_groups``.
        brief: only what a glance needs.
    """
    words, formats, href = page.words, page.formats, trace_hrefs()
    rows: list[Row] = [
        {
            "group": Cell(error_said(row["error_type"], row["error_group"], page)),
            "count": Cell(
                formats.count(row["count"]), share=row["share"], note=formats.percent(row["share"])
            ),
            "traces": formats.count(row["traces"]),
            "last": Cell(
                page.words(
                    "panel.ago", time=formats.clock(row["last_seen"]), age=_age(row["last_seen"], page)
                ),
                exact=formats.moment(row["last_seen"]),
            ),
            "first": formats.moment(row["first_seen"]),
            "models": several(row["models"]),
            "agents": several(row["agents"]),
            "burnt": usd(page, row["cost_usd"]),
            "example": _example(row["examples"], 0, href),
            "example2": _example(row["examples"], 1, href),
            "example3": _example(row["examples"], 2, href),
        }
        for row in records(groups.frame)
    ]
    columns = [
        Column("group", words("errors.group"), wide=True),
        Column("count", words("column.count"), align="right", bar=True),
        Column("traces", words("column.traces"), align="right"),
        Column("last", words("column.last_seen")),
    ]
    if not brief:
        columns += [
            Column("first", words("column.first_seen")),
            Column("models", words("column.models")),
            Column("agents", words("column.agents")),
            Column("burnt", words("errors.burnt"), align="right"),
            Column("example", words("column.examples"), mono=True),
            Column("example2", "", mono=True),
            Column("example3", "", mono=True),
        ]
    title = words("errors.title")
    panels.section(title, (words("errors.help"),))
    caption = more(groups.frame, groups.total, page)
    panels.table(columns, rows, label=title, caption=caption, empty=words("errors.none"))


def _age(moment: object, page: Page) -> str:
    return page.formats.age(moment, page.now)  # type: ignore[arg-type]


def _example(trace_ids: Sequence[str], place: int, href: Callable[[str], str]) -> Cell:
    """A link to one of the newest traces of a group, where there are so many."""
    if place >= len(trace_ids):
        return Cell("")
    return trace_cell(trace_ids[place], href=href(trace_ids[place]))
