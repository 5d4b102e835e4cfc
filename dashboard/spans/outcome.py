"""How a trace ended, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence

from .attributes import text
from .facts import Facts
from .tree import Tree

_SUCCESS = frozenset({"success", "succeeded", "successful", "ok", "completed", "complete", "done"})
_FAILED = frozenset({"fail", "failed", "failure", "error", "errored", "exception", "crashed", "aborted"})
_BY_STATUS = {"OK": "success", "ERROR": "failed"}


def outcome(spans: Sequence[Facts], tree: Tree) -> tuple[str, str]:
    """(success, failed or indeterminate; end_state, root, last_span or none: what decided)."""
    said = {_end_state(spans[root]) for root in tree.roots}
    if "failed" in said or "success" in said:
        return ("failed" if "failed" in said else "success"), "end_state"
    if len(tree.roots) == 1 and spans[tree.roots[0]].status in _BY_STATUS:
        return _BY_STATUS[spans[tree.roots[0]].status], "root"
    decided = [position for position, span in enumerate(spans) if span.status in _BY_STATUS]
    if decided:
        # of two that end together the outer one has the last word
        last = max(decided, key=lambda position: (spans[position].end_ns, -tree.depth[position]))
        by_last = _BY_STATUS[spans[last].status]
        # a root that never arrived is a process that died: its parts prove no success
        if by_last == "failed" or tree.roots:
            return by_last, "last_span"
    return "indeterminate", "none"


def duration_ns(spans: Sequence[Facts], tree: Tree) -> int:
    """The only root's own duration; with no root or several, last end − first start."""
    if len(tree.roots) == 1:
        return spans[tree.roots[0]].duration_ns
    return max(span.end_ns for span in spans) - min(span.start_ns for span in spans)


def _end_state(root: Facts) -> str:
    state = text(root.span.span_attributes, "agentops.session.end_state").lower().rpartition(".")[2]
    return "success" if state in _SUCCESS else "failed" if state in _FAILED else ""
