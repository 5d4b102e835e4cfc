"""The process's one archive: opened in the background, one a project, closed with everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentops_lite import LiteConfig, Project, serve
from dashboard.archive import shared
from dashboard.archive.shared import ArchiveOptions, span_archive
from dashboard.pricing import price_book
from dashboard.upstream import Upstream
from tests.dashboard.following import wait_for
from tests.otlp import llm, send

OTHER = Project(
    id="b0000000-0000-4000-8000-00000000beef", api_key="c0ffee00-0000-4000-8000-00000000beef", name="other"
)


@pytest.fixture(autouse=True)
def _nothing_shared(ask: Callable[..., Upstream]) -> Iterator[None]:
    """Closed before the upstreams that `ask` made."""
    yield
    shared.close_shared()
    shared.configure(None)


def options(folder: Path | None = None) -> ArchiveOptions:
    return ArchiveOptions(folder=folder, book=price_book(None), follow=timedelta(hours=1))


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("span-archive")]


def test_there_is_none_before_it_is_configured(lite: str, ask: Callable[..., Upstream]) -> None:
    assert span_archive(ask(lite)) is None


def test_it_opens_in_the_background_and_follows(
    lite: str, ask: Callable[..., Upstream], tmp_path: Path
) -> None:
    shared.configure(options(tmp_path))
    now = datetime.now(UTC)
    send(lite, [llm(1, 1, now - timedelta(minutes=10), 100, 50)])
    upstream = ask(lite)
    shelf = span_archive(upstream)
    assert shelf is not None
    assert span_archive(upstream) is shelf
    wait_for(lambda: shelf.state == "open")
    archive, follower = shelf.archive, shelf.follower
    assert archive is not None
    assert follower is not None
    wait_for(lambda: archive.stats().traces == 1)
    progress = follower.progress(now - timedelta(hours=1), now)
    assert (progress.done, progress.total) == (1, 1)
    assert len(list(tmp_path.glob("archive-*.duckdb"))) == 1
    shared.close_shared()
    assert (shelf.archive, shelf.follower, shelf.state, shelf.cause) == (None, None, "off", "closed")
    assert threads() == []


def test_a_page_does_not_wait_for_a_project_that_cannot_be_asked_for(ask: Callable[..., Upstream]) -> None:
    shared.configure(options())
    upstream = ask("http://127.0.0.1:9")
    began = time.monotonic()
    shelf = span_archive(upstream)
    assert time.monotonic() - began < 0.2
    assert shelf is not None
    wait_for(lambda: shelf.cause == "connection_refused")
    assert (shelf.state, shelf.archive, shelf.follower) == ("opening", None, None)
    shared.close_shared()
    wait_for(lambda: threads() == [])


def test_another_upstream_gets_another_archive(ask: Callable[..., Upstream], tmp_path: Path) -> None:
    shared.configure(options(tmp_path))
    now = datetime.now(UTC)
    with serve(LiteConfig(caches=False, projects=(Project(), OTHER))) as url:
        send(url, [llm(1, 1, now - timedelta(minutes=10), 1, 1)])
        send(url, [llm(2, 1, now - timedelta(minutes=10), 1, 1)], key=OTHER.api_key)
        first = span_archive(ask(url))
        assert first is not None
        wait_for(lambda: first.archive is not None and first.archive.stats().traces == 1)
        second = span_archive(ask(url, key=OTHER.api_key))
        assert second is not None
        assert second is not first
        wait_for(lambda: second.archive is not None and second.archive.stats().traces == 1)
        assert first.state == "off"
        assert len(list(tmp_path.glob("archive-*.duckdb"))) == 2
        assert second.archive is not None
        with second.archive.reading() as db:
            assert [int(row[0], 16) for row in db.execute("SELECT trace_id FROM traces").fetchall()] == [2]


def test_a_key_that_moved_to_another_project_gets_another_archive(
    lite: str, ask: Callable[..., Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.configure(options())
    upstream = ask(lite)
    shelf = span_archive(upstream)
    assert shelf is not None
    wait_for(lambda: shelf.follower is not None)
    monkeypatch.setattr(type(upstream.client), "project_id", OTHER.id)
    wait_for(lambda: shelf.stale, seconds=25)
    follower = shelf.follower
    assert follower is not None
    assert (
        follower.progress(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)).cause == "other_project"
    )
    again = span_archive(upstream)
    assert again is not shelf
    assert again is not None
    wait_for(lambda: again.state == "open")


def test_the_same_file_is_opened_again_by_the_next_upstream(
    lite: str, ask: Callable[..., Upstream], tmp_path: Path
) -> None:
    shared.configure(options(tmp_path))
    first = span_archive(ask(lite))
    assert first is not None
    wait_for(lambda: first.state == "open")
    second = span_archive(ask(lite))
    assert second is not None
    wait_for(lambda: second.state == "open")
    assert second.archive is not None
    assert not second.archive.read_only
    assert second.archive.notices == ()
