"""From the start of the process to the first page: imports, listening, the first view.

    python bench/start.py [--runs 5] [--imports 15]

Against a bare Streamlit page (``floor.py``) started in the same way, in turn. `--imports` also lists the
modules that take longest to import, by their own time.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from servers import ROOT, dashboard, demo, floor
from viewer import Viewer

Start = Callable[[], AbstractContextManager[tuple[str, int]]]


def started(start: Start, query: str) -> tuple[float, float]:
    """Seconds until the server answers, and until a first viewer has the page."""
    begun = time.perf_counter()
    with start() as (address, _):
        listening = time.perf_counter() - begun
        asyncio.run(_view(address + query))
        return listening, time.perf_counter() - begun


async def _view(address: str) -> None:
    async with Viewer(address) as viewer:
        await viewer.run()


def imports(most: int) -> list[tuple[float, str]]:
    """Milliseconds of a module's own import, the slowest of all that the server imports."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import app"], cwd=ROOT, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    found = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", run.stderr)
    return sorted(((int(us) / 1000, name) for us, name in found), reverse=True)[:most]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--imports", type=int, default=0)
    options = parser.parse_args()
    with demo() as upstream, tempfile.TemporaryDirectory() as folder:
        sides: dict[str, tuple[Start, str]] = {
            "dashboard": (lambda: dashboard(upstream, folder), "/?lang=en"),
            "bare Streamlit": (floor, "/?charts=3&metrics=7&rows=25&points=49"),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for run in range(options.runs + 1):
            for name in list(sides)[:: 1 if run % 2 else -1]:
                times = started(*sides[name])
                if run:  # the first start also reads the files from the disk
                    took[name].append(times)
    print("| | answers after s | first page after s |\n|---|--:|--:|")
    for name, times in took.items():
        listening, page = (statistics.median(values) for values in zip(*times, strict=True))
        print(f"| {name} | {listening:.2f} | {page:.2f} |")
    for ms, name in imports(options.imports):
        print(f"{ms:8.1f} ms  {name}")


if __name__ == "__main__":
    main()
