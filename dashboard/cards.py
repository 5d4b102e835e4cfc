"""The Overview's key figures in words: totals and metrics in, cards out."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from . import metrics
from .answers import Totals
from .archive.reading import Totals as SpanTotals
from .metrics import Change
from .panels import Card
from .queries import Overview
from .text import Formats, Words

#: The cards, in their order; also the keys of their wording.
NAMES = ("cost", "traces", "success", "p95", "tokens", "cost_per_trace", "failed")


def labels(words: Words) -> list[str]:
    """The cards' labels, for the row that is drawn before anything is known."""
    return [words(f"kpi.{name}.label") for name in NAMES]


def overview_cards(
    view: Overview, words: Words, formats: Formats, *, spans: SpanTotals | None = None, unread: str = ""
) -> list[Card]:
    """Cost, traces, success rate, p95, tokens, cost per trace, failed traces (docs/FORMULAS.md).

    Args:
        view: AgentOps' own figures.
        spans: what the spans say of the range, where enough of its traces have been read; cost, outcomes
            and tokens are then theirs.
        unread: why there are none, in a few words.
    """
    now, frame = view.totals, view.windows
    cost = None if now.spans == 0 else now.cost_usd
    success, failed, tokens = now.success, now.failed, now.total_tokens
    if spans is not None:
        cost, tokens = spans.cost_usd, spans.total_tokens
        success, failed = spans.success, spans.failed
    with_outcome = None if success is None or failed is None else success + failed
    rates = frame["success"] / (frame["success"] + frame["failed"])  # 0 / 0 is NaN: a gap
    per_trace = frame["cost_usd"] / frame["traces"].where(frame["traces"] > 0)
    card = _Cards(view, words, formats, by_spans=spans is not None)
    return [
        card(
            "cost", formats.usd(cost), spent(frame), card.relative(lambda t: t.cost_usd, formats.usd),
            note=card.source, exact=formats.usd_exact(cost),
        ),
        card(
            "traces", formats.compact(now.traces), frame["traces"],
            card.relative(lambda t: t.traces, formats.count), exact=formats.count(now.traces),
        ),
        card(
            "success", formats.percent(metrics.success_rate(success, failed)), rates,
            card.points(), note=words("kpi.success.detail", n=formats.count(with_outcome)),
        ),
        card("p95", *_p95(spans, words, formats, unread)),
        card(
            "tokens", formats.compact(tokens), frame["total_tokens"],
            card.relative(lambda t: t.total_tokens, formats.count), note=card.source,
            exact=formats.count(tokens),
        ),
        card(
            "cost_per_trace", formats.usd(metrics.ratio(cost, now.traces)), per_trace,
            card.relative(lambda t: metrics.ratio(t.cost_usd, t.traces), formats.usd),
        ),
        card(
            "failed", formats.compact(failed), frame["failed"], card.failures(),
            note=words("kpi.failed.detail", n=formats.count(now.traces)), exact=formats.count(failed),
        ),
    ]  # fmt: skip


def _p95(
    spans: SpanTotals | None, words: Words, formats: Formats, unread: str
) -> tuple[str, pd.Series, tuple[str, str, str]]:
    """Value, sparkline and change of the p95 card; why it has no value stands in the change's place."""
    nothing = pd.Series(dtype="float64")
    if spans is None:
        return "–", nothing, (unread, "", "")
    if metrics.gate(spans.durations):
        n, least = formats.count(spans.durations), formats.count(metrics.ENOUGH)
        return "–", nothing, (words("gate.too_few", n=n, least=least), "", "")
    return formats.duration(spans.p95_s), nothing, (f"n = {formats.count(spans.durations)}", "", "")


def spent(windows: pd.DataFrame) -> pd.Series:
    """``cost_usd`` with a gap where nothing was recorded: no calls is not $0.00."""
    return windows["cost_usd"].where(windows["usage"] == "known")


class _Cards:
    """Builds cards of one view: everything that all of them say alike."""

    def __init__(self, view: Overview, words: Words, formats: Formats, *, by_spans: bool) -> None:
        self.view, self.words, self.formats, self.by_spans = view, words, formats, by_spans
        self.source = words("kpi.from_spans" if by_spans else "kpi.from_metrics")

    def __call__(
        self,
        name: str,
        value: str,
        line: pd.Series,
        change: tuple[str, str, str],
        *,
        note: str = "",
        exact: str = "",
    ) -> Card:
        told, mood, basis = change
        of_spans = self.by_spans and self.words.has(f"kpi.{name}.help_spans")
        definition = [self.words(f"kpi.{name}.help_spans" if of_spans else f"kpi.{name}.help")]
        if exact and exact != value:
            definition.append(self.words("kpi.exact", value=exact))
        definition += [*self._about(), basis]
        return Card(
            self.words(f"kpi.{name}.label"),
            value,
            tuple(d for d in definition if d),
            note,
            told,
            mood,
            line.tolist(),
        )

    def relative(
        self, figure: Callable[[Totals], float | None], text: Callable[[float | None], str]
    ) -> tuple[str, str, str]:
        """A change in percent, of a figure where more is neither good nor bad."""

        def change(now: Totals, before: Totals) -> Change:
            return metrics.ratio_change(figure(now), figure(before))

        return self._compared(change, 100, "percent", ("more", "less"), lambda t: text(figure(t)))

    def points(self) -> tuple[str, str, str]:
        """The success rate's change in percentage points; more is good."""

        def change(now: Totals, before: Totals) -> Change:
            return metrics.rate_change(now.success, now.failed, before.success, before.failed)

        def rate(totals: Totals) -> str:
            return self.formats.percent(metrics.success_rate(totals.success, totals.failed))

        return self._compared(change, 1, "points", ("better", "worse"), rate)

    def failures(self) -> tuple[str, str, str]:
        """The change of the number of failed traces; more is bad."""

        def change(now: Totals, before: Totals) -> Change:
            return metrics.count_change(now.failed, before.failed)

        return self._compared(change, 1, "count", ("worse", "better"), lambda t: self.formats.count(t.failed))

    def _compared(
        self,
        change: Callable[[Totals, Totals], Change],
        factor: float,
        unit: str,
        senses: tuple[str, str],
        text: Callable[[Totals], str],
    ) -> tuple[str, str, str]:
        """The change in words, its mood, and what was compared with what."""
        now, before = self.view.closed, self.view.previous
        if now is None or before is None:
            return self.words("kpi.unknown"), "", ""
        told = change(now, before)
        basis = self._basis(text(now), text(before))
        why_not = metrics.incomparable(before.traces) or told.why_not
        if now.plan_limited or before.plan_limited:  # cut off at 30 days, and not all figures alike
            why_not = "plan"
        if why_not or told.value is None:
            return self.words(f"kpi.{why_not}"), "", basis
        amount = round(told.value * factor, 0 if unit == "count" else 1)
        if amount == 0:
            return f"＝ {self.words('kpi.same')}", "", basis
        sense = senses[0 if amount > 0 else 1]
        number = self.formats.signed(amount, 0 if unit == "count" else 1)
        arrow = "▲" if amount > 0 else "▼"
        words = f"{arrow} {self.words(f'kpi.{unit}', value=number)} {self.words(f'kpi.{sense}')}"
        return words, {"better": "good", "worse": "bad"}.get(sense, ""), basis

    def _basis(self, now: str, before: str) -> str:
        closed, previous = self.view.closed, self.view.previous
        if closed is None or previous is None:
            return ""
        spans = [self.formats.span(t.window.start, t.window.end) for t in (closed, previous)]
        return self.words("kpi.against", now=f"{now} ({spans[0]})", before=f"{before} ({spans[1]})")

    def _about(self) -> list[str]:
        """What the figures stand for: their range, when they were counted, and what is missing."""
        now, words, formats = self.view.totals, self.words, self.formats
        about = [formats.span(now.window.start, now.window.end)]
        if now.asked_at is not None:
            about.append(words("kpi.asked", time=formats.clock(now.asked_at, seconds=True)))
        if now.without:
            windows = ", ".join(formats.span(w.start, w.end) for w in now.without)
            about.append(words("kpi.without", windows=windows))
        return about
