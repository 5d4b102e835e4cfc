"""1, 10 and 50 open sessions that refresh every 10 s, against a bare Streamlit page under the same load.

    python bench/viewers.py [--sessions 1 10 50] [--seconds 60] [--whole]
    python bench/viewers.py --sessions 20 --seconds 3600 --soak       does the memory grow?

Demonstration data with its live traffic. A refresh is what the page's countdown asks for, a fragment; with
--whole a run of the whole page, as a reload of it costs. The bare page has no fragment. Memory is that of the
server's process; a session's is what the process grew by while the sessions were opened.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from servers import dashboard, demo, floor
from viewer import Viewer

EVERY_S = 10.0
OVERVIEW, BARE = "/?lang=en", "/?charts=3&metrics=7&rows=25&points=49"


@dataclass
class Load:
    """What some sessions cost: seconds of each run, CPU seconds a refresh, memory in MB."""

    first_s: list[float] = field(default_factory=list)
    refresh_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    before_mb: float = 0.0
    opened_mb: float = 0.0
    after_mb: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


async def loaded(address: str, pid: int, *, sessions: int, seconds: float, whole: bool = False) -> Load:
    """Opens so many sessions, refreshes each every ten seconds, evenly spread, and closes them."""
    load, process = Load(), psutil.Process(pid)
    load.before_mb = memory_mb(process)
    opened, may_end = asyncio.Barrier(sessions + 1), asyncio.Event()
    begun_s = [0.0]

    async def session(number: int) -> None:
        await asyncio.sleep(number * EVERY_S / sessions)
        async with Viewer(address) as viewer:
            load.first_s.append(await viewer.run())
            await opened.wait()
            following = begun_s[0] + EVERY_S * (1 + number / sessions)
            while following < begun_s[0] + EVERY_S + seconds:
                await asyncio.sleep(max(0.0, following - time.perf_counter()))
                load.refresh_s.append(await (viewer.run() if whole else viewer.refresh()))
                following += EVERY_S
            load.complaints += viewer.complaints
            await may_end.wait()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(session(number)) for number in range(sessions)]
        begun_s[0] = time.perf_counter() + EVERY_S
        await opened.wait()
        begun_s[0] = time.perf_counter()
        load.opened_mb = memory_mb(process)
        used_s = cpu_s(process)
        while time.perf_counter() < begun_s[0] + EVERY_S + seconds:
            await asyncio.sleep(min(60.0, seconds))
            load.after_mb.append(memory_mb(process))
        load.cpu_s = (cpu_s(process) - used_s) / max(1, len(load.refresh_s))
        may_end.set()
        await asyncio.gather(*tasks)
    return load


def memory_mb(process: psutil.Process) -> float:
    """Of the server; it may be a child of the command that started it."""
    return sum(float(p.memory_info().rss) for p in (process, *process.children())) / 1e6


def cpu_s(process: psutil.Process) -> float:
    times = [p.cpu_times() for p in (process, *process.children())]
    return sum(t.user + t.system for t in times)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--whole", action="store_true", help="run whole pages instead of refreshing them")
    parser.add_argument(
        "--soak", action="store_true", help="the dashboard alone, its memory minute by minute"
    )
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        demo() as upstream,
        dashboard(upstream, folder) as ours,
        floor() as bare,
    ):
        asyncio.run(loaded(ours[0] + OVERVIEW, ours[1], sessions=1, seconds=90))  # the archive has been read
        asyncio.run(loaded(bare[0] + BARE, bare[1], sessions=1, seconds=10))
        if options.soak:
            load = asyncio.run(
                loaded(ours[0] + OVERVIEW, ours[1], sessions=options.sessions[0], seconds=options.seconds)
            )
            print(f"{len(load.refresh_s)} refreshes, p95 {1000 * p95(load.refresh_s):.0f} ms")
            print("MB, minute by minute: " + " ".join(f"{mb:.0f}" for mb in [load.opened_mb, *load.after_mb]))
            print(f"complaints: {load.complaints or 'none'}")
            return
        print(
            "| sessions | refresh p50 | p95 | floor p50 | p95 "
            "| CPU ms a refresh | floor | MB a session | floor |"
        )
        print("|--:|" + "--:|" * 8)
        for sessions in options.sessions:
            sides = [
                asyncio.run(loaded(at, pid, sessions=sessions, seconds=options.seconds, whole=options.whole))
                for at, pid in ((ours[0] + OVERVIEW, ours[1]), (bare[0] + BARE, bare[1]))
            ]
            cells = [str(sessions)]
            for side in sides:
                times = (statistics.median(side.refresh_s), p95(side.refresh_s))
                cells += [f"{1000 * took:.0f} ms" for took in times]
            cells += [f"{1000 * side.cpu_s:.0f}" for side in sides]
            cells += [f"{(side.opened_mb - side.before_mb) / sessions:.2f}" for side in sides]
            print("| " + " | ".join(cells) + " |", flush=True)
            for side in sides:
                if side.complaints:
                    print(f"complaints: {side.complaints[:3]}")


if __name__ == "__main__":
    main()
