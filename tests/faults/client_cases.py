"""Every fault at every endpoint, as the client meets it."""

from __future__ import annotations

import copy
import json
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel

from agentops_client import AgentOpsClient, AgentOpsError, Attempt
from tests.faults.acts import changed
from tests.faults.drift import Drift, changes, drifts, is_blank
from tests.faults.table import CAUSES, ENDPOINTS, FAULTS, HARMLESS, LIST_FAULTS, Fault, told
from tests.faults.world import TRACE, World

#: A healed AgentOps is read again within this.
RECOVERY_S: Final = 10.0
#: No failure keeps its caller longer.
LONGEST_S: Final = 10.0
#: What is right all the same is asked for so often.
ASKS: Final = 4


@dataclass(frozen=True)
class ClientCase:
    """One fault at one endpoint; `drift` is the field that it concerns."""

    endpoint: str
    fault: Fault
    drift: Drift | None = None

    @property
    def name(self) -> str:
        return f"{self.endpoint}-{self.fault.name}"


def client_cases(world: World) -> Iterator[ClientCase]:
    """All of this world's: logins are of stock builds only."""
    for endpoint in ENDPOINTS:
        if endpoint == "login" and not world.by_session:
            continue
        for fault in FAULTS.values():
            if endpoint in fault.endpoints:
                yield ClientCase(endpoint, fault)
        for drift in field_drifts(world, endpoint):
            yield ClientCase(endpoint, drift_fault(drift), drift)


def field_drifts(world: World, endpoint: str) -> list[Drift]:
    return [] if endpoint == "login" else list(drifts(endpoint, sound_body(world, endpoint)))


def drift_fault(drift: Drift) -> Fault:
    from agentops_client import AnswerUnreadable

    leaves = HARMLESS if drift.harmless else told(AnswerUnreadable)
    return Fault(name=drift.name, act=changed(drift.apply), leaves=leaves, endpoints=(drift.endpoint,))


def sound_body(world: World, endpoint: str) -> Any:
    """The endpoint's answer as it came over the wire."""
    seen: list[bytes] = []
    world.upstream.break_(frozenset({endpoint}), changed(lambda answer: seen.append(answer.body)))
    with world.client(FAULTS["500"], lambda _: None) as client:
        ask(client, endpoint, world)
    world.heal()
    return json.loads(seen[-1])


def ask(client: AgentOpsClient, endpoint: str, world: World) -> Any:
    """One call that needs the endpoint."""
    match endpoint:
        case "token":
            return client.token().project_id
        case "list":
            return client.traces(world.start, world.end, limit=5)
        case "metrics" | "login":
            return client.project_metrics(world.start, world.end)
        case "detail":
            return client.trace(f"{TRACE:032x}")
        case "log":
            return client.logs(f"{TRACE:032x}")
    return client.health()


def run(case: ClientCase, world: World) -> None:
    """Breaks, asks, heals, asks again. Raises AssertionError where anything is not as it should be."""
    tries: list[Attempt] = []
    fault, endpoint = case.fault, case.endpoint
    upstream = world.faulty(fault)
    world.heal()
    with world.client(fault, tries.append) as client:
        _prime(client, endpoint, world)
        with world.client(replace(fault, settings={}), lambda _: None) as other:
            sound = ask(other, endpoint, world)
        world.log.lines.clear()
        tries.clear()
        upstream.forget()
        world.break_(fault, endpoint)
        leaf = fault.leaf(endpoint, by_session=world.by_session)
        try:
            if leaf is None:
                _right_all_the_same(case, client, sound, world)
            else:
                _raised(case, client, world)
            sent = upstream.count(endpoint)
            most = fault.tries_of(endpoint) + (ASKS if leaf is None else 0)
            assert sent <= most, f"{sent} requests, {most} are enough"
            assert _tried(tries, endpoint) <= most, f"{_tried(tries, endpoint)} tries, {most} are enough"
            assert upstream.count("token") <= max(2, fault.tries), "the key was exchanged again and again"
            assert not (found := world.leaks("".join(world.log.lines))), f"in the log: {found}"
        finally:
            world.heal()
        got = _patiently(lambda: ask(client, endpoint, world), world)
        assert got == sound, "another value once healed"


def _prime(client: AgentOpsClient, endpoint: str, world: World) -> None:
    """What was read before the fault began: all but what the endpoint itself is for."""
    if endpoint == "token":
        return
    _patiently(client.token, world)
    if world.by_session and endpoint not in ("login", "health"):
        _patiently(lambda: client.project_metrics(world.start, world.end), world)


def _tried(tries: list[Attempt], endpoint: str) -> int:
    kind = "other" if endpoint == "login" else endpoint
    return sum(attempt.kind == kind for attempt in tries)


def _raised(case: ClientCase, client: AgentOpsClient, world: World) -> None:
    fault, endpoint = case.fault, case.endpoint
    leaf = fault.leaf(endpoint, by_session=world.by_session)
    assert leaf is not None
    began = time.monotonic()
    got: Any = None
    error: AgentOpsError | None = None
    try:
        got = ask(client, endpoint, world)
    except AgentOpsError as raised:
        error = raised
    took = time.monotonic() - began
    assert error is not None, f"no error but {str(got)[:300]}"
    assert type(error) is leaf, f"{type(error).__name__}, not {leaf.__name__}: {error}"
    cause = CAUSES[leaf]
    assert error.cause == cause.code
    assert cause.remedy in error.remedy and error.remedy, f"remedy: {error.remedy}"
    assert fault.phase is None or error.phase == fault.phase, f"phase {error.phase}"
    assert took < LONGEST_S, f"took {took:.1f} s"
    assert error.endpoint == client.settings.api_endpoint
    if case.drift is not None:
        name = case.drift.place.rpartition(".")[2]
        assert name in "; ".join(error.fields), f"{name} is not named: {error.fields}"
    if fault.name.endswith("_after_60"):
        assert error.retry_after_s == 60
    assert error.__cause__ is error.__context__ is None, "something is chained"
    again = pickle.loads(pickle.dumps(copy.copy(error)))
    shown = "\n".join(
        [
            str(error),
            repr(error),
            repr(vars(error)),
            repr(vars(again)),
            error.portal_message,
            error.log_message,
        ]
    )
    quotes = fault.name.startswith(("echo_", "50", "40", "html", "42"))  # AgentOps' own words for a reader
    assert not (found := world.leaks(shown, content=quotes)), f"in the error: {found}"


def _right_all_the_same(case: ClientCase, client: AgentOpsClient, sound: Any, world: World) -> None:
    for _ in range(ASKS):
        got = ask(client, case.endpoint, world)
        if case.drift is None:
            assert got == sound, "another value"
        else:
            odd = [new for new in changes(_plain(sound), _plain(got)) if not is_blank(new)]
            assert not odd, f"a value out of nothing: {odd}"
            unread = case.drift.place not in _read(case.drift)
            assert not unread or got == sound, "a field that is not read changes something"


def _read(drift: Drift) -> set[str]:
    from tests.faults.drift import NEEDED, READ

    return NEEDED[drift.endpoint] | READ[drift.endpoint]


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else value


def _patiently(request: Callable[[], Any], world: World) -> Any:
    """The answer of a sound AgentOps to a client of little patience."""
    deadline = time.monotonic() + RECOVERY_S
    while True:
        try:
            return request()
        except AgentOpsError as error:
            assert not (found := world.leaks(repr(vars(error)))), f"in the error of the next: {found}"
            assert time.monotonic() < deadline, f"not well {RECOVERY_S:.0f} s after: {error!r}"
            time.sleep(0.1)


def walked(name: str, world: World) -> None:
    """A walk over all pages of a list of which `name` disturbs the sense."""
    usual = FAULTS["500"]
    with world.client(usual, lambda _: None) as client:
        sound = {row.trace_id for row in client.iter_traces(world.start, world.end, limit=3)}
        assert len(sound) == 10
        world.upstream.forget()
        world.upstream.break_(frozenset({"list"}), LIST_FAULTS[name])
        try:
            rows = [row.trace_id for row in client.iter_traces(world.start, world.end, limit=3)]
        finally:
            world.heal()
    assert len(rows) == len(set(rows)), "a trace came twice"
    wanted = set() if name == "empty" else sound
    assert set(rows) == wanted, f"{len(rows)} of {len(wanted)} traces"
    assert world.upstream.count("list") <= 10, f"{world.upstream.count('list')} pages read"
