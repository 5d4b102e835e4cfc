"""A log with the colours that its writer gave it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import streamlit as st
from markupsafe import Markup

from .style import html


class Stretch(Protocol):
    """Text of one look; `colour` is one of a terminal's sixteen names, or ""."""

    @property
    def text(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def bold(self) -> bool: ...
    @property
    def dim(self) -> bool: ...


def coloured(runs: Iterable[Stretch], *, label: str) -> None:
    """Draws the log in a box that scrolls."""
    st.html(coloured_markup(runs, label=label))


def coloured_markup(runs: Iterable[Stretch], *, label: str) -> Markup:
    """The markup of :func:`coloured`."""
    body = Markup("").join(
        html('<span class="{look}">{text}</span>', look=_look(run), text=run.text) for run in runs
    )
    return html(
        '<div class="ao-log" role="log" tabindex="0" aria-label="{label}">{body}</div>',
        label=label,
        body=body,
    )


def _look(run: Stretch) -> str:
    names = [run.colour.replace("_", "-"), "bold" if run.bold else "", "dim" if run.dim else ""]
    return " ".join(name for name in names if name)
