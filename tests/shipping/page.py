"""A page, opened without a browser: Streamlit's websocket and one run of the script."""

from __future__ import annotations

import socket
import ssl
import time
from base64 import b64encode
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

#: A run of a page that takes longer is broken.
LONGEST_S = 60.0


def stream(address: str, *, tls: ssl.SSLContext | None = None, **headers: str) -> ClientConnection:
    """Streamlit's websocket below `address`, e.g. ``http://127.0.0.1:8501/monitoring``. Whatever the host's
    name is, it is looked for on loopback."""
    return connect(
        sock=socket.create_connection(("127.0.0.1", urlsplit(address).port or 80)),
        uri=f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        additional_headers=headers,
        ssl=tls,
        max_size=None,
    )


def run_page(connection: ClientConnection, query: str = "range=1h&lang=en&tz=UTC") -> str:
    """Markup of the default page after one run; raises AssertionError when the script fails."""
    wish = BackMsg()
    wish.rerun_script.query_string = query
    connection.send(wish.SerializeToString())
    markup: list[str] = []
    deadline = time.monotonic() + LONGEST_S
    while True:
        received = connection.recv(timeout=deadline - time.monotonic(), decode=False)
        message = ForwardMsg.FromString(received)
        kind = message.WhichOneof("type")
        if kind == "delta":
            element = message.delta.new_element
            assert element.WhichOneof("type") != "exception", element.exception
            markup.append(element.html.body)
        if kind == "script_finished":
            assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, message
            return "\n".join(filter(None, markup))


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP's basic authentication."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}
