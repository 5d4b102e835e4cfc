"""What a watcher is told, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from dashboard.text import Formats, Words

from .database import Notice
from .outbox import Delivery
from .records import Kept
from .rules import AlertRules, Rule, Webhook
from .webhook import pause_after

Role = Literal["starting", "watching", "other_process", "closed"]


@dataclass(frozen=True, kw_only=True)
class WatchOptions:
    """Attributes:
    rules: what is watched, and who is told.
    folder: where the memory file lies; None keeps it in memory.
    words, formats: of messages.
    every: between two looks at the rules.
    pause: after a message was not taken, by failed attempts and the pause that the receiver asked for.
    """

    rules: AlertRules
    folder: Path | None
    words: Words
    formats: Formats
    every: timedelta = timedelta(seconds=30)
    pause: Callable[[int, timedelta | None], timedelta] = field(default=pause_after)

    def of_project(self, name: str) -> WatchOptions:
        """With the rules that are for the project of this name."""
        rules = tuple(rule for rule in self.rules.rules if not rule.projects or name in rule.projects)
        return replace(self, rules=replace(self.rules, rules=rules))


@dataclass(frozen=True)
class View:
    """What a page shows.

    Attributes:
        role: whether this process watches, or ``other_process`` (`pid`) does.
        rules: each rule with what is known of it; None before the first look.
        deliveries: each webhook and how it is doing.
        notices: what is odd about the memory file.
        looked_at: when the rules were last looked at.
        late: that was too long ago: nobody watches just now.
    """

    role: Role
    pid: int
    rules: tuple[tuple[Rule, Kept | None], ...]
    deliveries: tuple[tuple[Webhook, Delivery], ...]
    notices: tuple[Notice, ...]
    looked_at: datetime | None
    late: bool
