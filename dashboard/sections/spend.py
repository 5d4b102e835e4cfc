"""What was spent: key figures of the range, the month against its budget, and the hours of the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pandas as pd

from .. import figures, metrics, panels
from ..archive import reading
from ..panels import Card, Page
from ..queries.spans import Coverage, SpanRange, ask
from ..windows import Window
from .coverage import badge


@dataclass(frozen=True)
class Month:
    """The calendar month of the reporting zone, and the days before it that a projection rests on.

    Attributes:
        coverage: of all these days.
        days: see ``metrics.daily``; None while too few of their traces have been read.
        projection: None with `days`.
    """

    coverage: Coverage
    days: pd.DataFrame | None
    projection: metrics.Projection | None


def month_window(page: Page) -> Window:
    """From the first of the month, or 28 days back if that is earlier, to the end of today."""
    today = page.now.astimezone(page.scope.tz).date()
    first = min(today.replace(day=1), today - timedelta(days=metrics.LOOK_BACK))
    start, end = (
        datetime.combine(day, time(), page.scope.tz).astimezone(UTC)
        for day in (first, today + timedelta(days=1))
    )
    return Window(start, end)


def month(covered: Coverage, page: Page, *, budget_usd: float | None) -> Month:
    """The month as far as its traces have been read; no sum of half of them is passed off as the month."""
    if not covered.enough:
        return Month(covered, None, None)
    window = covered.window
    quarters = ask(covered.shelf, reading.usage_by_quarter_hour, window.start, window.end)
    days = metrics.daily(quarters, start=window.start, end=page.now, zone=page.scope.tz)
    today = page.now.astimezone(page.scope.tz).date()
    return Month(covered, days, metrics.projection(days, today=today, budget_usd=budget_usd))


def cards(span: SpanRange, month: Month, page: Page) -> list[Card]:
    """Cost, month-end projection, tokens, cache hit rate, cost per call, share of the cost reported."""
    words, formats = page.words, page.formats
    now = span.ask(reading.totals)
    calls_usd = None if now.cost_usd is None else now.cost_usd - (now.tool_cost_usd or 0.0)
    guessed = (now.estimated_usd or 0.0) + (now.own_usd or 0.0)
    unpriced = words("cost.kpi.priced.unpriced", tokens=formats.compact(now.unpriced_tokens))
    estimated = words("cost.kpi.priced.note", estimated=formats.usd(guessed))
    split = words(
        "cost.kpi.tokens.note",
        prompt=formats.compact(now.prompt_tokens), completion=formats.compact(now.completion_tokens),
    )  # fmt: skip
    cached = words(
        "cost.kpi.cache.note",
        cache_read=formats.compact(now.cache_read_tokens), prompt=formats.compact(now.prompt_tokens),
    )  # fmt: skip

    def card(name: str, value: str, note: str = "", exact: str = "") -> Card:
        definition = [words(f"cost.kpi.{name}.help")]
        if exact and exact != value:
            definition.append(words("kpi.exact", value=exact))
        return Card(words(f"cost.kpi.{name}.label"), value, tuple(definition), note=note)

    return [
        card("spend", formats.usd(now.cost_usd), exact=formats.usd_exact(now.cost_usd)),
        card("month", *_projected(month, page)),
        card("tokens", formats.compact(now.total_tokens), split, formats.count(now.total_tokens)),
        card(
            "cache", formats.percent(metrics.cache_hit_rate(now.cache_read_tokens, now.prompt_tokens)), cached
        ),
        card(
            "per_call", formats.usd(metrics.ratio(calls_usd, now.calls)),
            words("cost.kpi.per_call.note", calls=formats.count(now.calls)),
        ),
        card(
            "priced", formats.percent(metrics.ratio(now.reported_usd or 0.0, now.cost_usd)),
            unpriced if now.unpriced_tokens else estimated,
        ),
    ]  # fmt: skip


def budget(month: Month, page: Page, *, budget_usd: float | None) -> None:
    """The month's spend as it adds up, its projection, and when the budget runs out."""
    words, formats = page.words, page.formats
    found, days = month.projection, month.days
    panels.section(words("budget.title"), (words("budget.title_help"),))
    if found is None or days is None or found.spent_usd is None:
        if found is None:
            panels.hint(words("budget.unread"))
        badge(month.coverage, page, key="month")
        return
    spent = formats.usd(found.spent_usd)
    projected = formats.usd(found.projected_usd)
    if budget_usd is not None:
        verdict = _verdict(found, page)
        panels.meter(
            label=words("budget.title"), spent=found.spent_usd, budget=budget_usd,
            projected=float("nan") if found.projected_usd is None else found.projected_usd,
            spent_text=f"{words('budget.spent')} {spent} ({formats.percent(found.spent_usd / budget_usd)})",
            budget_text=words("budget.budget", budget=formats.usd(budget_usd)),
            projected_text=f"{words('budget.projected')} {projected}" if found.projected_usd else "",
            status=verdict.text, mood=verdict.mood,
        )  # fmt: skip
    figure = figures.projection(
        days, month_end=metrics.month_end(page.now.astimezone(page.scope.tz).date()),
        projected_usd=found.projected_usd, low_usd=found.low_usd, high_usd=found.high_usd,
        budget_usd=budget_usd, exhausted_on=found.exhausted_on,
        names={
            "spent": words("budget.spent"), "expected": words("budget.projected"),
            "range": words("budget.band"), "exhausted": words("budget.exhausted"),
            "budget": words("budget.line"),
        },
        x_title=_month_zone(page), y_title=words("budget.axis"), text=formats.usd, day=formats.day,
    )  # fmt: skip
    described = _told(found, page)
    panels.chart(
        figure, "budget", title=described, description=described,
        words=words, zone=page.scope.zone, height=280,
    )  # fmt: skip


def _month_zone(page: Page) -> str:
    """The reporting zone with its offsets over the month of today."""
    today = page.now.astimezone(page.scope.tz).date()
    first, end = today.replace(day=1), metrics.month_end(today) + timedelta(days=1)
    bounds = (datetime.combine(day, time(), page.scope.tz) for day in (first, end))
    return page.formats.zone_name(*bounds)


def heat(span: SpanRange, page: Page) -> None:
    """Mean cost of an hour, by weekday and hour of the reporting zone."""
    words, formats = page.words, page.formats
    window = span.coverage.window
    quarters = span.ask(reading.usage_by_quarter_hour)
    start = window.start
    if not span.coverage.enough and len(quarters):
        # Reading goes back in time: before the first hour read, nothing is known, which is not zero.
        start = max(start, quarters["at"].min())
    cells = metrics.heat_map(quarters, start=start, end=min(window.end, page.now), zone=page.scope.tz)
    wide = cells.pivot(index="weekday", columns="hour", values="mean")
    zone = formats.zone_name(start, min(window.end, page.now))
    days, hours = formats.weekdays(), [f"{hour:02}:00" for hour in range(24)]
    figure = figures.heat_map(
        wide, days=days, hours=hours, x_title=f"{words('cost.heat_axis')}, {zone}", text=formats.usd
    )
    title = words("cost.heat")
    described = f"{title}, {zone}."
    known = cells.dropna(subset=["mean"]).sort_values("mean", kind="stable")
    if len(known):
        told = [
            f"{days[weekday]} {hours[hour]} {formats.usd(mean)}"
            for weekday, hour, mean in zip(known["weekday"], known["hour"], known["mean"], strict=True)
        ]
        said = {"hours": formats.count(len(told)), "lowest": told[0], "highest": told[-1]}
        described = words("cost.heat_said", title=title, zone=zone, **said)
    panels.chart(
        figure, "heat", title=title, description=described, definition=(words("cost.heat_help"),),
        words=words, zone=page.scope.zone, height=300,
    )  # fmt: skip


def _projected(month: Month, page: Page) -> tuple[str, str]:
    """The projection and its note; why there is none."""
    words, formats, found = page.words, page.formats, month.projection
    if found is None:
        held, total = month.coverage.held.read, month.coverage.total
        return "–", words("budget.coverage", read=formats.count(held), total=formats.count(total))
    note = words("cost.kpi.month.note", spent=formats.usd(found.spent_usd))
    if found.projected_usd is None:
        return "–", note
    return formats.usd(found.projected_usd), note


@dataclass(frozen=True)
class _Verdict:
    text: str = ""
    mood: panels.Mood = ""


def _verdict(found: metrics.Projection, page: Page) -> _Verdict:
    """Whether the budget lasts, in words and by meaning."""
    words = page.words
    if found.exhausted_on is not None:
        key = "exhausted_already" if found.exhausted else "exhausted_on"
        text = words(f"budget.{key}", date=page.formats.day(found.exhausted_on))
        return _Verdict(text, "bad" if found.exhausted else "fair")
    return _Verdict() if found.projected_usd is None else _Verdict(words("budget.holds"), "good")


def _told(found: metrics.Projection, page: Page) -> str:
    words, formats = page.words, page.formats
    if found.projected_usd is None:
        return words("budget.unknown", days=formats.count(found.days))
    told = words(
        "budget.no_budget", spent=formats.usd(found.spent_usd), projected=formats.usd(found.projected_usd)
    )
    if found.budget_usd is not None:
        told = words(
            "budget.meter", spent=formats.usd(found.spent_usd), budget=formats.usd(found.budget_usd),
            share=formats.percent(metrics.ratio(found.spent_usd, found.budget_usd)),
            projected=formats.usd(found.projected_usd),
        )  # fmt: skip
    band = words("budget.range", low=formats.usd(found.low_usd), high=formats.usd(found.high_usd))
    return f"{told} ({band})"
