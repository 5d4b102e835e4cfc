"""How AgentOps has answered in the last hour, and lamps for the stack around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from agentops_client import KINDS

from .. import panels
from ..heartbeat import Beat, Lamp, Record
from ..panels import Page
from ..panels.beats import State
from ..reading import cause_in_words
from ..upstream import Upstream

MINUTES = 60
_STATES: dict[str, State] = {"up": "good", "failing": "mixed", "down": "bad", "unknown": "none"}


def history(record: Record, page: Page) -> None:
    """One row of minutes for each kind of question that was asked."""
    words, formats = page.words, page.formats
    since = page.now - timedelta(minutes=MINUTES - 1)
    found = record.beats(since)
    panels.section(words("health.beats"), (words("health.beats_help"),))
    if record.trouble:
        panels.note(words("health.beats_not_kept", cause=record.trouble))
    rows = [
        _row(kind, [beat for beat in found if beat.kind == kind], page)
        for kind in KINDS
        if kind != "other" and any(beat.kind == kind for beat in found)
    ]
    if not rows:
        panels.hint(words("health.beats_none"))
        return
    panels.beats(
        rows, label=words("health.beats"), first=formats.clock(since), last=formats.clock(page.now),
    )  # fmt: skip


def lamps(source: Upstream, seen: Sequence[Lamp], page: Page) -> None:
    """The API itself, as pages find it, and the other parts of the stack."""
    words, formats = page.words, page.formats
    outage, name = source.outage, words("health.lamp_api")
    if outage is None:
        api = panels.Light("good", name, words("health.lamp_up"), source.endpoint)
    else:
        cause = cause_in_words(outage.error.cause, page)
        since = words("health.lamp_since", since=formats.clock(outage.since, seconds=True))
        told = f"{words('health.lamp_down', cause=cause)} · {since}"
        api = panels.Light("bad", name, told, source.endpoint)
    panels.section(words("health.lamps"), (words("health.lamps_help"),))
    panels.lamps([api, *(_lamp(lamp, page) for lamp in seen)], label=words("health.lamps"))


def is_down(source: Upstream, page: Page) -> panels.NoAnswer | None:
    """What the header says while AgentOps is out of reach."""
    if source.outage is None:
        return None
    out = source.outage
    return panels.NoAnswer(out.error, page.now, out.since, out.retry_at)


def _row(kind: str, found: Sequence[Beat], page: Page) -> panels.BarRow:
    words, formats = page.words, page.formats
    by_minute = {beat.minute: beat for beat in found}
    last = int(page.now.timestamp() // 60)
    bars = tuple(_bar(minute, by_minute.get(minute), page) for minute in range(last - MINUTES + 1, last + 1))
    tries, failed = sum(beat.tries for beat in found), sum(beat.failed for beat in found)
    mean_s = sum(beat.total_s for beat in found) / tries
    said = words(
        "health.sum", tries=formats.count(tries), failed=formats.count(failed), mean=formats.duration(mean_s)
    )
    return panels.BarRow(words(f"health.kind_{kind}"), bars, said, _state(found[-1]))


def _bar(minute: int, beat: Beat | None, page: Page) -> panels.Bar:
    words, formats = page.words, page.formats
    if beat is None:
        at = Beat("other", minute).at
        return panels.Bar("none", words("health.bar_none", time=formats.clock(at)))
    code = words("health.code", status=beat.status)
    if beat.status is None:
        code = words("health.code_none", cause=cause_in_words(beat.cause or "", page))
    text = words(
        "health.bar", time=formats.clock(beat.at), tries=formats.count(beat.tries),
        failed=formats.count(beat.failed), mean=formats.duration(beat.mean_s),
        longest=formats.duration(beat.longest_s), code=code,
    )  # fmt: skip
    return panels.Bar(_state(beat), text)


def _state(beat: Beat) -> State:
    if not beat.failed:
        return "good"
    return "bad" if beat.failed == beat.tries else "mixed"


def _lamp(lamp: Lamp, page: Page) -> panels.Light:
    words, formats = page.words, page.formats
    cause = words(f"health.lamp_{lamp.cause}") if lamp.cause else ""
    told = words(f"health.lamp_{lamp.state}", status=lamp.status, cause=cause)
    if lamp.duration_s is not None and lamp.state == "up":
        told += f" · {formats.duration(lamp.duration_s)}"
    if lamp.since is not None and lamp.state in ("down", "failing"):
        told += f" · {words('health.lamp_since', since=formats.clock(lamp.since, seconds=True))}"
    return panels.Light(_STATES[lamp.state], lamp.place.name, told, lamp.place.url)
