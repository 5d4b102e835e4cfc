"""Puts the list of traces on the screen: `render_listing`.

Headings sort, a row opens its trace, an id can be copied.  What the reader did comes back; which page is
switched to and what the order then is, is for the caller to say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dashboard.components import assets

#: English wording; ``{…}`` is filled in by the browser.
LABELS: Final[Mapping[str, str]] = {
    "sort": "Sort by {column}",
    "copy": "Copy the id {id}",
    "copied": "Copied",
    "copy_by_hand": "The browser does not let this page copy. The id is {id}.",
}

Mood = Literal["good", "bad", "unknown", ""]


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column.

    Attributes:
        key: ``name`` is the one whose text is the link; ``trace`` has the button that copies.
        title: its heading.
        sort: what comes back when the heading is pressed.
        kind: class names of listing.css besides the key: ``right``, ``mono``, ``bar``, ``short``.
    """

    key: str
    title: str
    sort: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ListCell:
    """One field, in words. `share`, 0 to 1, is drawn in a column of kind ``bar``, NaN is not; `sign` stands
    before the text in the colour of `mood`, and `text` says the same in words."""

    text: str
    note: str = ""
    exact: str = ""
    share: float | None = None
    mood: Mood = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A trace: its id, the address of its page, and a field for each column, in their order."""

    id: str
    href: str
    cells: tuple[ListCell, ...]


@dataclass(frozen=True, slots=True)
class ListEvents:
    """What the reader did since the last run: a trace to open, a column to sort by."""

    open: str | None
    sort: str | None


def render_listing(
    columns: Sequence[ListColumn],
    rows: Sequence[ListRow],
    *,
    label: str,
    empty: str,
    sort: str,
    descending: bool,
    labels: Mapping[str, str] | None = None,
    key: str = "listing",
) -> ListEvents:
    """Draw the list.

    Args:
        columns, rows: texts may be anything, they are shown as text.
        label: names the list for screen readers.
        empty: stands in the place of rows when there are none.
        sort, descending: the order that `rows` are in.
        labels: replaces entries of `LABELS`.

    Raises:
        ValueError: a row has not one field for each column, or a label is unknown.
    """
    unknown = set(labels or ()) - set(LABELS)
    if unknown:
        raise ValueError(f"unknown labels {sorted(unknown)}; known are {sorted(LABELS)}")
    if any(len(row.cells) != len(columns) for row in rows):
        raise ValueError(f"a row needs {len(columns)} fields, one for each column")
    drawn = {
        "columns": [
            {"key": c.key, "title": c.title, "sort": c.sort, "kind": f"{c.key} {c.kind}".strip()}
            for c in columns
        ],
        "rows": [(row.id, row.href, [_cell(cell) for cell in row.cells]) for row in rows],
        "label": label,
        "empty": empty,
        "sort": sort,
        "descending": descending,
        "labels": {**LABELS, **(labels or {})},
    }
    result = assets.component("listing")(
        key=key,
        # One text, which the browser compares with the one it has drawn.
        data={"drawn": json.dumps(drawn, separators=(",", ":"), allow_nan=False)},
        on_open_change=lambda: None,
        on_sort_change=lambda: None,
    )
    ids, sorts = {row.id for row in rows}, {column.sort for column in columns}
    opened, sorted_by = result.get("open"), result.get("sort")
    return ListEvents(opened if opened in ids else None, sorted_by if sorted_by in sorts else None)


def _cell(cell: ListCell) -> dict[str, str | float | None]:
    return {
        "text": cell.text,
        "note": cell.note,
        "exact": cell.exact,
        "share": None if cell.share is None or math.isnan(cell.share) else round(cell.share, 4),
        "mood": cell.mood,
        "sign": cell.sign,
    }
