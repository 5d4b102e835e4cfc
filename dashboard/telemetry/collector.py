"""All families, as Prometheus asks for them."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import metadata

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.registry import Collector

from agentops_client import AgentOpsError
from dashboard import projects
from dashboard.settings import SettingsProblem, dashboard_settings
from dashboard.upstream import Upstream

from .families import Sheet
from .looks import Looks

#: Files are waited for so long in all; then what was seen before is told, or nothing.
WAIT_S = 0.005
DISTRIBUTION = "agentops-dashboard"


def registry_of(viewers: Callable[[], int | None]) -> CollectorRegistry:
    """A registry of its own: what is told of the dashboard, and of its process where Linux tells it.

    Args:
        viewers: how many pages are open; None: nobody knows.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(DashboardCollector(viewers))
    return registry


class DashboardCollector(Collector):
    """Asks AgentOps nothing and waits for nobody; without usable settings it says so and tells the rest."""

    def __init__(self, viewers: Callable[[], int | None], *, clock: Callable[[], float] = time.time) -> None:
        self._viewers, self._clock = viewers, clock
        self._lock = threading.Lock()
        self._looks: dict[str, Looks] = {}  # by the name of the project
        self._build = (_version(DISTRIBUTION), platform.python_version(), _version("streamlit"))

    def collect(self) -> Iterator[Metric]:
        sheet = Sheet()
        sheet.put("build", 1, *self._build)
        sheet.put("viewers", self._viewers())
        try:
            upstreams, follow = projects.every(), dashboard_settings().archive_follow
        except (AgentOpsError, SettingsProblem):
            upstreams, follow = [], timedelta()
        sheet.put("settings_valid", int(bool(upstreams)))
        looks = self._looks_of(upstreams, follow)
        for look in looks:
            look.begin()
        deadline = time.monotonic() + WAIT_S
        for upstream, look in zip(upstreams, looks, strict=True):
            self._tell_upstream(sheet, upstream)
            look.tell(sheet, deadline)
        yield from _joined(upstreams)
        yield from sheet

    def _tell_upstream(self, sheet: Sheet, upstream: Upstream) -> None:
        project, outage = upstream.project, upstream.outage
        sheet.put("upstream_outage", int(outage is not None), project)
        if outage is not None:
            since = outage.since.timestamp()
            sheet.put("upstream_outage_start_timestamp_seconds", since, project, outage.error.cause)
        last = upstream.counts.last_good_at
        age_s = None if last is None else max(0.0, self._clock() - last)
        sheet.put("upstream_last_success_age_seconds", age_s, project)
        sheet.put("questions_under_way", upstream.busy, project)

    def _looks_of(self, upstreams: list[Upstream], follow: timedelta) -> list[Looks]:
        with self._lock:
            before, self._looks = self._looks, {}
            for upstream in upstreams:
                known = before.get(upstream.project)
                if known is None or known.upstream is not upstream:
                    known = Looks(upstream, follow=follow)
                self._looks[upstream.project] = known
            return list(self._looks.values())


def _joined(upstreams: list[Upstream]) -> Iterator[Metric]:
    """What each upstream counted, one family for all of them."""
    families: dict[str, Metric] = {}
    for upstream in upstreams:
        for family in upstream.counts.collect():
            if family.name in families:
                families[family.name].samples += family.samples
            else:
                families[family.name] = family
    yield from families.values()


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
