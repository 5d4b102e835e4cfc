"""Tables that a screen reader, a keyboard and a phone can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from markupsafe import Markup

from .cells import Cell, cell_markup
from .style import html, info


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: the rows' name for it.
        title: its heading, with the unit.
        align: ``"right"`` for numbers.
        definition: sentences behind the heading's info mark.
        bar: draws the cells' shares as bars behind their text.
        mono: monospaced, for ids.
        wide: takes the room that the other columns leave, for long texts; at most one.
    """

    key: str
    title: str
    align: Literal["left", "right"] = "left"
    definition: tuple[str, ...] = ()
    bar: bool = False
    mono: bool = False
    wide: bool = False


def table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, str | Cell]],
    *,
    label: str,
    caption: str = "",
    empty: str = "",
) -> None:
    """Draws a table; the first column names the row and stays in sight when the rest scrolls.

    Args:
        columns: from left to right.
        rows: a text or a cell for every column's key.
        label: names the table, and the box in which it scrolls, for screen readers.
        caption: a sentence above it ("Top 10 of 34 models").
        empty: stands in the place of the rows when there are none.

    Raises:
        KeyError: a row lacks a column.
    """
    st.html(table_markup(columns, rows, label=label, caption=caption, empty=empty))


def table_markup(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, str | Cell]],
    *,
    label: str,
    caption: str = "",
    empty: str = "",
) -> Markup:
    """The markup of :func:`table`."""
    if rows:
        body = Markup("").join(_row(columns, row) for row in rows)
    else:
        body = html(
            '<tr><td class="none" colspan="{n}"><span>{text}</span></td></tr>', n=len(columns), text=empty
        )
    return html(
        '<div class="ao-table" role="region" aria-label="{label}" tabindex="0"><table aria-label="{label}">'
        "{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>",
        label=label,
        caption=html("<caption><span>{text}</span></caption>", text=caption) if caption else "",
        heads=Markup("").join(_heading(column) for column in columns),
        body=body,
    )


def _heading(column: Column) -> Markup:
    # Named by its title alone: the definition would be read again with every field of the column.
    return html(
        '<th scope="col" class="{kind}" aria-label="{title}"><span class="head">{title}{mark}</span></th>',
        kind=_kind(column),
        title=column.title,
        mark=info(column.definition),
    )


def _row(columns: Sequence[Column], row: Mapping[str, str | Cell]) -> Markup:
    fields = []
    for i, column in enumerate(columns):
        field = row[column.key]
        cell = Cell(field) if isinstance(field, str) else field
        template = '<td class="{kind}">{body}</td>' if i else '<th scope="row" class="{kind}">{body}</th>'
        fields.append(html(template, kind=_kind(column), body=cell_markup(cell, bar=column.bar)))
    return html("<tr>{fields}</tr>", fields=Markup("").join(fields))


def _kind(column: Column) -> str:
    return " ".join((column.align, *["mono"] * column.mono, *["bars"] * column.bar, *["wide"] * column.wide))
