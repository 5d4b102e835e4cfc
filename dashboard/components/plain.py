"""Makes text from elsewhere inert inside a plotly figure.

Plotly reads labels as a small HTML (``<b>``, ``<a href>``), hover templates as ``%{…}`` and, where
MathJax is loaded, ``$…$`` as TeX.  Names of agents, models, tools and errors are written by others,
so every one of them passes through `plain` on its way into a figure: trace names, tick texts,
categories, ``text``, ``customdata`` and what is formatted into a hover template.
"""

from __future__ import annotations

import re
from typing import Final

# Plotly turns each of these back into its character after it has looked for markup.
_ENTITIES: Final = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord("%"): "&#37;",
    ord("$"): "&#36;",
}
# Marks that reorder the text around them; a name must not be able to rearrange a label.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")


def plain(text: str) -> str:
    """`text` such that plotly shows exactly its characters: no markup, template, link or TeX.

    Control characters and line breaks become one space, marks of text direction are dropped.
    Not idempotent: apply it once, where the text enters the figure.
    """
    return _CONTROLS.sub(" ", _BIDI.sub("", text)).translate(_ENTITIES)
