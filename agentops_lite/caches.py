"""Upstream's own answer caches, with its lifetimes and sizes; they are part of what clients must cope with.

Recordings: cache/1..9.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

LIST_SECONDS = 30
METRICS_SECONDS = 300


class AnswerCache:
    """Answers by exact question, for `seconds`. `size` bounds the memory; the oldest tenth goes first."""

    def __init__(self, *, seconds: float, size: int, now: Callable[[], float], enabled: bool) -> None:
        self._seconds, self._size, self._now, self._enabled = seconds, size, now, enabled
        self._answers: dict[Hashable, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def get(self, question: Hashable) -> dict[str, Any] | None:
        with self._lock:
            kept = self._answers.get(question)
            if kept is None:
                return None
            if self._now() - kept[0] < self._seconds:
                return kept[1]
            del self._answers[question]
            return None

    def put(self, question: Hashable, answer: dict[str, Any]) -> None:
        if not self._enabled:
            return
        with self._lock:
            self._answers[question] = (self._now(), answer)
            if len(self._answers) > self._size:
                for old in sorted(self._answers, key=lambda q: self._answers[q][0])[: self._size // 10]:
                    del self._answers[old]
