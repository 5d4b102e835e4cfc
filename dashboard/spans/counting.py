"""Usage counted once, though a call's tokens are often reported by several spans above each other.

Bottom-up over the spans that report usage, each against what was counted below it:

* **Roll-ups** (session, agent, task, workflow, other) keep the remainder of each field, at least 0.
* **llm, tool and guardrail** count in full, unless they repeat what is below (all of it together, or one
  of the nearest spans): then both are one call, kept where a cost is reported, else where the kind is
  llm, else deeper. A reported cost that is higher than the kept one's keeps its difference.
* Where a span's cost is more than what its descendants report, it pays for those that report none:
  they are *covered*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .facts import Facts
from .kinds import LLM, ROLL_UPS
from .tree import NO_PARENT, Tree
from .usage import Usage


@dataclass(slots=True)
class Counted:
    """What counts at a span. ``covered``: its tokens are paid for by the cost of a span above."""

    usage: Usage
    covered: bool = False


@dataclass(slots=True)
class _Below:
    """Everything counted in one or more subtrees; ``parts`` spans report usage in them."""

    usage: Usage
    parts: int = 0
    has_llm: bool = False


@dataclass(slots=True)
class _Decision:
    """What counts at a span, which subtrees below it no longer do, and whether its cost covers others."""

    usage: Usage
    drops: Sequence[int] = ()
    pays_below: bool = False
    covered: bool = False


def count_once(spans: Sequence[Facts], tree: Tree) -> list[Counted | None]:
    """For each span what counts at it; None where it reports nothing. Linear in the number of spans."""
    nearest, below = _reporting_tree(spans, tree)
    subtree: dict[int, _Below] = {}
    decisions: dict[int, _Decision] = {}
    for position in reversed(tree.order):
        own = spans[position].usage
        if own is None:
            continue
        inside = below[position]
        decision = _decide(spans, position, own, inside, subtree)
        decisions[position] = decision
        dropped = set(decision.drops)
        whole = _together([subtree[child] for child in inside if child not in dropped])
        subtree[position] = _Below(
            _sum([whole.usage, decision.usage]),
            whole.parts + 1,
            whole.has_llm or spans[position].kind == LLM,
        )
    return _settle(spans, tree, nearest, decisions)


def _reporting_tree(spans: Sequence[Facts], tree: Tree) -> tuple[list[int], dict[int, list[int]]]:
    """The tree of the spans that report usage: for every span the nearest one above, and its inverse."""
    nearest = [NO_PARENT] * len(spans)
    below: dict[int, list[int]] = {}
    for position in tree.order:
        above = tree.parent[position]
        if above != NO_PARENT:
            nearest[position] = above if spans[above].usage is not None else nearest[above]
        if spans[position].usage is not None:
            below[position] = []
            if nearest[position] != NO_PARENT:
                below[nearest[position]].append(position)
    return nearest, below


def _decide(
    spans: Sequence[Facts], position: int, own: Usage, inside: list[int], subtree: dict[int, _Below]
) -> _Decision:
    if not inside:
        return _Decision(own)
    if spans[position].kind in ROLL_UPS:
        return _remainder(own, _together([subtree[child] for child in inside]))
    matched, keepable = _repeated(spans, own, inside, subtree)
    if not matched:
        return _Decision(own)
    counted = _together([subtree[child] for child in matched])
    if keepable and _stays_above(own, counted, is_llm=spans[position].kind == LLM):
        return _Decision(_filled(own, counted.usage), drops=matched)
    decision = _decision_for_cost(own, counted)
    # it repeats one of several: its cost says nothing of the others
    decision.pays_below = decision.pays_below and len(matched) == len(inside)
    return decision


def _remainder(own: Usage, counted: _Below) -> _Decision:
    rest = Usage(
        _less(own.prompt, counted.usage.prompt),
        _less(own.completion, counted.usage.completion),
        _less(own.cache_read, counted.usage.cache_read),
        _less(own.reasoning, counted.usage.reasoning),
        _less(own.total, counted.usage.total),
    )
    if not (rest.total or rest.prompt or rest.completion or rest.cache_read or rest.reasoning):
        rest = Usage()
    decision = _decision_for_cost(own, counted)
    rest.cost = decision.usage.cost
    # its cost is known and stands below: tokens that are left are paid for
    return _Decision(rest, pays_below=decision.pays_below, covered=bool(own.cost) and rest.cost is None)


def _decision_for_cost(own: Usage, counted: _Below) -> _Decision:
    """No tokens; of the cost what goes beyond the one counted below (roundings of the parts apart)."""
    beyond = (own.cost or 0) - (counted.usage.cost or 0)
    if beyond <= counted.parts:
        return _Decision(Usage())
    return _Decision(Usage(cost=beyond), pays_below=True)


def _repeated(
    spans: Sequence[Facts], own: Usage, inside: list[int], subtree: dict[int, _Below]
) -> tuple[list[int], bool]:
    """The nearest spans below whose usage this one repeats, and whether it could stand in their place:
    only if it repeats what was counted, not merely what they report themselves."""
    everything = _together([subtree[child] for child in inside])
    if _same(own, everything.usage, everything.parts):
        return inside, True
    for child in inside:
        if _same(own, subtree[child].usage, subtree[child].parts):
            return [child], True
    reports = {child: usage for child in inside if (usage := spans[child].usage) is not None}
    if _same(own, _sum(list(reports.values())), len(reports)):
        return inside, False
    return next(([child] for child, usage in reports.items() if _same(own, usage, 1)), []), False


def _same(own: Usage, other: Usage, parts: int) -> bool:
    if own.has_tokens:
        if None not in (own.prompt, own.completion, other.prompt, other.completion):
            # totals may differ: some add cached or reasoning tokens once more
            return (own.prompt, own.completion) == (other.prompt, other.completion)
        return own.total == other.total and all(
            ours is None or theirs is None or ours == theirs
            for ours, theirs in ((own.prompt, other.prompt), (own.completion, other.completion))
        )
    # a cost alone is a roll-up only where it says the very sum
    return bool(own.cost) and other.cost is not None and abs((own.cost or 0) - other.cost) <= parts


def _stays_above(own: Usage, counted: _Below, *, is_llm: bool) -> bool:
    if own.cost is None or counted.usage.cost is None:
        if own.cost is not None or counted.usage.cost is not None:
            return own.cost is not None
    elif own.cost + counted.parts < counted.usage.cost:
        return False
    return is_llm and not counted.has_llm


def _settle(
    spans: Sequence[Facts], tree: Tree, nearest: list[int], decisions: dict[int, _Decision]
) -> list[Counted | None]:
    """From the top: what was dropped counts nothing, what is covered says so."""
    dropped: set[int] = set()
    paid: set[int] = set()
    result: list[Counted | None] = [None] * len(spans)
    for position in tree.order:
        decision = decisions.get(position)
        if decision is None:
            continue
        above = nearest[position]
        if position in dropped or above in dropped:
            dropped.add(position)
            result[position] = Counted(Usage())
            continue
        dropped.update(decision.drops)
        is_paid = above in paid
        if is_paid or decision.pays_below:
            paid.add(position)
        result[position] = Counted(decision.usage, decision.covered or is_paid)
    return result


def _together(parts: list[_Below]) -> _Below:
    if len(parts) == 1:
        return parts[0]
    return _Below(
        _sum([part.usage for part in parts]),
        sum(part.parts for part in parts),
        any(part.has_llm for part in parts),
    )


def _sum(usages: list[Usage]) -> Usage:
    total = Usage()
    for usage in usages:
        total.prompt = _plus(total.prompt, usage.prompt)
        total.completion = _plus(total.completion, usage.completion)
        total.cache_read = _plus(total.cache_read, usage.cache_read)
        total.reasoning = _plus(total.reasoning, usage.reasoning)
        total.total = _plus(total.total, usage.total)
        total.cost = _plus(total.cost, usage.cost)
    return total


def _filled(own: Usage, other: Usage) -> Usage:
    """The kept one of two, with what only the other one says."""
    return Usage(
        own.prompt or other.prompt,
        own.completion or other.completion,
        own.cache_read or other.cache_read,
        own.reasoning or other.reasoning,
        max(own.total or 0, other.total or 0) or own.total,
        other.cost if own.cost is None else own.cost,
    )


def _plus(ours: int | None, theirs: int | None) -> int | None:
    if ours is None:
        return theirs
    return ours if theirs is None else ours + theirs


def _less(ours: int | None, theirs: int | None) -> int | None:
    return None if ours is None else max(0, ours - (theirs or 0))
