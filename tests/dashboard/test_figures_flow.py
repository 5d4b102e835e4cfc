"""The flow: callers before what they call, cycles as arcs, and what an edge's look means."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from dashboard import figures
from dashboard.figures import flow_layout
from dashboard.figures.palette import FAILED
from tests.dashboard.figure_frames import HOSTILE, INERT, annotations, checking, trace

flow = checking(figures.flow)

COLUMNS = ["caller_kind", "caller", "node_kind", "node", "calls", "errors", "blocked", "loops"]
KINDS = {"service": "service", "agent": "agent", "model": "model", "tool": "tool", "guardrail": "guard"}
CROSS = f"<span style='color:{FAILED}'>✕</span>"


def calls(*rows: str, **numbers: int) -> pd.DataFrame:
    """Edges from "agent:a>model:m", each with 10 calls unless `numbers` say otherwise."""
    split = [[*a.split(":"), *b.split(":")] for a, b in (row.split(">", 1) for row in rows)]
    values = {"calls": 10, "errors": 0, "blocked": 0, "loops": 0, **numbers}
    return pd.DataFrame(split, columns=COLUMNS[:4]).assign(**values)


def places(edges: pd.DataFrame, *, rows: bool = False) -> dict[str, tuple[float, float]]:
    nodes = flow_layout(edges, rows=rows).nodes
    return {name: (x, y) for name, x, y in zip(nodes["name"], nodes["x"], nodes["y"], strict=True)}


def drawn(edges: pd.DataFrame, **options: Any) -> Any:
    return flow(
        edges, kinds=KINDS, node_label=lambda node: f"{node['name']}\n{node['calls']:g} calls",
        edge_label=lambda edge: f"{edge['caller']} → {edge['node']}", percent=lambda s: f"{100 * s:g} %",
        count=lambda n: f"{n:g}", **options,
    )  # fmt: skip


def line(figure: Any, index: int = 0) -> Any:
    """One edge's line: edges that look alike share a trace, parted by gaps."""
    found = []
    for drawing in (t for t in figure.data if t.mode == "lines+markers"):
        points = list(zip(drawing.x, drawing.y, strict=True))
        while points:
            end = points.index((None, None))
            x, y = zip(*points[:end], strict=True)
            found.append(SimpleNamespace(x=x, y=y, line=drawing.line))
            points = points[end + 1 :]
    return found[index]


# ---- places --------------------------------------------------------------------------------------------


def test_layers_follow_the_longest_path_from_the_start() -> None:
    at = places(calls("service:s>agent:a", "agent:a>tool:t", "tool:t>model:m", "agent:a>model:m"))
    assert {name: x for name, (x, _) in at.items()} == {"s": 0, "a": 1, "t": 2, "m": 3}


def test_nodes_of_one_layer_keep_a_distance_of_one_and_the_caller_stands_in_their_middle() -> None:
    at = places(calls("agent:a>tool:t", "agent:a>tool:u", "agent:a>tool:v"))
    ys = sorted(at[name][1] for name in "tuv")
    assert ys == [0, 1, 2]
    assert at["a"] == (0, 1)


def test_the_order_within_a_layer_avoids_crossings() -> None:
    at = places(calls("agent:a>tool:z", "agent:b>tool:y", "agent:c>tool:x"))
    assert at["a"][1] == at["z"][1]
    assert at["b"][1] == at["y"][1]
    assert at["c"][1] == at["x"][1]


def test_a_cycle_is_opened_at_the_link_that_leads_back_to_where_the_walk_came_from() -> None:
    edges = calls("service:s>agent:a", "agent:a>agent:b", "agent:b>agent:a", "agent:b>agent:b")
    assert flow_layout(edges).edges["form"].tolist() == ["forward", "forward", "back", "self"]
    assert {name: x for name, (x, _) in places(edges).items()} == {"s": 0, "a": 1, "b": 2}


def test_a_cycle_without_a_start_begins_at_an_agent() -> None:
    assert places(calls("tool:t>agent:a", "agent:a>tool:t"))["a"][0] == 0


def test_a_link_over_several_layers_passes_beside_the_nodes_between() -> None:
    layout = flow_layout(calls("service:s>agent:a", "agent:a>model:m", "service:s>model:m"))
    bend = layout.paths[2][1]
    between = next(y for name, y in zip(layout.nodes["name"], layout.nodes["y"], strict=True) if name == "a")
    assert bend[0] == 1
    assert abs(bend[1] - between) >= 0.64


def test_the_same_edges_in_any_order_give_the_same_places() -> None:
    edges = calls("service:s>agent:a", "service:s>agent:b", "agent:a>model:m", "agent:b>model:n")
    assert places(edges) == places(edges.iloc[::-1].reset_index(drop=True))


def test_a_kind_is_part_of_a_node() -> None:
    assert len(flow_layout(calls("agent:x>tool:x")).nodes) == 2


def test_nodes_sum_up_what_arrives() -> None:
    nodes = flow_layout(calls("agent:a>model:m", "agent:b>model:m", errors=2)).nodes.set_index("name")
    assert nodes.loc["m", ["calls", "errors"]].tolist() == [20, 4]
    assert nodes.loc["a", ["calls", "errors"]].tolist() == [0, 0]


def test_what_comes_from_outside_counts_at_its_node_and_is_no_node_itself() -> None:
    layout = flow_layout(calls(":>service:s", ":>agent:a", "service:s>agent:a"))
    assert layout.nodes[["name", "x", "calls"]].values.tolist() == [["s", 0, 10], ["a", 1, 20]]
    assert layout.edges["form"].tolist() == ["forward"]
    assert len(layout.paths) == 1


def test_a_node_that_is_only_called_from_outside_is_drawn() -> None:
    assert trace(drawn(calls(":>model:m")), "M model").x == (0,)


def test_rows_give_each_node_a_row_below_its_caller() -> None:
    at = places(calls("service:s>agent:a", "agent:a>tool:t", "service:s>agent:b"), rows=True)
    assert at == {"s": (0, 0), "a": (1, 1), "t": (2, 2), "b": (1, 3)}


def test_a_chain_longer_than_python_recurses_is_laid_out() -> None:
    edges = calls(*[f"agent:{i}>agent:{i + 1}" for i in range(1500)])
    assert flow_layout(edges).width == 1501


def test_no_edge_is_an_empty_figure() -> None:
    figure = drawn(calls("agent:a>tool:t").iloc[:0])
    assert annotations(figure) == []


# ---- looks ---------------------------------------------------------------------------------------------


def test_kinds_have_shape_letter_and_name() -> None:
    figure = drawn(calls("service:s>agent:a", "agent:a>model:m", "agent:a>tool:t", "agent:a>guardrail:g"))
    looks = {t.name: (t.marker.symbol, t.text[0]) for t in figure.data if t.mode == "markers+text"}
    assert looks == {
        "S service": ("square", "<b>S</b>"),
        "A agent": ("circle", "<b>A</b>"),
        "M model": ("diamond", "<b>M</b>"),
        "T tool": ("square", "<b>T</b>"),
        "G guard": ("hexagon", "<b>G</b>"),
    }


def test_edges_are_as_wide_as_they_are_often_used() -> None:
    edges = calls("agent:a>tool:t", "agent:a>tool:u").assign(calls=[1000, 0])
    assert (line(drawn(edges)).line.width, line(drawn(edges), 1).line.width) == (6, 1)


def test_edges_that_look_alike_are_one_trace_with_an_arrow_each() -> None:
    figure = drawn(calls("agent:a>tool:t", "agent:a>tool:u", "agent:b>tool:u"))
    (alike,) = [t for t in figure.data if t.mode == "lines+markers"]
    assert sorted(alike.marker.size)[-4:] == [0, 11, 11, 11]


def test_failing_edges_turn_red_and_their_node_says_how_many() -> None:
    edges = calls("agent:a>tool:t", "agent:a>tool:u").assign(errors=[0, 5])
    figure = drawn(edges)
    assert line(figure).line.color == "rgba(128, 138, 155, 0.55)"
    assert line(figure, 1).line.color == "rgba(220, 38, 38, 0.9)"
    assert f"u<br>{CROSS} 50 &#37;" in annotations(figure)
    assert "t" in annotations(figure)
    rims = [t for t in figure.data if t.mode == "markers" and t.marker.color == FAILED and len(t.x)]
    assert [list(rim.marker.size) for rim in rims] == [[34]]


def test_blocked_edges_are_dashed_and_counted() -> None:
    figure = drawn(calls("agent:a>guardrail:g", blocked=3))
    assert (line(figure).line.dash, line(figure).line.color) == ("dash", FAILED)
    assert f"{CROSS} 3" in annotations(figure)


def test_loops_are_arcs_and_counted() -> None:
    edges = calls("agent:a>agent:b", "agent:b>agent:a", "agent:b>agent:b").assign(loops=[0, 4, 7])
    figure = drawn(edges)
    assert {"↻ 4", "↻ 7"} <= set(annotations(figure))
    own = line(figure, 2)
    assert own.x[0] == pytest.approx(own.x[-1], abs=0.2)
    assert min(own.y) < own.y[0] - 0.4
    back = line(figure, 1)
    assert max(back.y) > max(back.y[0], back.y[-1]) + 0.3


def test_lines_begin_and_end_at_their_nodes() -> None:
    edges = calls("service:s>agent:a", "agent:a>model:m", "service:s>model:m")
    at = places(edges)
    far = line(drawn(edges), 2)
    assert (far.x[0], far.y[0]) == at["s"]
    assert (far.x[-1], far.y[-1]) == at["m"]


def test_clicking_tells_node_or_edge_as_recorded() -> None:
    figure = drawn(calls(f"agent:a>tool:{HOSTILE}"))
    assert list(trace(figure, "T tool").customdata[0]) == ["node", "tool", HOSTILE]
    edge = next(t for t in figure.data if t.marker.opacity == 0)
    assert [list(told) for told in edge.customdata] == [["edge", "agent", "a", "tool", HOSTILE]] * 5


def test_names_are_text_and_long_ones_are_cut_but_whole_in_the_hover() -> None:
    long = "an agent with a very long name"
    figure = drawn(calls(f"agent:{long}>tool:{HOSTILE}"))
    assert annotations(figure) == ["an agent wi…ong name", INERT]
    assert trace(figure, "T tool").hovertext[0] == f"{INERT}<br>10 calls"
    assert trace(figure, "A agent").hovertext[0].startswith(long)


def test_a_graph_says_how_much_room_it_wants() -> None:
    edges = calls("service:s>agent:a", "agent:a>tool:t", "agent:a>tool:u")
    assert drawn(edges).layout.meta == {"min_width": 510}
    assert drawn(edges, rows=True).layout.meta == {"min_width": 320}
    assert drawn(edges, rows=True).layout.height == 4 * 44 + 70
