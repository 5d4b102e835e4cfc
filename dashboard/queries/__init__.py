"""What pages ask: a scope in, frames and totals out.

Pages know nothing of windows, tokens or retries; this package knows nothing of widgets.
"""

from .check import check
from .common import Clocks, Emptiness, NoData
from .overview import Overview, overview

__all__ = ["Clocks", "Emptiness", "NoData", "Overview", "check", "overview"]
