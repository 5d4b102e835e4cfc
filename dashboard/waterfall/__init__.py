"""One trace as a waterfall: spans in tree order, the critical path, and the time in which nothing ran."""

from .rows import Row, Waterfall, waterfall

__all__ = ["Row", "Waterfall", "waterfall"]
