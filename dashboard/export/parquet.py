"""Parquet: a row group a piece."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from .columns import COLUMNS, Kind, values

_TYPES: Final[Mapping[Kind, pa.DataType]] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "time": pa.timestamp("us", tz="UTC"),
    "count": pa.int64(),
    "number": pa.float64(),
}
SCHEMA: Final = pa.schema([(name, _TYPES[kind]) for name, kind in COLUMNS.items()])


def parquet_pieces(frames: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """The file as it grows; it can be read when the last piece is there."""
    sink = _Sink()
    with pq.ParquetWriter(sink, SCHEMA, compression="zstd") as writer:
        for frame in frames:
            writer.write_table(pa.table(values(frame), schema=SCHEMA))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file that hands on what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()
        self._before = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # a buffer of pyarrow
        self._written += piece
        return len(piece)

    def tell(self) -> int:
        return self._before + len(self._written)

    def taken(self) -> bytes:
        piece = bytes(self._written)
        self._before += len(piece)
        self._written.clear()
        return piece
