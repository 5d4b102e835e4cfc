"""From AgentOps' traces to two tidy tables: one row a span, one row a trace, usage counted once."""

from .tidy import Tidy, tidy
from .withholding import without_content

__all__ = ["Tidy", "tidy", "without_content"]
