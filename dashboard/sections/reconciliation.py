"""The cost of the range counted three ways, and what lies between the sums."""

from __future__ import annotations

from .. import metrics, panels
from ..archive import reading
from ..panels import Page, Reason, Side
from ..queries import Overview
from ..queries.spans import Coverage, ask


def section(coverage: Coverage, view: Overview, page: Page) -> None:
    """Draws the three sums side by side.

    Args:
        coverage: of the range; some of its traces have been read.
        view: AgentOps' own figures: of the whole range, and window by window.
    """
    words, totals, windows = page.words, view.totals, len(view.windows)
    # A sum of some windows is not the sum.
    answered = bool(view.windows["cost_usd"].notna().all())
    windowed_usd = float(view.windows["cost_usd"].sum()) if answered else None
    spans = ask(coverage.shelf, reading.totals, coverage.window.start, coverage.window.end)
    found = metrics.reconcile(
        windowed_usd=windowed_usd, windows=windows, upstream_usd=totals.cost_usd,
        upstream_tokens=totals.total_tokens, reported_usd=spans.reported_usd,
        tool_reported_usd=spans.tool_reported_usd, estimated_usd=spans.estimated_usd, own_usd=spans.own_usd,
        spans_tokens=spans.total_tokens, traces_read=coverage.held.read,
        traces_in_all=coverage.total if coverage.total is not None else coverage.held.known,
    )  # fmt: skip
    sides = [
        _side("upstream", found.upstream_usd, None, page),
        _side("windowed", found.windowed_usd, found.upstream_usd, page),
        _side("spans", found.spans_usd, found.upstream_usd, page),
    ]
    told = (*found.spans_against_upstream, *found.windows_against_upstream)
    reasons = [Reason(_what(reason, coverage, page), _signed(reason.usd, page)) for reason in told]
    title = words("reconcile.title")
    panels.section(title, (words("reconcile.help"),))
    panels.side_by_side(sides, reasons, label=title, title=words("reconcile.why"))


def _side(name: str, value: float | None, upstream: float | None, page: Page) -> Side:
    words, formats = page.words, page.formats
    difference = ""
    if value is not None and upstream is not None:
        apart = value - upstream
        agrees = abs(apart) < 0.000005
        difference = (
            words("reconcile.agree") if agrees else words("reconcile.differs", amount=_signed(apart, page))
        )
    return Side(
        words(f"reconcile.{name}"), formats.usd(value), exact=formats.usd_exact(value), difference=difference
    )


def _what(reason: metrics.Reason, coverage: Coverage, page: Page) -> str:
    words, count = page.words, page.formats.count
    if reason.name == "unread_usage" and reason.tokens:
        return words("reconcile.unread_usage_tokens", tokens=count(reason.tokens))
    if reason.name == "unread_traces":
        return words("reconcile.unread_traces", n=count((coverage.total or 0) - coverage.held.read))
    return words(f"reconcile.{reason.name}")


def _signed(usd: float, page: Page) -> str:
    return f"{'−' if usd < 0 else '+'}{page.formats.usd(abs(usd))}"
