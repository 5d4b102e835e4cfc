"""Where an answer ends on its connection."""

from __future__ import annotations

from typing import Any

import httpcore
import httpx
import pytest

from agentops_client.stream import AnswerStream, end_if_overfull

HEAD = b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n"
SIX = {"content-length": "6"}
CHUNKED = {"transfer-encoding": "Chunked"}


class Wire(httpcore.NetworkStream):
    """Gives these pieces, one a read."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.closed = list(pieces), False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.pieces.pop(0)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def read(*pieces: bytes) -> AnswerStream:
    stream = AnswerStream(Wire(*pieces))
    for _ in pieces:
        stream.read(65_536)
    return stream


@pytest.mark.parametrize(
    ("pieces", "headers", "overfull"),
    [
        ((HEAD + b"{ok: }",), SIX, False),
        ((HEAD + b"{ok: }\n",), SIX, True),
        ((HEAD[:-3], HEAD[-3:] + b"{ok", b": }"), SIX, False),  # its head in two pieces
        ((HEAD[:-3], HEAD[-3:] + b"{ok", b": }}"), SIX, True),
        ((HEAD + b"{ok",), SIX, False),  # the rest is still to come
        ((HEAD,), {"content-length": "0"}, False),
        ((HEAD + b"HTTP/1.1 200 OK\r\n",), {"content-length": "0"}, True),
        ((HEAD + b"2\r\n{}\r\n", b"0\r\n\r\n"), CHUNKED, False),
        ((HEAD + b"2\r\n{}\r\n0\r\n", b"\r\n"), CHUNKED, False),
        ((HEAD + b"2\r\n{}\r\n0\r\n\r\nHTTP/1.1",), CHUNKED, True),
        ((HEAD + b"until the end",), {}, False),  # such a connection is never used again
        ((HEAD + b"{}",), {"content-length": "-1"}, False),
    ],
)
def test_more_than_announced(pieces: tuple[bytes, ...], headers: dict[str, str], overfull: bool) -> None:
    assert read(*pieces).is_overfull(httpx.Headers(headers)) is overfull


def test_each_answer_is_counted_for_itself() -> None:
    stream = AnswerStream(Wire(HEAD + b"{ok: }", HEAD + b"{ok: }"))
    for _ in range(2):
        stream.write(b"GET / HTTP/1.1\r\n\r\n")
        stream.read(65_536)
        assert not stream.is_overfull(httpx.Headers(SIX))


@pytest.mark.parametrize(("body", "closed"), [(b"{ok: }", False), (b"{ok: } and more", True)])
def test_only_an_overfull_connection_is_closed(body: bytes, closed: bool) -> None:
    wire: Any = Wire(HEAD + body)
    stream = AnswerStream(wire)
    stream.read(65_536)
    end_if_overfull(httpx.Response(200, headers=SIX, extensions={"network_stream": stream}))
    assert wire.closed is closed


def test_what_came_another_way_has_no_connection() -> None:
    end_if_overfull(httpx.Response(200, headers=SIX))
