"""What stands in one field of a table, and its markup."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from .mark import Mood, mark
from .style import html

#: Text wider than this (in Latin letters) may be cut off by a column, and can then be focused to be read.
_SURELY_SHOWN = 20
_NOT_IN_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


@dataclass(frozen=True)
class Cell:
    """One field, all in words.

    Attributes:
        text: what is read; ``–`` when unknown.
        exact: the exact figure or the full name, shown on hover; "" for none.
        share: length of the bar in a column with bars, 0 to 1; None or NaN draws none.
        mood: judgement by meaning; `text` must say it in words too.
        href: where the text leads: a relative address, or an absolute one over HTTP.
        note: a few words under the text (a rate's denominator).

    Raises:
        ValueError: `href` is another kind of address, such as ``javascript:`` or ``//host``.
    """

    text: str
    exact: str = ""
    share: float | None = None
    mood: Mood = ""
    href: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.href and not _may_link(self.href):
            raise ValueError(f"not an address to link: {self.href[:80]!r}")


def trace_cell(trace_id: str, *, href: str = "") -> Cell:
    """The first 8 characters of an id, the whole one on hover; for a column with ``mono``."""
    return Cell(trace_id[:8], exact=trace_id, href=href)


def level_cell(text: str, word: str, *, mood: Mood, exact: str = "", note: str = "") -> Cell:
    """A figure with its level: ``level_cell("97.2 %", "good", mood="good")`` reads *● 97.2 % good*."""
    return Cell(f"{text} {word}".strip(), exact=exact, mood=mood, note=note)


def cell_markup(cell: Cell, *, bar: bool) -> Markup:
    """The inside of a field; `bar` draws the cell's share behind it."""
    body = mark(cell.text, cell.mood)
    full = cell.exact or (cell.text if _may_be_cut(cell.text) else "")
    if cell.href:
        outside = bool(urlsplit(cell.href).scheme)
        template = (
            '<a class="cut" href="{href}" title="{full}" target="_blank" rel="noopener noreferrer">{body}</a>'
            if outside
            else '<a class="cut" href="{href}" title="{full}">{body}</a>'
        )
        body = html(template, href=cell.href, full=full, body=body)
    elif _may_be_cut(cell.text):
        body = html('<span class="cut" tabindex="0" title="{full}">{body}</span>', full=full, body=body)
    elif full:
        body = html('<span class="cut" title="{full}">{body}</span>', full=full, body=body)
    if cell.note:
        body = html('{body}<small class="ao-text">{note}</small>', body=body, note=cell.note)
    if not bar:
        return body
    if cell.share is None or math.isnan(cell.share):
        return html('<div class="bar">{body}</div>', body=body)
    share = min(max(cell.share, 0.0), 1.0)
    return html('<div class="bar" style="--ao-share:{share}">{body}</div>', share=f"{share:.4f}", body=body)


def _may_link(address: str) -> bool:
    if _NOT_IN_AN_ADDRESS.search(address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in ("http", "https") and bool(parts.netloc)
    return not address.startswith("//")


def _may_be_cut(text: str) -> bool:
    if len(text) > _SURELY_SHOWN:
        return True
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide > _SURELY_SHOWN
