"""The first view of a dashboard that knows nothing, in round trips to AgentOps more than its next one takes.

    python bench/first_view.py [--late-ms 50 200] [--runs 3]

AgentOps (the embedded one, demonstration data) answers so much later. Each run starts a dashboard, whose
Overview a fresh browser opens, and then another one. *Figures*: key figures and charts are drawn, lines as
far as they are known. *Complete*: the header no longer says that windows are missing. The mark is 1.5.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from page_floor import GIVE_UP_S, KPI, PLOT, WATCH
from playwright.sync_api import Page
from servers import dashboard, demo

from tests.browser import free_port, launch

FIGURES = ((PLOT, 3), (KPI, 7))
COMPLETE = (*FIGURES, (".ao-pulse-pill[data-status=ok]", 1))


@contextmanager
def late(upstream: str, late_s: float) -> Iterator[str]:
    """The address of `upstream` whose bytes arrive that much later; as many at once as before."""
    port = free_port()
    loop = asyncio.new_event_loop()
    served = urlsplit(upstream)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait_s: float) -> None:
        coming: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def write() -> None:
            while True:
                due, part = await coming.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if not part:
                    break
                writer.write(part)
            writer.close()

        writing = asyncio.create_task(write())
        part = b"more"
        while part:
            part = await reader.read(65_536)
            coming.put_nowait((time.monotonic() + wait_s, part))
        await writing

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection(served.hostname, served.port)
        await asyncio.gather(pass_on(reader, behind[1], 0), pass_on(behind[0], writer, late_s))

    def end() -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.call_later(0.1, loop.stop)  # once they have ended

    loop.run_until_complete(asyncio.start_server(connected, "127.0.0.1", port))
    running = threading.Thread(target=loop.run_forever)
    running.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(end)
        running.join()


def seen(address: str) -> tuple[float, float]:
    """Milliseconds from navigation in a fresh browser until figures are there, and until all is."""
    with launch() as browser:
        page = browser.new_context(viewport={"width": 1440, "height": 1800}, bypass_csp=True).new_page()
        for name, wanted in (("figures", FIGURES), ("complete", COMPLETE)):
            watch = WATCH.replace("__drawn", f"__{name}")
            page.add_init_script(f"({watch})({json.dumps(wanted)})")
        page.goto(f"{address}/?lang=en", wait_until="commit")
        return _told(page, "figures"), _told(page, "complete")


def _told(page: Page, name: str) -> float:
    took = page.wait_for_function(f"window.__{name}", timeout=GIVE_UP_S * 1000)
    return float(took.json_value())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--late-ms", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print("| round trip ms | what | first ms | next ms | round trips more |\n|--:|---|--:|--:|--:|")
    with demo() as upstream:
        for late_ms in options.late_ms:
            firsts, nexts = [], []
            for _ in range(options.runs):
                with (
                    late(upstream, late_ms / 1000) as slow,
                    tempfile.TemporaryDirectory() as folder,
                    dashboard(slow, folder, DASHBOARD_ARCHIVE_FOLLOW_HOURS="0") as (address, _),
                ):
                    firsts.append(seen(address))
                    nexts.append(seen(address))
            for place, what in enumerate(("figures", "complete")):
                first, after = (statistics.median(each[place] for each in runs) for runs in (firsts, nexts))
                more = f"**{(first - after) / late_ms:.1f}**"
                print(f"| {late_ms} | {what} | {first:.0f} | {after:.0f} | {more} |", flush=True)


if __name__ == "__main__":
    main()
