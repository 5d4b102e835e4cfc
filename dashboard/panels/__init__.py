"""What pages put on the screen: header, key figures, charts, tables, and the panels for failed and empty."""

from .beats import Bar, BarRow, Light, beats, lamps
from .cells import Cell, level_cell, trace_cell
from .charts import chart, selectable_chart
from .coloured import coloured
from .coverage import Coverage, coverage_badge, progress_line
from .headings import section
from .kpis import Card, kpi_row, kpi_skeleton
from .live import WAIT_S, Page, live_page
from .mark import Mood, mark
from .meter import meter
from .notes import hint, links, note
from .nothing import NoAnswer, empty, no_data
from .sides import Reason, Side, side_by_side
from .style import html, use_style
from .table import Column, table

__all__ = [
    "WAIT_S",
    "Bar",
    "BarRow",
    "Card",
    "Cell",
    "Column",
    "Coverage",
    "Light",
    "Mood",
    "NoAnswer",
    "Page",
    "Reason",
    "Side",
    "beats",
    "chart",
    "coloured",
    "coverage_badge",
    "empty",
    "hint",
    "html",
    "kpi_row",
    "kpi_skeleton",
    "lamps",
    "level_cell",
    "links",
    "live_page",
    "mark",
    "meter",
    "no_data",
    "note",
    "progress_line",
    "section",
    "selectable_chart",
    "side_by_side",
    "table",
    "trace_cell",
    "use_style",
]
