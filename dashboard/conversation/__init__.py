"""What a span did, in words: its conversation, inputs and outputs, failures, events and log. Pure."""

from .ansi import COLOURS, Run, runs
from .attributes import flat
from .dialects import conversation
from .failures import failures
from .happenings import happenings, links
from .inputs import inputs_outputs
from .values import Conversation, Failure, Happening, LinkedSpan, Message, Pair, Part

__all__ = [
    "COLOURS",
    "Conversation",
    "Failure",
    "Happening",
    "LinkedSpan",
    "Message",
    "Pair",
    "Part",
    "Run",
    "conversation",
    "failures",
    "flat",
    "happenings",
    "inputs_outputs",
    "links",
    "runs",
]
