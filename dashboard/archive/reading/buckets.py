"""Windows between edges, as parameters of a question that sorts rows into them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from .frames import between

_MICROSECOND = timedelta(microseconds=1)

#: Slots are as wide as the narrowest window, but never more than so many.
_MOST_SLOTS = 4096


def bucket_parameters(edges: Sequence[datetime]) -> dict[str, object]:
    """``$start``, ``$end`` and the table behind the word ``buckets``.

    A range join compares each row with each window; this way each row finds the one or two windows that
    its slot of time touches by a hash, whatever the widths of the windows.

    Args:
        edges: aware, strictly ascending, at least two.

    Raises:
        ValueError: they are not.
    """
    offsets = [(edge - edges[0]) // _MICROSECOND for edge in edges]
    widths = [after - before for before, after in pairwise(offsets)]
    if not widths or min(widths) <= 0:
        raise ValueError("edges must be two or more, in ascending order")
    slot = max(min(widths), -(-offsets[-1] // _MOST_SLOTS))
    rows = [
        (number, bucket, low, high)
        for bucket, (low, high) in enumerate(pairwise(offsets))
        for number in range(low // slot, (high - 1) // slot + 1)
    ]
    slots, buckets, lows, highs = (list(column) for column in zip(*rows, strict=True))
    table: dict[str, object] = {"slots": slots, "buckets": buckets, "lows": lows, "highs": highs}
    return between(edges[0], edges[-1]) | table | {"slot_us": slot}
