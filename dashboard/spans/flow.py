"""Who called whom: the node of the flow graph that a span is, and the nearest node above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .facts import Facts
from .kinds import AGENT, GUARDRAIL, LLM, TOOL
from .tree import NO_PARENT, Tree

Node = tuple[str, str]

_NOWHERE: Node = ("", "")


@dataclass(frozen=True, slots=True)
class Step:
    """A span in the flow; ("", "") is no node. ``loop``: the same node stands among its ancestors."""

    node: Node = _NOWHERE
    caller: Node = _NOWHERE
    loop: bool = False


def flow(spans: Sequence[Facts], tree: Tree) -> list[Step]:
    """The step of each span.

    Agents, tools and guardrails are nodes, and llm spans with no llm span below. A span at the top, or of
    another service than its parent's, is its service, or is called by its service if it is a node itself.
    """
    calls_llm = _with_llm_below(spans, tree)
    steps = [Step()] * len(spans)
    nearest: list[Node] = [_NOWHERE] * len(spans)
    above: Counter[Node] = Counter()
    # depth first, each span entered and left, so that ``above`` holds the nodes on the path
    todo = [(position, True) for position in tree.order if tree.parent[position] == NO_PARENT]
    entered: list[list[Node]] = [[] for _ in spans]
    while todo:
        position, is_entry = todo.pop()
        if not is_entry:
            above.subtract(entered[position])
            continue
        parent = tree.parent[position]
        caller = nearest[parent] if parent != NO_PARENT else _NOWHERE
        node = _node(spans[position], calls_llm=calls_llm[position])
        service: Node = ("service", spans[position].service)
        arrives = service[1] != "" and (parent == NO_PARENT or spans[parent].service != service[1])
        if arrives and node == _NOWHERE:
            node = service
        elif arrives:
            caller = service
            entered[position].append(service)
        if node != _NOWHERE:
            steps[position] = Step(node, caller, loop=above[node] > 0)
            entered[position].append(node)
            nearest[position] = node
        else:
            steps[position] = Step(caller=caller)
            nearest[position] = caller
        above.update(entered[position])
        todo.append((position, False))
        todo.extend((child, True) for child in tree.children[position])
    return steps


def _node(span: Facts, *, calls_llm: bool) -> Node:
    if span.kind == LLM:
        return _NOWHERE if calls_llm else ("model", span.model or span.provider or span.name)
    if span.kind in (AGENT, TOOL, GUARDRAIL):
        return (span.kind, span.label)
    return _NOWHERE


def _with_llm_below(spans: Sequence[Facts], tree: Tree) -> list[bool]:
    found = [False] * len(spans)
    for position in reversed(tree.order):
        parent = tree.parent[position]
        if parent != NO_PARENT and (found[position] or spans[position].kind == LLM):
            found[parent] = True
    return found
