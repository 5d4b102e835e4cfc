"""The page of the list, and the files it gives away, against the same list in plain Python: 5,000 traces."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from collections.abc import Callable
from tempfile import NamedTemporaryFile

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import projects
from dashboard.filters import Filters
from dashboard.settings import dashboard_settings
from dashboard.shelf import shelf_of
from dashboard.upstream import Upstream
from tests.components.reading import listing
from tests.dashboard.archived import END, HOUR, START
from tests.dashboard.listed_traces import World, asked, world
from tests.otlp import send, span
from tests.pages.opened import MAIN, markup, text

RANGE = {"lang": "en", "tz": "UTC", "from": START.isoformat(), "to": END.isoformat()}


@pytest.fixture
def made(lite: str, ask: Callable[..., Upstream], monkeypatch: pytest.MonkeyPatch) -> World:
    """An archive of the traces; AgentOps itself has one, so that the range is not empty."""
    monkeypatch.setenv("DASHBOARD_ARCHIVE_DAYS", "3650")
    monkeypatch.setenv("DASHBOARD_ARCHIVE_FOLLOW_HOURS", "0")
    dashboard_settings.cache_clear()
    send(lite, [span(1, 1, START + HOUR)])
    source = ask(lite)
    projects.share(source)
    shelf = shelf_of(source)
    deadline = time.monotonic() + 20
    while shelf.archive is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shelf.archive is not None
    return world(shelf.archive)


def opened(filters: Filters) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/traces.py")
    for name, value in (RANGE | filters.to_query()).items():
        at.query_params[name] = value
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        at.run()
        assert not at.exception
        if "ao-pager" in markup(at):
            return at
        time.sleep(0.2)
    raise AssertionError(text(at)[:1000])


def test_rows_pages_and_totals(made: World) -> None:
    chance = random.Random(11)
    lengths = []
    for _ in range(12):
        filters = asked(chance)
        expected = made.expected(filters)
        lengths.append(len(expected))
        pages = max(1, -(-len(expected) // filters.size))
        for number in {1, (pages + 1) // 2, pages}:
            at = opened(Filters.from_query(filters.to_query() | {"page": str(number)})[0])
            first = (number - 1) * filters.size
            shown = expected[first : first + filters.size]
            assert [row["id"] for row in listing(at)] == shown, filters
            position = f"{first + 1:,}–{first + len(shown):,} of {len(expected):,}"
            assert (position if shown else "0–0 of 0") in text(at)
    assert min(lengths) < 100 < 1000 < max(lengths)  # narrow and wide ones were among them


@pytest.mark.parametrize("form", ["csv", "json_lines", "parquet"])
def test_files_hold_all_that_matches_in_the_order_of_the_list(made: World, form: str) -> None:
    filters = Filters(statuses=frozenset(["failed"]), sort="duration_s")
    expected = made.expected(filters)
    assert len(expected) > 1000  # far more than a page
    at = opened(filters)
    at.selectbox(key="export_form").select(form).run()
    at.button(key="export_start").click().run()
    assert not at.exception
    chosen, content = at.session_state["export_file"]
    assert chosen == form
    if form == "csv":
        ids = [row["trace_id"] for row in csv.DictReader(io.StringIO(content.decode()))]
    elif form == "json_lines":
        ids = [json.loads(line)["trace_id"] for line in content.decode().splitlines()]
    else:
        ids = _parquet(content)
    assert ids == expected


def _parquet(content: bytes) -> list[str]:
    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as db:
        file.write(content)
        file.flush()
        rows = db.execute("SELECT trace_id FROM read_parquet(?)", [file.name]).fetchall()
    return [row[0] for row in rows]
