"""The page that the browser tests of the replay drive.

``kind`` small, brief, many, wide, hostile, single · ``spans`` how many of the generated ones · ``lang`` en or
ko. Below the replay stand what the run was told, buttons that rerun, select, let the trace go on and
change it.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.replay_view import LABELS, SHARED, render_replay
from dashboard.replay import replay
from dashboard.text import Words

START = pd.Timestamp("2026-11-01T12:00:00")
HOSTILE = [
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "safe\u202egnp.exe",
    "\x00\x1b[31mred\nline",
    "long" * 300,
    "",
]


def spans(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A span table of these; what they leave out is blank."""
    blank = {
        "parent_id": "", "name": "work", "kind": "task", "model": "", "tool": "", "agent": "", "status": "OK",
        "total_tokens": None, "prompt_tokens": None, "completion_tokens": None, "reported_usd": None,
        "estimated_usd": None, "cost_source": "none", "duplicate": False,
    }  # fmt: skip
    table = pd.DataFrame([{**blank, **row} for row in rows])
    table["started_at"] = START + pd.to_timedelta(table.pop("at"), unit="s")
    for name in ("reported_usd", "estimated_usd"):
        table[name] = table[name].astype("float64")
    return table.astype(dict.fromkeys(("total_tokens", "prompt_tokens", "completion_tokens"), "Int64"))


def row(span_id: str, parent: str, at: float, duration_s: float, **more: Any) -> dict[str, Any]:
    return {"span_id": span_id, "parent_id": parent, "at": at, "duration_s": duration_s, **more}


def small() -> list[dict[str, Any]]:
    """Seventy seconds, of which a call waits 40 (5–45) and nothing runs for 10 (50–60)."""
    call = {"kind": "llm", "model": "gpt-4o", "name": "openai.chat.completion"}
    return [
        row("root", "", 0, 70, name="support.session", kind="session"),
        row("agent", "root", 0, 50, name="triage.agent", kind="agent", agent="triage"),
        row("plan", "agent", 1, 2, total_tokens=1500, reported_usd=0.01, cost_source="reported", **call),
        row("search", "agent", 3, 2, name="search.tool", kind="tool", tool="search", status="ERROR"),
        row("look", "agent", 4, 1, name="lookup.tool", kind="tool", tool="lookup"),
        row("answer", "agent", 5, 40, total_tokens=2000, reported_usd=0.03, cost_source="reported", **call),
        row("guard", "agent", 45, 5, name="pii.guardrail", kind="guardrail"),
        row("flow", "root", 60, 10, name="report.workflow", kind="workflow"),
        row("write", "flow", 61, 4, name="write.task", kind="task"),
        row("guess", "write", 62, 2, total_tokens=900, estimated_usd=0.002, cost_source="estimated",
            **{**call, "name": "litellm_request", "model": "local/llama"}),
        row("dear", "flow", 66, 2, total_tokens=100, cost_source="unpriced", **{**call, "model": "new"}),
        row("again", "flow", 68, 1, name="search.tool", kind="tool", tool="search", status="ERROR"),
    ]  # fmt: skip


def brief() -> list[dict[str, Any]]:
    """A second and a half: speed 1 is half of real time."""
    return [
        row("root", "", 0, 1.5, name="quick.session", kind="session"),
        row("call", "root", 0.25, 1, name="ask", kind="llm", total_tokens=10, reported_usd=0.5),
    ]


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
        used = {"total_tokens": 100, "reported_usd": 0.0001} if kind == "llm" else {}
        more = {"name": f"{kind}.{i}", "kind": kind, "status": status, **used}
        rows.append(row(f"s{i}", above["span_id"], at, lasts, **more))
    return rows


def wide(count: int) -> list[dict[str, Any]]:
    """So many at once, each begun a hundredth of a second after the one before."""
    calls = [row(f"c{i}", "s0", i / 100, 5, name=f"call {i}", kind="llm") for i in range(count)]
    return [row("s0", "", 0, 6 + count / 100, name="batch.session", kind="session"), *calls]


def hostile() -> list[dict[str, Any]]:
    return [row("h", "", 0, 8, name=HOSTILE[0], kind=HOSTILE[0])] + [
        row(f"h{i}", "h", i, 1, name=name, kind="llm", model=name, status="ERROR")
        for i, name in enumerate(HOSTILE)
    ]


st.set_page_config(page_title="replay", layout="wide")
query = st.query_params
count = int(query.get("spans", "60"))
makers = {
    "small": small,
    "brief": brief,
    "many": lambda: many(count),
    "wide": lambda: wide(count),
    "hostile": hostile,
    "single": lambda: [row("one", "", 0, 0, name="instant", kind="other")],
}
words = Words(query.get("lang", "en"))
runs = st.session_state.runs = st.session_state.get("runs", 0) + 1
kind = st.session_state.get("kind", query.get("kind", "small"))
rows = makers[kind]()
if "longer" in st.session_state:
    rows.append(row("late", "", 70, 30, name="late.task"))
events = render_replay(
    replay(spans(rows)),
    key="film",
    trace=kind,
    description="Replay of the trace.",
    selected=st.session_state.get("span"),
    locale=words.language,
    labels={name: words(f"{'waterfall' if name in SHARED else 'replay'}.{name}") for name in LABELS},
)
if events.chosen is not None:
    st.session_state.span = events.chosen
told = {"runs": runs, "chosen": events.chosen, "selected": st.session_state.get("span")}
st.html(f'<output id="told">{json.dumps(told)}</output>')


def keep(name: str, value: str) -> None:
    st.session_state[name] = value


st.button("rerun")
st.button("select write", on_click=keep, args=("span", "write"))
st.button("it goes on", on_click=keep, args=("longer", "yes"))
st.button("another trace", on_click=keep, args=("kind", "brief"))
