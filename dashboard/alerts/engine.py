"""Whether a rule fires: one value after the other in, states and changes out. Pure: no clock.

* **Unknown is neither good nor bad.** A rule that has not fired becomes *unknown*; what it had already been
  breached counts no more, and ``for`` begins anew with the next breach. An alert that has fired is *unknown*
  too, but stays open: only a value that clears ends it, so missing data never says that all is well.
* **Unseen time is unknown.** Where more than `longest_gap` lies between two looks, or the clock went
  backwards, nobody saw the rule being breached in between: ``for`` begins anew. An open alert stays open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .rules import Rule

StateName = Literal["ok", "pending", "firing", "unknown"]

#: Rules are looked at every half minute: this is a process that slept.
LONGEST_GAP = timedelta(minutes=2)


@dataclass(frozen=True)
class State:
    """A rule's state after a look.

    Attributes:
        name: ``ok``; ``pending`` (breached, not long enough); ``firing``; ``unknown`` (no value).
        since: since when it has been so; of a firing rule, when it fired.
        at: when it was looked at.
        value: what was seen then; None: unknown.
        held_since: since when it has been breached without a break; of an open alert, before it fired.
        fired_at: when the open alert fired; None without one. Open alerts are ``firing`` or ``unknown``.
    """

    name: StateName
    since: datetime
    at: datetime
    value: float | None
    held_since: datetime | None = None
    fired_at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """An alert fired or cleared.

    Attributes:
        at: when; not before `fired_at`.
        value: what was seen.
        held_since: since when the rule had been breached when it fired.
        fired_at: when it fired.
    """

    kind: Literal["fired", "cleared"]
    at: datetime
    value: float
    held_since: datetime
    fired_at: datetime


def evaluate(
    rule: Rule,
    state: State | None,
    value: float | None,
    now: datetime,
    *,
    longest_gap: timedelta = LONGEST_GAP,
) -> tuple[State, Change | None]:
    """The state of `rule` after `value` was seen at `now`, and what changed.

    Args:
        state: after the look before; None for the first.
        value: in the metric's unit; None, NaN and infinities are unknown.
    """
    if value is not None and not math.isfinite(value):
        value = None
    if state is not None and state.fired_at is not None:
        return _open(rule, state, state.fired_at, value, now)
    if value is None:
        return State("unknown", _since("unknown", state, now), now, None), None
    if not rule.breached(value):
        return State("ok", _since("ok", state, now), now, value), None
    held_since = now
    if state is not None and state.held_since is not None and timedelta() <= now - state.at <= longest_gap:
        held_since = state.held_since
    if now - held_since < rule.hold:
        return State("pending", held_since, now, value, held_since), None
    fired = State("firing", now, now, value, held_since, now)
    return fired, Change("fired", now, value, held_since, now)


def _open(
    rule: Rule, state: State, fired_at: datetime, value: float | None, now: datetime
) -> tuple[State, Change | None]:
    held_since = state.held_since or fired_at
    if value is None:
        return State("unknown", _since("unknown", state, now), now, None, held_since, fired_at), None
    if not rule.clears(value):
        return State("firing", fired_at, now, value, held_since, fired_at), None
    cleared = Change("cleared", max(now, fired_at), value, held_since, fired_at)
    return State("ok", now, now, value), cleared


def _since(name: StateName, before: State | None, now: datetime) -> datetime:
    return min(before.since, now) if before is not None and before.name == name else now
