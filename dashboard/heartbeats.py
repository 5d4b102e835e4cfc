"""The record of tries and the stack's lamps of this process, as the settings want them."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from agentops_client import AgentOpsSettings

from .heartbeat import Lamps, Place, Record, places
from .settings import dashboard_settings
from .upstream import Upstream

_lock = threading.Lock()
_records: WeakKeyDictionary[Upstream, Record] = WeakKeyDictionary()
_lamps: dict[tuple[Place, ...], Lamps] = {}


def record_of(upstream: Upstream) -> Record:
    """The record of `upstream`'s tries, which begins with the first call."""
    with _lock:
        record = _records.get(upstream)
        if record is None:
            record = _records[upstream] = Record(dashboard_settings().archive_folder, _whose(upstream))
            upstream.tries.tell(record.observe)
        return record


def lamps_of(upstream: Upstream) -> Lamps:
    """The lamps of the stack around `upstream`: AgentOps' own dashboard and OTLP endpoint where they are set,
    and the places of ``DASHBOARD_STACK_URLS``. An embedded AgentOps has neither of the former."""
    wanted = _places(upstream)
    with _lock:
        for others in [known for known in _lamps if known != wanted]:
            _lamps.pop(others).close()
        if wanted not in _lamps:
            _lamps[wanted] = Lamps(wanted)
        return _lamps[wanted]


def write_all() -> None:
    """Writes what has not been written; at the process's end."""
    with _lock:
        for record in _records.values():
            record.write()
        while _lamps:
            _lamps.popitem()[1].close()


def _whose(upstream: Upstream) -> str:
    """Each project has a key of its own, and a refused one is not the others' outage."""
    return f"{upstream.endpoint}#{upstream.project}" if upstream.project else upstream.endpoint


def _places(upstream: Upstream) -> tuple[Place, ...]:
    found: list[Place] = []
    if not upstream.embedded:
        settings: AgentOpsSettings = upstream.client.settings
        own = (("AgentOps dashboard", settings.app_url), ("OTLP", settings.exporter_endpoint))
        found += [Place(name, url) for name, url in own if url]
    named = places(dashboard_settings().stack_urls or "")
    return (*(place for place in found if place.name not in {each.name for each in named}), *named)
