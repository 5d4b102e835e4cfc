"""JSON Lines: one object a trace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pandas as pd

from .columns import COLUMNS, records


def json_line_pieces(frames: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """An object a line with the names of `COLUMNS`; unknown is null, times are ISO 8601 in UTC."""
    for frame in frames:
        lines = (
            json.dumps(dict(zip(COLUMNS, record, strict=True)), ensure_ascii=False, default=time_text)
            for record in records(frame)
        )
        yield "".join(f"{line}\n" for line in lines).encode()


def time_text(moment: datetime) -> str:
    """``2026-11-20T06:00:00.000000Z``"""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
