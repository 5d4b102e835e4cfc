"""Does a page take longer when AgentOps holds more? 1k, 10k, 100k and 1M spans of thirty days.

    python bench/scale.py [--spans 10000 100000 1000000] [--runs 5]

Each size has an AgentOps and a dashboard of its own and is timed in turn with 1,000 spans, in Chromium, from
navigation to all that is drawn, answers of upstream known. *First* is a dashboard's very first view, nothing
known and nothing read: the server's time until the page is complete. The mark is a ratio of 1.2.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
import uvicorn
from page_floor import SIZES, Side
from servers import dashboard, process
from viewer import Viewer

from agentops_lite import DEFAULT_PROJECT_ID, LiteConfig, create_app
from agentops_lite.demo import history
from tests.browser import free_port, launch

FEWEST = 1_000
PAGES = ("overview", "on_call")


def made(spans: int) -> Iterator[pa.Table]:
    """Months of demonstration data, one after the other, whole traces of them, until there are so many."""
    now, left, seed = time.time(), spans, 1
    while left > 0:
        month = history(seed, now, DEFAULT_PROJECT_ID, days=30).ended
        ids, which = np.unique(month["trace_id"].to_numpy(zero_copy_only=False), return_inverse=True)
        kept = np.random.default_rng(seed).random(len(ids)) < left / len(month)
        part = month.filter(pa.array(kept[which]))
        yield part
        left, seed = left - len(month), seed + 1


def serve(port: int, spans: int) -> None:
    app = create_app(LiteConfig())
    for part in made(spans):
        app.state.lite.store.add_table(part)
    uvicorn.run(app, port=port, log_level="error")


@contextmanager
def served(spans: int) -> Iterator[tuple[str, float]]:
    """A dashboard on so many spans, once it has read the day: its address, seconds of its first view."""
    port = free_port()
    with (
        process(
            "bench/scale.py", "--serve", port, spans, ready=f"http://127.0.0.1:{port}/health", wait_s=300
        ),
        tempfile.TemporaryDirectory() as folder,
        dashboard(f"http://127.0.0.1:{port}", folder) as (address, _),
    ):
        first_s = asyncio.run(_first_view(f"{address}/?lang=en"))
        _until_quiet(address)
        yield address, first_s


async def _first_view(address: str) -> float:
    async with Viewer(address) as viewer:
        return await viewer.run()


def _until_quiet(address: str, longest_s: float = 240) -> None:
    """Until the day has been read, as the Overview's badge says."""
    with launch() as browser:
        page = browser.new_page()
        for name in PAGES:
            page.goto(f"{address}/{SIZES[name].path}?lang=en")
            page.wait_for_timeout(1500)
        page.goto(f"{address}/?lang=en")
        until = time.monotonic() + longest_s
        while time.monotonic() < until and not page.locator(".ao-coverage.complete").count():
            page.wait_for_timeout(1000)
            if page.locator(".ao-coverage").count() and "too new" in page.locator("body").inner_text():
                return


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spans", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--serve", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
        return
    print("| spans | first view s | page | warm ms | with 1,000 spans | ratio |\n|--:|--:|---|--:|--:|--:|")
    with served(FEWEST) as (few, _):
        for spans in options.spans:
            with served(spans) as (many, first_s):
                for name in PAGES:
                    path = SIZES[name].path
                    # with few spans a day holds too few traces to fill the lists, which are part of neither
                    drawn = tuple(each for each in SIZES[name].drawn if " tr" not in each[0])
                    sides = [Side(f"{at}/{path}?lang=en", drawn) for at in (few, many)]
                    for run in range(options.runs):
                        for side in sides[:: 1 if run % 2 else -1]:
                            with launch() as browser:
                                side.run(browser)
                    a, b = (statistics.median(side.ms["warm"]) for side in sides)
                    row = (f"{spans:,}", f"{first_s:.2f}", name, f"{b:.0f}", f"{a:.0f}", f"**{b / a:.2f}**")
                    print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
