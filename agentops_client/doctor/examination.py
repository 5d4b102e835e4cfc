"""The order of the steps, what each depends on, and the time that it may take."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import AgentOpsError
from ..redaction import NO_SECRETS
from ..settings import AgentOpsSettings, load_settings
from .access import check_dialect, check_health, check_jwt, check_key, check_project, check_token
from .connection import check_dns, check_tcp, place
from .findings import STEPS, Finding, Limits, Outcome, StepName, of_error
from .litellm_usage import check_litellm
from .reads import check_detail, check_freshness, check_list, check_log, check_metrics
from .subject import Subject, subject_of
from .tls import check_tls

#: A step is skipped where one of these failed, or was itself skipped for a failure.
NEEDS: dict[StepName, tuple[StepName, ...]] = {
    "settings": (),
    "dns": ("settings",),
    "tcp": ("dns",),
    "tls": ("tcp",),
    "health": ("tls",),
    "key": ("settings",),
    "token": ("key", "tls"),
    "jwt": ("token",),
    "project": ("token",),
    "dialect": ("project",),
    "list": ("dialect",),
    "metrics": ("dialect",),
    "detail": ("list",),
    "log": ("list",),
    "freshness": ("list",),
    "litellm": ("detail",),
}

_CHECKS: dict[StepName, Callable[[Subject], Outcome]] = {
    "dns": check_dns,
    "tcp": check_tcp,
    "tls": check_tls,
    "health": check_health,
    "key": check_key,
    "token": check_token,
    "jwt": check_jwt,
    "project": check_project,
    "dialect": check_dialect,
    "list": check_list,
    "metrics": check_metrics,
    "detail": check_detail,
    "log": check_log,
    "freshness": check_freshness,
    "litellm": check_litellm,
}


def examine(
    settings: AgentOpsSettings | None = None,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Finding]:
    """Asks step by step, and yields each finding as soon as it is known: one for each of ``STEPS``.

    It uses connections, a token and a session of its own, and closes them when it ends or is closed.
    It never raises for what AgentOps, the way to it or the settings do.

    Args:
        settings: whom to ask; None loads them from the environment and ``.env``.
        limits: seconds that a step and all steps may take. A step that takes longer is left behind in
            its thread and counts as failed.
        clock: Unix time.
    """
    return _Examination(settings, limits or Limits(), clock).findings()


class _Examination:
    def __init__(self, settings: AgentOpsSettings | None, limits: Limits, clock: Callable[[], float]) -> None:
        self._given = settings
        self._limits = limits
        self._clock = clock
        self._subject: Subject | None = None
        self._spent_s = 0.0
        #: Each step that failed or was skipped for a failure, and the step that failed first.
        self._broken: dict[StepName, StepName] = {}

    def findings(self) -> Iterator[Finding]:
        try:
            for step in STEPS:
                yield self._finding(step)
        finally:
            if self._subject is not None:
                self._subject.client.close()

    def _finding(self, step: StepName) -> Finding:
        failed = [self._broken[need] for need in NEEDS[step] if need in self._broken]
        because = min(failed, key=STEPS.index, default=None)
        if because is not None:
            self._broken[step] = because
            return Finding(
                step=step, state="skipped", code="needs", duration_ms=0, values={}, because=because
            )
        began = time.monotonic()
        outcome = self._outcome(step)
        took_s = time.monotonic() - began
        self._spent_s += took_s
        if outcome.state == "failed":
            self._broken[step] = step
        redact = self._subject.redact if self._subject is not None else NO_SECRETS
        values = {
            name: redact.words(value) if isinstance(value, str) else value
            for name, value in outcome.values.items()
        }
        return Finding(
            step=step, state=outcome.state, code=outcome.code, duration_ms=round(took_s * 1000), values=values
        )

    def _outcome(self, step: StepName) -> Outcome:
        limit_s = min(self._limits.step_s, self._limits.total_s - self._spent_s)
        if limit_s <= 0:
            return Outcome("failed", "out_of_time", {"total_s": self._limits.total_s})
        outcome = _bounded(lambda: self._tried(step), limit_s)
        if step == "settings":
            self._subject = outcome.learnt.get("subject")
        elif self._subject is not None:
            self._subject = replace(self._subject, **outcome.learnt)
        return outcome

    def _tried(self, step: StepName) -> Outcome:
        subject = self._subject
        try:
            return self._check(step)
        except AgentOpsError as error:
            return of_error(error, place(subject) if subject is not None else {})
        except Exception as error:  # noqa: BLE001 - the other steps still have something to say
            return _our_mistake(error)

    def _check(self, step: StepName) -> Outcome:
        if self._subject is not None:
            return _CHECKS[step](self._subject)
        settings = self._given if self._given is not None else load_settings()
        subject = subject_of(settings, self._limits, self._clock)
        return Outcome(
            "ok",
            "settings_ok",
            {
                "endpoint": settings.api_endpoint,
                "key": "set" if settings.api_key else "not_set",
                "session": "set" if settings.has_session else "not_set",
                "dialect": settings.api_dialect,
                "proxy": ":".join(str(part) for part in subject.peer) if subject.is_proxied else "none",
            },
            {"subject": subject},
        )


def _bounded(check: Callable[[], Outcome], limit_s: float) -> Outcome:
    """The check's outcome, or a failure when it takes longer: what the system does about a name or a
    dripping answer cannot be interrupted, so it is left behind."""
    answered: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

    threading.Thread(target=lambda: answered.put(check()), name="agentops-doctor", daemon=True).start()
    try:
        return answered.get(timeout=limit_s)
    except queue.Empty:
        return Outcome("failed", "step_timed_out", {"limit_s": limit_s})


def _our_mistake(error: Exception) -> Outcome:
    # its text is left out: it may quote what was being handled
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Outcome(
        "failed",
        "our_mistake",
        {"kind": type(error).__name__, "place": f"{Path(place.filename).name}:{place.lineno}"},
    )
