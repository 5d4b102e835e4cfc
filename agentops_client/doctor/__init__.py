"""What is wrong between us and AgentOps: sixteen small questions in order, each with cause and remedy.

:func:`examine` asks and yields findings (codes and values) as they come; :func:`told` puts one into
Korean or English; :mod:`.report` makes the command's output. docs/DOCTOR.md says what each step asks.
"""

from .examination import NEEDS, examine
from .findings import STEPS, Finding, Limits, State, StepName, Value, exit_status, verdict
from .wording import LANGUAGES, Told, state_name, step_name, told

__all__ = [
    "LANGUAGES",
    "NEEDS",
    "STEPS",
    "Finding",
    "Limits",
    "State",
    "StepName",
    "Told",
    "Value",
    "examine",
    "exit_status",
    "state_name",
    "step_name",
    "told",
    "verdict",
]
