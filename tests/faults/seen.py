"""What a page shows, read from what it sends to the browser: the panel, key figures, charts, secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.components.reading import PULSE, component_data, figures, values
from tests.pages.opened import cards_in, markup, plain

_CAUSE = re.compile(r'role="alert".*?<p class="cause"><b>(.*?)\.</b>(.*?)</p>', re.DOTALL)
_REMEDY = re.compile(r'role="alert".*?<p class="remedy"><b>.*?</b><br>(.*?)</p>', re.DOTALL)
_TILE = re.compile(r'<h3>([^<]*)<.*?<p class="value"[^>]*>(.*?)</p>', re.DOTALL)
_TRACEBACK = re.compile(r"Traceback \(most recent|File \"[^\"]+\", line \d+|\.py:\d+")


@dataclass(frozen=True)
class Seen:
    """One run of a page.

    Attributes:
        cause, sentence, remedy: of the *No data available* panel; empty without one.
        cards: key figures by their labels, of on call the tiles' values.
        values: how many numbers its charts show.
        status: of the header line.
        text: all its markup as plain text.
        raw: everything that went to the browser, as text.
        broken: what was raised and not caught.
    """

    cause: str
    sentence: str
    remedy: str
    cards: dict[str, str]
    values: int
    status: str
    text: str
    raw: str
    broken: tuple[str, ...]

    @property
    def traceback(self) -> bool:
        return _TRACEBACK.search(self.raw) is not None

    @property
    def is_down(self) -> bool:
        return bool(self.cause)

    @property
    def figures(self) -> dict[str, str]:
        """Key figures without what only time changes."""
        return {label: value for label, value in self.cards.items() if value != "–"}


def seen(at: AppTest) -> Seen:
    """What `at` shows after its last run."""
    shown = markup(at)
    cause, remedy = _CAUSE.search(shown), _REMEDY.search(shown)
    header = component_data(at, PULSE)
    tiles = {unescape(label): plain(value) for label, value in _TILE.findall(shown)}
    return Seen(
        cause=plain(cause[1]) if cause else "",
        sentence=plain(cause[2]) if cause else "",
        remedy=plain(remedy[1]) if remedy else "",
        cards=cards_in(shown) | tiles,
        values=sum(_numbers(figure) for figure in figures(at)),
        status=header[0]["status"] if header else "",
        text=plain(shown),
        raw=_raw(at),
        broken=tuple(f"{each.proto.type}: {each.proto.message}" for each in at.exception),
    )


def _numbers(figure: dict[str, Any]) -> int:
    return sum(1 for trace in figure["data"] for value in values(trace.get("y") or []) if value == value)


def _raw(at: AppTest) -> str:
    """Every message of the last run that the browser got."""
    return "\n".join(
        str(proto) + proto.SerializeToString().decode("utf-8", "replace")
        for node in at._tree
        if (proto := getattr(node, "proto", None)) is not None and hasattr(proto, "SerializeToString")
    )
