"""Answers of the archive, kept until it changes: many viewers, one question each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import pandas as pd

from ..archive import Archive
from ..archive.reading import Limited

#: Fields (rows times columns) that are kept of one archive's answers, some tens of MB; oldest use first out.
MOST_FIELDS = 500_000

T = TypeVar("T")


@dataclass(eq=False)
class _Answer:
    """One answer, or the wait for it."""

    done: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    good: bool = False


class Remembered:
    """Answers of one archive, at its present revision. Thread-safe; a question under way is not asked again.

    An answer is never older than the revision under which it is found: the revision is read before the
    question is asked, and rises after a change was committed. Nothing else may change an answer, so a
    question must depend on the archive's figures and its arguments alone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = -1
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._fields = 0

    def ask(self, archive: Archive, question: Callable[..., T], /, *args: object, **kw: object) -> T:
        """What `archive` answers; frames are the caller's own, to change as it likes.

        Raises:
            ArchiveUnreadable: its file turned out to be broken just now.
        """
        key = (question, _fixed(args), tuple(sorted((name, _fixed(value)) for name, value in kw.items())))
        while True:
            with self._lock:
                self._forget_older(archive.revision)
                answer = self._answers.get(key)
                mine = answer is None
                if answer is None:
                    answer = self._answers[key] = _Answer()
                self._answers.move_to_end(key)
            if mine:
                return self._asked(archive, key, answer, lambda db: question(db, *args, **kw))
            answer.done.wait()
            if answer.good:
                return _own(cast(T, answer.value))
            # who asked first failed; perhaps we do not

    def _asked(self, archive: Archive, key: Hashable, answer: _Answer, question: Callable[[Any], T]) -> T:
        try:
            with archive.reading() as db:
                answer.value = question(db)
            answer.good = True
        finally:
            with self._lock:
                if self._answers.get(key) is answer:  # else the archive has changed meanwhile
                    self._settle(key, answer)
            answer.done.set()
        return _own(cast(T, answer.value))

    def _settle(self, key: Hashable, answer: _Answer) -> None:
        if not answer.good:
            del self._answers[key]
            return
        self._fields += _fields(answer.value)
        for old, held in list(self._answers.items()):
            if self._fields <= MOST_FIELDS:
                break
            if held.good:
                del self._answers[old]
                self._fields -= _fields(held.value)

    def _forget_older(self, revision: int) -> None:
        if revision != self._revision:
            self._revision = revision
            self._answers.clear()
            self._fields = 0


_of: WeakKeyDictionary[Archive, Remembered] = WeakKeyDictionary()
_of_lock = threading.Lock()


def remembered(archive: Archive) -> Remembered:
    """The answers that this process remembers of `archive`."""
    with _of_lock:
        return _of.setdefault(archive, Remembered())


def _fixed(value: object) -> Hashable:
    """An argument as part of a key."""
    if isinstance(value, list | tuple):
        return tuple(_fixed(item) for item in value)
    assert isinstance(value, Hashable)  # noqa: S101 - what else a question is asked with is a value
    return value


def _own(value: T) -> T:
    """`value` without a way to change what is remembered; frames share their data until one is changed."""
    if isinstance(value, pd.DataFrame):
        return cast(T, value.copy(deep=False))
    if isinstance(value, Limited):
        return cast(T, Limited(value.frame.copy(deep=False), value.total))
    return value


def _fields(value: object) -> int:
    frame = value.frame if isinstance(value, Limited) else value
    return frame.size + 1 if isinstance(frame, pd.DataFrame) else 1
