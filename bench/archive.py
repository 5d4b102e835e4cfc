"""What the archive costs: writing, asking, memory and disk, for 30 days of 32,000 traces against 300.

    python bench/archive.py [--traces 32000] [--spans 5]

Synthetic traces of five spans (more with ``--spans``), written in batches of 200 as the follower does,
newest first. Peak memory is that of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from made_traces import DAYS, made_traces

from dashboard.archive import Archive, Listed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BATCH, FEW = 200, 300
QUIET = timedelta(minutes=1)


class Book:
    """Prices that change with their version."""

    def __init__(self, version: str, usd: float) -> None:
        self.version, self.usd, self.as_of = version, usd, date(2026, 11, 1)

    def estimate(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(usd=self.usd, source="estimated")


def fill(folder: Path, traces: int, spans: int) -> dict[str, float]:
    """Write `traces` traces; seconds within ``put`` and peak memory in MB before and after."""
    archive = opened(folder)
    archive.put(
        made_traces(0, min(BATCH, traces), spans, traces, now=NOW)
    )  # also what importing and starting costs
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = 0.0
    for first in range(BATCH, traces, BATCH):
        tidy = made_traces(first, min(BATCH, traces - first), spans, traces, now=NOW)
        begun = time.perf_counter()
        archive.put(tidy)
        spent += time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    archive.close()
    return {"put_s": spent, "before_mb": before, "peak_mb": peak}


def opened(folder: Path) -> Archive:
    return Archive.open(folder, endpoint="http://bench", project_id="bench", book=Book("1", 0.01))


def median_ms(work: Callable[[], Any], times: int = 7) -> float:
    work()
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent)


TYPICAL = """SELECT date_trunc('day', started_at) AS day, model, count(*), sum(total_tokens),
    CAST(sum(coalesce(reported_usd, 0) + coalesce(estimated_usd, 0)) AS DOUBLE),
    quantile_cont(duration_s, 0.95)
    FROM spans WHERE started_at >= ? AND started_at < ? AND kind = 'llm' AND NOT duplicate GROUP BY ALL"""


def ask(archive: Archive) -> dict[str, float]:
    """Milliseconds of questions over the 30 days, and of what the follower does all the time."""
    start, naive = NOW - timedelta(days=DAYS), NOW.replace(tzinfo=None)

    def aggregate() -> None:
        with archive.reading() as db:
            db.execute(TYPICAL, [naive - timedelta(days=DAYS), naive]).fetchall()

    hour = NOW - timedelta(hours=2)
    listed = [Listed(f"{i:032x}", hour, hour + timedelta(seconds=9), 5) for i in range(100)]
    return {
        "aggregate by day and model": median_ms(aggregate),
        "coverage of 30 days": median_ms(lambda: archive.coverage(start, NOW, now=NOW, quiet=QUIET)),
        "coverage of an hour": median_ms(
            lambda: archive.coverage(hour, hour + timedelta(hours=1), now=NOW, quiet=QUIET)
        ),
        "note a sweep of 100": median_ms(
            lambda: archive.note_sweep(hour, hour + timedelta(hours=1), NOW, listed)
        ),
        "what is pending": median_ms(lambda: archive.pending(start, NOW, now=NOW, quiet=QUIET, limit=100)),
        "opening a cursor": median_ms(lambda: archive.reading().__enter__()),
    }


def in_process(mode: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, __file__, f"--{mode}", *map(str, arguments)]
    answer: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer


def main(traces: int, spans: int) -> None:
    with tempfile.TemporaryDirectory() as few_dir, tempfile.TemporaryDirectory() as many_dir:
        in_process("fill", few_dir, FEW, spans)
        cost = in_process("fill", many_dir, traces, spans)
        written = traces - BATCH
        print(f"{traces} traces, {traces * spans} spans, batches of {BATCH}")
        print(
            f"put                     {written / cost['put_s']:8.0f} traces/s,"
            f" {cost['put_s'] / written * BATCH * 1000:.0f} ms a batch"
        )
        first = f"{cost['before_mb']:.0f} MB after the first batch"
        print(f"peak memory             {cost['peak_mb']:8.0f} MB, {first}")
        few, many = opened(Path(few_dir)), opened(Path(many_dir))
        stats = many.stats()
        disk = sum(f.stat().st_size for f in Path(many_dir).iterdir() if f.is_file()) / 1e6
        print(f"on disk                 {disk:8.1f} MB, {disk * 1e6 / stats.spans:.0f} bytes a span")
        fast = ask(few)
        for name, ms in ask(many).items():
            print(f"{name:27s} {ms:6.1f} ms, {ms / fast[name]:4.1f} × that of {FEW} traces")
        again = made_traces(0, BATCH, spans, traces, now=NOW)
        print(f"put a batch again           {median_ms(lambda: many.put(again), 3):6.0f} ms")
        begun = time.perf_counter()
        changed = many.reprice(Book("2", 0.02))
        print(f"reprice                     {(time.perf_counter() - begun) * 1000:6.0f} ms, {changed} spans")
        many.close()
        begun = time.perf_counter()
        half = Archive.open(
            Path(many_dir), endpoint="http://bench", project_id="bench", book=Book("2", 0.02),
            max_mb=disk / 2, max_age=timedelta(days=DAYS + 1),
        )  # fmt: skip
        gone = half.trim(NOW)
        print(f"trim to half of its size    {(time.perf_counter() - begun) * 1000:6.0f} ms, {gone} traces")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        disk_now = sum(f.stat().st_size for f in Path(many_dir).iterdir() if f.is_file()) / 1e6
        print(
            f"then in use {half.size_mb():.1f} MB, on disk {disk_now:.1f} MB; peak of all this {peak:.0f} MB"
        )
        few.close()
        half.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--traces", type=int, default=32_000)
    parser.add_argument("--spans", type=int, default=5)
    parser.add_argument("--fill", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        print(json.dumps(fill(Path(options.fill[0]), int(options.fill[1]), int(options.fill[2]))))
    else:
        main(options.traces, options.spans)
