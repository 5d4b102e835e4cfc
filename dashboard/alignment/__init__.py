"""Two traces beside each other, step by step: what was added, lost, slower, dearer.

A step is a span by its *path*: the chain of steps from the top, each told by kind and name, and its place
among siblings that are called alike. Two traces are aligned from the top down:

* The only root of one is the only root of the other, whatever they are called. All else at the top
  (spans whose parent never arrived, cycles, which are cut at their first-started span) is matched by name.
* Below a matched pair, the two rows of children are aligned in their order. Children are the same step where
  kind, tool or agent, and name agree. Names are read without the model, so that a changed model stays the
  same step, and are alike also where only digits and ids in them differ (`renamed`); equal ones count twice.
* Of all ways to match children without crossing, the one that keeps most is taken: a pair counts for itself
  and for what both have in common below. So a call that one trace has in the middle is added there, and
  those after it stay with their partners. Among equal ways, the earlier sibling is matched.
* Rows of more than about 128 children are searched around their proportional place only
  (`matching.REACH`), after what is equal at both ends: time and memory grow with the number of spans.

What stands under an unmatched span is unmatched. Duplicates of a span id take no part.
"""

from .sides import Half
from .steps import Comparison, Step, compare
from .verdicts import Change

__all__ = ["Change", "Comparison", "Half", "Step", "compare"]
