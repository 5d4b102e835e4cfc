"""What stands in a report, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the head: what, and its value; `href` is an absolute address, or ""."""

    name: str
    value: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure with its formula and, where there is one, how it changed."""

    label: str
    value: str
    note: str
    definition: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart: plotly's JSON of it, what it shows in words, and its formula."""

    title: str
    description: str
    definition: str
    plotly_json: str


@dataclass(frozen=True, slots=True)
class Link:
    """A field of a table that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | Link, ...], ...]
    none: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything of one range.

    Attributes:
        title: its heading, with the range.
        language: of the wording, for the browser.
        facts: range, zone, source, coverage, when it was made, the address of the live page.
        notes: what a reader must know beside the figures.
        formulas: heading above the definitions.
    """

    title: str
    language: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    figures: tuple[Figure, ...]
    drawings: tuple[Drawing, ...]
    tables: tuple[Table, ...]
    formulas: str
