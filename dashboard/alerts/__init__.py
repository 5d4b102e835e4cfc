"""Alert rules: what is watched, whether it fires, and who is told of it."""

from __future__ import annotations

from .engine import Change, State, evaluate
from .rules import AlertRules, Metric, Rule, RulesProblem, Webhook
from .rules_file import load_rules

__all__ = [
    "AlertRules",
    "Change",
    "Metric",
    "Rule",
    "RulesProblem",
    "State",
    "Webhook",
    "evaluate",
    "load_rules",
]
