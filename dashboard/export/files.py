"""All traces of a list as a file, in pieces: what is in memory is one piece, however long the list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import pandas as pd

from .comma_separated import csv_pieces
from .json_lines import json_line_pieces
from .parquet import parquet_pieces

#: Traces a piece: a piece costs the archive some 60 ms, and is some hundred kB.
PIECE = 2_000


class Cancelled(Exception):
    """The reader did not want the rest. What came before is no whole file."""


class Format(NamedTuple):
    """A form of file: the end of its name, its media type, and what writes it."""

    suffix: str
    media_type: str
    pieces: Callable[[Iterator[pd.DataFrame]], Iterator[bytes]]


#: ``csv_excel`` begins with a byte order mark.
FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format(".csv", "text/csv; charset=utf-8", csv_pieces),
    "csv_excel": Format(".csv", "text/csv; charset=utf-8", partial(csv_pieces, bom=True)),
    "json_lines": Format(".jsonl", "application/x-ndjson", json_line_pieces),
    "parquet": Format(".parquet", "application/vnd.apache.parquet", parquet_pieces),
}


def exported(
    form: str,
    ids: Sequence[str],
    rows: Callable[[Sequence[str]], pd.DataFrame],
    *,
    progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[bytes]:
    """The file's bytes, in order, one piece after the other.

    Args:
        form: a name in `FORMATS`.
        ids: of all traces, in the order of the file; one that is gone meanwhile is left out.
        rows: the traces of some ids in their order, with all of `COLUMNS`. It is asked for a piece at a
            time, so that no question stays open while somebody downloads.
        progress: told the traces done, and of how many, first with 0.
        cancel: ends the file before the next piece when set.

    Raises:
        Cancelled: `cancel` was set; the file is not whole.
    """
    return FORMATS[form].pieces(_frames(ids, rows, progress, cancel))


def _frames(
    ids: Sequence[str],
    rows: Callable[[Sequence[str]], pd.DataFrame],
    progress: Callable[[int, int], None] | None,
    cancel: threading.Event | None,
) -> Iterator[pd.DataFrame]:
    for done in range(0, len(ids), PIECE):
        _go_on(done, len(ids), progress, cancel)
        yield rows(ids[done : done + PIECE])
    _go_on(len(ids), len(ids), progress, cancel)


def _go_on(
    done: int, total: int, progress: Callable[[int, int], None] | None, cancel: threading.Event | None
) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled
    if progress is not None:
        progress(done, total)
