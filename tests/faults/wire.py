"""A door on loopback: connections as bytes, and a host that refuses, is silent, or cannot be trusted."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

CERTIFICATES = Path(__file__).parents[1] / "agentops_client" / "certificates"
#: What the whole host is like: it answers; nobody listens; it takes no connection; over TLS: with a
#: certificate that nobody trusts, without TLS, or silent in the handshake.
Host = Literal["open", "refused", "silent", "untrusted", "plain", "mute"]
#: No connection is left waiting longer, whatever the other side does.
LONGEST_S = 20.0


class Wire:
    """One connection, as the server's side of it sees it."""

    def __init__(self, connection: socket.socket, ended: threading.Event) -> None:
        self._connection = connection
        self._ended = ended
        self._read = b""

    def request(self) -> tuple[str, str, dict[str, str], bytes] | None:
        """Method, target, headers (lower case) and body of the next request; None where there is none."""
        while b"\r\n\r\n" not in self._read:
            if not (more := self._connection.recv(65536)):
                return None
            self._read += more
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._read) < length:
            self._read += self._connection.recv(65536)
        body, self._read = self._read[:length], self._read[length:]
        return method, target, headers, body

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def drip(self, data: bytes, *, every_s: float) -> None:
        """Sends byte after byte, until the other side has enough."""
        for n in range(len(data)):
            self.send(data[n : n + 1])
            if self._ended.wait(every_s):
                return

    def hang(self) -> None:
        """Says nothing until the other side gives up or the test is over."""
        deadline = time.monotonic() + LONGEST_S
        self._connection.settimeout(0.02)
        while not self._ended.is_set() and time.monotonic() < deadline:
            try:
                if not self._connection.recv(65536):
                    return
            except TimeoutError:
                continue

    def reset(self) -> None:
        """Ends the connection so that the other side sees a reset, not an end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


class Door:
    """Listens on one port of loopback for as long as it lives, in whatever state the host is.

    Args:
        serve: treats one connection, in a thread of its own; OSErrors end it.
        port: 0 takes any free one.
        tls: speak TLS with a certificate that the tests' authority signed.
    """

    def __init__(self, serve: Callable[[Wire], None], *, port: int = 0, tls: bool = False) -> None:
        self._serve, self._tls = serve, tls
        self._lock = threading.Lock()
        self._open_ones: set[socket.socket] = set()
        self._fillers: list[socket.socket] = []
        self._ended = threading.Event()
        self._host: Host = "open"
        self._socket = self._bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._listen()

    def become(self, host: Host) -> None:
        """Changes what the host is like; connections that there are end."""
        if host == self._host:
            return
        self._hang_up()
        self._host, self._ended = host, threading.Event()
        self._socket = self._bound(self.port)
        if host == "silent":
            self._fill()
        elif host != "refused":
            self._listen()

    def close(self) -> None:
        self._hang_up()

    def _bound(self, port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))  # bound and not listening: refused, and nobody else takes the port
        return made

    def _listen(self) -> None:
        self._socket.listen(128)
        threading.Thread(target=self._accept, args=(self._socket, self._ended), daemon=True).start()

    def _fill(self) -> None:
        """With its queue full, a listener does not even answer that it is busy."""
        self._socket.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)
        time.sleep(0.02)

    def _hang_up(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            open_ones, fillers, self._fillers = list(self._open_ones), self._fillers, []
        for each in open_ones:  # its own thread closes it
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for filler in fillers:
            filler.close()

    def _accept(self, listener: socket.socket, ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(LONGEST_S)
            threading.Thread(target=self._one, args=(connection, ended), daemon=True).start()

    def _one(self, connection: socket.socket, ended: threading.Event) -> None:
        with self._lock:
            self._open_ones.add(connection)
        spoken = connection
        try:
            if self._host == "mute":
                Wire(connection, ended).hang()
                return
            if self._host == "plain":
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                return
            if self._tls:
                spoken = self._secured(connection)
                with self._lock:  # the plain one is an empty shell now
                    self._open_ones = self._open_ones - {connection} | {spoken}
            self._serve(Wire(spoken, ended))
        except (OSError, ValueError):
            pass  # the other side has gone, or what it says is no HTTP
        finally:
            with self._lock:
                self._open_ones -= {connection, spoken}
            spoken.close()
            connection.close()

    def _secured(self, connection: socket.socket) -> ssl.SSLSocket:
        name = "self_signed" if self._host == "untrusted" else "trusted"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{name}.pem")
        return context.wrap_socket(connection, server_side=True)
