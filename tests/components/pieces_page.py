"""The page that the browser test of tables and their neighbours drives; names in it are hostile."""

from __future__ import annotations

import streamlit as st

from dashboard.panels import (
    Cell,
    Column,
    Reason,
    Side,
    coverage_badge,
    level_cell,
    meter,
    progress_line,
    section,
    side_by_side,
    table,
    trace_cell,
    use_style,
)

HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    '"><script>window.hacked=1</script>',
    "' onmouseover='window.hacked=1' x='",
    '<a href="javascript:window.hacked=1">click</a>',
    "<svg onload=window.hacked=1>",
    "{text} %s \u202egnp.exe\ud800",
)
LONG = "an-agent-with-a-very-long-name-that-no-column-is-wide-enough-for-and-that-goes-on"
COST = ("Reported cost, else an estimate from the price list.", "Unpriced calls are left out.")

st.set_page_config(page_title="pieces", layout="wide")
use_style()

section("Models", ("Every call once.",), "by cost, newest first")
coverage_badge(
    "1,180 of 1,188 traces read; 8 too new",
    "partial",
    ("A trace is read 60 seconds after its last span.",),
    word="partial",
)
progress_line(0.993, "1,180 of 1,188 traces read")
table(
    (
        Column("name", "Model", definition=("As the provider named it in its answer.",)),
        Column("trace", "Example", mono=True),
        Column("calls", "Calls", align="right"),
        Column("share", "Share of cost", align="right", bar=True),
        Column("rate", "Success", align="right"),
        Column("latency", "p95 duration", align="right", definition=("95 % of calls took no longer.",)),
        Column("cost", "Cost, USD", align="right", definition=COST),
    ),
    [
        {
            "name": Cell(name, href=f"?model={i}" if i % 2 else ""),
            "trace": trace_cell(f"{i:x}0f3a9c1d5e7b2468ace013579bdf024", href=f"?trace={i}"),
            "calls": f"{1188 - 97 * i:,}",
            "share": Cell(f"{52.3 / (i + 1):.1f} %", share=0.523 / (i + 1)),
            "rate": level_cell(
                f"{97.2 - 6 * i:.1f} %",
                ("good", "fair", "bad")[min(i // 3, 2)],
                mood=("good", "fair", "bad")[min(i // 3, 2)],
                note=f"of {1188 - 97 * i:,}",
            ),
            "latency": Cell(f"{1.2 + i:.1f} s", exact=f"{1.2341 + i:.4f} s"),
            "cost": Cell(f"${12.34 / (i + 1):.2f}", exact=f"${12.3412 / (i + 1):.6f}"),
        }
        for i, name in enumerate(("gpt-4o-mini", LONG, *HOSTILE, "한국어로 지은 아주 긴 에이전트 이름입니다"))
    ],
    label="Models by cost",
    caption="Top 9 of 34 models",
)

section("Tools")
table(
    (Column("name", "Tool", definition=("A call that ran.",)), Column("calls", "Calls", align="right")),
    [],
    label="Tools by calls",
    empty="No tool was called in this range.",
)

section("Reconciliation", ("Three ways to the same figure.",))
side_by_side(
    (
        Side(
            "AgentOps", "$12.46", ("Its own metrics endpoint.",), exact="$12.460021", difference="reference"
        ),
        Side("Traces", "$12.34", ("Sum over spans.",), difference="−$0.12 (−1.0 %)", mood="fair"),
        Side("Provider", "–", ("Not connected.",), difference="unknown"),
    ),
    (
        Reason("8 traces too new to be read", "$0.09", ("Read within a minute.",)),
        Reason("Calls counted twice by their wrapper", "$0.03"),
    ),
    label="Cost by source",
    title="Why they differ",
)

section("Budget")
meter(
    label="November",
    spent=62.0,
    budget=100.0,
    projected=124.0,
    spent_text="$62.00 spent",
    projected_text="$124.00 expected by 30 November",
    budget_text="$100.00 budget",
    status="over budget if it goes on",
    mood="fair",
)
meter(
    label="Today",
    spent=5.2,
    budget=4.0,
    spent_text="$5.20 spent",
    budget_text="$4.00 budget",
    status="130 % of the budget",
    mood="bad",
)
meter(
    label="Team",
    spent=10.0,
    budget=40.0,
    projected=30.0,
    spent_text="$10.00 spent",
    projected_text="$30.00 expected",
    budget_text="$40.00 budget",
    status="on course",
    mood="good",
)
for state in ("complete", "reading", "waiting", "off"):
    coverage_badge("1,188 traces", state, word=state)
progress_line(None, "reading")
