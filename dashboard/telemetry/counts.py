"""What happened at one upstream since it was made: tries of requests, and how questions were answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Literal, get_args

from prometheus_client import Counter, Histogram, Metric

from agentops_client import Attempt
from agentops_client.attempts import KINDS

from .families import PREFIX

Source = Literal["memory", "asked", "shared", "none"]

#: Upper bounds, seconds: a fast answer takes 10 ms, the read time-out is 30 s unless changed.
BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
#: Answers that prove more than that a process listens (``health``) and that its users are known (``token``).
_PROVING = frozenset({"list", "metrics", "detail", "log"})


def cause_of(attempt: Attempt) -> str:
    """Why a try is no good answer, from a closed set; "" for a good one.

    Without a whole answer that is the error's cause. An answer is told apart by its status alone, since its
    words are not kept: ``not_found`` and ``refused`` need be no failure (a deleted trace, an expired token).
    """
    if attempt.cause is not None:
        return attempt.cause
    status = attempt.status or 0
    if 200 <= status < 300:
        return ""
    if status >= 500:
        return "upstream_failed"
    if 300 <= status < 400:
        return "unexpected_redirect"
    return {404: "not_found", 429: "rate_limited"}.get(status, "refused")


class Counts:
    """Thread-safe; nothing here waits.

    Args:
        project: the upstream's name among several; "" for the only one.

    Attributes:
        last_good_at: when the last answer that proves AgentOps and its databases came, Unix seconds; None:
            none yet.
    """

    def __init__(self, project: str) -> None:
        self.last_good_at: float | None = None
        self._project = project
        self._lock = threading.Lock()
        self._requests = Counter(
            f"{PREFIX}upstream_requests",
            "Requests sent to AgentOps; each try of one that is repeated counts.",
            ("project", "kind", "cause"),
            registry=None,
        )
        self._durations = Histogram(
            f"{PREFIX}upstream_request_duration_seconds",
            "Time from sending a request to its last byte or its failure.",
            ("project", "kind"),
            buckets=BUCKETS_S,
            registry=None,
        )
        self._questions = Counter(
            f"{PREFIX}questions",
            "Questions of pages and probes by where the answer came from: memory (a cache hit), asked,"
            " shared (under way for another reader already), none (left for later, or failed before).",
            ("project", "source"),
            registry=None,
        )
        # a rate needs a zero to begin at
        for kind in KINDS:
            self._requests.labels(project, kind, "")
        for source in get_args(Source):
            self._questions.labels(project, source)

    def observe(self, attempt: Attempt) -> None:
        """Counts a try; never raises."""
        cause = cause_of(attempt)
        self._requests.labels(self._project, attempt.kind, cause).inc()
        self._durations.labels(self._project, attempt.kind).observe(max(0.0, attempt.duration_s))
        if not cause and attempt.kind in _PROVING:
            ended_at = attempt.at + attempt.duration_s
            with self._lock:
                self.last_good_at = max(self.last_good_at or 0.0, ended_at)

    def question(self, source: Source) -> None:
        """Counts a question of a read."""
        self._questions.labels(self._project, source).inc()

    def collect(self) -> Iterator[Metric]:
        """The families, each with this project's samples."""
        for counted in (self._requests, self._durations, self._questions):
            for family in counted.collect():
                # when each series began doubles their number and tells nothing that a reset does not
                family.samples = [s for s in family.samples if not s.name.endswith("_created")]
                yield family
