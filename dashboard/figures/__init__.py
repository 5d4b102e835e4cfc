"""Frames drawn as plotly figures: pure functions, one template; no metrics and no Streamlit inside."""

from .over_time import Band, cost_over_time, outcomes_over_time, tokens_over_time
from .time_axis import TimeAxis

__all__ = ["Band", "TimeAxis", "cost_over_time", "outcomes_over_time", "tokens_over_time"]
