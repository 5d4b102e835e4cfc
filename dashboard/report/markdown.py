"""The report as Markdown, for a chat or a ticket; texts of others are escaped."""

from __future__ import annotations

import re

from .content import Link, Report, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:@&$])")


def to_markdown(report: Report) -> str:
    """The text; charts are told in words."""
    lines = [f"# {_plain(report.title)}", ""]
    lines += [f"- {_plain(fact.name)}: {_linked(fact.value, fact.href)}" for fact in report.facts]
    for note in report.notes:
        lines += ["", f"> {_plain(note)}"]
    lines += ["", "| | |", "|---|---|"]
    lines += [f"| {_plain(f.label)} | **{_plain(f.value)}** {_plain(f.note)} |" for f in report.figures]
    for drawing in report.drawings:
        lines += ["", f"## {_plain(drawing.title)}", "", _plain(drawing.description)]
    for table in report.tables:
        lines += ["", f"## {_plain(table.title)}", "", *_table(table)]
    lines += ["", f"## {_plain(report.formulas)}", ""]
    lines += [f"- **{_plain(f.label)}**: {_plain(f.definition)}" for f in report.figures]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [_plain(table.none)]
    heads = "| " + " | ".join(map(_plain, table.heads)) + " |"
    rows = ["| " + " | ".join(map(_field, row)) + " |" for row in table.rows]
    return [heads, "|" + "---|" * len(table.heads), *rows]


def _field(field: str | Link) -> str:
    return _linked(field.text, field.href) if isinstance(field, Link) else _plain(field)


def _linked(text: str, href: str) -> str:
    if href.startswith(("http://", "https://")):
        address = href.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")
        return f"[{_plain(text)}](<{address}>)"
    return _plain(text)


def _plain(text: str) -> str:
    """On one line, every sign that Markdown reads escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
