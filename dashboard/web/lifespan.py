"""What runs as long as the server does."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from .. import upstream

#: Streamlit's collection after every run is off (it costs more than the run); this one replaces it.
COLLECT_EVERY_S = 60.0


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[dict[str, Any] | None]:
    """Collects garbage once a minute, and closes the upstream at the end."""
    task = asyncio.create_task(_collect())
    try:
        yield None
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        upstream.close_shared()


async def _collect() -> None:
    while True:
        await asyncio.sleep(COLLECT_EVERY_S)
        gc.collect()
