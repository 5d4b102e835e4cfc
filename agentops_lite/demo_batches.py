"""The demonstration's batches: the nightly one that takes minutes, and one with a thousand tool calls."""

from __future__ import annotations

from agentops_lite.demo_faults import Fault
from agentops_lite.demo_scripts import model_call, seconds, session
from agentops_lite.demo_trace import MS, TraceBuilder


def nightly(build: TraceBuilder, start: int, pace: float, fault: Fault | None, *, steps: int = 14) -> None:
    """A batch that runs for many minutes; with 40 steps, for half an hour."""
    rng = build.rng
    root, flow = build.new_id(), build.new_id()
    at = start + MS
    for step in range(steps):
        at = build.entity(
            "task",
            f"load_part_{step % 4}",
            parent=flow,
            start=at,
            end=at + seconds(rng, 28, pace),
            given=f"part {step}",
        )
        call = model_call(rng, "gpt-4.1-mini", f"Normalise rows of part {step}", "done", 5200)
        broken = fault if step == steps - 1 else None
        at = build.sdk_call(call, parent=flow, start=at, end=at + seconds(rng, 6, pace), fault=broken)
    build.entity("workflow", "etl", span_id=flow, parent=root, start=start + MS, end=at)
    session(
        build, "nightly-etl", start=start, end=at + MS, root=root, fault=fault, given="daily", result="ok"
    )


def wide(build: TraceBuilder, start: int, *, tools: int = 1040) -> None:
    """One agent that calls a tool a thousand times, ten at once."""
    rng = build.rng
    root, agent = build.new_id(), build.new_id()
    lanes = [start + 2 * MS] * 10
    for number in range(tools):
        lane = number % 10
        lanes[lane] = build.entity(
            "tool",
            "embed_chunk",
            parent=agent,
            start=lanes[lane],
            end=lanes[lane] + seconds(rng, 0.3),
            given=f"chunk {number}",
            result="[…]",
            cost="0.00002",
        )
    end = max(lanes)
    build.entity("agent", "indexer", span_id=agent, parent=root, start=start + MS, end=end)
    session(
        build, "backfill-index", start=start, end=end + MS, root=root, fault=None, given="corpus", result="ok"
    )
