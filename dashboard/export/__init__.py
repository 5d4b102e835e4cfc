"""Files to take along: all traces of a list in pieces, and one trace as a document. No clock, no widget."""

from .files import FORMATS, Cancelled, Format, exported
from .one_trace import trace_json
from .otlp import otlp_json

__all__ = ["FORMATS", "Cancelled", "Format", "exported", "otlp_json", "trace_json"]
