"""What pages put on the screen: header, key figures, charts, and the panels for failed and empty."""

from .charts import chart
from .kpis import Card, kpi_row, kpi_skeleton
from .live import WAIT_S, Page, live_page
from .nothing import NoAnswer, empty, no_data
from .style import html, use_style

__all__ = [
    "WAIT_S",
    "Card",
    "NoAnswer",
    "Page",
    "chart",
    "empty",
    "html",
    "kpi_row",
    "kpi_skeleton",
    "live_page",
    "no_data",
    "use_style",
]
