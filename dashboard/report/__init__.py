"""A range as one file to hand over: self-contained HTML with its figures, or Markdown. Pure."""

from .content import Drawing, Fact, Figure, Link, Report, Table
from .html import to_html
from .markdown import to_markdown

__all__ = ["Drawing", "Fact", "Figure", "Link", "Report", "Table", "to_html", "to_markdown"]
