"""What the browser itself writes in the reader's language: numbers of a trace, axes, tables of charts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from agentops_lite import LiteConfig, serve
from dashboard.text import Formats, Words
from tests.browser import ROOT
from tests.otlp import llm, send
from tests.pages.test_overview_browser import dashboard

pytestmark = pytest.mark.browser

FORMATS = ROOT / "dashboard" / "components" / "waterfall" / "formats.js"
#: Values at which one rounds up and the other might not: halves, ends of a unit, digits unknown to binary.
VALUES: dict[str, list[float | None]] = {
    "duration": [
        None, 0, 4e-7, 0.000195, 0.00099949, 0.0009995, 0.0025, 0.0035, 0.9994, 0.9995, 1.05, 1.15, 1.25,
        2.25, 59.94, 59.95, 60, 64.5, 65.5, 125, 3599.4, 3599.5, 3600, 11_045, 86_399.5, 183_600, 10_000_000,
    ],
    "usd": [
        None, 0, 1e-9, 0.00099949, 0.0009995, 0.00125, 0.001, 0.00432, 0.0125, 0.125, 0.9994, 0.9995, 1,
        1.005, 1.015, 2.675, 12.405, 1234.565,
    ],
    "compact": [
        None, 0, 9_999, 10_000, 12_345, 12_350, 12_450, 99_950, 123_456, 250_000, 999_949, 999_950, 3_123_456,
        99_995_000, 123_456_789,
    ],
    "percent": [0, 0.0005, 0.00055, 0.12345, 0.975, 0.99949, 0.9995, 1],
}  # fmt: skip
CALL = """async ([source, locale, labels, values]) => {
  const module = await import(`data:text/javascript;base64,${source}`);
  const formats = module.formatsFor(locale, labels);
  return Object.fromEntries(
    Object.entries(values).map(([name, all]) => [name, all.map((value) => formats[name](value))]));
}"""
LOADED_MS = 60_000


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_browser_writes_numbers_as_python_does(chromium: Browser, language: str) -> None:
    words, formats = Words(language), Formats(language, ZoneInfo("UTC"))
    labels = {f"unit_{unit}": words(f"waterfall.unit_{unit}") for unit in ("s", "min", "h", "d")}
    source = base64.b64encode(FORMATS.read_bytes()).decode()
    with chromium.new_context() as context:
        written = context.new_page().evaluate(CALL, [source, language, labels, VALUES])
    expected = {name: [getattr(formats, name)(value) for value in all_] for name, all_ in VALUES.items()}
    assert written == expected


@pytest.fixture(scope="module")
def korean(chromium: Browser) -> Iterator[Page]:
    """The Overview in Korean on a phone, of two calls of 250,000 and 20,000 tokens in two windows."""
    with serve(LiteConfig(caches=False)) as upstream:
        now = datetime.now(UTC)
        calls = [(1, 200_000, 50_000, 30), (2, 15_000, 5_000, 10)]
        send(
            upstream,
            [llm(n, 1, now - timedelta(minutes=ago), prompt, done) for n, prompt, done, ago in calls],
        )
        options: dict[str, Any] = {"locale": "ko-KR", "timezone_id": "Asia/Seoul"}
        with dashboard(upstream) as address, chromium.new_context(**options) as context:
            page = context.new_page()
            page.set_default_timeout(LOADED_MS)
            page.goto(f"{address}/?lang=ko&range=1h&refresh=0")
            expect(page.locator(".ao-chart[data-bundle]")).to_have_count(3, timeout=LOADED_MS)
            expect(page.locator(".ao-coverage.complete")).to_be_visible(timeout=LOADED_MS)
            yield page


def chart(page: Page, title: str) -> Any:
    return page.locator(f'.ao-chart[aria-label^="{title}"]')


def test_a_korean_axis_counts_in_ten_thousands(korean: Page) -> None:
    expect(chart(korean, "토큰")).to_have_count(1)
    ticks = chart(korean, "토큰").locator(".ytick text").all_text_contents()
    assert ticks[0] == "0"
    assert {"10만", "20만"} <= set(ticks) or "25만" in ticks
    assert not any(letter in "".join(ticks) for letter in "kKM")


def test_a_chart_says_its_range_zone_and_values_to_who_does_not_see_it(korean: Page) -> None:
    said = chart(korean, "토큰").get_attribute("aria-label") or ""
    assert "Asia/Seoul (UTC+9)" in said
    assert "최고 250,000, 최저 20,000, 최신 20,000." in said
    drawing = chart(korean, "토큰").get_by_role("application")
    assert drawing.get_attribute("aria-roledescription") == "차트"


def test_a_chart_is_a_table_on_demand(korean: Page) -> None:
    tokens = chart(korean, "토큰")
    tokens.hover()
    tokens.get_by_role("button", name="표로 보기").click()
    table = tokens.locator(".ao-chart-table table")
    assert table.locator("thead th").all_inner_texts()[:2] == ["구간", "프롬프트"]
    rows = [row.split("\t") for row in table.locator("tbody tr").all_inner_texts()]
    assert len(rows) == 31
    assert [row[1] for row in rows if row[1] not in ("–", "0")] == ["200,000", "15,000"]
    tokens.get_by_role("button", name="차트로 보기").click()
    expect(table).to_be_hidden()
