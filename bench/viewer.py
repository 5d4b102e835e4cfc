"""A viewer without a browser: Streamlit's websocket protocol, as a tab speaks it.

Its messages are those of the installed Streamlit.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LONGEST_S = 120.0


class Viewer:
    """One session; use as an asynchronous context manager.

    Args:
        address: of a page, with its query.
    """

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        self._socket_address = f"ws://{url.netloc}/_stcore/stream"
        self._origin, self._query, self._page = f"http://{url.netloc}", url.query, url.path.strip("/")
        self._address = address
        self._known: set[str] = set()
        self._fragment = ""
        self.bytes = 0
        self.complaints: list[str] = []

    async def __aenter__(self) -> Self:
        self._socket = await websockets.connect(
            self._socket_address, subprotocols=["streamlit"], origin=self._origin, max_size=None,
            ping_interval=None, proxy=None, open_timeout=LONGEST_S,
        )  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def run(self) -> float:
        """Has the page drawn anew; seconds until the server has finished."""
        return await self._rerun("")

    async def refresh(self) -> float:
        """What the page's own countdown asks for: its fragment, or all of it where it has none."""
        return await self._rerun(self._fragment)

    async def _rerun(self, fragment: str) -> float:
        asked = BackMsg()
        rerun = asked.rerun_script
        rerun.fragment_id = fragment
        rerun.query_string, rerun.page_name = self._query, self._page
        rerun.cached_message_hashes.extend(self._known)
        about = rerun.context_info
        about.timezone, about.locale, about.url, about.color_scheme = "UTC", "en-US", self._address, "light"
        begun = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        async with asyncio.timeout(LONGEST_S):
            while True:
                data = await self._socket.recv()
                self.bytes += len(data)
                message = ForwardMsg.FromString(data)
                self._note(message)
                ended = message.WhichOneof("type") == "script_finished"
                # a run that gave way to a newer request is followed by that one's
                if ended and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return time.perf_counter() - begun

    def _note(self, message: Any) -> None:
        if message.metadata.cacheable and message.hash:
            self._known.add(message.hash)
        if message.delta.fragment_id:
            self._fragment = message.delta.fragment_id
        if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                self.complaints.append(f"{element.exception.type}: {element.exception.message[:160]}")
