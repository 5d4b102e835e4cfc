"""The two panels that stand where a page would: AgentOps failed, and nothing was recorded.

They are different things and look different: a failure says its cause and what to do, emptiness says
its reason and where there is something to see.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import streamlit as st
from markupsafe import Markup

from agentops_client import AgentOpsError

from ..figures.palette import UNKNOWN
from ..text import Formats, Words
from .style import html


@dataclass(frozen=True)
class NoAnswer:
    """A failure as the panel shows it; times are aware.

    Attributes:
        error: the cause.
        now: the present.
        since: when it began, if known.
        retry_at: when the next automatic try goes out, if there is one.
        last_success_at: when AgentOps last answered well; None for never.
    """

    error: AgentOpsError
    now: datetime
    since: datetime | None = None
    retry_at: datetime | None = None
    last_success_at: datetime | None = None


def cause_text(error: AgentOpsError, part: str, words: Words) -> str:
    """`part` (``title``, ``sentence``, ``remedy``, ``command``) of what the catalogue says of a cause."""
    key = f"cause.{error.cause}.{part}"
    endpoint = urlsplit(error.endpoint or "")
    values = {"host": endpoint.netloc or "AgentOps", "phase": error.phase or "–"}
    return words(key if words.has(key) else f"cause.other.{part}", **values)


def no_data(failure: NoAnswer, words: Words, formats: Formats) -> bool:
    """Draws *No data available* with cause, facts and remedy.

    Returns:
        Whether the reader pressed *Try again*.
    """
    error = failure.error
    facts = [(words(f"panel.{name}"), value) for name, value in _facts(failure, words, formats) if value]
    rows = Markup("").join(html("<dt>{name}</dt><dd>{value}</dd>", name=n, value=v) for n, v in facts)
    command = cause_text(error, "command", words)
    with st.container(key="ao-panel"):
        st.html(
            html(
                '<div class="ao-panel" role="alert">{icon}<h2>{title}</h2>'
                '<p class="cause"><b>{short}.</b> {sentence}</p><dl>{rows}</dl>'
                '<p class="remedy"><b>{what}</b><br>{remedy}</p></div>',
                icon=_UNPLUGGED,
                title=words("panel.title"),
                short=cause_text(error, "title", words),
                sentence=_sentence(error, words),
                rows=rows,
                what=words("panel.remedy"),
                remedy=cause_text(error, "remedy", words),
            )
        )
        if command:
            st.code(command, language=None, wrap_lines=True)
        pressed = st.button(words("panel.retry"), key="retry", type="primary")
        st.html(html('<p class="ao-next">{next}</p>', next=_next_try(failure, words, formats)))
    return pressed


def empty(reason: str, remedy: str, words: Words, *, button: str | None = None) -> bool:
    """Draws the panel of an empty range: why it is empty and what to do about it.

    Returns:
        Whether the reader pressed `button`.
    """
    with st.container(key="ao-panel"):
        st.html(
            html(
                '<div class="ao-panel" role="status">{icon}<h2>{title}</h2>'
                '<p class="cause">{reason}</p><p class="remedy">{remedy}</p></div>',
                icon=_BLANK,
                title=words("empty.title"),
                reason=reason,
                remedy=remedy,
            )
        )
        return button is not None and st.button(button, key="go_newest", type="primary")


def _icon(paths: str) -> Markup:
    """A line drawing as an image; a glyph would depend on the reader's fonts."""
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30" viewBox="0 0 24 24" fill="none"'
        f' stroke="{UNKNOWN}" stroke-width="1.6" stroke-linecap="round">{paths}</svg>'
    )
    data = base64.b64encode(drawing.encode()).decode()
    return html('<img class="icon" alt="" src="data:image/svg+xml;base64,{data}">', data=data)


_UNPLUGGED = _icon('<path d="M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4"/><path d="M3 3l18 18"/>')
_BLANK = _icon('<path d="M4 20V4M4 20h16"/><path stroke-dasharray="2 3" d="M7 15h12"/>')


def _sentence(error: AgentOpsError, words: Words) -> str:
    # Settings name their variable themselves; the catalogue cannot know which one it is.
    detail = str(error) if error.cause == "settings_invalid" else ""
    fields = "; ".join(error.fields)
    return " ".join(part for part in (cause_text(error, "sentence", words), detail, fields) if part)


def _facts(failure: NoAnswer, words: Words, formats: Formats) -> Sequence[tuple[str, str]]:
    error, now = failure.error, failure.now

    def ago(moment: datetime | None) -> str:
        if moment is None:
            return ""
        return words("panel.ago", time=formats.moment(moment), age=formats.age(moment, now))

    return (
        ("endpoint", error.endpoint or ""),
        ("request", f"{error.method} {error.path}" if error.method else ""),
        ("status", f"HTTP {error.status}" if error.status else words("panel.no_answer")),
        ("words" if error.status else "detail", error.upstream_words or ""),
        ("since", ago(failure.since)),
        ("last", ago(failure.last_success_at) or words("panel.never")),
    )


def _next_try(failure: NoAnswer, words: Words, formats: Formats) -> str:
    if failure.retry_at is None or failure.retry_at <= failure.now:
        return words("panel.next_try")
    return words("panel.next_try_at", time=formats.clock(failure.retry_at, seconds=True))
