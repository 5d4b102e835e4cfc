"""``/metrics``: for Prometheus. The guard says who may read it."""

from __future__ import annotations

from prometheus_client.exposition import choose_encoder
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from ..telemetry.collector import registry_of


def open_viewers() -> int | None:
    """Browser tabs connected now, by Streamlit's own count; None before its runtime is there."""
    if not runtime.exists():
        return None
    told = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    counted = [stat.value for stat in told.get(ACTIVE_SESSIONS_FAMILY, ()) if isinstance(stat, GaugeStat)]
    return sum(counted) if counted else None


_registry = registry_of(open_viewers)


async def metrics(request: Request) -> Response:
    """All metrics in Prometheus' text format, or in OpenMetrics where that is asked for."""
    return await run_in_threadpool(_scraped, request.headers.get("accept", ""))


def _scraped(accept: str) -> Response:
    try:
        encoder, content_type = choose_encoder(accept)
    except TypeError:  # a version that is no number
        encoder, content_type = choose_encoder("")
    return Response(
        encoder(_registry),
        headers={"Content-Type": content_type, "Cache-Control": "no-store", "Vary": "Accept"},
    )


routes = [Route("/metrics", metrics)]
