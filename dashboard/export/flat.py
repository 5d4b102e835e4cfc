"""Nested attributes as AgentOps answers them, as the dotted names under which they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(tree: Mapping[str, Any], *, above: str = "") -> dict[str, Any]:
    """Dotted name → leaf, in the tree's order; places of a list are numbers. None, empty lists and empty
    objects have no attribute. Depth does not matter.

    Args:
        above: a name to begin each with.
    """
    leaves: dict[str, Any] = {}
    open_ones: list[tuple[str, Any]] = [(above, tree)]
    while open_ones:
        path, value = open_ones.pop()
        if isinstance(value, Mapping):
            children = [(str(name), child) for name, child in value.items()]
        elif isinstance(value, list):
            children = [(str(index), child) for index, child in enumerate(value)]
        else:
            if value is not None:
                leaves[path] = value
            continue
        open_ones += [(f"{path}.{name}" if path else name, child) for name, child in reversed(children)]
    return leaves
