"""The lines between a flow's nodes, as points along smooth curves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .flow_layout import Point

_POINTS = 16  # of each piece


def curve(path: Sequence[Point], form: str, *, rows: bool) -> list[Point]:
    """Points of a smooth line along `path`, of the form that the layout gave it.

    Those against the layers swing out, below or (in rows) to the left; one that leads back to its own
    node is an arc above it.
    """
    if form == "self":
        return _self_arc(path[0])
    (x0, y0), (x1, y1) = path[0], path[-1]
    if rows and form == "back":
        left = min(x0, x1) - 0.6
        return _bezier((x0, y0), (left, y0), (left, y1), (x1, y1))
    if rows:
        return _bezier((x0, y0), (x0, y1), (x0, y1), (x1, y1))
    if form == "back":
        low = max(y0, y1) + 0.55 + 0.12 * abs(x0 - x1)
        return _bezier((x0, y0), (x0 + 0.15, low), (x1 - 0.15, low), (x1, y1))
    points: list[Point] = []
    for (ax, ay), (bx, by) in pairwise(path):
        middle = (ax + bx) / 2
        piece = _bezier((ax, ay), (middle, ay), (middle, by), (bx, by))
        points += piece if not points else piece[1:]
    return points


def _self_arc(place: Point) -> list[Point]:
    x, y = place
    return _bezier((x - 0.05, y), (x - 0.28, y - 0.72), (x + 0.28, y - 0.72), (x + 0.05, y))


def _bezier(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    points = []
    for i in range(_POINTS + 1):
        t = i / _POINTS
        u = 1 - t
        weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
        points.append((round(x, 4), round(y, 4)))
    return points
