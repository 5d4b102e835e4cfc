"""The process's archives and what follows AgentOps into them; made on first use, one for each project.

Which file it is depends on the project's id, which the first token tells: so a thread opens it, and pages go
on meanwhile. Another upstream of the same name, or another project behind the same key, gets another archive.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from agentops_client import AgentOpsError
from dashboard.pricing import PriceBook
from dashboard.upstream import Upstream

from . import Archive, Notice
from .follower import Follower
from .reader import log_bug
from .turns import OUTAGE_LOOK_S, UNWATCHED_OUTAGE

#: A project that cannot be asked for is asked for again after this, doubled each time, up to the last.
RETRY_FIRST_S, RETRY_LAST_S = 2.0, 60.0
#: So long is waited for the archive of another project to be closed.
CLOSE_WAIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class ArchiveOptions:
    """Attributes:
    folder: where archives lie; None keeps them in memory.
    book: prices for estimates.
    max_age, max_mb: bounds; what is beyond leaves, oldest first.
    follow: so far back is read without being asked for; zero: nothing.
    """

    folder: Path | None
    book: PriceBook
    max_age: timedelta = timedelta(days=90)
    max_mb: float = 1024.0
    follow: timedelta = timedelta(hours=24)


class Shelf:
    """One upstream's archive, its follower, and how far that is.

    Attributes:
        upstream: whose it is.
        archive, follower: None until the archive is open.
        state: ``opening``, ``open`` or ``off``.
        project_id: whose traces it holds; "" until it is open.
        cause: why it is not open yet or off: an error's cause (``key_refused``), ``bug``, ``closed``; or
            "". What the follower does is said by its ``progress``.
    """

    def __init__(self, upstream: Upstream, options: ArchiveOptions, *, after: Shelf | None = None) -> None:
        self.upstream = upstream
        self.archive: Archive | None = None
        self.follower: Follower | None = None
        self.state: Literal["opening", "open", "off"] = "opening"
        self.cause = ""
        self.project_id = ""
        self._options = options
        self._after = after
        self._before = after.project_id if after is not None and after.stale else ""
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._open, name="span-archive-opening", daemon=True)
        self._thread.start()

    @property
    def stale(self) -> bool:
        """Whether the key belongs to another project by now."""
        return self.follower is not None and self.follower.off == "other_project"

    def close(self) -> None:
        """Ends the follower and closes the archive, within about a second. May be called twice."""
        self._closing.set()
        with self._lock:
            archive, follower = self.archive, self.follower
            self.archive = self.follower = None
            self.state, self.cause = "off", "closed"
        if follower is not None:
            follower.stop()
        if archive is not None:
            archive.close()

    def _open(self) -> None:
        try:
            if self._after is not None:
                self._after.close()  # here: it may take a second, and pages should not wait
                self._after._thread.join(CLOSE_WAIT_S)
                self._after = None
            project_id = self._project()
            if project_id is not None:
                self._open_for(project_id)
        except Exception as bug:  # noqa: BLE001 - pages go on without the archive, and say so
            log_bug(bug, "The archive could not be opened")
            with self._lock:
                self.state, self.cause = "off", "bug"

    def _project(self) -> str | None:
        """The project, as soon as AgentOps tells it; None when closed meanwhile."""
        wait_s = RETRY_FIRST_S
        while not self._closing.is_set():
            outage = self.upstream.outage
            if outage is not None and self.upstream.now() < outage.retry_at + UNWATCHED_OUTAGE:
                self.cause, wait_s = outage.error.cause, RETRY_FIRST_S
                self._closing.wait(OUTAGE_LOOK_S)
                continue
            try:
                return self.upstream.client.project_id
            except AgentOpsError as error:
                self.cause = error.cause
            self._closing.wait(wait_s)
            wait_s = min(2 * wait_s, RETRY_LAST_S)
        return None

    def _open_for(self, project_id: str) -> None:
        options = self._options
        archive = Archive.open(
            options.folder, endpoint=self.upstream.endpoint, project_id=project_id, book=options.book,
            max_age=options.max_age, max_mb=options.max_mb,
        )  # fmt: skip
        follower = Follower(
            self.upstream, archive, options.book, project_id=project_id, follow=options.follow
        )
        with self._lock:
            if self._closing.is_set():
                archive.close()
                return
            if self._before and self._before != project_id:
                archive.note(Notice("other_project", self._before))
            self.archive, self.follower = archive, follower
            self.state, self.cause, self.project_id = "open", "", project_id
            follower.start()


_options: ArchiveOptions | None = None
_shelves: dict[str, Shelf] = {}  # by the name of the project
_sharing = threading.Lock()


def configure(options: ArchiveOptions | None) -> None:
    """What :func:`span_archive` opens from now on; an archive that is open already stays as it is."""
    global _options  # noqa: PLW0603 - one for the process
    with _sharing:
        _options = options


def span_archive(upstream: Upstream) -> Shelf | None:
    """The shelf of `upstream`, opened in the background on first use. Returns at once; None before
    :func:`configure`."""
    with _sharing:
        if _options is None:
            return None
        held = _shelves.get(upstream.project)
        if held is None or held.upstream is not upstream or held.stale:
            held = _shelves[upstream.project] = Shelf(upstream, _options, after=held)
        return held


def close_shared() -> None:
    """Ends the followers and closes the archives that there are."""
    with _sharing:
        closing = list(_shelves.values())
        _shelves.clear()
    for shelf in closing:
        shelf.close()
