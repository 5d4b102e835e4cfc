"""Who calls whom, over all traces of a range: services, agents, tools, models, guardrails as one graph."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from dashboard.components.plain import plain

from . import palette
from .figure import Figure, Properties
from .flow_curves import curve
from .flow_layout import FlowLayout, Point, flow_layout
from .names import lines, shortened
from .template import canvas
from .windowed import Format

#: Kind → colour, shape and letter of its nodes.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "service": (palette.UNKNOWN, "square", "S"),
    "agent": (palette.VIOLET, "circle", "A"),
    "model": (palette.BLUE, "diamond", "M"),
    "tool": (palette.BROWN, "square", "T"),
    "guardrail": (palette.AMBER, "hexagon", "G"),
}
_QUIET = (128, 138, 155)  # an edge without errors; shows on both themes
_RED = (220, 38, 38)
_NAME_LETTERS = 20
_GAP = (None, None)
#: The sign alone is red: red words are hard to read on one of the two themes.
_CROSS = f"<span style='color:{palette.FAILED}'>✕</span>"
_LAYER_PX, _ROW_PX, _NARROW_ROW_PX = 170, 82, 44

Words = Callable[[pd.Series], str]


def flow(
    edges: pd.DataFrame,
    *,
    kinds: Mapping[str, str],
    node_label: Words,
    edge_label: Words,
    percent: Format,
    count: Format,
    rows: bool = False,
) -> Figure:
    """The graph of calls: nodes by kind, edges as wide as they are often used and as red as they fail.

    Clicking tells what was meant: customdata is ``["node", kind, name]`` or
    ``["edge", caller_kind, caller, node_kind, node]``, as recorded. ``layout.height`` is the height
    the figure wants, ``layout.meta["min_width"]`` the width below which it scrolls.

    Args:
        edges: columns of :func:`flow_layout` and ``blocked``, ``loops`` (numbers of calls).
        kinds: kind → its name, for the legend; nodes of a kind without one are drawn as services.
        node_label, edge_label: what the hover says, as recorded, lines separated by line breaks; given
            a row of ``FlowLayout.nodes`` or of ``FlowLayout.edges``.
        percent, count: turn a share from 0 to 1 and a number into text.
        rows: a row for each node, for narrow screens; see :func:`flow_layout`.
    """
    layout = flow_layout(edges, rows=rows)
    figure = canvas()
    curves = [
        curve(path, form, rows=rows) for path, form in zip(layout.paths, layout.edges["form"], strict=True)
    ]
    edge_traces, edge_notes = _edges(layout, curves, edge_label=edge_label, count=count, rows=rows)
    node_traces, node_notes = _nodes(layout, kinds, node_label=node_label, percent=percent, rows=rows)
    figure.data = [*edge_traces, *node_traces]
    hidden = {
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "fixedrange": True,
        "ticks": "",
        "showline": False,
        "showspikes": False,
    }
    beside = 0.35 if rows else 0.5
    figure.update_layout(
        annotations=[*edge_notes, *node_notes],
        hovermode="closest",
        hoverdistance=14,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        height=round(layout.height * (_NARROW_ROW_PX if rows else _ROW_PX)) + 70,
        meta={"min_width": 320 if rows else round(layout.width * _LAYER_PX)},
        # In rows, names stand to the right of their nodes and need the room that layers leave there.
        xaxis={
            **hidden,
            "range": [-beside, 2 * max(layout.width - 1, 1) + 0.4 if rows else layout.width - 0.5],
        },
        yaxis={**hidden, "range": [layout.height - 0.35, -0.75]},
    )
    return figure


def _edges(
    layout: FlowLayout,
    curves: Sequence[Sequence[Point]],
    *,
    edge_label: Words,
    count: Format,
    rows: bool,
) -> tuple[list[Properties], list[Properties]]:
    """Traces and notes of the edges."""
    notes: list[Properties] = []
    most = float(layout.edges["calls"].max()) if len(layout.edges) else 1.0
    # Edges that look alike are one trace: plotly takes milliseconds for each.
    looks: defaultdict[tuple[str, float, str], list[Sequence[Point]]] = defaultdict(list)
    xs, ys, told, said = [], [], [], []
    for (_, edge), line in zip(layout.edges.iterrows(), curves, strict=True):
        share = edge["errors"] / edge["calls"] if edge["calls"] else 0.0
        blocked = edge["blocked"] > 0
        middle = len(line) // 2
        width = 1 + round(10 * math.log1p(edge["calls"]) / math.log1p(max(most, 1.0))) / 2
        looks[palette.FAILED if blocked else _tinted(share), width, "dash" if blocked else "solid"].append(
            line
        )
        words = (
            [f"↻ {plain(count(edge['loops']))}"] if edge["form"] != "forward" and edge["loops"] > 0 else []
        )
        words += [f"{_CROSS} {plain(count(edge['blocked']))}"] if blocked else []
        if words:
            x, y = line[middle]
            notes.append(dict(
                x=x, y=y, text=" ".join(words), showarrow=False, font={"size": 12},
                **({"xanchor": "left", "xshift": 9} if rows else {"yshift": 12}),
            ))  # fmt: skip
        meant = ["edge", *(edge[c] for c in ("caller_kind", "caller", "node_kind", "node"))]
        label = lines(edge_label(edge))
        for part in range(1, 6):
            x, y = line[round((len(line) - 1) * part / 6)]
            xs.append(x)
            ys.append(y)
            told.append(meant)
            said.append(label)
    targets = {
        "type": "scatter", "x": xs, "y": ys, "mode": "markers", "marker": {"size": 12, "opacity": 0},
        "showlegend": False, "customdata": told, "text": said, "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    return [*(_look_alikes(*look, found) for look, found in looks.items()), targets], notes


def _look_alikes(colour: str, width: float, dash: str, found: Sequence[Sequence[Point]]) -> Properties:
    """Lines of one look with an arrow in the middle of each, as one trace."""
    points = [
        (*point, 11 if i == len(line) // 2 else 0) for line in found for i, point in enumerate([*line, _GAP])
    ]
    return {
        "type": "scatter",
        "x": [x for x, _, _ in points],
        "y": [y for _, y, _ in points],
        "mode": "lines+markers",
        "line": {"color": colour, "width": width, "dash": dash, "backoff": 0},
        "marker": {
            "symbol": "arrow", "angleref": "previous", "color": colour, "opacity": 1,
            "size": [size for _, _, size in points], "line": {"width": 0},
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }  # fmt: skip


def _nodes(
    layout: FlowLayout,
    kinds: Mapping[str, str],
    *,
    node_label: Words,
    percent: Format,
    rows: bool,
) -> tuple[list[Properties], list[Properties]]:
    """Traces and notes of the nodes."""
    traces: list[Properties] = []
    notes: list[Properties] = []
    known = layout.nodes["kind"].where(layout.nodes["kind"].isin([k for k in KINDS if k in kinds]), "service")
    for kind, (colour, symbol, letter) in KINDS.items():
        nodes = layout.nodes[known == kind]
        if nodes.empty:
            continue
        shares = (nodes["errors"] / nodes["calls"]).where(nodes["calls"] > 0, 0.0).fillna(0.0)
        size = 30 if symbol == "diamond" else 26
        # A red rim of its own, because a rim of the nodes would also stand in the legend.
        failing = nodes[shares > 0]
        traces.append(
            {
                "type": "scatter",
                "x": failing["x"].tolist(),
                "y": failing["y"].tolist(),
                "mode": "markers",
                "marker": {
                    "symbol": symbol, "color": palette.FAILED, "opacity": 1, "line": {"width": 0},
                    "size": [round(size + 4 + 8 * share, 2) for share in shares[shares > 0]],
                },
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )  # fmt: skip
        traces.append(
            {
                "type": "scatter",
                "x": nodes["x"].tolist(),
                "y": nodes["y"].tolist(),
                "mode": "markers+text",
                "name": f"{letter} {plain(kinds.get(kind, kind))}",
                "marker": {
                    "symbol": symbol,
                    "size": size,
                    "color": colour,
                    "opacity": 1,
                    "line": {"width": 0},
                },
                "text": [f"<b>{letter}</b>"] * len(nodes),
                "textposition": "middle center",
                "textfont": {"color": "#FFFFFF", "size": 14},
                "customdata": [["node", k, n] for k, n in zip(nodes["kind"], nodes["name"], strict=True)],
                "hovertext": [lines(node_label(node)) for _, node in nodes.iterrows()],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
        for (_, node), share in zip(nodes.iterrows(), shares, strict=True):
            failed = f"{_CROSS} {plain(percent(share))}" if share > 0 else ""
            parts = [shortened(node["name"], _NAME_LETTERS), *([failed] if failed else [])]
            notes.append(dict(
                x=node["x"], y=node["y"], showarrow=False,
                font={"size": 12},
                text=(" " if rows else "<br>").join(parts),
                **({"xanchor": "left", "xshift": 21} if rows else {"yanchor": "top", "yshift": -15}),
            ))  # fmt: skip
    return traces, notes


def _tinted(share: float) -> str:
    """Grey to red by share of errors; a small share must already show."""
    strength = 0.0 if share <= 0 else max(0.2, round(2 * min(0.5, share), 1))
    mixed = [round(q + (r - q) * strength) for q, r in zip(_QUIET, _RED, strict=True)]
    return f"rgba({mixed[0]}, {mixed[1]}, {mixed[2]}, {0.55 + 0.35 * strength:.3g})"
