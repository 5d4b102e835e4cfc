"""What runs as long as the server does."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from agentops_client import AgentOpsError

from .. import projects, shelf
from ..alerts.shared import alert_watch
from ..alerts.shared import close_shared as close_alerts
from ..archive.shared import close_shared as close_archive
from ..components import assets
from ..heartbeats import record_of, write_all

#: Streamlit's collection after every run is off (it costs more than the run); this one replaces it.
COLLECT_EVERY_S = 60.0


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[dict[str, Any] | None]:
    """Follows AgentOps into the span archive, watches the alert rules, keeps the record of tries, collects
    garbage once a minute; and ends all of it."""
    task = asyncio.create_task(_collect())
    assets.register()
    # Settings that cannot be used, a busy file: pages say so, and open these when they can.
    with suppress(AgentOpsError, sqlite3.OperationalError):
        for upstream in projects.every():
            record_of(upstream)
            shelf.shelf_of(upstream)
            alert_watch(upstream)
    try:
        yield None
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        close_alerts()
        close_archive()
        write_all()
        projects.close_shared()


async def _collect() -> None:
    while True:
        await asyncio.sleep(COLLECT_EVERY_S)
        gc.collect()
