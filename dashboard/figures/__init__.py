"""Frames drawn as plotly figures: pure functions, one template; no metrics and no Streamlit inside.

All of them need plotly's small bundle only (scatter and bar). Texts from elsewhere, such as names of
models and agents, are given as recorded and made inert inside.
"""

from .comparison import comparison
from .figure import Figure
from .flow import flow
from .flow_layout import FlowLayout, flow_layout
from .heat_map import heat_map
from .latency import histogram, latency_over_time
from .over_time import cost_over_time, outcomes_over_time, tokens_over_time
from .projection import projection
from .scatter import scatter
from .time_axis import TimeAxis
from .usage import cost_by_source_over_time, usage_over_time
from .windowed import Band

__all__ = [
    "Band",
    "Figure",
    "FlowLayout",
    "TimeAxis",
    "comparison",
    "cost_by_source_over_time",
    "cost_over_time",
    "flow",
    "flow_layout",
    "heat_map",
    "histogram",
    "latency_over_time",
    "outcomes_over_time",
    "projection",
    "scatter",
    "tokens_over_time",
    "usage_over_time",
]
