"""Two rows of siblings: which of one is which of the other, in order."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Final

#: In rows longer than this, a sibling is looked for among so many to either side of its proportional place.
REACH: Final = 64
_OUTSIDE: Final = -(1 << 40)

Pair = tuple[int, int]


def matched(
    first: Sequence[int],
    second: Sequence[int],
    *,
    called: tuple[Sequence[int], Sequence[int]],
    same: Callable[[int, int], bool],
    weight: Callable[[int, int], int],
) -> list[Pair]:
    """Pairs of `first` and `second`, in order and without crossing, whose weights add up to the most.

    Args:
        first, second: positions, each once.
        called: what the positions of either are called; only what is called alike is matched.
        same: the two are equal with everything below; no other partner weighs more for either.
        weight: what matching the two is worth, 1 or more.

    Returns:
        Positions, as in `first` and `second`. Among equal sums, the earlier of `first` is matched, with the
        earlier of `second`.
    """
    shorter = min(len(first), len(second))
    start = 0
    while start < shorter and same(first[start], second[start]):
        start += 1
    left = shorter - start
    end = 0
    while end < left and same(first[-1 - end], second[-1 - end]):
        end += 1
    ends = slice(len(first) - end, None), slice(len(second) - end, None)
    rows = first[start : ends[0].start], second[start : ends[1].start]
    between = _Between(*rows, [called[0][at] for at in rows[0]], [called[1][at] for at in rows[1]], weight)
    return [
        *zip(first[:start], second[:start], strict=True),
        *between.pairs(),
        *zip(first[ends[0]], second[ends[1]], strict=True),
    ]


class _Between:
    """What is left of two rows between equal ends, and what their members are called."""

    def __init__(
        self,
        first: Sequence[int],
        second: Sequence[int],
        names: Sequence[int],
        other_names: Sequence[int],
        weight: Callable[[int, int], int],
    ) -> None:
        self._first, self._second = first, second
        self._names, self._other_names = names, other_names
        self._weight = weight
        self._bands = _bands(len(first), len(second))

    def pairs(self) -> list[Pair]:
        if not self._first or not self._second:
            return []
        best = self._best()
        found: list[Pair] = []
        i = j = 0
        while i < len(self._first) and j < len(self._second):
            most = self._at(best, i, j)
            if self._names[i] == self._other_names[j]:
                a, b = self._first[i], self._second[j]
                if most == self._weight(a, b) + self._at(best, i + 1, j + 1):
                    found.append((a, b))
                    i, j = i + 1, j + 1
                    continue
            if most == self._at(best, i, j + 1):
                j += 1
            else:
                i += 1
        return found

    def _at(self, best: Sequence[array[int]], i: int, j: int) -> int:
        place = j - self._bands[i][0]
        return best[i][place] if 0 <= place < len(best[i]) else _OUTSIDE

    def _best(self) -> list[array[int]]:
        """[i][j - lowest j of i]: the most that can add up from places i of `first` and j of `second` on."""
        low, high = self._bands[-1]
        below = array("q", [0]) * (high - low + 1)
        best = [below]
        low_below = low
        others, second, weight = self._other_names, self._second, self._weight
        for i in range(len(self._first) - 1, -1, -1):
            low, high = self._bands[i]
            name, member = self._names[i], self._first[i]
            row = array("q", [_OUTSIDE]) * (high - low + 1)
            most = _OUTSIDE
            width = len(below)
            for j in range(high, low - 1, -1):
                place = j - low_below
                if place < width:
                    if place >= 0 and below[place] > most:
                        most = below[place]
                    if place >= -1 and place + 1 < width and others[j] == name:
                        worth = weight(member, second[j]) + below[place + 1]
                        most = max(most, worth)
                row[j - low] = most
            best.append(row)
            low_below, below = low, row
        best.reverse()
        return best


def _bands(rows: int, columns: int) -> list[Pair]:
    """For each place of the first row, and its end, the lowest and highest place of the second."""
    if rows * columns <= REACH * (rows + columns):
        return [(0, columns)] * (rows + 1)
    reach = max(REACH, -(-columns // rows))
    return [
        (max(0, columns * i // rows - reach), min(columns, columns * i // rows + reach))
        for i in range(rows + 1)
    ]
