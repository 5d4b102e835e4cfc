"""One line in the log for each failure of AgentOps, once per cause, endpoint and minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from .errors import AgentOpsError

logger = logging.getLogger("agentops_client")

#: A failure of the same cause at the same endpoint is silent for so long.
QUIET_S = 60.0


class FailureLog:
    """Writes the portal's Korean sentence and, for machines, the fields beside it. Thread-safe.

    ``clock`` gives seconds of any origin.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._written: dict[tuple[str, str | None], float] = {}

    def write(self, error: AgentOpsError) -> None:
        key = (error.cause, error.endpoint)
        now = self._clock()
        with self._lock:
            before = self._written.get(key)
            if before is not None and 0 <= now - before < QUIET_S:
                return
            self._written[key] = now
        fields = {
            "endpoint": error.endpoint,
            "cause": error.cause,
            "status": error.status,
            "phase": error.phase,
            "method": error.method,
            "path": error.path,
            "duration_ms": None if error.duration_s is None else round(error.duration_s * 1000),
        }
        given = {name: value for name, value in fields.items() if value is not None}
        logger.log(
            error.log_level,
            "%s %s",
            error.log_message,
            " ".join(f"{name}={value}" for name, value in given.items()),
            extra=given,
        )
