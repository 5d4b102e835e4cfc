"""How much of the range has been read, the button that reads the rest, and what to say before any is."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from .. import panels
from ..panels import Page
from ..queries.spans import Coverage, SpanRange
from ..reading import cause_in_words, empty_range, unanswered
from ..settings import dashboard_settings

#: While a range is being read, the page comes back so soon.
AGAIN = timedelta(seconds=2)


def again(*coverages: Coverage) -> timedelta | None:
    """When the page should come back because traces are arriving that a reader waits for; None: as usual."""
    waited_for = any(c.asked or (c.progress.state == "following" and not c.enough) for c in coverages)
    return AGAIN if waited_for else None


def begin(span: SpanRange, page: Page, *others: Coverage) -> bool:
    """The header and the badge of a page that lives on spans, or the panel that says why there is nothing.

    Args:
        others: more ranges that the reader may be waiting for.

    Returns:
        Whether there is something to draw.
    """
    page.show(span.clocks, again=again(span.coverage, *others))
    if span.emptiness is not None:
        empty_range(span, page)
        return False
    if span.totals.error is not None:
        panels.note(unanswered(span.totals.error, span, page))
    badge(span.coverage, page)
    return not nothing_read(span, page)


def badge(coverage: Coverage, page: Page, *, key: str = "range", prefix: str = "") -> None:
    """The badge, what is going on, and the button that reads the rest or stops.

    Args:
        coverage: of which range.
        key: tells two badges of one page apart.
        prefix: whose coverage it is, where that is not the page's range.
    """
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        panels.coverage_badge(
            f"{prefix} {_told(coverage, page)}".strip(),
            _state(coverage),
            (page.words("coverage.detail"), *_about(coverage, page)),
            word=page.words(f"coverage.state_{_state(coverage)}"),
        )
    missing = coverage.missing or 0
    with right:
        _button(coverage, page, key)
    if coverage.asked:
        panels.progress_line(coverage.share, _progress(coverage, page))
    if coverage.held.failed and missing:
        cause = cause_in_words(coverage.held.cause, page)
        panels.note(page.words("coverage.failed", n=page.formats.count(coverage.held.failed), cause=cause))
    for kind, detail in coverage.notices:
        panels.note(page.words(f"coverage.{kind}", detail=detail))


def nothing_read(span: SpanRange, page: Page) -> bool:
    """Says why there is nothing to show while no trace of the range has been read; False when one has."""
    if span.coverage.held.read:
        return False
    words = page.words
    hours = dashboard_settings().archive_follow_hours
    title, text = words("coverage.nothing_yet"), words("coverage.nothing_yet_do", hours=hours)
    if span.coverage.shelf.state == "opening":
        text = words("coverage.opening")
    st.html(
        panels.html(
            '<div class="ao-panel ao-unread"><h2>{title}</h2><p class="cause">{text}</p></div>',
            title=title,
            text=text,
        )
    )
    return True


def _told(coverage: Coverage, page: Page) -> str:
    count, held = page.formats.count, coverage.held
    if coverage.total is None:
        return page.words("coverage.unknown", read=count(held.read))
    if held.read > 1.01 * coverage.total + 5:  # more than what has arrived since AgentOps counted
        return page.words("coverage.gone", read=count(held.read), total=count(coverage.total))
    new = "_new" if held.too_new else ""
    total = max(coverage.total, held.read)
    values = {"read": count(held.read), "total": count(total), "too_new": count(held.too_new)}
    if not new and not coverage.missing:
        return page.words("coverage.complete", total=values["total"])
    return page.words(f"coverage.{'partial' if coverage.missing else 'complete'}{new}", **values)


def _state(coverage: Coverage) -> panels.Coverage:
    if coverage.missing == 0 and (coverage.held.read or not coverage.total):
        return "complete"
    if coverage.progress.state == "off":
        return "off"
    if coverage.progress.state == "waiting":
        return "waiting"
    if coverage.progress.state in ("following", "completing"):
        return "reading"
    return "partial"


def _about(coverage: Coverage, page: Page) -> tuple[str, ...]:
    window = page.words(
        "coverage.range_of", range=page.formats.span(coverage.window.start, coverage.window.end)
    )
    if coverage.progress.state == "off":
        bug = coverage.progress.cause == "bug"
        return window, page.words("coverage.off_bug" if bug else "coverage.off")
    if coverage.progress.state == "waiting":
        return window, _waiting(coverage, page)
    return (window,)


def _waiting(coverage: Coverage, page: Page) -> str:
    cause = coverage.progress.cause
    if cause in ("pages", "outage", "slow"):
        return page.words(f"coverage.waiting_{cause}")
    return page.words("coverage.waiting_failed", cause=cause_in_words(cause, page))


def _progress(coverage: Coverage, page: Page) -> str:
    words, formats, progress = page.words, page.formats, coverage.progress
    total = coverage.total if coverage.total is not None else progress.total
    told = [words("coverage.reading", done=formats.count(progress.done), total=formats.count(total))]
    if progress.state == "waiting":
        told.append(_waiting(coverage, page))
    else:
        if progress.rate_per_s:
            told.append(words("coverage.pace", rate=formats.count(progress.rate_per_s)))
        if progress.eta_s is not None:
            told.append(words("coverage.eta", time=formats.duration(max(1.0, round(progress.eta_s)))))
    return " · ".join(told)


def _button(coverage: Coverage, page: Page, key: str) -> None:
    if coverage.asked:
        if st.button(page.words("coverage.stop"), key=f"coverage_stop_{key}"):
            coverage.leave()
            st.rerun(scope="fragment")
        return
    readable = coverage.missing and not coverage.enough and coverage.progress.state != "off"
    if readable and st.button(page.words("coverage.button"), key=f"coverage_read_{key}"):
        coverage.read_rest()
        st.rerun(scope="fragment")
