"""One connection's bytes: an answer has its time, and ends where it says that it ends."""

from __future__ import annotations

import ssl
import time
from typing import Any

import httpcore
import httpx

#: An answer may take so many read time-outs in all, however steadily it drips.
ANSWER_DEADLINE_READS = 2.0
_HEAD_ENDS = b"\r\n\r\n"
_CHUNKS_END = b"0\r\n\r\n"


class AnswerStream(httpcore.NetworkStream):
    """A time-out of reads begins anew with each byte; this bounds all reads since the last write, and
    counts what they brought."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._begin()

    def _begin(self) -> None:
        self._reading_since: float | None = None
        self._head: bytes | None = b""  # as far as it has come; None once it is whole
        self._body_bytes = 0
        self._last = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        now = time.monotonic()
        if self._reading_since is None:
            self._reading_since = now
        if timeout is not None:
            left = self._reading_since + ANSWER_DEADLINE_READS * timeout - now
            if left <= 0:
                raise httpcore.ReadTimeout("the answer was still dripping in")
            timeout = min(timeout, left)
        data = self._stream.read(max_bytes, timeout)
        self._count(data)
        return data

    def _count(self, data: bytes) -> None:
        if self._head is not None:
            head, ends, data = (self._head + data).partition(_HEAD_ENDS)
            self._head = None if ends else head
        if self._head is None:
            self._body_bytes += len(data)
            self._last = (self._last + data[-len(_CHUNKS_END) :])[-len(_CHUNKS_END) :]

    def is_overfull(self, headers: httpx.Headers) -> bool:
        """Whether more came than the answer with these headers announced: what the HTTP parser would take
        for the head of the next answer (RFC 9112, 6.3 and 11.2)."""
        announced = headers.get("content-length", "")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._last != _CHUNKS_END
        return announced.isdecimal() and self._body_bytes > int(announced)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._begin()
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return AnswerStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def end_if_overfull(response: httpx.Response) -> None:
    """Closes the connection of a read answer with more bytes than announced; the pool makes another."""
    stream = response.extensions.get("network_stream")
    if isinstance(stream, AnswerStream) and stream.is_overfull(response.headers):
        stream.close()
