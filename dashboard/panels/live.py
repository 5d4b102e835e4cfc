"""The frame of a live page: header first, then content, or the panel that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from agentops_client import AgentOpsError

from .. import admission, projects
from ..components.pulse_view import LABELS, Status, render_pulse
from ..queries import Clocks, NoData
from ..scope import Scope
from ..scope_state import current_scope
from ..text import Formats, Words
from ..upstream import Upstream
from .notes import note
from .nothing import NoAnswer, cause_text, no_data
from .style import html

#: A run of a page waits at most so long for answers before it shows what is there.
WAIT_S = 1.2
#: Settings that cannot be used are read again after this; a page that broke is drawn again.
SETTINGS_AGAIN = timedelta(seconds=10)
BROKEN_AGAIN = timedelta(seconds=30)
#: While answers are still arriving, the page comes back so soon.
FILLING = timedelta(seconds=0.7)


@dataclass
class Page:
    """A live page while it is being drawn: the reader's view, language and formats, and the header.

    Attributes:
        scope: what is looked at.
        words, formats: the reader's language, and formats in it and in the reporting zone.
        now: the moment of this run.
    """

    scope: Scope
    words: Words
    formats: Formats
    now: datetime
    _header: DeltaGenerator
    _shown: bool = False
    _reads_content: bool | None = None

    @property
    def source(self) -> Upstream:
        """The upstream of the reader's project.

        Raises:
            NotAdmitted: nobody may look, or not at this project.
            SettingsError: an ``AGENTOPS_*`` variable cannot be used.
        """
        viewer = admission.viewer()
        if self.scope.project not in admission.choices():
            raise admission.NotAdmitted("refused", viewer.name)
        return projects.shared(self.scope.project)

    @property
    def is_operator(self) -> bool:
        """Whether this reader may set something off that others notice."""
        return admission.viewer().role == "operator"

    @property
    def shows_content(self) -> bool:
        """Whether this reader may see prompts, completions, messages and logs."""
        return admission.viewer().reads_content if self._reads_content is None else self._reads_content

    def for_later(self) -> Page:
        """The page for what is made outside a run, where nobody can be asked for who looks: a download that
        was pressed. It may show what this reader may see now."""
        return replace(self, _reads_content=self.shows_content)

    def show(self, clocks: Clocks, *, again: timedelta | None = None, traces: bool = True) -> None:
        """Fills the header: status, the two clocks, and when the page refreshes next.

        Args:
            clocks: of what the page shows.
            again: come back so soon, because something the reader waits for is arriving.
            traces: whether the page is about traces, and says how old the newest is.
        """
        refreshes = bool(self.scope.refresh_s) and self.scope.start is None
        # A page that refreshes gets the rest then; one that does not must come back for it.
        filling = clocks.known < clocks.wanted or not (refreshes or clocks.complete)
        state: Status = "ok"
        word, detail = "ok", self.words("pulse.ok_detail")
        if clocks.error is not None:
            state, word = "partial", "partial"
            detail = self.words("pulse.partial_detail", cause=cause_text(clocks.error, "title", self.words))
        following: datetime | None = None
        if refreshes:
            following = self.now + timedelta(seconds=self.scope.refresh_s)
        if again is not None:
            following = min(following or self.now + again, self.now + again)
        if filling or clocks.waiting_since is not None:
            state, word, following = "loading", "loading", self.now + FILLING
            detail = self.words("pulse.loading_detail", known=clocks.known, wanted=clocks.wanted)
        if clocks.waiting_since is not None:
            age = self.formats.age(clocks.waiting_since, self.now)
            word, detail = "waiting", self.words("pulse.waiting_detail", age=age)
        self._pulse(
            state,
            word,
            detail,
            fetched_at=clocks.fetched_at,
            newest_at=clocks.newest_at,
            next_at=following,
            traces=traces,
        )

    def down(self, failure: NoAnswer) -> None:
        """Fills the header alone, with what is wrong: for pages that have something to say all the same."""
        since = self.formats.clock(failure.since or self.now, seconds=True)
        cause = cause_text(failure.error, "title", self.words)
        detail = self.words("pulse.down_detail", since=since, cause=cause)
        self._pulse(
            "down",
            "down",
            detail,
            fetched_at=failure.last_success_at,
            newest_at=None,
            next_at=failure.retry_at,
        )

    def failed(self, failure: NoAnswer) -> None:
        """Fills the header of a page without data, and draws the panel; what was drawn before is true, and so
        is its header."""
        if not self._shown:
            self.down(failure)
        if no_data(failure, self.words, self.formats):
            # settings that cannot be used, a sign-in that has ended: the next run finds out again
            with suppress(AgentOpsError, admission.NotAdmitted):
                self.source.retry_now()
            st.rerun(scope="fragment")

    def broke(self) -> None:
        """Keeps the countdown of a page that failed by our own mistake: a wall display must come back."""
        if not self._shown:
            again = self.now + BROKEN_AGAIN
            self._pulse("loading", "loading", "", fetched_at=None, newest_at=None, next_at=again)

    def _pulse(
        self,
        state: Status,
        word: str,
        detail: str,
        *,
        fetched_at: datetime | None,
        newest_at: datetime | None,
        next_at: datetime | None,
        traces: bool = True,
    ) -> None:
        self._shown = True
        grid = self.scope.grid(self.now)
        with self._header:
            render_pulse(
                status=state,
                status_text=self.words(f"pulse.{word}"),
                status_detail=detail,
                range_text=self.formats.span(grid.whole.start, grid.whole.end),
                locale=self.words.language,
                labels=pulse_labels(self.words) | ({"no_trace": ""} if state == "down" or not traces else {}),
                now=self.now,
                fetched_at=fetched_at,
                newest_at=newest_at,
                next_at=next_at,
            )


@contextmanager
def live_page(title: str) -> Iterator[Page]:
    """Draws the header of the page whose wording is `title`, then what the caller draws.

    A failure of AgentOps inside replaces the content by the *No data available* panel; anything else
    that is raised is our own mistake and goes on. To be used first in a fragment, and to ask before
    anything is drawn.
    """
    scope = current_scope()
    words, formats = Words(scope.language), Formats(scope.language, scope.tz)
    left, right = st.columns([3, 8], vertical_alignment="center")
    left.html(html('<h1 class="ao-title">{title}</h1>', title=words(title)))
    page = Page(scope, words, formats, datetime.now(UTC), right.container())
    banner = st.container()
    try:
        yield page
        if page.source.embedded == "demo":
            with banner:
                note(words("app.demo"))
        _foot(page.source, words)
    except admission.NotAdmitted:
        st.rerun()  # the frame of the page says why
    except NoData as failure:
        page.failed(
            NoAnswer(failure.error, page.now, failure.since, failure.retry_at, failure.last_success_at)
        )
    except AgentOpsError as error:
        page.failed(NoAnswer(error, page.now, retry_at=page.now + SETTINGS_AGAIN))
    except Exception:
        page.broke()
        raise


def _foot(source: Upstream, words: Words) -> None:
    """Where the data come from."""
    if source.client.dialect is not None:
        dialect = words(f"source.dialect_{source.client.dialect}")
        text = words("source.foot", endpoint=source.endpoint, dialect=dialect)
        link = html("")
        if source.app_url and not source.embedded:  # the embedded one has no dashboard of its own
            link = html(
                ' · <a href="{url}" target="_blank" rel="noopener noreferrer">{text}</a>',
                url=source.app_url,
                text=words("source.app"),
            )
        st.html(html('<p class="ao-foot">{text}{link}</p>', text=text, link=link))


def pulse_labels(words: Words) -> dict[str, str]:
    """The header line's wording for the component, which fills in ages by itself."""
    return {name: words(f"pulse.{name}") for name in LABELS}
