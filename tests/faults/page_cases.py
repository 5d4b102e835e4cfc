"""Every fault at every endpoint, as the reader of every page meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from agentops_client import LogNotFound, TraceNotFound
from dashboard.queries import NoData, check
from dashboard.text import Words
from tests.faults.client_cases import drift_fault, field_drifts
from tests.faults.page_case import ASKS, PAGES, PageCase, State
from tests.faults.page_checks import LOOKS, admits, alike, bounded, checked, says, unaffected
from tests.faults.page_reader import Reader, quiet, reading
from tests.faults.seen import Seen
from tests.faults.table import CAUSES, ENDPOINTS, FAULTS, Fault, Leaf
from tests.faults.world import World

#: A trace without a log is nothing to worry about.
HINTS: Final[dict[Leaf | None, str]] = {LogNotFound: "trace.log_none", TraceNotFound: "trace.log_refused"}
#: A page shows what is wrong, or all there is, within so many runs; the browser comes back after so long.
RUNS: Final = 12
BACK_S: Final = 0.7
#: So often other pages ask while Health is looked at.
OTHERS: Final = 3
#: Seconds of the upstream's clock within which a healed AgentOps is on the page again.
RECOVERY_S: Final = 10
#: Seconds between two refreshes of a page.
REFRESH_S: Final = 10
#: After so long, whatever a page shows is asked for again; a settled trace is kept longest.
WARM_S: Final = 301


def page_cases(world: World, *, pages: tuple[str, ...] = PAGES, drift: bool = True) -> Iterator[PageCase]:
    """All of this world's; whether a page was open before takes turns."""
    for endpoint in ENDPOINTS:
        if endpoint == "login" and not world.by_session:
            continue
        faults = [fault for fault in FAULTS.values() if endpoint in fault.endpoints]
        fields = [drift_fault(each) for each in field_drifts(world, endpoint)] if drift else []
        for turn, fault in enumerate(faults + fields):
            for page in pages:
                if fault in fields and endpoint not in ASKS[page]:
                    continue
                state = _state(endpoint, turn + PAGES.index(page), by_session=world.by_session)
                yield PageCase(page, endpoint, fault, state)


def _state(endpoint: str, turn: int, *, by_session: bool) -> State:
    if endpoint in ("token", "login", "log"):
        return "cold"  # a log stays as long as its reader does, a token and a session far longer
    if by_session:
        return "warm"  # a read that fails before the session is there fails another way
    return "cold" if turn % 2 else "warm"


class Sounds:
    """The pages of a sound AgentOps, each with the number of requests that it took; looked at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[tuple[str, bool], tuple[Seen, int]] = {}

    def of(self, page: str, fault: Fault) -> tuple[Seen, int]:
        key = (page, fault.tls)
        if key not in self._known:
            self._known[key] = _sound(self._world, page, replace(fault, settings={}))
        return self._known[key]


def _sound(world: World, page: str, fault: Fault) -> tuple[Seen, int]:
    world.heal()
    world.faulty(fault).forget()
    with reading(world, page, fault) as reader:
        shown = _settled(reader, world)
        assert not shown.is_down, f"{page} is not well: {shown.cause}"
        asked = {each.endpoint for each in world.faulty(fault).asked} - {"login"}
        assert asked <= ASKS[page], f"{page} asks for {asked}"
        return shown, world.faulty(fault).count()


def run(case: PageCase, world: World, sounds: Sounds) -> dict[str, int]:
    """Breaks, looks, looks again, heals, looks again; requests sent in each part. Raises AssertionError."""
    leaf = case.leaf(by_session=world.by_session)
    needed = case.needed(by_session=world.by_session)
    met = needed or case.endpoint in ASKS[case.page]
    fault = case.fault if met else replace(case.fault, settings={})  # little patience is for what is met
    broken = world.faulty(fault)
    hint = HINTS.get(leaf) if needed and case.endpoint == "log" else None
    down = needed and leaf is not None and hint is None
    sound, sound_requests = sounds.of(case.page, fault)
    world.heal()
    world.log.lines.clear()
    with reading(world, case.page, fault) as reader:
        if case.state == "warm":
            _settled(reader)
            if case.page == "health":
                _others_read(reader)
            reader.clock.pass_(WARM_S)
        broken.forget()
        world.break_(fault, case.endpoint)
        try:
            if case.page == "health":
                _others_read(reader)
                quiet(reader)
            by_others = broken.count(case.endpoint)
            shown = _until_said(reader, world, case, leaf) if down else _settled(reader, world)
            quiet(reader)
            counts = {"first": broken.count()}
            if down and shown.is_down:
                assert leaf is not None
                says(shown, CAUSES[leaf].code, case)
            else:
                unaffected(case, shown, sound, needed=needed)
            if not down:
                assert hint is None or Words("en")(hint) in shown.text, "no word about the log"
                asked = broken.count(case.endpoint) - by_others
                assert needed or asked <= 2 * fault.tries, f"{asked} requests of no need"
            most = 2 * sound_requests + 4 * fault.tries_of(case.endpoint) * len({case.endpoint, *fault.also})
            assert counts["first"] <= most, f"{counts['first']} requests for a first view, {most} are enough"
            for part, seconds in (("reruns", 0), ("refreshes", REFRESH_S)):
                broken.forget()
                for _ in range(LOOKS if down else 1):
                    reader.clock.pass_(seconds)
                    again = checked(reader.look(), world, reader.page)
                    if down and (case.needs_rows or (seconds and again.status == "loading")):
                        again = _until_said(reader, world, case, leaf)  # its totals are asked again first
                    same = _said(again, case, leaf) if down else not again.is_down
                    assert same, f"now {again.cause or 'no cause'}: {again.text[:300]}"
                quiet(reader)
                counts[part] = broken.count()
            if down:
                bounded(counts, most)
        finally:
            world.heal()
        if down:
            _recovers(reader, world, case, sound)
    assert not (found := world.leaks("".join(world.log.lines))), f"in the log: {found}"
    return counts


def _others_read(reader: Reader) -> None:
    """Other pages ask while this one is looked at."""
    for _ in range(OTHERS):
        with suppress(NoData):
            check(reader.upstream, wait_s=1.5)


def _settled(reader: Reader, world: World | None = None) -> Seen:
    """The page once it has all that it waits for."""
    shown = None
    for _ in range(RUNS):
        shown = reader.look()
        if world is not None:
            checked(shown, world, reader.page)
        if shown.status != "loading" and not shown.is_down and "being read" not in shown.text:
            break
        if shown.is_down:
            break
        quiet(reader, BACK_S)
    assert shown is not None
    if reader.upstream.busy and not shown.is_down:  # what is compared with earlier stretches comes last
        quiet(reader)
        shown = reader.look()
    return shown


def _said(shown: Seen, case: PageCase, leaf: Leaf | None) -> bool:
    """Whether the page says that AgentOps failed; beside figures only where some answers are sound."""
    return shown.is_down or (case.needs_rows and leaf is not None and admits(shown, CAUSES[leaf].code))


def _until_said(reader: Reader, world: World, case: PageCase, leaf: Leaf | None) -> Seen:
    for _ in range(RUNS):
        shown = checked(reader.look(), world, reader.page)
        if _said(shown, case, leaf):
            return shown
        quiet(reader, BACK_S)
    raise AssertionError(f"no panel after {RUNS} runs: {shown.text[:400]}")


def _recovers(reader: Reader, world: World, case: PageCase, sound: Seen) -> None:
    shown = None
    exactly = case.state == "cold" and case.page != "on_call"  # whose rates go by the hour so far
    if case.fault.name.endswith("_after_60"):
        reader.clock.pass_(60)  # AgentOps' own wish
    for seconds in (3, 3, 3, RECOVERY_S - 9):
        reader.clock.pass_(seconds)
        shown = _settled(reader, world)
        if not shown.is_down and alike(shown, sound, exactly=exactly):
            return
    assert shown is not None
    state = f"{shown.cause or shown.status}: {shown.figures} {shown.text[:400]}"
    raise AssertionError(f"not well {RECOVERY_S} s after: {state}")
