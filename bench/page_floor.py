"""Each page against a bare Streamlit page of its own size, in Chromium: time, bytes, and a change of range.

    python bench/page_floor.py [--runs 7] [--page cost …] [--markdown]

Demonstration data, upstream's answers known (warm caches of the server, fetching included). A run is a fresh
browser: its first visit is cold, its second warm. The sides take turns, so that noise of the machine falls on
both. Times are taken inside the page, from navigation to the frame in which the last chart, or the last row
of a page without charts, is drawn. *Change* is from another range chosen on the Overview to new charts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Browser, Page
from servers import dashboard, demo, floor

from tests.browser import launch

PLOT = ".js-plotly-plot .cartesianlayer .subplot"
GIVE_UP_S = 60


@dataclass(frozen=True)
class Size:
    """What a page holds: charts of so many points, key figures, tables of so many rows, boxes to choose from
    in the sidebar; and what is visible once all of it is drawn."""

    path: str
    charts: int
    metrics: int
    rows: int
    points: int
    drawn: tuple[tuple[str, int], ...]
    tables: int = 1
    selects: int = 0

    @property
    def floor(self) -> str:
        names = ("charts", "metrics", "rows", "points", "tables", "selects")
        return "?" + "&".join(f"{name}={getattr(self, name)}" for name in names)

    @property
    def floor_drawn(self) -> tuple[tuple[str, int], ...]:
        table = (('[data-testid="stDataFrame"] canvas', self.tables),) if self.rows else ()
        return ((PLOT, self.charts), ('[data-testid="stMetricValue"]', self.metrics), *table)


KPI = ".ao-kpi-value"
ROWS = ".ao-table tbody tr"
#: The Overview's floor is the plainest: one table, nothing to choose from.
SIZES = {
    "overview": Size("", 3, 7, 25, 49, ((PLOT, 3), (KPI, 7), (ROWS, 15))),
    "on_call": Size("on_call", 1, 4, 8, 31, ((PLOT, 1), (".ao-tile", 4)), tables=2, selects=3),
    "traces": Size("traces", 0, 0, 20, 0, ((".ao-list tbody tr", 20),), selects=7),
    "cost": Size("cost", 4, 6, 6, 49, ((PLOT, 4), (KPI, 6)), tables=3, selects=5),
    "performance": Size("performance", 4, 6, 9, 450, ((PLOT, 4), (KPI, 6)), tables=2, selects=5),
    "agents": Size("agents", 1, 0, 8, 49, ((PLOT, 1), (ROWS, 5)), tables=3, selects=5),
    "health": Size("health", 0, 0, 29, 0, ((ROWS, 3),), tables=2, selects=3),
}
WATCH = """wanted => {
  const met = () => wanted.every(([css, n]) => {
    let seen = 0;
    for (const e of document.querySelectorAll(css)) {
      const box = e.getBoundingClientRect();
      if (box.width > 1 && box.height > 1 && ++seen >= n) return true;
    }
    return n === 0;
  });
  const look = () => met() ? (window.__drawn = performance.now()) : requestAnimationFrame(look);
  look();
}"""


class Side:
    """One of the two pages compared."""

    def __init__(self, address: str, drawn: tuple[tuple[str, int], ...]) -> None:
        self.address, self.drawn = address, drawn
        self.ms: dict[str, list[float]] = {"cold": [], "warm": [], "change": []}
        self.kb: dict[str, list[float]] = {"cold": [], "warm": []}

    def run(self, browser: Browser, *, change: Any = None) -> None:
        context = browser.new_context(viewport={"width": 1440, "height": 1800}, bypass_csp=True)
        context.new_page().goto("about:blank")  # the first page of a process pays for starting a renderer
        for visit in ("cold", "warm"):
            page = context.new_page()
            size = [0]
            devtools = context.new_cdp_session(page)
            devtools.send("Network.enable")
            devtools.on(
                "Network.loadingFinished", lambda e, s=size: s.__setitem__(0, s[0] + e["encodedDataLength"])
            )
            devtools.on(
                "Network.webSocketFrameReceived",
                lambda e, s=size: s.__setitem__(0, s[0] + len(e["response"]["payloadData"]) * 3 // 4),
            )
            page.add_init_script(f"({WATCH})({json.dumps(self.drawn)})")
            page.goto(self.address, wait_until="commit")
            self.ms[visit].append(drawn_ms(page, self.address))
            page.wait_for_timeout(400)
            self.kb[visit].append(size[0] / 1000)
            if visit == "warm" and change:
                self.ms["change"].append(change(page))
            page.close()
        context.close()


def drawn_ms(page: Page, address: str) -> float:
    """Milliseconds from navigation to the frame in which all was drawn that `WATCH` looks for."""
    until = time.monotonic() + GIVE_UP_S
    while time.monotonic() < until:
        took = page.evaluate("window.__drawn")
        if took:
            return float(took)
        page.wait_for_timeout(30)
    raise SystemExit(f"{address}: not drawn within {GIVE_UP_S} s")


def ours_changes(page: Page) -> float:
    """Another range, from the choice to the last chart that has it."""
    page.get_by_label("Time range").click()
    option = page.get_by_role("option", name="Last 7 days")
    option.wait_for()
    return float(page.evaluate(CHANGE % ("[role=option]", "Last 7 days", "7d ")))


def floor_changes(page: Page) -> float:
    return float(page.evaluate(FLOOR_CHANGE))


CHANGE = """async () => {
  const pick = [...document.querySelectorAll('%s')].find(e => e.textContent.includes('%s'));
  const begun = performance.now();
  pick.click();
  const plots = () => [...document.querySelectorAll('.js-plotly-plot')];
  while (!(plots().length && plots().every(p => (p.layout?.uirevision ?? '').startsWith('%s'))))
    await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""
FLOOR_CHANGE = """async () => {
  const pick = document.querySelectorAll('[data-testid=stButtonGroup] button')[1];
  const begun = performance.now();
  pick.click();
  const titles = () => [...document.querySelectorAll('.gtitle')];
  while (!(titles().length && titles().every(t => t.textContent.endsWith('v2'))))
    await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""


def compared(name: str, ours: str, bare: str, runs: int) -> str:
    size = SIZES[name]
    a, b = Side(f"{ours}/{size.path}?lang=en", size.drawn), Side(f"{bare}/{size.floor}", size.floor_drawn)
    changes = (ours_changes, floor_changes) if name == "overview" else (None, None)
    for run in range(runs):
        for side, change in ((a, changes[0]), (b, changes[1]))[:: 1 if run % 2 else -1]:
            with launch() as browser:
                side.run(browser, change=change)
    cells = [name]
    for kind in ("cold", "warm", "change"):
        if a.ms[kind]:
            one, other = statistics.median(a.ms[kind]), statistics.median(b.ms[kind])
            cells += [f"{one:.0f}", f"{other:.0f}", f"**{one / other:.2f}**"]
        else:
            cells += ["–", "–", "–"]
    one, other = statistics.median(a.kb["cold"]), statistics.median(b.kb["cold"])
    cells += [f"{one:.0f}", f"{other:.0f}", f"**{one / other:.2f}**" if size.charts else f"{one / other:.2f}"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--page", action="append", choices=sorted(SIZES))
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        demo() as upstream,
        dashboard(upstream, folder) as (ours, _),
        floor() as (bare, _),
    ):
        _until_read(ours)
        heads = (f"{what} | floor | ratio" for what in ("cold ms", "warm ms", "change ms", "cold kB"))
        print(f"| page | {' | '.join(heads)} |")
        print("|---|" + "--:|" * 12)
        for name in options.page or SIZES:
            print(compared(name, ours, bare, options.runs), flush=True)


def _until_read(ours: str) -> None:
    """Waits for the archive to hold the day: until then pages have other figures to draw."""
    with launch() as browser:
        page = browser.new_page()
        page.goto(f"{ours}/?lang=en")
        page.locator(".ao-coverage.complete, .ao-coverage.reading").first.wait_for(timeout=120_000)
        until = time.monotonic() + 240
        while time.monotonic() < until and not page.locator(".ao-kpi-value", has_text="from spans").count():
            if "from spans" in page.locator("body").inner_text():
                return
            page.wait_for_timeout(1000)


if __name__ == "__main__":
    main()
