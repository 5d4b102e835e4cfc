"""What a trace had spent at each moment: a span's counted usage and its failure are booked at its end."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import pandas as pd

#: Costs are summed in whole trillionths of a dollar, as the archive keeps them: no order rounds otherwise.
_PICO: Final = 10**12


class Spent(NamedTuple):
    """None is *never reported in this trace*; what is reported later is 0 until then.

    The cost is at least ``reported_usd`` + ``estimated_usd``, and more where there are ``unpriced_tokens``.
    """

    tokens: int | None
    reported_usd: float | None
    estimated_usd: float | None
    unpriced_tokens: int
    errors: int

    @property
    def cost_usd(self) -> float | None:
        """Reported and estimated together."""
        if self.reported_usd is None or self.estimated_usd is None:
            return self.reported_usd if self.estimated_usd is None else self.estimated_usd
        return self.reported_usd + self.estimated_usd


def spending(spans: pd.DataFrame, end_ns: list[int], first_ns: int) -> list[tuple[int, Spent]]:
    """The sums from each moment (nanoseconds) on at which one of them changes, in order of time, the first
    at `first_ns`.  `spans` has the columns of the archive's span table, `end_ns` their ends."""
    tokens = whole_or_none(spans["total_tokens"])
    reported, estimated = (_pico(spans[name]) for name in ("reported_usd", "estimated_usd"))
    unpriced = _unpriced(spans, tokens)
    failed: list[bool] = (spans["status"] == "ERROR").tolist()
    columns = (tokens, reported, estimated, unpriced, failed)
    sums: list[int | None] = [_start(column) for column in columns[:3]] + [0, 0]
    found = [(first_ns, _spent(sums))]
    for span in sorted(range(len(end_ns)), key=end_ns.__getitem__):
        booked = [column[span] for column in columns]
        if not any(booked):
            continue
        sums = [
            None if known is None else known + (new or 0) for known, new in zip(sums, booked, strict=True)
        ]
        if found[-1][0] == end_ns[span]:
            found.pop()
        found.append((end_ns[span], _spent(sums)))
    return found


def whole_or_none(column: pd.Series) -> list[int | None]:
    """Whole numbers as Python's own, None for what is not reported."""
    known = column.notna().tolist()
    return [
        value if told else None
        for value, told in zip(column.fillna(0).astype("int64").tolist(), known, strict=True)
    ]


def _start(column: list[int | None]) -> int | None:
    """0 where something will be told, None where nothing ever is."""
    return 0 if any(value is not None for value in column) else None


def _spent(sums: list[int | None]) -> Spent:
    tokens, reported, estimated, unpriced, errors = sums
    return Spent(tokens, _usd(reported), _usd(estimated), unpriced or 0, errors or 0)


def _usd(pico: int | None) -> float | None:
    return None if pico is None else pico / _PICO


def _pico(column: pd.Series) -> list[int | None]:
    values = column.astype("float64").tolist()
    return [round(value * _PICO) if math.isfinite(value) else None for value in values]


def _unpriced(spans: pd.DataFrame, tokens: list[int | None]) -> list[int]:
    """Tokens that no price is known for, by span; where a span has no total, its parts."""
    parts = spans["prompt_tokens"].fillna(0) + spans["completion_tokens"].fillna(0)
    return [
        (total or int(both)) if source == "unpriced" else 0
        for source, total, both in zip(spans["cost_source"].tolist(), tokens, parts.tolist(), strict=True)
    ]
