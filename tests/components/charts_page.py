"""The page that the browser tests of the chart drive; query parameters choose what it holds.

``charts`` lines (default 1) · ``kind`` line, bar, area, heatmap, pie, hostile, points · ``group`` name ·
``every`` seconds between refreshes with new data (0: only the button) · ``lang`` en or ko ·
``grow`` one more chart with each refresh · ``select``, ``range`` "rerun" to report ·
``revision`` the figure's uirevision
"""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard.components.chart_view import render_chart
from dashboard.components.plain import plain

START = np.datetime64("2026-01-01T00:00:00")
HOSTILE = [
    '<img src=x onerror="window.hacked=1">',
    '<a href="javascript:window.hacked=1">click</a>',
    "$\\alpha$",
    "%{x}",
    "&lt;b&gt;",
    "<b>bold</b>",
]


def line(index: int, run: int, points: int = 500) -> go.Figure:
    x = START + np.arange(points) * np.timedelta64(60, "s")
    noise = np.random.default_rng([index, run]).normal(0, 3, points).cumsum()
    figure = go.Figure(
        [
            go.Scatter(x=x, y=100 + noise, mode="lines", name="cost", line={"color": "#5B8FF9"}),
            go.Scatter(x=x, y=80 - noise, mode="lines", name="tokens", line={"color": "#D97706"}),
        ]
    )
    figure.update_layout(hovermode="x unified", margin={"t": 40, "l": 48, "r": 12, "b": 32})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    figure.update_yaxes(title="US dollars")
    return figure


def bars(index: int, run: int) -> go.Figure:
    x = START + np.arange(24) * np.timedelta64(3600, "s")
    rng = np.random.default_rng([index, run])
    figure = go.Figure(
        [
            go.Bar(x=x, y=rng.integers(20, 90, 24), name="success", marker_color="#0F9D8A"),
            go.Bar(x=x, y=rng.integers(0, 20, 24), name="failed", marker_color="#DC2626"),
        ]
    )
    figure.update_layout(barmode="stack", hovermode="x unified", margin={"t": 40, "l": 48, "r": 12, "b": 32})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    return figure


def area(index: int, run: int) -> go.Figure:
    x = START + np.arange(96) * np.timedelta64(900, "s")
    rng = np.random.default_rng([index, run])
    names = {"prompt": "#5B8FF9", "completion": "#D97706", "reasoning": "#7C3AED"}
    figure = go.Figure(
        [
            go.Scatter(
                x=x, y=rng.integers(2000, 9000, 96), name=name, stackgroup="all", line={"color": color}
            )
            for name, color in names.items()
        ]
    )
    figure.update_layout(hovermode="x unified", margin={"t": 40, "l": 56, "r": 12, "b": 32})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    return figure


def heatmap(_index: int, run: int) -> go.Figure:
    return go.Figure(go.Heatmap(z=np.arange(12).reshape(3, 4) + run))


def pie(_index: int, _run: int) -> go.Figure:
    return go.Figure(go.Pie(labels=["success", "failed"], values=[95, 5]))


def hostile(_index: int, _run: int) -> go.Figure:
    texts = [plain(text) for text in HOSTILE]
    figure = go.Figure(
        [
            go.Scatter(
                x=texts,
                y=[number + 1] * len(texts),
                name=text,
                customdata=texts,
                hovertemplate=f"{text} %{{customdata}}",
                mode="lines+markers",
            )
            for number, text in enumerate(texts)
        ]
    )
    figure.update_layout(title=texts[0], hovermode="x unified", margin={"b": 160})
    return figure


def points(_index: int, run: int) -> go.Figure:
    """Single points that stand for something, wider than a phone; the hover is over one of them."""
    figure = go.Figure(
        [
            go.Scatter(
                x=[1, 2, 2.1, 3],
                y=[1, 2, 2.1, 3 + run / 100],
                mode="markers",
                name="first",
                customdata=["a", "b", "b", "c"],
                text=["one", "two", "two", "three"],
                hovertemplate="%{text}<extra></extra>",
            ),
            go.Scatter(x=[0, 4], y=[4, 0], mode="lines", hoverinfo="skip", showlegend=False),
            go.Scatter(
                x=[2.9],
                y=[1],
                mode="markers",
                name="second",
                customdata=[["edge", "d"]],
                text=["four"],
                hovertemplate="%{text}<extra></extra>",
            ),
        ]
    )
    figure.update_layout(hovermode="closest", dragmode="select", meta={"min_width": 700})
    figure.update_xaxes(fixedrange=True, range=[0, 4])
    return figure


KINDS = {"line": line, "bar": bars, "area": area, "heatmap": heatmap, "pie": pie, "hostile": hostile}
KINDS["points"] = points


def page() -> None:
    st.set_page_config(page_title="charts", layout="wide")
    query = st.query_params
    kinds = query.get("kind", "line").split(",")
    count = int(query.get("charts", str(len(kinds))))
    every = float(query.get("every", "0"))
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.button("refresh")
    shown = st.toggle("shown", value=True)
    revision = st.text_input("revision", value=query.get("revision", ""))

    @st.fragment(run_every=every or None)
    def charts() -> None:
        st.session_state.draws = run = st.session_state.get("draws", 0) + 1
        calls: list[object] = st.session_state.setdefault("calls", [])
        events = {}
        columns = st.columns(2) if count > 1 else [st.container()]
        for index in range(count + (run - 1 if "grow" in query else 0)):
            figure = KINDS[kinds[index % len(kinds)]](index, run)
            figure.layout.uirevision = revision or None
            with columns[index % len(columns)]:
                events[index] = render_chart(
                    figure,
                    key=f"chart{index}",
                    height=260,
                    description=f"Chart {index}: two lines",
                    filename=f"chart-{index}",
                    group=query.get("group"),
                    on_select=query.get("select", "ignore"),
                    on_range=calls.append if query.get("range") == "call" else query.get("range", "ignore"),
                    locale=query.get("lang", "en"),
                    zone=query.get("zone", "UTC"),
                    labels={"download": "PNG로 저장"} if query.get("lang") == "ko" else None,
                )
        told = {
            "draws": run,
            "runs": st.session_state.runs,
            "ranges": [event.zoomed_range for event in events.values()],
            "selected": [list(event.selected) for event in events.values()],
            "calls": calls,
        }
        st.html(f'<output id="told">{json.dumps(told)}</output>')

    if shown:
        charts()
    st.text("end of page")


page()
