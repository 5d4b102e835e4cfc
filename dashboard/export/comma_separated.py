"""CSV as RFC 4180 has it, which no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from .columns import COLUMNS, records
from .json_lines import time_text

#: Excel takes a file for UTF-8 only with this before it.
BOM = b"\xef\xbb\xbf"
#: What makes a cell a formula where it comes first. Excel reads the full-width forms like the plain ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_pieces(frames: Iterable[pd.DataFrame], *, bom: bool = False) -> Iterator[bytes]:
    """A heading, then a line a trace, ended by CR LF; times as in `json_lines`, unknown is empty.

    Lists are joined by "; ". Text that a spreadsheet would compute gets an apostrophe before it.

    Args:
        bom: begin with a byte order mark.
    """
    yield (BOM if bom else b"") + _lines([tuple(COLUMNS)])
    for frame in frames:
        yield _lines(tuple(map(_cell, record)) for record in records(frame))


def _lines(rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return time_text(value)
        case int() | float():
            return repr(value)
        case _:
            text = value if isinstance(value, str) else "; ".join(value)
            return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
