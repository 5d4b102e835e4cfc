"""Reads the Overview in Chromium as a person would: key figures, notes, lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from playwright.sync_api import Browser, Page, expect

from tests.browser import ROOT, Watch, running_streamlit
from tests.flow.processes import Lite, until

LIVE_VIEW = "?range=1h&refresh=10&lang=en&tz=UTC"
#: Windows of the close-up.
WINDOW_S = 5
#: The page refreshes every ten seconds; two refreshes and their questions fit easily.
SHOWN_WITHIN_MS = 40_000


@dataclass(frozen=True)
class Figure:
    """One key figure: as shown, the words below it, and the sentences behind its info mark."""

    value: str
    note: str
    definition: tuple[str, ...]

    @property
    def exact(self) -> Decimal:
        """The value with every digit that AgentOps gave."""
        spelled = [d.removeprefix("Exact: ") for d in self.definition if d.startswith("Exact: ")]
        return Decimal(re.sub(r"[$,]", "", spelled[0] if spelled else self.value))


@contextmanager
def overview(chromium: Browser, lite: Lite) -> Iterator[tuple[Page, Watch]]:
    """The dashboard of `lite`, opened in a browser; at the end nothing may have gone wrong in it."""
    env = {"AGENTOPS_API_KEY": lite.api_key, "AGENTOPS_API_ENDPOINT": lite.endpoint}
    with running_streamlit(ROOT / "app.py", env=env) as address:
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        watch = Watch(page, address)
        try:
            page.goto(f"{address}/{LIVE_VIEW}")
            yield page, watch
        finally:
            page.close()


def close_up(page: Page, began: float) -> None:
    """Opens five fixed minutes around `began` (Unix time) in windows of five seconds.

    AgentOps keeps an answer for minutes by its exact bounds, and the live view asks for bounds of whole
    ten seconds as time goes by. Nothing of five seconds was asked before all had arrived.
    """
    start = datetime.fromtimestamp(began // WINDOW_S * WINDOW_S - 200, UTC)
    bounds = {"from": start, "to": start + timedelta(minutes=5)}
    query = "&".join(f"{name}={moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in bounds.items())
    page.goto(f"{page.url.partition('?')[0]}?{query}&bucket={WINDOW_S}s&lang=en&tz=UTC")
    # Lines fill in while windows are still being read; only then is the whole picture there.
    page.wait_for_selector('.ao-pulse-pill[data-status="ok"]', timeout=SHOWN_WITHIN_MS)


def key_figures(page: Page) -> dict[str, Figure]:
    """By label."""
    cards = page.evaluate(
        """() => [...document.querySelectorAll('.ao-kpi')].map(card => {
            const text = name => card.querySelector(name)?.textContent.trim() ?? '';
            const mark = [...card.querySelectorAll('[role=tooltip] span')].map(s => s.textContent);
            return [card.querySelector('.ao-kpi-label').firstChild.textContent.trim(),
                    text('.ao-kpi-value'), text('.ao-kpi-note'), mark];
        })"""
    )
    return {label: Figure(value, note, tuple(mark)) for label, value, note, mark in cards}


def wait_for_figures(page: Page, **wanted: str) -> dict[str, Figure]:
    """Waits until the page shows these values (``cost_per_trace`` is the card *Cost per trace*)."""
    for name, value in wanted.items():
        label = name.capitalize().replace("_", " ")
        card = page.locator(".ao-kpi", has=page.locator(f'.ao-kpi-label:text-matches("^{label}(ⓘ|$)")'))
        expect(card.locator(".ao-kpi-value")).to_have_text(value, timeout=SHOWN_WITHIN_MS)
    return key_figures(page)


def drawn(page: Page, chart: str) -> list[str]:
    """The shapes that the chart under the title beginning with `chart` shows: lines that go somewhere,
    and bars with an area, as SVG paths; waits until there is one.
    """
    what = f"something drawn under {chart!r}"
    return until(lambda: page.evaluate(_DRAWN, chart), within_s=SHOWN_WITHIN_MS / 1000, what=what)


def plotted(page: Page, chart: str) -> dict[str, float]:
    """What the chart under that title holds: the sum of each series, by its name in the legend."""
    return page.evaluate(_PLOTTED, chart)


# Titles and charts alternate on the page, in the same order.
_CHART = """chart => {
    const titles = [...document.querySelectorAll('.ao-chart-title')].map(t => t.textContent);
    const plot = document.querySelectorAll('.js-plotly-plot')[titles.findIndex(t => t.startsWith(chart))];
"""
_DRAWN = (
    _CHART
    + """
    if (!plot) return null;
    const lines = [...plot.querySelectorAll('.scatterlayer .js-line')].filter(line =>
        line.getTotalLength() > 0 && parseFloat(getComputedStyle(line).strokeWidth) > 0);
    const bars = [...plot.querySelectorAll('.barlayer .point path')].filter(bar =>
        bar.getBBox().width > 0 && bar.getBBox().height > 0);
    const paths = [...lines, ...bars].map(path => path.getAttribute('d'));
    return paths.length ? paths : null;
}"""
)
_PLOTTED = (
    _CHART
    + """
    const told = plot._fullData.filter(series => series.hoverinfo !== 'skip'
        && !/^trace \\d+$/.test(series.name));
    return Object.fromEntries(told.map(series =>
        [series.name, Array.from(series.y).reduce((sum, y) => sum + (Number.isFinite(y) ? y : 0), 0)]));
}"""
)
