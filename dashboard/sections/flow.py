"""The graph of calls between services, agents, tools, models and guardrails."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .. import figures, metrics, panels
from ..archive import reading
from ..panels import Page
from ..queries.spans import SpanRange
from .tables import name, records

#: Links that are drawn, the most frequent first.
LINKS = 60
KINDS = ("service", "agent", "tool", "model", "guardrail")


def flow(span: SpanRange, page: Page) -> None:
    """The graph of a whole range."""
    found = span.ask(reading.edges, LINKS)
    _flow(found.frame, found.left_out, "flow", page.words("agents.flow"), page)


def flow_of_trace(spans: pd.DataFrame, page: Page) -> None:
    """The graph of one trace; `spans` has the columns of the archive's span table."""
    edges = metrics.edges(spans)
    _flow(edges.head(LINKS), max(0, len(edges) - LINKS), "trace_flow", page.words("trace.graph"), page)


def _flow(edges: pd.DataFrame, left_out: int, key: str, title: str, page: Page) -> None:
    words, formats = page.words, page.formats
    links = edges[edges["caller_kind"] != ""]
    if links.empty:
        panels.section(title, (words("agents.flow_help"),), words("agents.flow_none"))
        return
    figure = figures.flow(
        edges, kinds={kind: words(f"agents.kind_{kind}") for kind in KINDS},
        node_label=lambda node: _node(node, page), edge_label=lambda edge: _link(edge, page),
        percent=formats.percent, count=formats.count,
    )  # fmt: skip
    definition = [words("agents.flow_help")]
    if left_out:
        definition.append(words("agents.flow_left_out", n=formats.count(left_out)))
    described = "; ".join(_link(row, page).replace("\n", ", ") for row in records(links))
    panels.chart(
        figure, key, title=title, description=f"{title}. {described}", definition=tuple(definition),
        words=words, zone=page.scope.zone, height=int(figure.layout["height"]),
    )  # fmt: skip


def _node(node: Any, page: Page) -> str:
    words, formats = page.words, page.formats
    kind = words(f"agents.kind_{node['kind']}")
    lines = [f"{name(node['name'], page)} ({kind})", words("agents.calls", n=formats.count(node["calls"]))]
    if node["errors"]:
        share = formats.percent(node["errors"] / node["calls"])
        lines.append(words("agents.errors", n=formats.count(node["errors"]), share=share))
    return "\n".join(lines)


def _link(edge: Any, page: Page) -> str:
    words, formats = page.words, page.formats
    lines = [
        f"{name(edge['caller'], page)} → {name(edge['node'], page)}",
        words("agents.calls", n=formats.count(edge["calls"])),
    ]
    if edge["errors"]:
        share = formats.percent(edge["errors"] / edge["calls"])
        lines.append(words("agents.errors", n=formats.count(edge["errors"]), share=share))
    if edge["blocked"]:
        lines.append(words("agents.blocked", n=formats.count(edge["blocked"])))
    if edge["loops"]:
        lines.append(words("agents.loops", n=formats.count(edge["loops"])))
    if edge["n"] >= metrics.ENOUGH:
        lines.append(words("agents.p95", duration=formats.duration(edge["p95_s"])))
    return "\n".join(lines)
