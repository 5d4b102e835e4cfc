"""The page that the browser tests of the waterfall drive.

``spans`` how many of the generated kinds · ``kind`` small, many, equal, hostile, deep · ``lang`` en or ko ·
``height``. Below the waterfall stand the figures of the run, a button that selects, and one that reruns.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.waterfall_view import LABELS, render_waterfall
from dashboard.text import Words
from dashboard.waterfall import waterfall

START = pd.Timestamp("2026-11-01T12:00:00")
HOSTILE = [
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "javascript:window.hacked=1",
    "safe\u202egnp.exe",
    "\x00\x1b[31mred\nline",
    "[click](javascript:window.hacked=1)",
    "long" * 300,
    "",
]


def spans(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A span table of these; what they leave out is blank."""
    blank = {
        "parent_id": "", "name": "work", "kind": "task", "model": "", "tool": "", "agent": "", "status": "OK",
        "total_tokens": None, "reported_usd": None, "estimated_usd": None, "cost_source": "none",
        "duplicate": False,
    }  # fmt: skip
    table = pd.DataFrame([{**blank, "self_s": row["duration_s"], **row} for row in rows])
    table["started_at"] = START + pd.to_timedelta(table.pop("at"), unit="s")
    for name in ("reported_usd", "estimated_usd"):
        table[name] = table[name].astype("float64")
    return table.astype({"total_tokens": "Int64"})


def row(span_id: str, parent: str, at: float, duration_s: float, **more: Any) -> dict[str, Any]:
    return {"span_id": span_id, "parent_id": parent, "at": at, "duration_s": duration_s, **more}


def small() -> list[dict[str, Any]]:
    priced = {"kind": "llm", "model": "gpt-4o", "total_tokens": 1500, "cost_source": "reported"}
    return [
        row("root", "", 0, 20, name="support.session", kind="session", self_s=0.5),
        row("agent", "root", 0, 12, name="triage.agent", kind="agent", agent="triage", self_s=2.0),
        row("plan", "agent", 0.5, 3, name="openai.chat.completion", reported_usd=0.0123, **priced),
        row("search", "agent", 4, 2, name="search.tool", kind="tool", tool="search", status="ERROR"),
        row("again", "agent", 6, 2, name="search.tool", kind="tool", tool="search"),
        row("answer", "agent", 8, 4, name="openai.chat.completion", reported_usd=0.02, **priced),
        row("flow", "root", 15, 5, name="report.workflow", kind="workflow", self_s=1.0),
        row("guard", "flow", 15, 0.2, name="guardrail", kind="guardrail"),
        row("write", "flow", 15.5, 4, name="write.task", kind="task", self_s=1.0),
        row("estimate", "write", 16, 3, name="litellm_request", kind="llm", model="local/llama",
            total_tokens=900, estimated_usd=0.0009, cost_source="estimated"),
        row("raw", "estimate", 16.1, 2.5, name="raw_gen_ai_request", kind="other"),
        row("lost", "gone", 18, 1, name="late.task", kind="task"),
    ]  # fmt: skip


def many(count: int) -> list[dict[str, Any]]:
    chance = random.Random(count)
    kinds = ["llm", "tool", "task", "agent", "workflow", "guardrail"]
    rows = [row("s0", "", 0, 600, name="batch.session", kind="session")]
    for i in range(1, count):
        above = rows[chance.randrange(max(0, i - 40), i)] if chance.random() < 0.8 else rows[0]
        at = above["at"] + chance.random() * above["duration_s"]
        lasts = (above["at"] + above["duration_s"] - at) * chance.random()
        kind = chance.choice(kinds)
        status = "ERROR" if chance.random() < 0.02 else "OK"
        rows.append(row(f"s{i}", above["span_id"], at, lasts, name=f"{kind}.{i}", kind=kind, status=status))
    return rows


def equal(count: int) -> list[dict[str, Any]]:
    calls = [
        row(f"c{i}", "s0", i, 1, name="openai.chat.completion", kind="llm", status="ERROR" if i < 3 else "OK")
        for i in range(count)
    ]
    return [row("s0", "", 0, count, name="batch.session", kind="session"), *calls]


def hostile() -> list[dict[str, Any]]:
    return [row("h", "", 0, 10, name=HOSTILE[0], kind=HOSTILE[0])] + [
        row(f"h{i}", "h", i, 1, name=name, kind="llm", model=name) for i, name in enumerate(HOSTILE)
    ]


def deep(count: int) -> list[dict[str, Any]]:
    return [row(f"d{i}", f"d{i - 1}" if i else "", i, count - i, name=f"level {i}") for i in range(count)]


st.set_page_config(page_title="waterfall", layout="wide")
query = st.query_params
count = int(query.get("spans", "60"))
makers = {
    "small": small,
    "hostile": hostile,
    "many": lambda: many(count),
    "equal": lambda: equal(count),
    "deep": lambda: deep(count),
}
fall = waterfall(spans(makers[query.get("kind", "small")]()))
words = Words(query.get("lang", "en"))
runs = st.session_state.runs = st.session_state.get("runs", 0) + 1
events = render_waterfall(
    fall.rows,
    key="fall",
    height=int(query.get("height", "520")),
    description="Spans of the trace.",
    selected=st.session_state.get("span"),
    locale=words.language,
    labels={name: words(f"waterfall.{name}") for name in LABELS},
)
st.session_state.span = events.selected
st.html(f'<output id="told">{json.dumps({"runs": runs, "selected": events.selected})}</output>')


def select(span_id: str | None) -> None:
    st.session_state.span = span_id


st.button("rerun")
st.button("select raw", on_click=select, args=("raw",))
st.button("select nothing", on_click=select, args=(None,))
