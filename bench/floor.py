"""A bare Streamlit page with ready data, as large as one of ours: what a page costs that computes nothing.

    streamlit run bench/floor.py
    http://localhost:8501/?charts=3&metrics=7&rows=25&points=49

`charts` through ``st.plotly_chart`` with `points` each, `metrics` through ``st.metric``, `tables` (1) of
`rows` each, `selects` (0) boxes to choose from in the sidebar.
The segmented control draws all charts anew; their titles then end in " v2".
"""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import streamlit as st

T0 = dt.datetime(2026, 11, 1)  # noqa: DTZ001 - plotly and tables want naive ones


@st.cache_resource(show_spinner=False)
def series(points: int, chart: int) -> tuple[list[str], list[float]]:
    xs = [(T0 + dt.timedelta(minutes=30 * i)).isoformat() for i in range(points)]
    return xs, [
        round(100 + 20 * math.sin((i + chart) / 4) + (i * 7919 + chart) % 13, 3) for i in range(points)
    ]


@st.cache_resource(show_spinner=False)
def table(rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trace": [f"trace-{i:08x}" for i in range(rows)],
            "started": pd.date_range(T0, periods=rows, freq="min"),
            "duration_ms": [(i * 7919) % 9000 for i in range(rows)],
            "tokens": [(i * 104729) % 20000 for i in range(rows)],
            "cost": [round((i * 31) % 200 / 100, 5) for i in range(rows)],
            "status": ["error" if i % 4 == 3 else "ok" for i in range(rows)],
        }
    )


def main() -> None:
    st.set_page_config(page_title="floor", layout="wide")
    asked = st.query_params
    charts, metrics, rows, points = (
        int(asked.get(name, default))
        for name, default in (("charts", 3), ("metrics", 7), ("rows", 25), ("points", 49))
    )
    tables, selects = int(asked.get("tables", 1)), int(asked.get("selects", 0))
    for i in range(selects):
        st.sidebar.selectbox(f"choice {i}", [f"option {n}" for n in range(6)], key=f"s{i}")
    version = st.segmented_control("version", ["1", "2"], default="1", required=True, key="version")
    columns = st.columns(4)
    for i in range(metrics):
        columns[i % 4].metric(f"metric {i}", f"{1000 + 37 * i}", f"{i - 3}%")
    sides = st.columns(2)
    for i in range(charts):
        xs, ys = series(points, i + 100 * int(version))
        figure = {
            "data": [{"type": "scatter", "mode": "lines", "x": xs, "y": ys, "name": f"s{i}"}],
            "layout": {"title": {"text": f"chart {i} v{version}"}, "height": 280, "xaxis": {"type": "date"}},
        }
        sides[i % 2].plotly_chart(figure, key=f"c{i}")
    for i in range(tables if rows else 0):
        st.dataframe(table(rows), hide_index=True, key=f"table{i}")
    st.text(f"end v{version}")


main()
