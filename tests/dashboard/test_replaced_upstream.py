"""AgentOps set up anew under the same address and key, with another project: nothing of the former one is
shown any more, pages say what happened, and the former archive stays for when its project comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from agentops_client import AgentOpsError
from agentops_lite import DEFAULT_API_KEY, LiteConfig, Project, serve
from dashboard import projects
from dashboard.archive import Archive
from dashboard.archive.shared import close_shared, span_archive
from dashboard.pricing import price_book
from dashboard.queries.trace import trace
from dashboard.questions import Kind, Question
from dashboard.settings import dashboard_settings
from dashboard.upstream import Upstream
from dashboard.windows import Window
from tests.browser import free_port
from tests.otlp import llm, send
from tests.pages.opened import cards, open_read, text

Ask = Callable[..., Upstream]
FORMER, PRESENT = (
    Project(id=f"{n}0000000-0000-4000-8000-00000000a9e1", api_key=DEFAULT_API_KEY) for n in "ab"
)


def stored(upstream: Upstream) -> list[int]:
    """Numbers of the traces in the archive that pages would be shown."""
    shelf = span_archive(upstream)
    if shelf is None or shelf.archive is None:
        return []
    with shelf.archive.reading() as db:
        return [int(name, 16) for (name,) in db.execute("SELECT trace_id FROM traces ORDER BY 1").fetchall()]


def refreshed(at: AppTest, met: Callable[[AppTest], bool]) -> None:
    deadline = time.monotonic() + 30
    while not met(at):
        assert time.monotonic() < deadline, text(at)[:2000]
        time.sleep(0.3)
        at.run()
        assert not at.exception


def test_what_the_archive_finds_out_of_the_project_is_known_to_pages(ask: Ask) -> None:
    book, now = price_book(None), datetime.now(UTC).replace(microsecond=0)
    with serve(LiteConfig(projects=(FORMER,), caches=False)) as url:
        send(url, [llm(1, 1, now - timedelta(minutes=20), 100_000, 50_000)])
        upstream = ask(url)
        question = Question(Kind.TRACES, Window(now - timedelta(hours=1), now))
        upstream.read([question], wait_s=10)
        trace(upstream, f"{1:032x}", book, content=True)
    assert upstream.known([question]) != [None]
    assert trace(upstream, f"{1:032x}", book, content=True).wire.project_id == FORMER.id  # from memory
    upstream.answers_for(FORMER.id)
    assert upstream.known([question]) != [None]
    upstream.answers_for(PRESENT.id)
    assert upstream.known([question]) == [None]
    with pytest.raises(AgentOpsError):
        trace(upstream, f"{1:032x}", book, content=True)


def test_another_project_behind_the_same_key(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dashboard.archive.sweeping.LIVE_EVERY", timedelta(seconds=1))
    monkeypatch.setenv("DASHBOARD_DATA_DIR", str(tmp_path))
    dashboard_settings.cache_clear()
    port, now = free_port(), datetime.now(UTC)
    with serve(LiteConfig(projects=(FORMER,), caches=False), port=port) as url:
        send(url, [llm(n, 1, now - timedelta(minutes=20 + n), 100_000, 50_000) for n in (1, 2, 3)])
        upstream = ask(url)
        projects.share(upstream)
        at = open_read("cost")
        assert cards(at)["Cost"] == "$0.135"  # 3 x $0.045
        assert trace(upstream, f"{1:032x}", price_book(None), content=True).wire.project_id == FORMER.id
        assert stored(upstream) == [1, 2, 3]

    with serve(LiteConfig(projects=(PRESENT,), caches=False), port=port) as url:
        send(url, [llm(9, 1, now - timedelta(minutes=30), 100_000, 50_000)])
        refreshed(at, lambda at: cards(at).get("Cost") == "$0.0450")
        refreshed(at, lambda at: stored(upstream) == [9])
        refreshed(
            at, lambda at: f"AgentOps answers for another project than before ({FORMER.id})" in text(at)
        )
        with pytest.raises(AgentOpsError):
            trace(upstream, f"{1:032x}", price_book(None), content=True)
        said = [getattr(record, "cause", "") for record in caplog.records]
        assert said.count("other_project") == 1

    close_shared()
    former = Archive.open(tmp_path, endpoint=url, project_id=FORMER.id, book=price_book(None))
    assert (former.stats().traces, former.notices) == (3, ())
    former.close()
