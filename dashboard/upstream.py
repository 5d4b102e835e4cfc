"""This process's one way to AgentOps: answers shared by all viewers, few questions at a time.

Every answer, good or bad, is kept once for the whole process:

* **Single flight.** A question under way is never asked a second time; everybody waits for it.
* **Settled is settled.** A closed window is asked again at growing ages (``windows.RECHECK_AT``) and
  then never more; a steady refresh asks at most ``PER_REFRESH`` questions, however many viewers look.
* **Failures are shared too.** When AgentOps is out of reach, an outage stands in front of all
  questions: readers get its cause at once, and one probe every ``PROBE_EVERY`` finds out when it ends.

The threads are daemons: a request that hangs must not keep the process from ending.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue

from agentops_client import (
    AgentOpsClient,
    AgentOpsError,
    Attempt,
    ProjectMetrics,
    TracePage,
    UpstreamFailed,
)

from .questions import FILL_ABOVE, Answer, Kind, Outage, Question, Reading, budget_of, choose
from .reach import LOOKED_AT, PROBE_EVERY, Reach
from .telemetry.counts import Counts
from .windows import LIVE_STEP, asked_end, live_interval

#: Requests to AgentOps at the same time: it runs one worker, and others need it too.
WORKERS = 4
#: An offset behind the last trace of any list.
BEYOND = 1_000_000_000
#: A question that failed alone is asked again after this, doubled with each failure, up to the last.
RETRY_FIRST, RETRY_LAST = timedelta(seconds=15), timedelta(minutes=5)
#: A clock that goes back further than this was set back.
CLOCK_SLACK = timedelta(seconds=10)
#: Whether it is the embedded one is worth no more than a question in so long while ``/health`` fails.
EMBEDDED_AGAIN = timedelta(minutes=1)
#: Answers kept, oldest use first out. A hundred views of a hundred windows.
KEPT = 10_000


class Tries:
    """Hands each try of the client's requests to all who keep a record of them."""

    def __init__(self) -> None:
        self._listeners: tuple[Callable[[Attempt], None], ...] = ()

    def __call__(self, attempt: Attempt) -> None:
        for listener in self._listeners:
            listener(attempt)

    def tell(self, listener: Callable[[Attempt], None]) -> None:
        """From now on `listener` hears of them, too; it must not raise."""
        self._listeners += (listener,)


def _view(wanted: Sequence[Question]) -> tuple[timedelta, int]:
    """What views of the same range and bucket have in common while their windows move on."""
    return (wanted[0].window.length, len(wanted)) if wanted else (timedelta(), 0)


class Upstream:
    """Shared, bounded and remembered access to one AgentOps project.

    Args:
        client: the client, shared by the worker threads.
        endpoint: where it asks, for readers.
        app_url: AgentOps' own dashboard, for a link.
        now: the present (aware, UTC).
        workers: requests at the same time.
        tries: hears of each try of a request; see :attr:`tries`.
        project: its name among several; empty for the only one.
    """

    def __init__(
        self,
        client: AgentOpsClient,
        *,
        endpoint: str = "",
        app_url: str = "",
        tries: Tries | None = None,
        project: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        workers: int = WORKERS,
    ) -> None:
        self.client = client
        self.endpoint = endpoint
        self.app_url = app_url
        self.project = project
        self.tries = tries or Tries()
        self.counts = Counts(project)
        self.tries.tell(self.counts.observe)
        self.now = now
        self._latest = now()
        self._project_id = ""
        self._known: OrderedDict[Question, Answer] = OrderedDict()
        self._under_way: dict[Question, datetime] = {}
        self._asked_now = 0
        self._probes = 0
        self._queue: SimpleQueue[tuple[Question, bool] | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._reach = Reach()
        self._bug: BaseException | None = None
        self._refreshes: list[tuple[tuple[timedelta, int], datetime]] = []
        self._closed = False
        self._embedded: str | None = None
        self._embedded_known = False
        self._embedded_again_at = now()
        self._threads = [
            threading.Thread(target=self._work, name=f"upstream-{n}", daemon=True) for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def read(self, wanted: Sequence[Question], *, wait_s: float, beside: bool = False) -> Reading:
        """Asks what is due, waits at most `wait_s` seconds, and returns what is known then.

        Args:
            wanted: in order of importance; the first is of the newest window that the page shows.
            wait_s: 0 for what is known already.
            beside: nobody is blind without these (a month, a past week): their failure is no outage.
        """
        deadline = time.monotonic() + wait_s
        with self._changed:
            asked_before = {q for q in wanted if q in self._under_way}
            self._ask(wanted, beside)
            self._count(wanted, asked_before)
            down = self._reach.outage is not None
            while True:
                if self._bug is not None:
                    bug, self._bug = self._bug, None
                    raise bug
                if down and self._reach.outage is None:  # the probe succeeded: go on with the rest
                    down = False
                    self._ask(wanted, beside)
                left = deadline - time.monotonic()
                busy = any(q in self._under_way for q in wanted) or (down and self._probes > 0)
                if left <= 0 or not busy:
                    return self._reading(wanted)
                self._changed.wait(left)

    def known(self, questions: Sequence[Question]) -> list[Answer | None]:
        """What is known already, in the order of `questions`; nothing is asked."""
        with self._changed:
            self._moment()
            return [self._known.get(q) for q in questions]

    @property
    def project_id(self) -> str:
        """The project that the last good answer was of; empty before the first."""
        return self._project_id

    def answers_for(self, project_id: str) -> None:
        """Somebody else was told that AgentOps answers for this project: nothing of another one is known."""
        with self._changed:
            self._unless_other_project(project_id)

    @property
    def busy(self) -> int:
        """Questions of pages under way or waiting for their turn: what runs in the background gives way."""
        return len(self._under_way) + self._asked_now

    @contextmanager
    def asking(self) -> Iterator[AgentOpsClient]:
        """The client, for a request that a reader waits for in this thread; it counts as :attr:`busy`.

        Raises (in the ``with``):
            AgentOpsError: what the request raised; at once, the cause of an outage that lasts.
        """
        with self._changed:
            now = self._moment()
            outage = self._reach.outage
            if outage is not None and now < outage.retry_at:
                raise outage.error.again()
            self._asked_now += 1
        try:
            yield self.client
        finally:
            with self._changed:
                self._asked_now -= 1
        self._look_whether_embedded()

    @property
    def outage(self) -> Outage | None:
        """Why AgentOps is out of reach, or None."""
        with self._changed:
            self._moment()
            return self._reach.outage

    @property
    def embedded(self) -> str | None:
        """What the embedded AgentOps says of itself (``"demo"``); None for a real one, or unknown yet."""
        return self._embedded

    def retry_now(self) -> None:
        """Lets the next :meth:`read` probe at once: somebody pressed *Try again*."""
        with self._changed:
            self._reach.probe_now(self.now())
            for failed in [q for q, a in self._known.items() if a.value is None]:
                del self._known[failed]

    def close(self) -> None:
        """Ends the worker threads; requests that do not end within a second are abandoned."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        deadline = time.monotonic() + 1
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.client.close()

    def _reading(self, wanted: Sequence[Question]) -> Reading:
        answers = {}
        for question in wanted:
            if question in self._known:
                self._known.move_to_end(question)
                answers[question] = self._known[question]
        sent = [at for q in wanted if (at := self._under_way.get(q)) is not None]
        reach = self._reach
        return Reading(answers, len(sent), min(sent, default=None), reach.outage, reach.last_success_at)

    def _count(self, wanted: Sequence[Question], asked_before: Set[Question]) -> None:
        for question in wanted:
            known = self._known.get(question)
            if question in asked_before:
                self.counts.question("shared")
            elif question in self._under_way:
                self.counts.question("asked")
            else:
                self.counts.question("memory" if known is not None and known.value is not None else "none")

    def _ask(self, wanted: Sequence[Question], beside: bool) -> None:
        now = self._moment()
        if wanted and not beside:
            self._reach.looked_at(wanted[0].window, now)
        if self._reach.outage is not None:
            # Several probes may be under way: one that hangs must not hide that AgentOps is back.
            if wanted and self._probes < len(self._threads) and (probe := self._reach.probe(now)):
                self._probes += 1
                self._queue.put((probe, True))
            return
        chosen = choose(wanted, self._known, now, self._left(wanted, now))
        if len(chosen) <= max(FILL_ABOVE, budget_of(wanted)):
            self._refreshes += [(_view(wanted), now)] * len(chosen)
        for question in chosen:
            if question not in self._under_way:
                self._under_way[question] = now
                self._queue.put((question, False))

    def _left(self, wanted: Sequence[Question], now: datetime) -> int:
        """What is left of the budget that all viewers of the same kind of view share in a step."""
        self._refreshes = [(view, at) for view, at in self._refreshes if now - at < LIVE_STEP]
        spent = sum(view == _view(wanted) for view, _ in self._refreshes)
        return max(0, budget_of(wanted) - spent)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._closed:
                return
            question, probe = item
            with self._changed:
                if self._reach.outage is not None and not probe:
                    self._under_way.pop(question, None)  # it would fail like all the others
                    self._changed.notify_all()
                    continue
                asked_at = self._moment()
                self._under_way[question] = asked_at
            until = asked_end(question.window, asked_at)
            value: ProjectMetrics | TracePage | None = None
            project_id = ""
            error: AgentOpsError | None = None
            bug: BaseException | None = None
            try:
                value = self._request(question, until)
                project_id = self.client.project_id
            except AgentOpsError as failure:
                error = failure
            except Exception as failure:  # noqa: BLE001 - raised again in the reader's thread
                bug = failure
            with self._changed:
                self._under_way.pop(question, None)
                self._probes -= probe
                now = self._moment()
                asked_at = min(asked_at, now)
                if bug is not None:
                    self._bug = bug
                elif error is None:
                    self._unless_other_project(project_id)
                    self._succeeded(question, Answer(value, None, asked_at, now, until))
                else:
                    self._failed(question, error, asked_at, until)
                self._changed.notify_all()
            if value is not None:
                self._look_whether_embedded()

    def _look_whether_embedded(self) -> None:
        """Asks AgentOps what it is, where that is not known and was not asked in vain just now."""
        with self._changed:
            if self._embedded_known or self.now() < self._embedded_again_at:
                return
            self._embedded_known = True
            self._embedded_again_at = self.now() + EMBEDDED_AGAIN
        try:
            self._embedded = self.client.health().embedded
        except AgentOpsError:
            self._embedded_known = False

    def _request(self, question: Question, until: datetime) -> ProjectMetrics | TracePage:
        if question.kind is Kind.LATEST:
            return self.client.traces(None, None, limit=1)
        if question.kind is Kind.TRACES:
            try:
                return self.client.traces(question.window.start, until, limit=1)
            except UpstreamFailed as failure:
                if failure.status != 500:
                    raise  # a proxy's word
                # One odd span makes AgentOps fail on each page that would show it; the figures beside
                # the rows are sound, and beyond the last row there is nothing to show.
                return self.client.traces(question.window.start, until, limit=1, offset=BEYOND)
        return self.client.project_metrics(question.window.start, until)

    def _succeeded(self, question: Question, answer: Answer) -> None:
        ended = self._reach.succeeded(question, answer.answered_at)
        if ended is not None:
            self._embedded_known = False  # another server may have come up in its place
            self._embedded_again_at = answer.answered_at
            # What failed during the outage says nothing any more.
            since = ended.since - LOOKED_AT
            for other in [q for q, a in self._known.items() if a.value is None and a.asked_at >= since]:
                del self._known[other]
        self._keep(question, answer)

    def _unless_other_project(self, project_id: str) -> None:
        """Forgets what was asked of another project: AgentOps was set up anew, or the key moved."""
        if self._project_id not in ("", project_id):
            self._known.clear()
            self._embedded_known = False
            self._embedded_again_at = self._latest
        self._project_id = project_id

    def _moment(self) -> datetime:
        """The present. After the clock was set back, nothing that it dated is waited for or believed."""
        now = self.now()
        back = self._latest - now
        if back <= CLOCK_SLACK:
            self._latest = max(self._latest, now)
            return now
        self._latest = now
        self._known = OrderedDict((q, a) for q, a in self._known.items() if a.asked_at <= now)
        self._refreshes.clear()
        self._embedded_again_at = now
        self._reach.set_back(back, now)
        return now

    def _failed(self, question: Question, error: AgentOpsError, asked_at: datetime, until: datetime) -> None:
        now = self.now()
        self._reach.failed(question, error, now, self._known)
        before = self._known.get(question)
        failures = before.failures + 1 if before else 1
        again = now + min(RETRY_FIRST * 2 ** min(failures - 1, 10), RETRY_LAST)
        if asked_at < question.window.end and live_interval(question.window.length) == LIVE_STEP:
            again = now + PROBE_EVERY  # the newest figures: a page waits for them
        if before is not None and before.value is not None and before.asked_at >= question.window.end:
            # A closed window's figures stay true as of when they were asked.
            self._keep(question, replace(before, error=error, failures=failures, retry_at=again))
        else:
            self._keep(question, Answer(None, error, asked_at, now, until, failures, again))

    def _keep(self, question: Question, answer: Answer) -> None:
        self._known[question] = answer
        self._known.move_to_end(question)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
