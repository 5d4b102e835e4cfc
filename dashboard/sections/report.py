"""The handover report of the Overview's range: what stands in it, and its two files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urljoin

import streamlit as st

from .. import panels
from ..archive import reading
from ..components import fetch
from ..components.chart_view import Drawable, figure_json
from ..links import trace_hrefs
from ..panels import Card, Page
from ..queries import Overview
from ..queries.spans import Coverage, ask
from ..report import Drawing, Fact, Figure, Link, Report, Table, to_html, to_markdown
from . import alerts
from .tables import error_said, name, records

#: Rows of each table.
SHOWN = 10
_TRACE_HEADS = (
    "column.name", "column.trace", "column.status", "column.start", "column.duration", "column.cost",
)  # fmt: skip
Drawn = Sequence[tuple[str, str, str, Drawable]]


def offer(view: Overview, coverage: Coverage, cards: Sequence[Card], drawn: Drawn, page: Page) -> None:
    """Two buttons that make the files when they are pressed."""
    words = page.words
    figures = tuple(
        Figure(c.label, c.value, " · ".join(filter(None, (c.note, c.change))), " ".join(c.definition))
        for c in cards
    )
    made = partial(_report, coverage, figures, tuple(drawn), page.for_later(), _trace_links())
    stem = f"agentops-{view.grid.whole.start:%Y%m%d-%H%M}"
    with st.popover(words("report.title")):
        panels.hint(words("report.help"))
        st.download_button(
            words("report.html"), lambda: to_html(made(), plotly_js=_plotly_js()),
            file_name=f"{stem}.html", mime="text/html", on_click="ignore", key="report_html",
        )  # fmt: skip
        st.download_button(
            words("report.markdown"), lambda: to_markdown(made()).encode(),
            file_name=f"{stem}.md", mime="text/markdown", on_click="ignore", key="report_markdown",
        )  # fmt: skip


def _trace_links() -> Callable[[str], str]:
    """Absolute addresses of traces; "" where the dashboard's own address is not known."""
    base, href = st.context.url or "", trace_hrefs()
    return lambda trace_id: urljoin(base, href(trace_id)) if base else ""


def _report(
    coverage: Coverage, figures: tuple[Figure, ...], drawn: Drawn, page: Page, link: Callable[[str], str]
) -> Report:
    words, formats, window = page.words, page.formats, coverage.window
    span = formats.span(window.start, window.end)
    count = formats.count
    facts = [
        Fact(words("report.range"), f"{formats.moment(window.start)} – {formats.moment(window.end)}"),
        Fact(words("report.zone"), formats.zone_name(window.start)),
        Fact(words("report.made"), formats.moment(page.now)),
        Fact(words("report.source"), coverage.shelf.upstream.endpoint),
    ]
    if coverage.total is not None:
        read = words("report.read", read=count(coverage.held.read), total=count(coverage.total))
        facts.append(Fact(words("report.coverage"), read))
    notes = () if coverage.enough else (words("report.partial"),)
    return Report(
        title=words("report.heading", range=span),
        language=words.language,
        facts=tuple(facts),
        notes=notes,
        figures=figures,
        drawings=tuple(
            Drawing(title, said, meant, figure_json(figure)) for title, said, meant, figure in drawn
        ),
        tables=(
            _alerts(window.start, window.end, page),
            *_tables(coverage, window.start, window.end, page, link),
        ),
        formulas=words("report.formulas"),
    )


def _alerts(start: datetime, end: datetime, page: Page) -> Table:
    """What fired, and when AgentOps was out of reach."""
    words, formats = page.words, page.formats
    found = sorted((*alerts.outages(start, end, page), *alerts.bands(start, end, page)))
    return Table(
        words("report.fired"),
        tuple(words(f"report.{key}") for key in ("what", "from", "to")),
        tuple((each.label, formats.moment(each.start), formats.moment(each.end)) for each in found),
        words("report.nothing_fired"),
    )


def _tables(
    coverage: Coverage, start: datetime, end: datetime, page: Page, link: Callable[[str], str]
) -> list[Table]:
    words, formats = page.words, page.formats
    groups = ask(coverage.shelf, reading.error_groups, start, end, limit=SHOWN).frame
    found = [
        Table(
            words("errors.title"),
            tuple(words(f"report.{key}") for key in ("error", "count", "traces", "last", "example")),
            tuple(
                (
                    error_said(row["error_type"], row["error_group"], page), formats.count(row["count"]),
                    formats.count(row["traces"]), formats.moment(row["last_seen"]),
                    Link(row["examples"][0][:8], link(row["examples"][0])) if row["examples"] else "–",
                )
                for row in records(groups)
            ),
            words("errors.none"),
        )
    ]  # fmt: skip
    for key, question in (
        ("failed", reading.failed_newest), ("costliest", reading.costliest), ("slowest", reading.slowest),
    ):  # fmt: skip
        rows = records(ask(coverage.shelf, question, start, end, n=SHOWN))
        found.append(
            Table(
                words(f"report.{key}"),
                tuple(map(words, _TRACE_HEADS)),
                tuple(
                    (
                        name(row["name"], page), Link(row["trace_id"][:8], link(row["trace_id"])),
                        words(f"outcome.{row['outcome']}"), formats.moment(row["started_at"]),
                        formats.duration(row["duration_s"]), formats.usd(row["cost_usd"]),
                    )
                    for row in rows
                ),
                words("table.none"),
            )
        )  # fmt: skip
    return found


def _plotly_js() -> str:
    """The small bundle where set-up could get it, else the whole one."""
    small = fetch.VENDOR / fetch.BASIC
    bundle = small if small.is_file() else fetch.full_bundle()
    return bundle.read_text("utf-8")
